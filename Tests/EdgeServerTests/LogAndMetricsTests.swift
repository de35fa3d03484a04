import HTTPEngine
import Journal
import Testing

@testable import EdgeServer

/// A value and how it stands in a line of the log.
struct LoggedValue: CustomTestStringConvertible, Sendable {
    let value: String
    let text: String
    var testDescription: String { text }

    init(_ value: String, _ text: String) {
        self.value = value
        self.text = text
    }
}

@Suite("A line of the log is one line, whatever stands in it")
struct ServerLogTests {
    @Test(arguments: [
        LoggedValue("", "\"\""), LoggedValue("127.0.0.1:8080", "127.0.0.1:8080"), LoggedValue("a b", "\"a b\""),
        LoggedValue("a=b", "\"a=b\""), LoggedValue("say \"no\"", "\"say \\\"no\\\"\""),
        LoggedValue("C:\\x", "\"C:\\\\x\""), LoggedValue("a\nlevel=error b", "\"a\\u{a}level=error b\""),
        LoggedValue("\r\u{0}\t", "\"\\u{d}\\u{0}\\u{9}\""), LoggedValue("\u{1B}[2J", "\"\\u{1b}[2J\""),
        LoggedValue("\u{7F}\u{9B}x", "\"\\u{7f}\\u{9b}x\""), LoggedValue("\u{202E}x", "\"\\u{202e}x\""),
        LoggedValue("\u{2028}\u{2029}", "\"\\u{2028}\\u{2029}\""), LoggedValue("\u{E9}", "\"\u{E9}\""),
    ])
    func quoted(_ row: LoggedValue) {
        #expect(ServerLog.quoted(row.value) == row.text)
    }
}

@Suite("The metrics are Prometheus text")
struct MetricsPageTests {
    @Test func form() {
        var page = MetricsPage()
        page.family("tremolo_a_total", .counter, "What a is.")
        page.sample("tremolo_a_total", 7)
        page.sample("tremolo_a_total", [("resource", "click"), ("odd", "a\"b\\c\nd")], .max)
        page.family("tremolo_b_seconds", .gauge, "What b is.")
        page.sample("tremolo_b_seconds", seconds: 1_500_000_000)
        let text = String(decoding: page.bytes, as: UTF8.self)
        #expect(
            text == """
                # HELP tremolo_a_total What a is.
                # TYPE tremolo_a_total counter
                tremolo_a_total 7
                tremolo_a_total{resource="click",odd="a\\"b\\\\c\\nd"} 18446744073709551615
                # HELP tremolo_b_seconds What b is.
                # TYPE tremolo_b_seconds gauge
                tremolo_b_seconds 1.5

                """)
    }

    @Test("Every sample of the page belongs to the family before it, and none stands twice")
    func wholePage() throws {
        let rig = try EdgeRig()
        let client = try rig.connect()
        for row in CountedRequest.all { _ = try rig.exchange(client, row.request) }
        _ = try rig.exchange(client, "GET / HTTP/1.1\r\n\r\n")
        let metrics = EdgeMetrics(
            workers: [
                EdgeMetrics.Worker(edge: rig.counters, connections: rig.worker.counters, shards: rig.shards)
            ], stall: DiskStall(), health: EdgeHealth(), aggregator: { AggregatorStanding(rulesVersion: "7") },
            retention: { RetentionStanding(missedRecords: ["other": 3]) })
        let lines = String(decoding: metrics.page(), as: UTF8.self).split(separator: "\n")
        var family = Substring()
        var families: Set<Substring> = []
        var samples: Set<Substring> = []
        for line in lines {
            if line.hasPrefix("# HELP ") {
                family = line.dropFirst(7).prefix { $0 != " " }
                #expect(families.insert(family).inserted, "\(family) is there twice")
            } else if line.hasPrefix("# TYPE ") {
                #expect(line.hasPrefix("# TYPE \(family) "))
                #expect(line.hasSuffix(" counter") == family.hasSuffix("_total"), "\(line)")
            } else {
                let name = line.prefix { $0 != " " }
                #expect(name.prefix { $0 != "{" } == family)
                #expect(samples.insert(name).inserted, "\(name) is there twice")
                #expect(Double(line.dropFirst(name.count + 1)) != nil, "\(line)")
            }
        }
        let clicks = lines.filter { $0.hasPrefix("tremolo_requests_total{resource=\"click\"") }
        let answered = clicks.compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +)
        #expect(answered == CountedRequest.all.count { $0.name.contains("pixel") == false && $0.isRecorded })
        #expect(lines.contains("tremolo_rejected_requests_total{rule=\"missingHost\",code=\"400\"} 1"))
        #expect(lines.contains("tremolo_ready 0"))
    }
}

@Suite("Readiness says whether requests should come here, and why not")
struct EdgeHealthTests {
    @Test func lifecycleAlone() {
        let health = EdgeHealth()
        #expect(!health.isReady && health.reasons.map(\.part) == [.lifecycle])
        #expect(health.set(.lifecycle, nil))
        #expect(health.isReady && health.reasons.isEmpty)
        for part in EdgeHealth.Part.allCases where part != .lifecycle {
            #expect(health.set(part, "trouble"))
            #expect(health.set(part, "more trouble") == false)
            #expect(health.isReady, "nobody waits for \(part)")
            #expect(health.reasons.map(\.trouble) == ["more trouble"])
            #expect(health.set(part, nil))
        }
        #expect(health.set(.lifecycle, "draining"))
        #expect(!health.isReady)
    }
}
