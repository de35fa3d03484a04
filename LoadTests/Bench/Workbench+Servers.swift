import Bytes
import Foundation
import LinuxSystem
import LoadEngine

/// How the edge is run, where it differs from its defaults.
struct EdgeOptions {
    var name = "edge"
    var workers = 1
    var processor: String? = Workbench.serverProcessor
    var flushInterval = "5 s"
    var syncInterval = "1 s"
    var durability = "process"
    /// What signatures are worth in the section `CampaignLinks.signedSection`.
    var signatures = "off"
    /// What the consent of people means in the section of the scenarios.
    var consent = "ignore"
    /// Addresses whose forwarding headers are believed.
    var trustedProxies: [String] = []
    var environment: [String: String] = [:]
    /// A data folder that is there already; nil: a new one.
    var data: String?

    /// As the page says it.
    var durabilityShown: String { "durability \"\(durability)\", syncInterval \"\(syncInterval)\"" }
}

extension Workbench {
    /// The edge, with a configuration of its own.
    func edge(_ options: EdgeOptions = EdgeOptions()) throws -> MeasuredServer {
        let prepared = try prepareEdge(options)
        if options.signatures != "off" { try makeSigningKey(prepared.configuration) }
        var command = [".build/release/tremolo", "serve", "--config", prepared.configuration]
        let child = try ChildProcess(
            command, processor: options.processor, environment: options.environment, log: prepared.log)
        command[3] = "EDGE.json5"
        let variables = options.environment.map { "\($0)=\($1) " }.sorted().joined()
        let pinning = options.processor.map { "taskset -c \($0) " } ?? ""
        show(variables + pinning + command.joined(separator: " "))
        return add(
            try MeasuredServer(
                options.name, child, port: prepared.port, adminPort: prepared.adminPort,
                configuration: prepared.configuration))
    }

    /// Makes the key that signs the links of an edge.
    private func makeSigningKey(_ configuration: String) throws {
        let made = try ChildProcess.run(
            [".build/release/tremolo", "sign", "--config", configuration, "--make-key"], errors: .nullDevice)
        guard made.status == 0 else { throw BenchFailure.unavailable("tremolo sign", why: "it made no key") }
    }

    /// What an edge needs before it is started.
    func prepareEdge(
        _ options: EdgeOptions
    ) throws -> (configuration: String, port: Int, adminPort: Int, log: FileHandle) {
        let folder = try scratch("edge")
        let port = try Readiness.freePort()
        let adminPort = try Readiness.freePort()
        let text = try Template(named: "edge.json5.template").filled([
            "PORT": "\(port)", "ADMIN_PORT": "\(adminPort)", "WORKERS": "\(options.workers)",
            "FOLDER": options.data ?? folder + "/data", "FLUSH_INTERVAL": options.flushInterval,
            "SYNC_INTERVAL": options.syncInterval, "DURABILITY": options.durability,
            "SIGNATURES": options.signatures, "CONSENT": options.consent,
            "TRUSTED_PROXIES": options.trustedProxies.map { "\"\($0)\"" }.joined(separator: ", "),
        ])
        let configuration = folder + "/edge.json5"
        try Data(text.utf8).write(to: URL(fileURLWithPath: configuration))
        return (configuration, port, adminPort, try log(in: folder, "edge"))
    }

    /// nginx with the redirect of the scenario's links.
    func nginx(isBuffered: Bool = true) throws -> MeasuredServer {
        let folder = try scratch("nginx")
        let port = try Readiness.freePort()
        let text = try Template(named: "nginx.conf.template").filled([
            "PORT": "\(port)", "FOLDER": folder, "LINKS": NginxLinks.lines(.standard),
            "LOG_BUFFER": isBuffered ? " buffer=64k flush=1s" : "",
        ])
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/nginx.conf"))
        let child = try ChildProcess(
            ["nginx", "-p", folder, "-c", folder + "/nginx.conf"], processor: Self.serverProcessor,
            log: try log(in: folder, "nginx"))
        show("taskset -c 0 nginx -p FOLDER -c nginx.conf")
        let name = isBuffered ? "nginx, buffered log" : "nginx, unbuffered log"
        return add(try MeasuredServer(name, child, port: port, hasWorkerProcess: true))
    }

    /// The kernel's floor.
    func floor(closes: Bool = false) throws -> MeasuredServer {
        let port = try Readiness.freePort()
        let command = [".build/release/kernel-floor", "\(port)"] + (closes ? ["close"] : [])
        let child = try ChildProcess(
            command, processor: Self.serverProcessor, log: try log(in: scratch("floor"), "floor"))
        show("taskset -c 0 .build/release/kernel-floor PORT" + (closes ? " close" : ""))
        let server = try MeasuredServer("floor", child, port: port)
        server.checksStatusAlone = true
        return add(server)
    }

    /// HAProxy with TLS in front of an edge, on the load's processor.
    func haproxy(before edge: MeasuredServer) throws -> MeasuredServer {
        let folder = try scratch("haproxy")
        let port = try Readiness.freePort()
        let made = try ChildProcess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "2", "-subj", "/CN=localhost", "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem",
            ], errors: try log(in: folder, "openssl"))
        guard made.status == 0 else { throw BenchFailure.unavailable("openssl", why: "it made no certificate") }
        let parts = ["cert.pem", "key.pem"].map { ProcessFacts.text("\(folder)/\($0)") }
        try Data(parts.joined().utf8).write(to: URL(fileURLWithPath: folder + "/both.pem"))
        let text = try Template(named: "haproxy.cfg.template").filled([
            "PORT": "\(port)", "CERTIFICATE": folder + "/both.pem", "EDGE_PORT": "\(edge.port)",
        ])
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/haproxy.cfg"))
        let child = try ChildProcess(
            ["haproxy", "-db", "-f", folder + "/haproxy.cfg"], processor: Self.loadProcessor,
            log: try log(in: folder, "haproxy"))
        show("taskset -c 1 haproxy -db -f haproxy.cfg")
        return add(try MeasuredServer("haproxy", child, port: port))
    }

    /// A file of request heads, as `tremolo-load` makes them.
    func heads() throws -> String { try file(ofHeads: RequestHeads.made(of: .standard)) }

    /// A file of these heads, for `wrk`.
    func file(ofHeads heads: [String]) throws -> String {
        let path = try scratch("wrk") + "/heads.txt"
        try Data(heads.joined().utf8).write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// The links of a scenario as nginx's `map` reads them.
enum NginxLinks {
    /// One line a link: the target as it stands in a request, and where it leads.
    static func lines(_ scenario: Scenario) -> String {
        let links = scenario.sections.flatMap(\.links)
        return links.map { link in
            let bytes = Array(link.target.utf8)
            var buffer = ByteBuffer(capacity: bytes.count * 3 + 1)
            PercentCoding.encode(bytes.span, into: &buffer)
            return "        \"\(buffer.withSpan { $0.toString() })\" \"\(link.location)\";"
        }.joined(separator: "\n")
    }
}
