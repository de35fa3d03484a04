import Bytes
import EdgeServer
import Engagement
import Journal
import LinuxSystem

/// Makes the data folder and writes the events, in bounded memory: a batch of records and what the kernel caches.
struct JournalMaking {
    private let plan: JournalPlan
    private let folder: DataFolder

    /// What was written.
    struct Outcome {
        /// In the order in which they are printed.
        let figures: [(key: String, value: UInt64)]
    }

    /// Records that a worker would write in one turn.
    private static let recordsPerTurn: UInt64 = 512
    /// Records after which files that were left are synced and closed.
    private static let recordsPerSync: UInt64 = 1_000_000
    /// 2026-01-05, a Monday, 00:00:00 UTC.
    private static let startNanoseconds: UInt64 = 1_767_571_200_000_000_000

    init(_ plan: JournalPlan) {
        self.plan = plan
        folder = DataFolder(path: plan.data)
    }

    /// Writes everything.
    func run() throws -> Outcome {
        var random = SplitMix64(seed: plan.seed)
        let node = random.next()
        try prepareNode(node)
        let owned = try OwnedDataFolder(folder)
        guard try Files.list(folder.journal).isEmpty else {
            throw JournalPlan.Problem(description: "\(folder.journal) has events already: give --data a new folder")
        }
        let keys = try makeKeys(&random)
        let epoch = Epoch.make(
            nowMilliseconds: Self.startNanoseconds / 1_000_000, random: UInt16(truncatingIfNeeded: random.next()))
        let synchronizer = JournalSynchronizer()
        let writers = (0..<plan.shards).map { shard in
            let identity = ShardIdentity(node: owned.node, epoch: epoch, shard: UInt16(shard))
            let writer = ShardWriter(shard: identity, journalFolder: folder.journal)
            synchronizer.register(writer.segments)
            return writer
        }
        var traffic = CampaignTraffic(plan, keys: keys, seed: random.next())
        var payloadBytes: UInt64 = 0
        for number in 0..<plan.events {
            // Workers take turns, so that their shards are as far as each other.
            let writer = writers[Int(number / Self.recordsPerTurn % plan.shards)]
            let time = Self.time(of: number, plan)
            guard
                writer.beginRecord(
                    kind: .event, version: EventFormat.eventVersion, maximumPayloadBytes: EventFormat.eventBytesMax)
            else { throw EdgeError.journal(reason: "the disk takes no more events") }
            writer.appendPayload { batch in
                let start = batch.count
                traffic.append(number, atNanoseconds: time, into: &batch)
                payloadBytes += UInt64(batch.count - start)
            }
            writer.endRecord(orderNanoseconds: time)
            if number % Self.recordsPerTurn == Self.recordsPerTurn - 1 { try commit(writer, time) }
            if number % Self.recordsPerSync == Self.recordsPerSync - 1 { synchronizer.syncNow() }
        }
        for writer in writers {
            guard writer.finish(nowNanoseconds: Self.time(of: plan.events, plan)) != .waiting else {
                throw EdgeError.journal(reason: "the disk takes no more events")
            }
        }
        synchronizer.syncNow()
        return Outcome(figures: [
            ("events", plan.events), ("people", min(plan.people, plan.events)), ("days", plan.days),
            ("campaigns", plan.campaigns), ("links", plan.links), ("shards", plan.shards), ("seed", plan.seed),
            ("clicks", traffic.clicks), ("payloadBytes", payloadBytes),
            ("journalBytes", payloadBytes + plan.events * UInt64(RecordHeader.byteCount)),
        ])
    }

    private func commit(_ writer: ShardWriter, _ time: UInt64) throws(EdgeError) {
        guard writer.commit(nowNanoseconds: time) == .written else {
            throw .journal(reason: "the disk takes no more events")
        }
        writer.promise(nothingBefore: time)
    }

    /// Events are spread evenly over the days.
    private static func time(of number: UInt64, _ plan: JournalPlan) -> UInt64 {
        let all = plan.days * 86_400_000_000_000
        return startNanoseconds + max(1, plan.events).dividingFullWidth(all.multipliedFullWidth(by: number)).quotient
    }

    /// The node's name is made of the seed too; a folder that has one keeps it.
    private func prepareNode(_ node: UInt64) throws {
        try Files.makeDirectories(folder.path)
        guard !Files.exists(folder.node) else { return }
        let contents = Array("{\"node\":\"\(hexadecimal16(node))\",\"format\":\(OwnedDataFolder.format)}\n".utf8)
        try Files.replaceDurably(folder.node, contents: contents.span, permissions: 0o644)
    }

    private func makeKeys(_ random: inout SplitMix64) throws -> KeySet {
        let keys = folder.path + "/keys"
        try Files.makeDirectories(keys, permissions: 0o700)
        var files: [KeyFile] = []
        for (purpose, id) in [(KeyPurpose.root, UInt32(0)), (.event, 1)] {
            let secret = (0..<purpose.secretBytes).map { _ in UInt8(truncatingIfNeeded: random.next() >> 32) }
            guard
                let file = KeyFile(
                    purpose: purpose, id: id, createdNanoseconds: Self.startNanoseconds, secret: secret)
            else { preconditionFailure("a key has the bytes of its purpose") }
            try Files.replaceDurably("\(keys)/\(file.fileName)", contents: file.contents.span, permissions: 0o600)
            files.append(file)
        }
        return try KeySet(files)
    }
}
