import Bytes
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

    private static func check(
        _ node: EdgeNode, threads: Int = 2, isCalledOff: () -> Bool = { false }
    ) throws -> (result: JournalCheck.Result, troubles: [String]) {
        var troubles: [String] = []
        let result = try JournalCheck(node.data, threads: threads).run(
            isCalledOff: isCalledOff, onTrouble: { troubles.append("\($0)") })
        return (result, troubles)
    }

    private static func segment(_ node: EdgeNode, _ rig: Int) -> String {
        "\(node.data.journal)/\(node.rigs[rig].shard.folder)/00000000000000000000"
    }

    /// Turns a bit of a file.
    private static func flip(_ path: String, byte: Int) throws {
        var bytes = try Files.readAll(path, limitBytes: 1 << 20)
        bytes[byte < 0 ? bytes.count + byte : byte] ^= 0x10
        try Files.replaceDurably(path, contents: bytes.span, permissions: 0o644)
    }

    @Test func aWholeFolderIsWhole() throws {
        let node = try Self.counted()
        let (result, troubles) = try Self.check(node)
        #expect(result.isWhole && result.isComplete && result.store == .whole && troubles.isEmpty)
        #expect(result.shards.map(\.counted) == [3, 3] && result.shards.map(\.missing) == [0, 0])
        #expect(result.totals == (6, 0, 0))
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

    @Test("The last record of a shard, damaged after it was counted, is named with its place; an unread tail is not")
    func lastRecord() throws {
        let node = try Self.counted()
        try Self.flip(Self.segment(node, 1), byte: -1)
        let (result, troubles) = try Self.check(node)
        #expect(!result.isWhole && result.shards.map(\.missing) == [0, 1] && result.shards.map(\.damaged) == [0, 1])
        #expect(troubles.count == 1)
        #expect(troubles.first?.hasPrefix(Self.segment(node, 1) + ": damaged at byte ") == true, "\(troubles)")
        #expect(troubles.first?.hasSuffix("1 record lost from sequence 2") == true, "\(troubles)")
        // Without a store nobody was told that it was there for good.
        for name in try Files.list(node.data.path) where name.hasPrefix("campaigns") {
            try Files.remove(node.data.path + "/" + name)
        }
        let alone = try Self.check(node)
        #expect(alone.result.isWhole && alone.result.store == .none && alone.troubles.isEmpty)
        #expect(alone.result.shards.map(\.pending) == [nil, nil])
    }

    @Test("Damage is told in the order of shards, however many threads read", arguments: [1, 2, 4])
    func order(_ threads: Int) throws {
        let node = try EdgeNode(workers: 6)
        for rig in node.rigs {
            let client = try rig.connect()
            for _ in 0..<4 { _ = try rig.exchange(client, browserRequest("/tremop?sec=1&cuid=j%40m.example")) }
        }
        try node.pass()
        try node.flush()
        for rig in node.rigs.indices {
            try Self.flip(Self.segment(node, rig), byte: 8_192 + 40)
            try Self.flip(Self.segment(node, rig), byte: -1)
        }
        let (result, troubles) = try Self.check(node, threads: threads)
        let expected = node.rigs.indices.flatMap { [Self.segment(node, $0), Self.segment(node, $0)] }
        #expect(zip(troubles, expected).allSatisfy { $0.hasPrefix($1) } && troubles.count == 12, "\(troubles)")
        #expect(result.shards.allSatisfy { $0.events == 2 && $0.damaged == 2 && $0.missing == 2 })
    }

    @Test("A segment that the system can't read is told of, and the others are read")
    func unreadable() throws {
        let node = try Self.counted()
        try Files.remove(Self.segment(node, 0))
        try Files.makeDirectory(Self.segment(node, 0))
        let (result, troubles) = try Self.check(node)
        #expect(!result.isWhole && result.shards.map(\.events) == [0, 3] && result.shards.map(\.damaged) == [3, 0])
        #expect(troubles.count == 1)
        #expect(troubles.first?.contains(": Is a directory (EISDIR): 3 records can't be read") == true, "\(troubles)")
    }

    @Test("A record that is whole and can't be decoded is told of with its segment and place")
    func undecodable() throws {
        let node = try Self.counted()
        let writer = ShardWriter(
            shard: ShardIdentity(node: EdgeRig.node, epoch: 9, shard: 0), journalFolder: node.data.journal)
        #expect(writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: 3))
        writer.appendPayload { $0.append("abc") }
        writer.endRecord(orderNanoseconds: 1)
        #expect(writer.commit(nowNanoseconds: 1) == .written)
        let (result, troubles) = try Self.check(node)
        #expect(!result.isWhole && result.totals == (6, 0, 1))
        let path = "\(node.data.journal)/\(writer.shard.folder)/00000000000000000000"
        #expect(
            troubles.first?.hasPrefix("\(path): damaged at byte 8192: record \(writer.shard)/0 ") == true, "\(troubles)"
        )
    }

    @Test("A segment that is being made, whose head is not written yet, is no damage")
    func beingMade() throws {
        let node = try Self.counted()
        for size in [0, 100, 8_191] {
            try write(
                String(repeating: "\0", count: size),
                to: "\(node.data.journal)/\(node.rigs[0].shard.folder)/00000000000000000003")
            let (result, troubles) = try Self.check(node)
            #expect(result.isWhole && troubles.isEmpty && result.totals == (6, 0, 0), "\(troubles)")
        }
    }

    @Test("Called off, it says what it has so far, and that it is not all")
    func calledOff() throws {
        let node = try Self.counted()
        let (result, _) = try Self.check(node, isCalledOff: { true })
        #expect(!result.isComplete && result.shards.count == 2 && result.shards.allSatisfy { $0.missing == 0 })
    }

    @Test("A store whose figures don't add up, or that can't be read, is said beside the journal")
    func store() throws {
        let node = try Self.counted()
        let link = node.data.store
        let path = node.data.path + "/" + (try Files.targetOfLink(link))
        try Files.rename(path, to: path + ".away")
        try write("hello", to: path)
        let (result, troubles) = try Self.check(node)
        #expect(!result.isWhole && result.store.isDamaged && troubles.isEmpty && result.totals == (6, 0, 0))
        #expect(result.shards.allSatisfy { $0.counted == nil && $0.pending == nil })
        #expect(result.store.notes.first?.contains("run tremolo rebuild") == true)
    }
}

@Suite("Threads that check a journal hand over what they find in order, and wait where there is too much of it")
struct JournalCheckBoardTests {
    private static func trouble(_ piece: Int, _ number: Int) -> JournalTrouble {
        .missing(ShardIdentity(node: 0, epoch: UInt64(piece), shard: 0), events: UInt64(number))
    }

    @Test func troublesComeInOrderAndMemoryIsBounded() throws {
        let board = JournalCheckBoard(pieceCount: 3)
        let count = 10_000
        let threads = try (0..<3).map { number in
            try SystemThread.start(name: "reader-\(number)") {
                while let piece = board.claim() {
                    for index in 0..<count { board.add(Self.trouble(piece, index), of: piece) }
                    board.finish(piece, failure: nil)
                }
            }
        }
        var taken: [JournalTrouble] = []
        var largest = 0
        while true {
            let part = board.take()
            largest = max(largest, part.troubles.count)
            taken += part.troubles
            if part.isLast { break }
            board.wait()
        }
        for thread in threads { thread.join() }
        #expect(taken == (0..<3).flatMap { piece in (0..<count).map { Self.trouble(piece, $0) } })
        // The piece whose turn it is, and what the others had before they waited.
        #expect(largest <= 3 * 4_096, "\(largest)")
    }

    @Test func stoppedNobodyWaitsForRoom() throws {
        let board = JournalCheckBoard(pieceCount: 2)
        let thread = try SystemThread.start(name: "reader") {
            while let piece = board.claim() {
                var number = 0
                while board.advance(1) {
                    board.add(Self.trouble(piece, number), of: piece)
                    number += 1
                }
                board.finish(piece, failure: nil)
            }
        }
        while board.doneBytes < 100 { board.wait() }
        board.stop()
        while !board.take().isLast { board.wait() }
        thread.join()
        #expect(board.isStopped && board.claim() == nil)
    }
}
