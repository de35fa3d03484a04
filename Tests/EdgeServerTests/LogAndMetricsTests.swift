import Foundation
import HTTPEngine
import Journal
import Settings
import Synchronization
import TestSupport
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

@Suite("The log goes where it is told to, in its form, and trouble that repeats fills no disk")
struct ServerLogFileTests {
    /// A clock that tests set.
    private final class Clock: Sendable {
        let now = Atomic<UInt64>(1)
    }

    private static func settings(_ path: String, _ format: LogFormatSetting) -> LogSettings {
        var settings = LogSettings()
        settings.file = path
        settings.format = format
        return settings
    }

    private static func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func formsAndFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/log"
        let log = ServerLog()
        log.use(try log.place(Self.settings(path, .json)))
        log.write(.error, "store-failed", ("reason", "a \"b\"\n\u{1B}[2J"), ("n", "3"))
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(try Self.lines(path)[0].utf8)) as? [String: String])
        #expect(object["event"] == "store-failed" && object["level"] == "error" && object["n"] == "3")
        #expect(object["reason"] == "a \"b\"\n\u{1B}[2J" && object["time"]?.hasSuffix("Z") == true)
        #expect(!(try Self.lines(path)[0].contains("\u{1B}")))
        log.use(try log.place(Self.settings(path, .logfmt)))
        log.write(.info, "well")
        #expect(try Self.lines(path)[1].hasSuffix(" level=info event=well"))
    }

    @Test("After a rename lines go on into the old file, and into a new one once it is opened again")
    func rotation() throws {
        let folder = try TemporaryFolder()
        let (path, old) = (folder.path + "/log", folder.path + "/log.1")
        let log = ServerLog()
        log.use(try log.place(Self.settings(path, .logfmt)))
        log.write(.info, "one")
        try FileManager.default.moveItem(atPath: path, toPath: old)
        log.write(.info, "two")
        log.reopen()
        log.write(.info, "three")
        #expect(try Self.lines(old).map { $0.suffix(10) } == [" event=one", " event=two"])
        #expect(try Self.lines(path).map { $0.contains("event=three") } == [false, true])
        // A folder stands there: the lines stay where they are, with the reason.
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        log.reopen()
        #expect(throws: EdgeError.self) { try log.place(Self.settings(folder.path, .json)) }
        log.write(.info, "four")
    }

    @Test("Of one kind so many lines are written in a stretch, and then how many were left out")
    func limit() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/log"
        let clock = Clock()
        let log = ServerLog { clock.now.load(ordering: .relaxed) }
        log.use(try log.place(Self.settings(path, .logfmt)))
        for _ in 0..<(ServerLog.linesMax + 7) { log.write(.error, "sync-failed") }
        log.write(.info, "other")
        #expect(try Self.lines(path).count == ServerLog.linesMax + 1)
        clock.now.store(ServerLog.stretchNanoseconds, ordering: .relaxed)
        log.tick()
        #expect(try Self.lines(path).count == ServerLog.linesMax + 1)
        clock.now.store(ServerLog.stretchNanoseconds + 1, ordering: .relaxed)
        log.tick()
        log.tick()
        #expect(
            try Self.lines(path).last?.hasSuffix(" level=warning event=lines-left-out kind=sync-failed lines=7") == true
        )
        log.write(.error, "sync-failed")
        #expect(try Self.lines(path).count == ServerLog.linesMax + 3)
    }

    @Test("What a full disk cut of a line ends where the next line begins")
    func cutLine() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/log"
        // A pipe that is full cuts a line as a full disk does.
        #expect(unsafe mkfifo(path, 0o600) == 0)
        let reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        // F_GETPIPE_SZ
        let room = Int(fcntl(reader, 1_032))
        func read() -> String {
            var bytes = [UInt8](repeating: 0, count: 2 * room)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe Foundation.read(reader, $0.baseAddress, $0.count) }
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
        let log = ServerLog()
        log.use(try log.place(Self.settings(path, .logfmt)))
        log.write(.error, "long", ("what", String(repeating: "a", count: 2 * room)))
        log.write(.info, "nowhere")
        #expect(read().count == room)
        log.write(.info, "well")
        let next = read()
        #expect(next.hasPrefix("\ntime=") && next.hasSuffix(" event=well\n"), "\(next)")
        log.write(.info, "whole")
        #expect(read().hasPrefix("time="))
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

    @Test("A histogram's buckets hold all below their end")
    func histogram() {
        var page = MetricsPage()
        page.histogram("h_seconds", boundsNanoseconds: [1_000, 1_000_000_000], counts: [2, 0, 3], sumNanoseconds: 500)
        #expect(
            String(decoding: page.bytes, as: UTF8.self) == """
                h_seconds_bucket{le="1e-06"} 2
                h_seconds_bucket{le="1.0"} 2
                h_seconds_bucket{le="+Inf"} 5
                h_seconds_sum 5e-07
                h_seconds_count 5

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
        var histograms: Set<Substring> = []
        var samples: Set<Substring> = []
        for line in lines {
            if line.hasPrefix("# HELP ") {
                family = line.dropFirst(7).prefix { $0 != " " }
                #expect(families.insert(family).inserted, "\(family) is there twice")
            } else if line.hasPrefix("# TYPE ") {
                #expect(line.hasPrefix("# TYPE \(family) "))
                #expect(line.hasSuffix(" counter") == family.hasSuffix("_total"), "\(line)")
                if line.hasSuffix(" histogram") { histograms.insert(family) }
            } else {
                let name = line.prefix { $0 != " " }
                let ends = histograms.contains(family) ? ["_bucket", "_sum", "_count"] : [""]
                #expect(ends.contains { name.prefix { $0 != "{" } == family + $0 }, "\(line)")
                #expect(samples.insert(name).inserted, "\(name) is there twice")
                #expect(Double(line.dropFirst(name.count + 1)) != nil, "\(line)")
            }
        }
        let clicks = lines.filter { $0.hasPrefix("tremolo_requests_total{resource=\"click\"") }
        let answered = clicks.compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +)
        #expect(answered == CountedRequest.all.count { $0.name.contains("pixel") == false && $0.isRecorded })
        let reasons = lines.filter { $0.hasPrefix("tremolo_decisions_total{") }
        #expect(reasons.compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +) > answered)
        #expect(
            lines.contains("tremolo_connections{state=\"idle\"} 1")
                || lines.contains("tremolo_connections{state=\"linger\"} 1"))
        let responses = rig.worker.counters.value(.requests) + rig.worker.counters.value(.rejected)
        #expect(lines.contains("tremolo_response_seconds_count \(responses)"))
        #expect(lines.contains("tremolo_response_seconds_bucket{le=\"+Inf\"} \(responses)"))
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
