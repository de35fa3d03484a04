import Foundation
import TestSupport
import Testing

@Suite("A sample link, clicked through a real socket, becomes a number in a report")
struct SampleJourneyTests {
    struct Sample {
        let name: String
        let host: String
        let target: String
        let kind: String
        let fields: [String: String]
        let redirect: String?
    }

    static func samples() throws -> [Sample] {
        let text = try String(contentsOfFile: fixture("reconnect/links.json"), encoding: .utf8)
        return try JSONDocument(text)["samples"].elements.map { sample in
            Sample(
                name: try #require(sample["name"].string), host: try #require(sample["host"].string),
                target: try #require(sample["target"].string), kind: try #require(sample["kind"].string),
                fields: sample["fields"].members.compactMapValues { $0.string }, redirect: sample["redirect"].string)
        }
    }

    @Test("Every sample is answered as it says, recorded as it reads, and counted once")
    func samplesToReport() throws {
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(data: folder.path + "/data", configuration: shippedConfiguration())
        let samples = try Self.samples()
        #expect(samples.count >= 13)
        let client = try BlockingHTTPClient(port: edge.port)
        for sample in samples {
            try client.send(
                "GET \(sample.target) HTTP/1.1\r\nHost: \(sample.host)\r\n"
                    + "User-Agent: \(BlockingHTTPClient.browser)\r\n\r\n"
            )
            let reply = try client.receive()
            if sample.kind == "click" {
                #expect(reply.status == 302, "\(sample.name)")
                #expect(reply.headers["location"] == sample.redirect, "\(sample.name)")
            } else {
                #expect(reply.status == 200, "\(sample.name)")
                #expect(reply.headers["content-type"] == "image/gif")
                #expect(reply.body.count == 43 && reply.body.starts(with: Array("GIF89a".utf8)))
            }
            #expect(reply.headers["cache-control"] == "no-store, private")
            #expect(reply.headers["x-robots-tag"] == "noindex")
            #expect(reply.headers["server"] == nil)
        }

        _ = try countedReport(["--data", folder.path + "/data"])
        try checkReport(data: folder.path + "/data", samples: samples)
        try checkEvents(data: folder.path + "/data", samples: samples)
        #expect(edge.end() == 0)
        try checkReport(data: folder.path + "/data", samples: samples)
    }

    private func checkReport(data: String, samples: [Sample]) throws {
        let report = try tremolo(["report", "--data", data, "--by", "sec", "--format", "json"])
        #expect(report.status == 0, "\(report.errors)")
        let document = try JSONDocument(report.output)
        for section in Set(samples.compactMap { $0.fields["sec"] }) {
            let row = try #require(document["rows"].elements.first { $0["sec"].string == section })
            let ofSection = samples.filter { $0.fields["sec"] == section }
            for (kind, column) in [("click", "clicks"), ("open", "opens")] {
                let events = ofSection.filter { $0.kind == kind }
                #expect(row[column]["total"].int == events.count, "\(section) \(column)")
                #expect(row[column]["human"].int == events.count, "\(section) \(column)")
                // A plain address and the hash of it, in whatever case, are one person; a template's tag is nobody.
                let people = Set(events.compactMap { person(of: $0) })
                #expect(row[column]["unique"].int == people.count, "\(section) \(column)")
                #expect(row[column]["people"].int == people.count, "\(section) \(column)")
            }
        }
        let accounting = document["accounting"]
        for name in ["received", "journaled", "counted"] {
            #expect(accounting[name].int == samples.count, "\(name)")
        }
        for name in ["waiting", "lost", "pending", "damaged", "expired"] {
            #expect(accounting[name].int == 0, "\(name)")
        }
    }

    private func checkEvents(data: String, samples: [Sample]) throws {
        let events = try tremolo(["events", "--data", data])
        #expect(events.status == 0, "\(events.errors)")
        let lines = events.output.split(separator: "\n")
        #expect(lines.count == samples.count)
        var recorded: [[String: String]] = []
        for line in lines {
            let event = try JSONDocument(String(line))
            var fields: [String: String] = [:]
            for name in ["sec", "expId", "expVer", "expVisitId", "mech", "smech", "va", "cuidType"] {
                fields[name] = event[name].string
            }
            fields["kind"] = event["kind"].string
            fields["location"] = event["location"].string
            recorded.append(fields)
            #expect(!line.contains("mail.com"), "an address stands in \(line)")
            #expect(event["address"].string == "127.0.0.0/24")
        }
        for sample in samples {
            var expected = sample.fields.filter { !$0.key.hasPrefix("p") && $0.key != "cuid" }
            expected["kind"] = sample.kind
            expected["location"] = sample.redirect.map { storedForm(of: $0) }
            #expect(recorded.contains(expected), "\(sample.name): \(expected) is not in \(recorded)")
        }
    }

    private func storedForm(of url: String) -> String {
        String(url.prefix { $0 != "?" && $0 != "#" })
    }

    private func person(of sample: Sample) -> String? {
        guard let cuid = sample.fields["cuid"], !cuid.isEmpty, cuid != "*|EMAIL|*" else { return nil }
        if cuid == "bcf3e320c6edc3b5e45d9457d55021a1f019d9317fddb29c453d71bbf9a2b0c3" { return "john.doe@mail.com" }
        return cuid.lowercased()
    }
}

/// The configuration that the project ships, which lists the samples' sections.
func shippedConfiguration() -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Config/tremolo.json5").path
}
