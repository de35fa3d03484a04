import Engagement
import Journal
import LinuxSystem
import Simulation
import Testing

@testable import Campaigns

@Suite("An aggregator that begins reads what is not counted, not the whole journal")
struct StartCostTests {
    @Test("Of many shards of many segments it reads the ends, whatever else they hold")
    func start() throws {
        let node = try TestNode(seed: 31, shards: 2, sections: try testSections())
        for _ in 0..<4 {
            for index in 0..<600 {
                node.pass(nanoseconds: 1_000_000_000)
                try node.append(toShard: index % 2)
                if index % 20 == 19 { node.settle() }
            }
            while try node.flush().hasMore {}
            node.start(shards: 2)
        }
        try node.end()
        let inventory = try node.inventory()
        #expect(inventory.segmentCount >= 24, "\(inventory.segmentCount) segments")

        let counting = CountingStorage(LinuxStorage())
        let aggregator = try Aggregator(
            store: node.store, journalFolder: node.journalFolder, node: node.node, live: [:], rules: .builtIn,
            sections: node.sections, storage: counting, onTrouble: { Issue.record("\($0)") })
        let progress = try aggregator.advance()
        #expect(progress.counted == 2_400 && progress.pending == 0)
        let counts = counting.take()
        // Of each shard the headers of the first segment and of the last, 8 KiB each, and the last's last record.
        let shards = inventory.shards.values.filter { !$0.isEmpty }.count
        #expect(counts.opens <= 2 * shards, "\(counts.opens) files")
        #expect(
            counts.readBytes <= shards * (2 * 8_192 + 1_024), "\(counts.readBytes) bytes of \(inventory.totalBytes)")
    }
}
