import Simulation
import Bytes
import Engagement
import Foundation
import Journal
import Testing
import TestSupport

@testable import Campaigns

@Suite("Every event that was received is accounted for")
struct AccountingTests {
    private func accounting(_ node: TestNode) throws -> ReportAccounting {
        try node.store.answer(ReportQuestion(), sections: node.sections).accounting
    }

    @Test("Lost events come from gap records, damaged ones from the journal's damage")
    func lostAndDamaged() throws {
        let node = try TestNode(seed: 61, shards: 2, sections: try testSections())
        for index in 0..<80 {
            node.pass(nanoseconds: 1_000_000_000)
            try node.append(toShard: index % 2)
        }
        node.lose(5, inShard: 1)
        node.settle()
        try node.append(toShard: 0)
        node.settle()

        // One record of the first shard is damaged before anybody has read it.
        let folder = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: node.journalFolder).first { $0.hasSuffix("/0") })
        let segment = try #require(
            try FileManager.default.contentsOfDirectory(atPath: node.journalFolder + "/" + folder).sorted().first)
        let path = node.journalFolder + "/" + folder + "/" + segment
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[8_192 + 40] ^= 0xFF
        try Data(bytes).write(to: URL(fileURLWithPath: path))

        // What is lost or damaged is told when the windows it lies in close.
        node.pass(nanoseconds: 1_000_000_000)
        node.settle()
        while try node.flush().hasMore {}
        let sums = try accounting(node)
        #expect(sums.lost == 5)
        #expect(sums.damaged == 1)
        #expect(sums.counted + sums.pending == 80)
        #expect(sums.received == 81 + 5)
        #expect(node.troubles.count == 1)
        // A second look does not count it again.
        node.restartAggregator()
        try node.flush()
        #expect(try accounting(node) == sums)
    }

    @Test("What stands in an open window is pending, and counted once it closes")
    func pendingThenCounted() throws {
        let node = try TestNode(
            seed: 62, shards: 1, sections: try testSections(), rules: .waiting(seconds: 60))
        try node.append(toShard: 0)
        node.settle()
        try node.flush()
        #expect(try accounting(node) == ReportAccounting(counted: 0, pending: 1))
        node.pass(nanoseconds: 61_000_000_000)
        node.settle()
        try node.flush()
        #expect(try accounting(node) == ReportAccounting(counted: 1, pending: 0))
    }

    @Test("What was pending in a shard that is gone is pending no more, and somebody is told")
    func pendingShardGone() throws {
        let node = try TestNode(
            seed: 64, shards: 2, sections: try testSections(), rules: .waiting(seconds: 60))
        for _ in 0..<3 { try node.append(toShard: 1) }
        try node.append(toShard: 0)
        node.settle()
        try node.flush()
        #expect(try accounting(node) == ReportAccounting(counted: 0, pending: 4))
        node.restartAggregator()
        let shards = try FileManager.default.subpathsOfDirectory(atPath: node.journalFolder)
        let gone = try #require(shards.first { $0.hasSuffix("/1") })
        try FileManager.default.removeItem(atPath: node.journalFolder + "/" + gone)
        try node.end()
        #expect(try accounting(node) == ReportAccounting(counted: 0, pending: 1))
        #expect(node.troubles.count == 1 && node.troubles[0].contains("3 events"))
        try node.end()
        #expect(node.troubles.count == 1)
    }

    @Test("A worker that hangs holds windows open, and the figures show its events when they come")
    func hangingWorker() throws {
        let node = try TestNode(seed: 63, shards: 2, sections: try testSections())
        node.settle()
        node.pass(nanoseconds: 1_000_000_000)
        try node.append(toShard: 0)
        try node.append(toShard: 1)
        node.commit(shard: 1)
        node.sync()
        // Shard 0 has neither committed nor promised anything: shard 1's event stays open.
        try node.flush()
        #expect(try accounting(node) == ReportAccounting(counted: 0, pending: 1))
        node.settle()
        node.pass(nanoseconds: 1_000_000_000)
        node.settle()
        try node.flush()
        #expect(try accounting(node) == ReportAccounting(counted: 2, pending: 0))
    }
}
