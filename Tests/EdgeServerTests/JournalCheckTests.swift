import Campaigns
import Journal
import LinuxSystem
import TestSupport
import Testing

@testable import EdgeServer

@Suite("Verifying finds what is damaged and what is gone")
struct JournalCheckTests {
    /// A folder with two shards of three clicks each, all counted.
    private static func counted() throws -> EdgeNode {
        let node = try EdgeNode(workers: 2)
        for rig in node.rigs {
            let client = try rig.connect()
            for _ in 0..<3 { _ = try rig.exchange(client, browserRequest("/tremop?sec=1&cuid=j%40m.example")) }
        }
        try node.pass()
        #expect(try node.flush().counted == 6)
        return node
    }

    private static func check(_ node: EdgeNode) throws -> (result: JournalCheck.Result, troubles: [String]) {
        var troubles: [String] = []
        let result = try JournalCheck(node.data).run(onTrouble: { troubles.append($0) }, progress: { _, _ in })
        return (result, troubles)
    }

    @Test func aWholeFolderIsWhole() throws {
        let (result, troubles) = try Self.check(try Self.counted())
        #expect(result.isWhole && troubles.isEmpty)
        #expect(result.shards.map(\.counted) == [3, 3])
    }

    @Test("A shard that the store has counted is gone, alone or with its epoch", arguments: [true, false])
    func gone(_ isWholeEpoch: Bool) throws {
        let node = try Self.counted()
        let shard = node.rigs[1].shard
        let path = node.data.journal + "/" + (isWholeEpoch ? shard.epochFolderName : shard.folder)
        try Files.rename(path, to: node.folder.path + "/elsewhere")
        let (result, troubles) = try Self.check(node)
        #expect(!result.isWhole)
        let missing = isWholeEpoch ? node.rigs.map(\.shard) : [shard]
        #expect(troubles == missing.map { "\($0): the shard is missing, and the store counted 3 events of it" })
        #expect(result.shards.map(\.shard) == node.rigs.map(\.shard))
        for shard in result.shards where missing.contains(shard.shard) {
            #expect(shard.segments == 0 && shard.events == 0 && shard.counted == 3)
            #expect(shard.pending == 0 && shard.missing == 3)
        }
    }
}
