import Foundation
import TestSupport
import Testing

@Suite("The server says how it is, and ends in good order")
struct LifecycleJourneyTests {
    @Test("SIGTERM fails readiness first, requests are answered and told to close, and the end is clean")
    func drain() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: shippedConfiguration(), drainDelay: "10 min")
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        func readiness() throws -> HTTPReply {
            try admin.send("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
            return try admin.receive()
        }
        let early = try BlockingHTTPClient(port: edge.port)
        #expect(try early.get("/tremop?sec=8781202").headers["connection"] == nil)
        let ready = try readiness()
        #expect(ready.status == 200 && ready.text == "{\"ready\":true,\"reasons\":[]}\n")

        kill(edge.identifier, SIGTERM)
        let draining = try eventually("readiness ends") {
            try readiness()
        } until: {
            $0.status != 200
        }
        #expect(draining.status == 503)
        let reason = try JSONDocument(draining.text)
        #expect(reason["ready"].bool == false)
        #expect(reason["reasons"].elements.first?["part"].string == "lifecycle")
        #expect(reason["reasons"].elements.first?["trouble"].string == "draining")

        // The workers learn of it at about the same time: until then a connection goes on as before.
        var answered = 1
        let (late, _) = try eventually("an answer that says its connection closes") {
            let client = try BlockingHTTPClient(port: edge.port)
            let reply = try client.get("/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F")
            answered += 1
            #expect(reply.status == 302)
            return (client, reply)
        } until: { _, reply in
            reply.headers["connection"] == "close"
        }
        #expect(late.receiveUntilClosed().isEmpty)
        if let last = try? early.get("/tremop?sec=8781202") {
            #expect(last.status == 200 && last.headers["connection"] == "close")
            answered += 1
        }

        // A second signal ends the delay.
        #expect(edge.end(SIGTERM) == 0)
        let report = try tremolo(["report", "--data", data, "--format", "json"])
        #expect(try JSONDocument(report.output)["accounting"]["counted"].int == answered)
        #expect(try JSONDocument(report.output)["accounting"]["pending"].int == 0)
        let events = try tremolo(["events", "--data", data, "--config", shippedConfiguration()])
        let times = try events.output.split(separator: "\n").compactMap { try JSONDocument(String($0))["time"].string }
        let asOf = try #require(try JSONDocument(report.output)["asOf"].string)
        #expect(
            times.count == answered && times.allSatisfy { $0 <= asOf },
            "as of \(asOf), the last at \(times.max() ?? "")")
    }

    @Test("A server that was never asked for anything leaves a report that is as of no event, not of 1970")
    func neverAsked() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: shippedConfiguration())
        #expect(edge.end() == 0)
        let report = try tremolo(["report", "--data", data, "--format", "json"])
        #expect(report.status == 0 && !report.output.contains("1970"), "\(report.output)")
    }

    @Test("A data folder of a long name, and one with a space in it, work and are greeted so that they can be copied")
    func oddFolders() throws {
        let folder = try TemporaryFolder()
        for name in [String(repeating: "a-long-name/", count: 12) + "data", "we ird"] {
            let data = folder.path + "/" + name
            let edge = try RunningEdge(
                data: data, configuration: shippedConfiguration(), arguments: ["--greet"], until: "Stop with control-C."
            )
            let word = name.contains(" ") ? "'\(data)'" : data
            #expect(edge.greeting.contains("tremolo report --data \(word)\n"), "\(edge.greeting)")
            #expect(try BlockingHTTPClient(port: edge.port).get("/tremop?sec=8781202").status == 200)
            // The server is reached through the socket in its folder: without one, the name would wait for a start.
            let named = try tremolo(["name", "--data", data, "--sec", "8781202", "A name"])
            #expect(named.status == 0 && !named.errors.contains("no server"), "\(named.errors)")
            #expect(edge.end() == 0)
        }
    }

    @Test("A data folder that is a file is said as one")
    func fileForFolder() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/file"
        try Data("x".utf8).write(to: URL(fileURLWithPath: file))
        let serve = try tremolo(["serve", "--config", shippedConfiguration(), "--data", file])
        #expect(serve.status == 73 && serve.errors.contains("\(file): it is a file"), "\(serve.errors)")
    }

    @Test("The admin listener answers its own address alone, and says what it counts")
    func adminPages() throws {
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(data: folder.path + "/data", configuration: shippedConfiguration())
        let own = "127.0.0.1:\(edge.adminPort)"
        func ask(_ path: String, host: String, method: String = "GET", _ lines: String = "") throws -> HTTPReply {
            let client = try BlockingHTTPClient(port: edge.adminPort)
            try client.send("\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\n\(lines)\r\n")
            return try client.receive(toHead: method == "HEAD")
        }
        #expect(try BlockingHTTPClient(port: edge.port).get("/tremop?sec=8781202").status == 200)
        #expect(try ask("/healthz", host: own).text == "ok\n")
        #expect(try ask("/readyz", host: "localhost:\(edge.adminPort)").status == 200)
        #expect(try ask("/metrics", host: "evil.example:\(edge.adminPort)").status == 421)
        #expect(try ask("/metrics", host: own, "Origin: http://evil.example\r\n").status == 403)
        #expect(try ask("/metrics", host: own, method: "POST").status == 405)
        #expect(try ask("/healthz", host: own, method: "HEAD").status == 200)
        #expect(try ask("/tremop", host: own).status == 404)
        let metrics = try ask("/metrics", host: own)
        #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(metrics.text.contains("tremolo_requests_total{resource=\"open\",code=\"200\",outcome=\"pixel\"} 1\n"))
        #expect(metrics.text.contains("tremolo_ready 1\n"))
        // The edge's own port has none of it.
        #expect(try BlockingHTTPClient(port: edge.port).get("/metrics").status == 404)
        #expect(edge.end() == 0)
    }

    @Test("An address that others reach is refused without a token, and asks for it with one")
    func adminToken() throws {
        let folder = try TemporaryFolder()
        let token = "0123456789abcdef0123456789abcdef"
        let configuration = folder.path + "/t.json5"
        try Data("{ admin: \"0.0.0.0:0\" }".utf8).write(to: URL(fileURLWithPath: configuration))
        let refused = try tremolo(["serve", "--config", configuration, "--data", folder.path + "/data"])
        #expect(refused.status == 78)
        #expect(refused.errors.contains("\(configuration):1:") && refused.errors.contains("adminToken"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))

        try Data((token + "\n").utf8).write(to: URL(fileURLWithPath: folder.path + "/token"))
        try Data("{ adminTokenFile: \"\(folder.path)/token\" }".utf8).write(to: URL(fileURLWithPath: configuration))
        let edge = try RunningEdge(data: folder.path + "/data", configuration: configuration)
        func ask(_ lines: String) throws -> HTTPReply {
            let client = try BlockingHTTPClient(port: edge.adminPort)
            try client.send("GET /healthz HTTP/1.1\r\nHost: edge.example\r\n\(lines)\r\n")
            return try client.receive()
        }
        let basic = Data("user:\(token)".utf8).base64EncodedString()
        #expect(try ask("Authorization: Bearer \(token)\r\n").status == 200)
        #expect(try ask("Authorization: Basic \(basic)\r\n").status == 200)
        let without = try ask("")
        #expect(without.status == 401 && without.headers["www-authenticate"]?.hasPrefix("Basic ") == true)
        #expect(try ask("Authorization: Bearer \(token)x\r\n").status == 401)
        #expect(!edge.greeting.contains(token))
        let printed = try tremolo(["config", "print", "--config", configuration])
        #expect(printed.status == 0 && !printed.output.contains(token))
        #expect(edge.end() == 0)
    }
}
