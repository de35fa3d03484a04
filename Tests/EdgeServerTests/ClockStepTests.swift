import Campaigns
import Engagement
import HTTPEngine
import TestSupport
import Testing

@testable import EdgeServer

@Suite("A clock that steps back leaves no window open")
struct ClockStepTests {
    private static func click(_ experience: Int) -> String {
        browserRequest(
            "/tremclk?cuid=j%40m.example&sec=1&expId=\(experience)&targetUrl=https%3A%2F%2Fwww.shop.example%2F")
    }

    @Test("What comes after it is counted two ticks later, whichever shard was ahead, and a rebuild agrees")
    func countedAtOnce() throws {
        let node = try EdgeNode(workers: 3)
        // The second worker is 700 s ahead of the others' last promise; the third never has anything to do.
        for (number, rig) in node.rigs.enumerated() {
            if number == 1 { rig.pass(seconds: 700) }
            _ = try rig.exchange(try rig.connect(), Self.click(1))
        }
        node.rigs[1].pass(seconds: -700)
        try node.pass(seconds: -259_200)
        try node.flush()
        let clients = try node.rigs[0...1].map { try $0.connect() }
        var total: UInt64 = 3
        for round in 0..<6 {
            for (rig, client) in zip(node.rigs, clients) {
                _ = try rig.exchange(client, Self.click(round))
                total += 1
            }
            try node.pass()
            let progress = try node.flush()
            #expect(progress.counted + progress.pending == total)
            // Two ticks: one that says what the shard that is furthest ahead has promised, one that passes it.
            #expect(progress.pending <= 4, "round \(round)")
        }
        try node.pass()
        try node.pass()
        let progress = try node.flush()
        #expect(progress.counted == total && progress.pending == 0)
        #expect(try node.report().rows == node.rebuiltReport().rows)
        let late = try node.rigs.flatMap { try $0.journaled().events }.filter { $0.view.flags.contains(.late) }
        #expect(late.count == 12)
    }

    @Test("A start behind the watermark of the start before counts what comes, too")
    func startBehind() throws {
        let node = try EdgeNode(workers: 2)
        node.closeWindows(to: node.rigs[0].time.realtimeNanoseconds + 3_600_000_000_000)
        _ = try node.rigs[0].exchange(try node.rigs[0].connect(), Self.click(1))
        for _ in 0..<3 { try node.pass() }
        #expect(try node.flush().counted == 1)
    }

    @Test("Once the clock has caught up, events are what they were before: not late")
    func catchesUp() throws {
        let node = try EdgeNode(workers: 2)
        try node.pass()
        try node.pass(seconds: -10)
        for _ in 0..<12 { try node.pass() }
        let rig = node.rigs[0]
        _ = try rig.exchange(try rig.connect(), Self.click(1))
        let view = try #require(try rig.journaled().events.first).view
        #expect(!view.flags.contains(.late) && view.orderTimeNanoseconds == rig.time.realtimeNanoseconds)
    }
}
