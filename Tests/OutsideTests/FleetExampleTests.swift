import Foundation
import TestSupport
import Testing

@Suite(
    "The example of a fleet runs on one machine, and ClickHouse may stand behind TLS",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct FleetExampleTests {
    private static let example = OutsideProgram.root.appendingPathComponent("Config/examples/fleet").path

    /// A copy of the example on ports that are free.
    private static func copy(to folder: String) throws -> (front: Int, clickHouse: Int) {
        try FileManager.default.copyItem(atPath: example, toPath: folder)
        var ports: [String: Int] = [:]
        for port in ["8000", "8080", "8081", "8090", "8091", "8123"] { ports[port] = freePortOfLoopback() }
        for file in ["haproxy.cfg", "edge-1.json5", "edge-2.json5", "clickhouse.xml"] {
            var text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            for (from, to) in ports.sorted(by: { $0.key < $1.key }) {
                for mark in [":", ">"] { text = text.replacing("\(mark)\(from)", with: "\(mark)@\(to)") }
            }
            // A port that was put in is not taken for one that stands there.
            try text.replacing(":@", with: ":").replacing(">@", with: ">")
                .write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
        }
        return (try #require(ports["8000"]), try #require(ports["8123"]))
    }

    @Test("Two edges behind HAProxy, one ClickHouse: a recipient comes to one edge, and one report has all")
    func run() throws {
        let folder = try TemporaryFolder()
        let copy = folder.path + "/example"
        let ports = try Self.copy(to: copy)
        let place = folder.path + "/fleet"
        let fleet = SpawnedProcess()
        fleet.executableURL = URL(fileURLWithPath: copy + "/run")
        fleet.arguments = [place]
        fleet.environment = ProcessInfo.processInfo.environment.merging(["TREMOLO": tremoloBinary()]) { $1 }
        fleet.standardInput = FileHandle.nullDevice
        let output = Pipe()
        fleet.standardOutput = output
        fleet.standardError = output
        try fleet.run()
        var said = ""
        while !said.contains("control-C ends it") {
            let bytes = output.fileHandleForReading.availableData
            try #require(!bytes.isEmpty, "\(said)")
            said += String(decoding: bytes, as: UTF8.self)
        }
        let front = try BlockingHTTPClient(port: ports.front)
        for person in 0..<30 {
            for kind in ["tremop", "tremclk", "tremclk"] {
                let path = "/\(kind)?cuid=p\(person)%40mail.example&sec=8781202&expId=17"
                let target = kind == "tremclk" ? "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F" : ""
                #expect(try front.get(path + target).status == (kind == "tremclk" ? 302 : 200))
            }
        }
        func rows(_ by: String) throws -> [JSONDocument] {
            let result = try TestSupport.run(
                ["/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", place, tremoloBinary()] + [
                    "report", "--store", "clickhouse", "--config", "edge-1.json5", "--by", by, "--format", "json",
                ])
            #expect(result.status == 0, "\(result.errors)")
            return try JSONDocument(result.output)["rows"].elements
        }
        try eventually("everything in one report") {
            let row = try rows("sec").first
            return row?["clicks"]["total"].int == 60 && row?["opens"]["total"].int == 30
        }
        #expect(try rows("sec").first?["clicks"]["unique"].int == 30)
        // Each recipient's three events are one edge's.
        let url = "http://127.0.0.1:\(ports.clickHouse)/?user=tremolo&password=an-example&query="
        let question =
            "SELECT+max(n),count(),min(m)+FROM+(SELECT+subject,uniqExact(node)+AS+n,count()+AS+m"
            + "+FROM+tremolo.events+GROUP+BY+subject)"
        #expect(try OutsideProgram.run("/usr/bin/curl", ["-s", url + question]).output == "1\t30\t3\n")
        let nodes = "SELECT+uniqExact(node)+FROM+tremolo.events"
        #expect(try OutsideProgram.run("/usr/bin/curl", ["-s", url + nodes]).output == "2\n")
        fleet.terminate()
        fleet.waitUntilExit()
        #expect(fleet.terminationStatus == 0)
        for port in [ports.front, ports.clickHouse] {
            #expect(throws: HTTPClientFailure.self) { _ = try BlockingHTTPClient(port: port) }
        }
    }

    @Test("Over TLS by HAProxy: what is shipped arrives, and a server with another's certificate gets nothing")
    func encrypted() throws {
        var random = SeededGenerator(seed: 21)
        let world = try FleetWorld(nodes: 1, seed: 21)
        let node = world.nodes[0]
        let folder = try TemporaryFolder()
        let name = "clickhouse-1.example"
        for number in 1...2 {
            let made = try OutsideProgram.run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:\(name)", "-keyout",
                    "\(folder.path)/\(number).key", "-out", "\(folder.path)/\(number).crt",
                ])
            #expect(made.status == 0)
            let both = try ["crt", "key"].map { try Data(contentsOf: URL(filePath: "\(folder.path)/\(number).\($0)")) }
            try (both[0] + both[1]).write(to: URL(filePath: "\(folder.path)/\(number).pem"))
        }
        let (near, far) = (freePortOfLoopback(), freePortOfLoopback())

        /// What ends TLS in front of the server, with one of the two certificates.
        func serve(_ number: Int) throws -> SpawnedProcess {
            let text = """
                defaults
                    mode http
                    timeout connect 5s
                    timeout client 30s
                    timeout server 30s
                listen clickhouse
                    bind 127.0.0.1:\(far) ssl crt \(folder.path)/\(number).pem
                    server clickhouse 127.0.0.1:\(world.server.port)

                """
            try text.write(toFile: folder.path + "/far.cfg", atomically: true, encoding: .utf8)
            return try haproxy(folder.path + "/far.cfg", folder.path + "/far.log", port: far)
        }
        func haproxy(_ configuration: String, _ log: String, port: Int) throws -> SpawnedProcess {
            let process = SpawnedProcess()
            process.executableURL = URL(fileURLWithPath: "/usr/sbin/haproxy")
            process.arguments = ["-db", "-f", configuration]
            _ = FileManager.default.createFile(atPath: log, contents: nil)
            let file = FileHandle(forWritingAtPath: log)
            (process.standardOutput, process.standardError) = (file, file)
            try process.run()
            try eventually("HAProxy listens") {
                try #require(process.isRunning, "\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
                return (try? BlockingHTTPClient(port: port)) != nil
            }
            return process
        }

        var text = try String(contentsOfFile: Self.example + "/clickhouse-tls.cfg", encoding: .utf8)
        for (from, to) in [
            ("127.0.0.1:8124", "127.0.0.1:\(near)"), ("\(name):8443", "127.0.0.1:\(far)"),
            ("/etc/ssl/certs/ca-certificates.crt", folder.path + "/1.crt"),
        ] {
            #expect(text.contains(from))
            text = text.replacing(from, with: to)
        }
        // The second replica's name is nobody's here.
        text = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.contains("server clickhouse-2") }.joined(separator: "\n")
        try text.write(toFile: folder.path + "/near.cfg", atomically: true, encoding: .utf8)
        var end = try serve(1)
        let proxy = try haproxy(folder.path + "/near.cfg", folder.path + "/near.log", port: near)
        defer { for process in [proxy, end] { process.terminate() } }
        let password = URL(filePath: node.configuration).deletingLastPathComponent().deletingLastPathComponent().path
        try node.write(endpoint: "http://127.0.0.1:\(near)", password: password + "/password")
        try node.start()
        let first = try node.visit(100, &random)
        try eventually("they arrive") { try world.number("SELECT count() FROM events FINAL") == UInt64(first) }
        #expect(try world.shippedEvents() == world.journaledEvents())

        end.terminate()
        end.waitUntilExit()
        end = try serve(2)
        let more = try node.visit(100, &random)
        try eventually("a word on it") { try node.trouble("shipping") != nil }
        #expect(try world.number("SELECT count() FROM events FINAL") == UInt64(first))
        end.terminate()
        end.waitUntilExit()
        end = try serve(1)
        try eventually("the rest arrives") {
            try world.number("SELECT count() FROM events FINAL") == UInt64(first + more)
        }
        let log = try String(contentsOfFile: folder.path + "/near.log", encoding: .utf8)
        #expect(!log.contains("INSERT") && !log.contains("query") && !log.contains(world.server.password))
        #expect(node.end() == 0)
    }
}
