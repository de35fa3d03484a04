import Bytes
import Foundation
import TestSupport
import Testing

@Suite("A refusal is in force at once", .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct ConsentSpeedTests {
    /// What an opt-out may take from its first byte to its 202, when it holds on every worker: 100 ms. The folder is in
    /// memory: how long a disk takes for a sync is the disk's. One in twenty may be later, because this machine's two
    /// processors are busy with the load as well.
    private static let bound = Duration.milliseconds(100)
    private static let rounds = 60

    /// What an import of ten million rows may take, and the memory that it may have.
    private static let importBound = Duration.seconds(30)
    private static let importBytesBound = 300 << 20

    @Test("Ten million rows are imported in under 30 s and 300 MB, with the progress bar")
    func tenMillion() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/t.json5"
        try Data("{ sections: { \"1\": { consent: \"honourOptOut\" } } }".utf8).write(to: URL(fileURLWithPath: file))
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: file)
        let rows = folder.path + "/data.csv"
        let made = try OutsideProgram.run(
            "/bin/bash", ["-c", "{ echo email; seq -f 'person-%.0f@mail.example' 10000000; } > '\(rows)'"])
        #expect(made.status == 0)
        // script(1) gives it a terminal, so that the bar is drawn.
        let script = """
            import resource, subprocess, sys, time
            start = time.monotonic()
            status = subprocess.run(["script", "-qec", sys.argv[1], "/dev/null"], stdout=subprocess.PIPE)
            print(status.returncode, time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
            sys.stdout.write(status.stdout.decode()[-2000:])
            """
        let command =
            "\(tremoloBinary()) consent import \(rows) --sec 1 --as-of 2026-01-01T00:00:00Z --data \(data) "
            + "--config \(file)"
        let result = try OutsideProgram.run("/usr/bin/python3", ["-c", script, command])
        let figures = result.output.split(separator: "\n").first?.split(separator: " ").compactMap { Double($0) } ?? []
        try #require(figures.count == 3 && figures[0] == 0, "\(result.output)")
        print("ten million rows: \(figures[1]) s, \(figures[2] / 1_024) MiB")
        #expect(result.output.contains("10000000 people"), "\(result.output)")
        #expect(Duration.seconds(figures[1]) < Self.importBound)
        #expect(Int(figures[2]) * 1_024 < Self.importBytesBound)
        #expect(edge.end() == 0)
    }

    @Test("Under load, the next click on any worker keeps nothing of the person, under 100 ms behind the call")
    func optOut() throws {
        let folder = try TemporaryFolder(inMemory: true)
        let file = folder.path + "/t.json5"
        let digest = SHA256Digest.hash("a-key".utf8.span)
        let configuration = """
            { workers: 2, sections: {
              "8781202": { hosts: ["www.mywebsite.com"], consent: "honourOptOut", apiKeys: ["\(digest)"] } },
              consentEvents: { rate: 10000 } }
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: file))
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: file)
        let load = SpawnedProcess()
        load.executableURL = URL(fileURLWithPath: OutsideProgram.shipped("tremolo-load"))
        load.arguments = [
            "http://127.0.0.1:\(edge.port)", "--rate", "2000", "--duration", "120s", "--connections", "16", "--json",
        ]
        load.standardOutput = FileHandle.nullDevice
        load.standardError = FileHandle.nullDevice
        try load.run()
        defer {
            load.terminate()
            load.waitUntilExit()
        }
        // Eight connections lie on both workers.
        let clients = try (0..<8).map { _ in try BlockingHTTPClient(port: edge.port) }
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        func click(_ client: BlockingHTTPClient, _ person: String) throws {
            let reply = try client.get(
                "/tremclk?cuid=\(person)%40planted.example&sec=8781202&expId=planted&"
                    + "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F")
            #expect(reply.status == 302)
        }
        var took: [Duration] = []
        for round in 0..<Self.rounds {
            let person = "p\(round)"
            try click(clients[round % 8], person)
            let body = "{\"identifier\": {\"type\": \"email\", \"value\": \"\(person)@planted.example\"}}"
            let start = ContinuousClock.now
            try admin.send(
                "POST /v2/userdata/channels/Email/opt-out HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n"
                    + "dy-api-key: a-key\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            #expect(try admin.receive().status == 202)
            took.append(start.duration(to: .now))
            for client in clients { try click(client, person) }
        }
        #expect(load.isRunning, "the calls were made under load")
        load.terminate()
        load.waitUntilExit()
        took.sort()
        print("opt-out in force: median \(took[took.count / 2]), slowest \(took[took.count - 1])")
        #expect(took[took.count * 19 / 20 - 1] < Self.bound, "\(took)")
        #expect(edge.end() == 0)
        let events = try tremolo(["events", "--data", data, "--config", file])
        var kept = (0, 0)
        for line in events.output.split(separator: "\n") where line.contains("\"expId\":\"planted\"") {
            let event = try JSONDocument(String(line))
            if event["subject"].string == nil { kept.1 += 1 } else { kept.0 += 1 }
        }
        #expect(kept == (Self.rounds, 8 * Self.rounds))
    }
}
