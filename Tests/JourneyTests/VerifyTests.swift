import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Tremolo

@Suite("Verifying says what is whole and what isn't, to people and to programs")
struct VerifyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    private func verify(_ arguments: String...) throws -> CommandResult {
        try tremolo(["verify", "--data", data] + arguments)
    }

    @Test("Programs get JSON: what is damaged, each shard, and the sums")
    func json() throws {
        let none = try JSONDocument(try tremolo(["verify", "--data", try emptyFolder(), "--format", "json"]).output)
        #expect(none["store"].string == "none" && none["whole"].bool == true && none["shards"].elements.isEmpty)
        let edge = try start()
        try click(edge)
        #expect(try counted()["accounting"]["counted"].int == 9)
        #expect(edge.end() == 0)
        let whole = try verify("--format", "json")
        #expect(whole.status == 0 && whole.errors.isEmpty)
        let before = try JSONDocument(whole.output)
        #expect(before["damages"].elements.isEmpty && before["whole"].bool == true && before["complete"].bool == true)
        #expect(before["journaled"].int == 9 && before["store"].string == "whole")

        let segment = try #require(try segments().first)
        try flip(segment)
        let damaged = try verify("--format", "json")
        #expect(damaged.status == 65)
        let after = try JSONDocument(damaged.output)
        #expect(after["whole"].bool == false && after["complete"].bool == true)
        let damage = try #require(after["damages"].elements.first)
        #expect(after["damages"].elements.count == 1)
        #expect(damage["path"].string == segment && damage["byteOffset"].int == 8_192 && damage["records"].int == 1)
        #expect(damage["firstSequence"].int == 0 && damage["reason"].string == "checksum")
        let shard = try #require(after["shards"].elements.first { $0["damaged"].int == 1 })
        #expect(shard["missing"].int == 1 && shard["pending"].int == 0)
        #expect(after["events"].int == 8 && after["damaged"].int == 1 && after["lost"].int == 0)
    }

    private func emptyFolder() throws -> String {
        let path = folder.path + "/empty"
        try FileManager.default.createDirectory(atPath: path + "/journal", withIntermediateDirectories: true)
        return path
    }

    @Test("Beside a server that writes, makes segments and shards, nothing is taken for damage")
    func besideServer() throws {
        let configuration = folder.path + "/small.json5"
        let text = try String(contentsOfFile: shippedConfiguration(), encoding: .utf8)
        let rules = URL(fileURLWithPath: shippedConfiguration()).deletingLastPathComponent().path + "/rules"
        let small = text.replacing(/segmentSize: "[^"]*"/, with: "segmentSize: \"1 MiB\"")
            .replacing(/rules: "[^"]*"/, with: "rules: \"\(rules)\"")
        #expect(small.contains("segmentSize: \"1 MiB\""))
        try Data(small.utf8).write(to: URL(fileURLWithPath: configuration))
        let edge = try RunningEdge(
            data: data, configuration: configuration, arguments: ["--workers", "2", "--flush-interval", "0.05"])
        let port = edge.port
        let answered = Mutex((count: 0, isOver: false))
        let group = DispatchGroup()
        for _ in 0..<2 {
            group.enter()
            let thread = Thread {
                Self.load(port: port, answered)
                group.leave()
            }
            thread.start()
        }
        var rounds = 0
        var segmentCount = 0
        try eventually("five rounds, and four segments that were verified") {
            let result = try verify("--format", "json")
            #expect(result.status == 0, "\(result.errors)")
            segmentCount = try JSONDocument(result.output)["shards"].elements.reduce(0) {
                $0 + ($1["segments"].int ?? 0)
            }
            rounds += 1
            return rounds >= 5 && segmentCount >= 4
        }
        answered.withLock { $0.isOver = true }
        group.wait()
        let events = try JSONDocument(try verify("--format", "json").output)["events"].int
        #expect(events == answered.withLock { $0.count })
        #expect(edge.end() == 0)
    }

    /// Clicks, many at a time, until it is told to end.
    private static func load(port: Int, _ answered: borrowing Mutex<(count: Int, isOver: Bool)>) {
        guard let client = try? BlockingHTTPClient(port: port) else { return }
        let target = "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
        let request = "GET /tremclk?sec=8781202&expId=1&\(target) HTTP/1.1\r\nHost: trem.brand.example\r\n\r\n"
        while !answered.withLock({ $0.isOver }) {
            guard (try? client.send(String(repeating: request, count: 50))) != nil else { return }
            for _ in 0..<50 {
                guard let reply = try? client.receive(), reply.status == 302 else { return }
                answered.withLock { $0.count += 1 }
            }
        }
    }

    @Test("A terminal gets a progress bar on standard error, and a pipe never does")
    func progress() throws {
        let edge = try start()
        try click(edge)
        #expect(edge.end() == 0)
        let shown = try outputOnTerminal(of: ["verify", "--data", data], errorsToo: true)
        #expect(shown.contains("verify [") && shown.contains("0%"), "\(shown)")
        #expect(shown.contains("\r\u{1B}[K") && shown.contains("9 journaled = 9 whole"), "\(shown)")
        let piped = try verify()
        #expect(piped.errors.isEmpty && !piped.output.contains("["))
        let rebuilt = try outputOnTerminal(of: ["rebuild", "--data", data], errorsToo: true)
        #expect(rebuilt.contains("rebuild [") && rebuilt.hasSuffix("rebuilt\r\n"), "\(rebuilt)")
    }

    @Test("The progress line has bar, counts, rate and time left, and fits into any terminal")
    func progressLine() {
        func line(_ done: UInt64, _ total: UInt64, seconds: Double, columns: Int = 80, unit: ProgressLine.Unit = .bytes)
            -> String
        {
            ProgressLine.line(
                title: "verify", unit: unit, done: done, total: total, nanoseconds: UInt64(seconds * 1e9),
                columns: columns)
        }
        #expect(line(0, 10 << 30, seconds: 0) == "verify [.........................] 0% (0 MiB of 10.0 GiB)")
        #expect(
            line(5 << 30, 10 << 30, seconds: 5, columns: 100)
                == "verify [############.............] 50% (5.0 GiB of 10.0 GiB, 1.0 GiB/s, 5 s left)")
        #expect(
            line(1_500_000, 600_000_000, seconds: 1, columns: 120, unit: .events)
                == "verify [" + String(repeating: ".", count: 25)
                + "] 0% (1.5 million of 600.0 million events, 1.5 million/s, 7 min left)"
        )
        // A journal grows, and an empty one is read at once.
        #expect(line(7 << 30, 5 << 30, seconds: 1).contains("100% (5.0 GiB of 5.0 GiB"))
        #expect(line(0, 0, seconds: 1).contains("0% (0 MiB of 0 MiB)"))
        for columns in 0...200 {
            for seconds in [0, 0.6, 1e6] {
                let text = line(3 << 30, 1_000 << 40, seconds: seconds, columns: columns)
                #expect(text.utf8.count <= max(0, columns - 1), "\(columns)")
            }
        }
    }

    @Test("Control-C ends it with what it has so far, and says that it is not all")
    func interrupted() throws {
        let edge = try start()
        try click(edge)
        #expect(edge.end() == 0)
        // A segment that is a pipe: whoever opens it waits for a writer.
        let files = FileManager.default
        let epoch = try #require(try files.contentsOfDirectory(atPath: data + "/journal").first)
        let later = data + "/journal/\(epoch.prefix(16))-ffffffffffffffff/0"
        try files.createDirectory(atPath: later, withIntermediateDirectories: true)
        let pipe = later + "/00000000000000000000"
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        let verify = try BackgroundCommand(["verify", "--data", data])
        // Until it takes signals over, one would end it at once.
        try eventually("it takes signals over") { try verify.blocks(SIGINT) }
        verify.send(SIGINT)
        // The one who reads goes on waiting: nobody is kept by a disk that hangs.
        let (status, output, errors) = verify.result()
        #expect(status == 130)
        #expect(errors.contains("tremolo: verify: unfinished: "), "\(errors)")
        #expect(output.contains(" journaled = "), "\(output)")
    }
}
