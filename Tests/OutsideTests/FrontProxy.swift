import Foundation
import TestSupport
import Testing

/// A program that stands in front of the edge, with the example that the project ships for it.
enum FrontProxy: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case haproxy = "haproxy.cfg"
    case haproxyWithHeader = "haproxy-proxy-protocol.cfg"
    case nginx = "nginx.conf"
    case caddy = "Caddyfile"
    /// The one beside compose.yaml.
    case caddyInContainer = "Caddyfile in a container"

    /// The example in the checkout.
    var example: String {
        self == .caddyInContainer ? "Config/container/caddy/Caddyfile" : "Config/examples/" + rawValue
    }

    var testDescription: String { rawValue }

    /// True when its connections to the edge begin with a PROXY header.
    var speaksProxyProtocol: Bool { self == .haproxyWithHeader }

    /// What of the example a test puts its own ports and paths in place of.
    func replacements(_ places: FrontPlaces) -> [(String, String)] {
        switch self {
        case .haproxy, .haproxyWithHeader:
            [
                ("bind :80\n", "bind 127.0.0.1:\(places.port)\n"),
                ("bind :443 ", "bind 127.0.0.1:\(places.securePort) "),
                ("/etc/haproxy/certificates/", places.certificates + "/"),
                ("127.0.0.1:8080 ", "127.0.0.1:\(places.edgePort) "),
            ]
        case .nginx:
            [
                ("listen 80 ", "listen 127.0.0.1:\(places.port) "),
                ("listen 443 ", "listen 127.0.0.1:\(places.securePort) "),
                ("/run/nginx.pid", places.folder + "/nginx.pid"), ("/var/log/nginx/", places.logs + "/"),
                ("/etc/nginx/certificates/", places.certificates + "/"),
                ("server 127.0.0.1:8080;", "server 127.0.0.1:\(places.edgePort);"),
            ]
        case .caddy:
            [
                ("\nhttp://:80 {", "\nhttp://:\(places.port) {\n\tbind 127.0.0.1"),
                ("\nhttps://:443 {", "\nhttps://:\(places.securePort) {\n\tbind 127.0.0.1"),
                ("admin 127.0.0.1:2019", "admin 127.0.0.1:\(places.controlPort)"),
                ("/var/log/caddy/", places.logs + "/"), ("/etc/caddy/certificates", places.certificates),
                ("reverse_proxy 127.0.0.1:8080", "reverse_proxy 127.0.0.1:\(places.edgePort)"),
            ]
        case .caddyInContainer:
            [
                ("\nhttp://:80 {", "\nhttp://:\(places.port) {\n\tbind 127.0.0.1"),
                // What these tests can't do is to get certificates of an authority.
                (
                    "\n{$TRACKING_DOMAINS} {",
                    "\nhttps://:\(places.securePort) {\n\tbind 127.0.0.1\n\ttls {\n\t\tload \(places.certificates)\n\t}"
                ),
                ("admin 127.0.0.1:2019", "admin 127.0.0.1:\(places.controlPort)"),
                ("reverse_proxy edge:8080", "reverse_proxy 127.0.0.1:\(places.edgePort)"),
            ]
        }
    }

    func command(configuration: String, folder: String) -> [String] {
        switch self {
        case .haproxy, .haproxyWithHeader: ["/usr/sbin/haproxy", "-db", "-f", configuration]
        case .nginx: ["/usr/sbin/nginx", "-p", folder, "-c", configuration, "-g", "daemon off;"]
        case .caddy, .caddyInContainer:
            ["/usr/bin/caddy", "run", "--config", configuration, "--adapter", "caddyfile"]
        }
    }
}

/// Where a test has a front proxy and what belongs to it.
struct FrontPlaces {
    let folder: String
    let edgePort: Int
    let port = freePortOfLoopback()
    let securePort = freePortOfLoopback()
    let controlPort = freePortOfLoopback()

    var certificates: String { folder + "/certificates" }
    var logs: String { folder + "/logs" }
}

/// A front proxy that runs from the project's example, with a certificate that is thrown away.
final class RunningFront {
    static let domains = ["trem.brand.example", "click.other.example"]
    let proxy: FrontProxy
    let places: FrontPlaces
    private let process = SpawnedProcess()

    init(_ proxy: FrontProxy, in folder: String, edge: RunningEdge) throws {
        self.proxy = proxy
        places = FrontPlaces(folder: folder, edgePort: edge.port)
        for made in [places.certificates, places.logs] {
            try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
        }
        // nginx's workers are another user and read certificates themselves.
        for open in [folder, places.certificates, places.logs] {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: open)
        }
        for domain in Self.domains { try makeCertificate(domain) }
        let example = OutsideProgram.root.appendingPathComponent(proxy.example)
        var text = try String(contentsOf: example, encoding: .utf8)
        for (from, to) in proxy.replacements(places) {
            #expect(text.contains(from), "\(proxy.rawValue) holds \(from)")
            text = text.replacing(from, with: to)
        }
        let configuration = folder + "/" + proxy.rawValue
        try Data(text.utf8).write(to: URL(fileURLWithPath: configuration))
        let command = proxy.command(configuration: configuration, folder: folder)
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ["HOME": folder, "PATH": "/usr/bin:/bin"]
        let output = places.logs + "/output"
        try Data().write(to: URL(fileURLWithPath: output))
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardOutput = log
        process.standardError = log
        process.standardInput = FileHandle.nullDevice
        try process.run()
        try eventually("\(proxy.rawValue) listens") {
            try #require(process.isRunning, "it listens: \((try? logText()) ?? "")")
            return (try? BlockingHTTPClient(port: places.securePort)) != nil
        }
    }

    deinit {
        end()
    }

    /// Ends it, so that its logs are whole.
    func end() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    private func makeCertificate(_ domain: String) throws {
        let key = places.folder + "/key"
        let certificate = places.folder + "/" + domain + ".crt"
        let result = try OutsideProgram.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=" + domain, "-addext", "subjectAltName=DNS:" + domain, "-keyout", key, "-out",
                certificate,
            ])
        try #require(result.status == 0)
        var both = try Data(contentsOf: URL(fileURLWithPath: certificate))
        both += try Data(contentsOf: URL(fileURLWithPath: key))
        let file = places.certificates + "/" + domain + ".pem"
        try both.write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
    }

    /// Everything that it has written: to its logs, and to where programs write when they have none.
    func logText() throws -> String {
        try FileManager.default.contentsOfDirectory(atPath: places.logs).sorted().map {
            try String(contentsOfFile: places.logs + "/" + $0, encoding: .utf8)
        }.joined()
    }

    /// Asks for a path as a browser somewhere else would, over HTTP/2 and TLS.
    func ask(
        _ path: String, of domain: String = RunningFront.domains[0], version: String = "--http2",
        _ arguments: [String] = []
    ) throws -> FrontReply {
        try FrontReply.ask(
            ["--cacert", places.folder + "/" + domain + ".crt", version] + arguments, domain: domain,
            port: places.securePort, url: "https://\(domain):\(places.securePort)\(path)")
    }
}

/// What curl got.
struct FrontReply: Equatable {
    /// Where every request of the tests comes from; cut to what is kept and logged of it.
    static let source = "127.9.8.7"
    static let cutSource = "127.9.8.0"

    var status = ""
    var version = ""
    var location = ""
    var type = ""
    var cacheControl = ""
    var allow = ""
    var body = ""

    static func ask(_ arguments: [String], domain: String, port: Int, url: String) throws -> FrontReply {
        let format =
            "\n%{http_code}\n%{http_version}\n%header{location}\n%{content_type}\n%header{cache-control}\n"
            + "%header{allow}"
        let result = try OutsideProgram.run(
            "/usr/bin/curl",
            [
                "-sS", "--interface", source, "--resolve", "\(domain):\(port):127.0.0.1", "--path-as-is", "-A",
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "-w", format,
            ] + arguments + [url])
        try #require(result.status == 0, "curl \(url.prefix(200))")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let last = Array(lines.suffix(6))
        return FrontReply(
            status: last[0], version: last[1], location: last[2], type: last[3], cacheControl: last[4], allow: last[5],
            body: lines.dropLast(6).joined(separator: "\n"))
    }
}
