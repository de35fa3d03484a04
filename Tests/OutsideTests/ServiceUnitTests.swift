import Foundation
import TestSupport
import Testing

@Suite("The units are good ones, and the server can do its work inside them", .enabled(if: OutsideProgram.isAskedFor))
struct ServiceUnitTests {
    private static let analyze = "/usr/bin/systemd-analyze"
    private static let examples = OutsideProgram.root.appendingPathComponent("Config/examples").path
    /// The exposure that is stated in Documentation/running.md, in tenths.
    private static let exposureMax = 12

    /// The unit as it is shipped, line by line.
    private static func lines() throws -> [String] {
        try String(contentsOfFile: "\(examples)/tremolo.service", encoding: .utf8).split(separator: "\n").map(
            String.init)
    }

    /// Runs systemd-analyze, which needs no running systemd for this.
    private static func analyzed(_ arguments: [String]) throws -> CommandResult {
        try run([analyze, "--no-pager"] + arguments, environment: ["SYSTEMD_LOG_LEVEL": "notice"])
    }

    @Test("Its exposure is low")
    func exposure() throws {
        func judged(_ tenths: Int) throws -> CommandResult {
            try Self.analyzed([
                "security", "--offline=true", "--threshold=\(tenths)", "\(Self.examples)/tremolo.service",
            ])
        }
        let result = try judged(Self.exposureMax)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(try judged(1).status != 0, "the threshold decides")
        let stated = try String(
            contentsOf: OutsideProgram.root.appendingPathComponent("Documentation/running.md"), encoding: .utf8)
        #expect(stated.contains("calls its exposure \(Self.exposureMax / 10).\(Self.exposureMax % 10) of 10"))
        let lines = try Self.lines()
        for line in ["User=tremolo", "CapabilityBoundingSet=", "AmbientCapabilities=", "NoNewPrivileges=yes"] {
            #expect(lines.contains(line))
        }
    }

    @Test("systemd finds nothing to say about them")
    func verified() throws {
        let folder = try TemporaryFolder()
        // The program that the service names is not installed here: the one under test stands in its place.
        let service = try Self.lines().map { line in
            line.hasPrefix("ExecStart=") ? line.replacing("/usr/local/bin/tremolo", with: tremoloBinary()) : line
        }
        func verify(_ service: [String]) throws -> CommandResult {
            try Data((service.joined(separator: "\n") + "\n").utf8)
                .write(to: URL(fileURLWithPath: folder.path + "/tremolo.service"))
            // The manual page is not installed here either.
            return try Self.analyzed([
                "verify", "--man=no", folder.path + "/tremolo.service", folder.path + "/tremolo.socket",
            ])
        }
        try FileManager.default.copyItem(
            atPath: "\(Self.examples)/tremolo.socket", toPath: folder.path + "/tremolo.socket")
        let result = try verify(service)
        #expect(
            result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result.output)\(result.errors)")
        #expect(try !verify(service + ["ProtectSytem=strict"]).errors.isEmpty, "a mistake would be found")
    }

    @Test("The folder that the handbook has the log in is one that the service may write to")
    func logFolder() throws {
        let page = try #require(try HandbookPage.all().first { $0.path == "Documentation/watching.md" })
        let block = try #require(page.blocks.first { $0.kind == "logrotate" })
        #expect(block.text.hasPrefix("/var/log/tremolo/"))
        #expect(try Self.lines().contains("LogsDirectory=tremolo"))
    }

    @Test("Every system call of a server's life, and of its commands, passes the filter")
    func systemCalls() throws {
        let allowed = try Self.allowedCalls()
        #expect(!allowed.contains("reboot") && !allowed.contains("setuid") && !allowed.contains("chown"))
        let folder = try TemporaryFolder()
        let trace = folder.path + "/trace"
        // As the unit's user is no root, for whom SQLite would change the owners of its files.
        #expect(unsafe chmod(folder.path, 0o777) == 0)
        let user = getuid() == 0 ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
        let strace = user + ["/usr/bin/strace", "-f", "-qq", "-e", "signal=none"]
        let run = FaultRun(data: folder.path + "/data")
        // Also with a manager that is told, for the calls that this takes.
        let notices = try NotifyReceiver(isAbstract: true)
        for durability in ["process", "disk"] {
            let configuration = try FaultRun(
                data: run.data, settings: "journal: { durability: \"\(durability)\" }, flushInterval: \"50 ms\"",
                in: folder.path
            ).configuration
            let edge = try RunningEdge(
                data: run.data, configuration: configuration, environment: ["NOTIFY_SOCKET": notices.name],
                wrapper: strace + ["-o", "\(trace)-\(durability)"])
            let client = try BlockingHTTPClient(port: edge.port)
            #expect(try client.get("/tremop?sec=8781202&cuid=a%40m.example").status == 200)
            #expect(try run.countedReport()["accounting"]["lost"].int == 0)
            let admin = try BlockingHTTPClient(port: edge.adminPort)
            for path in ["/health", "/metrics", "/"] {
                try admin.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
                let reply = try admin.receive()
                #expect(reply.status == 200, "\(path): \(reply.text)")
            }
            try admin.send(
                "POST /reload HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\nContent-Length: 0\r\n\r\n")
            #expect(try admin.receive().status == 200)
            // strace hands the signal to nobody: the server is its child.
            let children = try String(
                contentsOfFile: "/proc/\(edge.identifier)/task/\(edge.identifier)/children", encoding: .utf8)
            let server = try #require(Int32(children.split(separator: " ").first ?? ""))
            kill(server, SIGTERM)
            #expect(edge.log.contains("event=stopped"))
        }
        for command in ["report", "verify", "rebuild"] {
            let arguments = strace + ["-o", "\(trace)-\(command)", tremoloBinary(), command, "--data", run.data]
            #expect(try TestSupport.run(arguments).status == 0, "\(command)")
        }
        for name in ["process", "disk", "report", "verify", "rebuild"] {
            let calls = Set(
                try String(contentsOfFile: "\(trace)-\(name)", encoding: .utf8).split(separator: "\n")
                    .compactMap(Self.call))
            #expect(calls.contains("execve") && calls.contains("pread64"), "\(name) was traced")
            #expect(calls.subtracting(allowed) == [], "\(name)")
        }
    }

    /// The name of the call in a line of strace, such as `123 openat(AT_FDCWD, …`; nil for other lines.
    private static func call(_ line: Substring) -> String? {
        let name = line.drop { $0.isNumber }.drop { $0 == " " }.prefix { $0 != "(" }
        guard !name.isEmpty, name.allSatisfy({ $0.isLowercase || $0.isNumber || $0 == "_" }) else { return nil }
        return String(name)
    }

    /// What the unit's lines `SystemCallFilter=` allow, read as systemd.exec(5) says: the first makes a list, `~` takes
    /// away from it.
    private static func allowedCalls() throws -> Set<String> {
        var sets: [String: [String]] = [:]
        var name = ""
        for line in try analyzed(["syscall-filter"]).output.split(separator: "\n") {
            let word = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("@") { name = word } else if !word.hasPrefix("#") { sets[name, default: []].append(word) }
        }
        func expanded(_ word: String) -> Set<String> {
            word.hasPrefix("@") ? Set((sets[word] ?? []).flatMap(expanded)) : [word]
        }
        // Whatever the list, these are there: systemd's own must start the program.
        var allowed = expanded("@default")
        for line in try lines() where line.hasPrefix("SystemCallFilter=") {
            let value = line.dropFirst("SystemCallFilter=".count)
            let words = value.drop { $0 == "~" }.split(separator: " ").flatMap { expanded(String($0)) }
            if value.hasPrefix("~") { allowed.subtract(words) } else { allowed.formUnion(words) }
        }
        return allowed
    }
}
