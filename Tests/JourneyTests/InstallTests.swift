import Foundation
import TestSupport
import Testing

@Suite("make install puts everything where it belongs, and make uninstall takes it away again")
struct InstallTests {
    private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private static func make(_ target: String, _ variables: String...) throws -> CommandResult {
        // The makefile is that of a person who calls make, not of the make that runs the tests.
        let result = try run(
            ["/usr/bin/env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", "-C", checkout, target] + variables
                + ["BINARY=\(tremoloBinary())"])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        return result
    }

    /// The files below a folder.
    private static func files(_ folder: String) throws -> Set<String> {
        Set(
            try FileManager.default.subpathsOfDirectory(atPath: folder).filter { path in
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)")
                return attributes[.type] as? FileAttributeType == .typeRegular
            })
    }

    private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("Below DESTDIR, everything names the place that it will be in")
    func staged() throws {
        let folder = try TemporaryFolder()
        let root = folder.path + "/a root"
        _ = try Self.make("install", "DESTDIR=\(root)", "PREFIX=/opt/tremolo")
        let files = try Self.files(root)
        for file in [
            "bin/tremolo", "share/man/man1/tremolo.1", "share/bash-completion/completions/tremolo",
            "share/zsh/site-functions/_tremolo", "share/fish/vendor_completions.d/tremolo.fish",
            "lib/systemd/system/tremolo.service", "lib/systemd/system/tremolo.socket", "lib/sysusers.d/tremolo.conf",
            "share/tremolo/rules/timing.json5", "share/tremolo/esp/custom.json5", "share/tremolo/pages/ask.html",
            "share/doc/tremolo/running.md", "share/doc/tremolo/examples/haproxy.cfg",
        ] {
            #expect(files.contains("opt/tremolo/\(file)"), "\(file)")
        }
        #expect(files.filter { !$0.hasPrefix("opt/tremolo/") } == ["etc/tremolo/tremolo.json5"])
        #expect(try run(["\(root)/opt/tremolo/bin/tremolo", "--version"]).status == 0)
        #expect(try Self.text("\(root)/opt/tremolo/share/man/man1/tremolo.1") == tremolo(["manual"]).output)
        let service = try Self.text("\(root)/opt/tremolo/lib/systemd/system/tremolo.service")
        #expect(service.contains("\nExecStart=/opt/tremolo/bin/tremolo serve --config /etc/tremolo/tremolo.json5\n"))
        let socket = try Self.text("\(root)/opt/tremolo/lib/systemd/system/tremolo.socket")
        #expect(service.contains("file:/opt/tremolo/share/doc/tremolo/running.md"))
        #expect(!service.contains("/usr/local") && !socket.contains("/usr/local"))
        let settings = try tremolo(
            ["config", "print", "--config", "\(root)/etc/tremolo/tremolo.json5"], environment: ["TREMOLO_RULES": ""]
        ).output
        for line in [
            "data: \"/var/lib/tremolo\",", "rules: \"/opt/tremolo/share/tremolo/rules\",",
            "senders: \"/opt/tremolo/share/tremolo/esp\",",
        ] {
            #expect(settings.contains("  \(line)"), "\(line) in \(settings)")
        }
        #expect(try !Self.text("\(root)/etc/tremolo/tremolo.json5").contains("\"Config/"))

        _ = try Self.make("uninstall", "DESTDIR=\(root)", "PREFIX=/opt/tremolo")
        #expect(try Self.files(root) == ["etc/tremolo/tremolo.json5"])
    }

    @Test("What is installed works, a configuration is never written over, and no rule of an older version stays")
    func installed() throws {
        let folder = try TemporaryFolder()
        let (prefix, etc) = (folder.path + "/usr", folder.path + "/etc")
        _ = try Self.make("install", "PREFIX=\(prefix)", "SYSCONFDIR=\(etc)")
        let configuration = etc + "/tremolo/tremolo.json5"
        let check = try tremolo(["config", "check", "--config", configuration], environment: ["TREMOLO_RULES": ""])
        #expect(check.status == 0 && check.errors == "\(configuration): no problems\n", "\(check.errors)")
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: configuration, environment: ["TREMOLO_RULES": ""])
        let answer = try BlockingHTTPClient(port: edge.port).get(
            "/tremclk?sec=8781202&cuid=ann%40mail.example&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F")
        #expect(answer.status == 302)
        edge.end()

        let mine = try "// Mine.\n" + Self.text(configuration)
        try mine.write(toFile: configuration, atomically: true, encoding: .utf8)
        let stale = prefix + "/share/tremolo/rules/gone.json5"
        try "nonsense".write(toFile: stale, atomically: true, encoding: .utf8)
        let again = try Self.make("install", "PREFIX=\(prefix)", "SYSCONFDIR=\(etc)")
        #expect(again.output.contains("\(configuration) stays as it is\n"))
        #expect(try Self.text(configuration) == mine)
        #expect(!FileManager.default.fileExists(atPath: stale))
        #expect(try Self.text("\(prefix)/share/doc/tremolo/examples/tremolo.json5") + "" == mine.dropFirst(9))
    }

    @Test("Without a binary it says what to do, and a prefix that is no place is refused")
    func refused() throws {
        let folder = try TemporaryFolder()
        func refused(_ variables: String...) throws -> String {
            let result = try run(
                ["/usr/bin/env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", "-C", Self.checkout, "install"]
                    + variables)
            #expect(result.status != 0)
            return result.errors
        }
        #expect(try refused("DESTDIR=\(folder.path)", "BINARY=\(folder.path)/none").contains("run make build first"))
        #expect(
            try refused("DESTDIR=\(folder.path)", "PREFIX=usr", "BINARY=\(tremoloBinary())").contains("begin with /"))
        let odd = ["PREFIX=/opt/a&b", "PREFIX=/opt/a b", "SYSCONFDIR=etc", "SYSCONFDIR=/etc|x"]
        for place in odd {
            let errors = try refused("DESTDIR=\(folder.path)", place, "BINARY=\(tremoloBinary())")
            #expect(errors.contains("begin with /"), "\(place): \(errors)")
        }
        #expect(try Self.files(folder.path).isEmpty)
    }
}
