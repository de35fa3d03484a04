import Bytes
import Engagement
import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("A fact is recorded, or refused and never recorded")
struct AdminJournalTests {
    private let folder: TemporaryFolder
    private let storage = WatchedStorage()
    private let journal: AdminJournal

    init() throws {
        folder = try TemporaryFolder()
        journal = AdminJournal(
            shard: ShardIdentity(node: 1, epoch: 1, shard: ShardIdentity.adminShard), journalFolder: folder.path,
            limits: JournalLimits(), closed: ClosedWatermark(), synchronizer: JournalSynchronizer(), storage: storage)
    }

    private func record(_ sent: UInt64) throws(EdgeError) {
        if let failure = record([sent]).failure { throw failure }
    }

    private func record(_ sent: [UInt64]) -> AdminJournal.Outcome {
        journal.record(kind: .sends, version: EventFormat.sendsVersion, payloads: sent.map(payload))
    }

    private func payload(_ sent: UInt64) -> [UInt8] {
        let now = SystemClock.realtimeNanoseconds()
        let record = SendsRecord(
            recordedNanoseconds: now, sentNanoseconds: now, sent: sent, selection: CampaignSelection(sec: "1"))
        var payload = ByteBuffer(capacity: SendsRecord.bytesMax)
        record.append(to: &payload)
        return payload.toArray()
    }

    /// The numbers that are in the files now.
    private func recorded() throws -> [UInt64] {
        let reader = ShardReader(shard: journal.shard, journalFolder: folder.path)
        var sent: [UInt64] = []
        while case .record = try reader.next() {
            let record = try reader.withPayload { try SendsRecord($0) }
            sent.append(record.sent)
        }
        return sent
    }

    private func refusal(_ sent: UInt64) -> String {
        do throws(EdgeError) {
            try record(sent)
            return "recorded"
        } catch {
            return "\(error)"
        }
    }

    @Test("On a full disk nothing is recorded, then or later, and a repeated command counts once", arguments: [0, 1])
    func fullDisk(_ before: UInt64) throws {
        for sent in 0..<before { try record(sent) }
        storage.failure.withLock { $0 = .noSpace(in: .pwrite) }
        for sent: UInt64 in 10..<13 {
            #expect(refusal(sent).contains("nothing was recorded: free or repair the disk, then repeat"))
        }
        journal.tick(nowNanoseconds: SystemClock.realtimeNanoseconds() + 1_000_000_000)
        storage.failure.withLock { $0 = nil }
        journal.tick(nowNanoseconds: SystemClock.realtimeNanoseconds() + 2_000_000_000)
        try record(20)
        #expect(journal.finish(nowNanoseconds: SystemClock.realtimeNanoseconds()))
        #expect(try recorded() == Array(0..<before) + [20])
    }

    @Test("A fact that is confirmed is in a file that can be found, also where the one before it was removed")
    func removed() throws {
        try record(1)
        try Files.remove("\(folder.path)/\(journal.shard.folder)/00000000000000000000")
        try record(2)
        #expect(try recorded() == [1, 2])
    }

    @Test("What can't be taken back is said to be recorded later, and is")
    func waits() throws {
        try record(1)
        storage.failure.withLock { $0 = .inputOutput(in: .pwrite) }
        storage.cutFailure.withLock { $0 = .inputOutput(in: .ftruncate) }
        #expect(refusal(2).contains("it will be recorded, do not repeat it"))
        #expect(refusal(3).contains("nothing was recorded"))
        #expect(!journal.finish(nowNanoseconds: SystemClock.realtimeNanoseconds()))
        storage.failure.withLock { $0 = nil }
        storage.cutFailure.withLock { $0 = nil }
        #expect(journal.finish(nowNanoseconds: SystemClock.realtimeNanoseconds()))
        #expect(try recorded() == [1, 2])
    }

    @Test("Of a list that the disk stops taking, exactly the first facts are recorded, and the number is told")
    func listOnFullDisk() throws {
        let payloads: UInt64 = 2_000
        #expect(record(Array(0..<payloads)).recorded == Int(payloads))
        storage.failure.withLock { $0 = .noSpace(in: .pwrite) }
        let full = record([7_000, 7_001])
        #expect(full.recorded == 0)
        #expect(full.failure.map { "\($0)" }?.contains("nothing was recorded") == true)
        storage.failure.withLock { $0 = nil }
        #expect(record([7_500]).recorded == 1)
        let writes = Tally()
        storage.beforeWrite.withLock { look in
            look = { [storage] _ in
                guard writes.count() == 3 else { return }
                storage.failure.withLock { $0 = .noSpace(in: .pwrite) }
            }
        }
        let cut = record([8_000, 8_001, 8_002, 8_003, 8_004])
        #expect(cut.recorded == 3)
        #expect(cut.failure.map { "\($0)" }?.contains("nothing more was recorded") == true)
        storage.failure.withLock { $0 = nil }
        #expect(record([9_000]).recorded == 1)
        #expect(try recorded() == Array(0..<payloads) + [7_500, 8_000, 8_001, 8_002, 9_000])
    }
}

/// Counts calls of a closure that may be called anywhere.
private final class Tally: Sendable {
    private let calls = Atomic(0)

    func count() -> Int { calls.add(1, ordering: .relaxed).newValue }
}
