import Campaigns
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import TestSupport

@testable import EdgeServer

/// A data folder with some workers, the admin shard and an aggregator, whose turns, ticks and syncs the test runs
/// itself.
final class EdgeNode {
    let folder: TemporaryFolder
    let data: DataFolder
    let rigs: [EdgeRig]
    let admin: AdminJournal
    private let closed = ClosedWatermark()
    private let synchronizer = JournalSynchronizer()
    private let sections: SectionDirectory
    private var aggregator: Aggregator<SQLiteCampaignStore>?

    init(workers: Int) throws {
        let folder = try TemporaryFolder()
        let (closed, synchronizer) = (closed, synchronizer)
        rigs = try (0..<workers).map { number in
            try EdgeRig(folder: folder, shard: UInt16(number), closed: closed, synchronizer: synchronizer)
        }
        data = DataFolder(path: folder.path)
        admin = AdminJournal(
            shard: ShardIdentity(node: EdgeRig.node, epoch: 1, shard: ShardIdentity.adminShard),
            journalFolder: data.journal, limits: JournalLimits(), closed: closed, synchronizer: synchronizer)
        sections = SectionDirectory(["1": SectionDirectory.Facts()])
        self.folder = folder
    }

    /// Lets a second pass, or a number of them back, in which every worker has a turn with a tick and the admin shard
    /// has its own.
    func pass(seconds: Int64 = 1) throws {
        for rig in rigs {
            rig.pass(seconds: seconds)
            try rig.turns(1)
        }
        if let now = rigs.first?.time.realtimeNanoseconds { admin.tick(nowNanoseconds: now) }
    }

    /// Syncs, reads and commits once, as the server does at an interval.
    @discardableResult
    func flush() throws -> Aggregator<SQLiteCampaignStore>.Progress {
        synchronizer.syncNow()
        let current = try aggregator ?? makeAggregator(StoreFolder.open(StoreFolder(data).current()), isLive: true)
        aggregator = current
        let progress = try current.advance()
        closed.advance(to: progress.closedNanoseconds)
        return progress
    }

    /// Closes windows as an earlier process did.
    func closeWindows(to nanoseconds: UInt64) {
        closed.advance(to: nanoseconds)
    }

    /// What a report says of each placement of the store in use.
    func report() throws -> ReportAnswer {
        try StoreFolder(data).openForReading().answer(ReportQuestion(by: Self.columns), sections: sections)
    }

    /// The same of a store that is made anew from the journal, as if this process had ended.
    func rebuiltReport() throws -> ReportAnswer {
        let store = try SQLiteCampaignStore(writing: folder.path + "/rebuilt.sqlite")
        let rebuilding = try makeAggregator(store, isLive: false)
        while try rebuilding.advance().hasMore {}
        return try store.answer(ReportQuestion(by: Self.columns), sections: sections)
    }

    private func makeAggregator(
        _ store: SQLiteCampaignStore, isLive: Bool
    ) throws -> Aggregator<SQLiteCampaignStore> {
        var live = Dictionary(uniqueKeysWithValues: rigs.map { ($0.shard, $0.progress) })
        live[admin.shard] = admin.progress
        return try Aggregator(
            store: store, journalFolder: data.journal, node: EdgeRig.node, live: isLive ? LiveShards(live) : [:],
            rules: .builtIn,
            sections: sections, onTrouble: { _ in })
    }

    private static let columns: [ReportColumn] = [.sec, .day, .expId, .kind, .link]
}
