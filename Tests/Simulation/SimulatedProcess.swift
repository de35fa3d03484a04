import Campaigns
import Journal

/// A process of a simulated node: what it has in memory, which is gone when it dies.
final class SimulatedProcess {
    let storage: ProcessStorage
    /// The shard that each worker writes.
    var writers: [ShardWriter] = []
    /// Shards whose call the disk holds or held, and that are not written as a whole yet.
    var held: [ShardWriter] = []
    /// Shards that nobody writes at present.
    var spares: [ShardWriter] = []
    let live = LiveShards()
    let stall = DiskStall()
    let synchronizer = JournalSynchronizer()
    var aggregator: Aggregator<SimulatedStore>?
    var segments: ClosedSegments
    var retention: RetentionRun?
    /// What is in the middle of something and must not be entered again.
    var busyWriters: Set<Int> = []
    /// Writers that are in the midst of a commit: nobody else may enter them.
    var entered: [ShardWriter] = []
    var isSyncing = false
    var isAggregating = false
    var isImporting = false
    /// The worker whose call to the disk is under way; nil while it is somebody else's.
    var caller: Int?
    /// Up to where windows are closed: what is written with an older time is late.
    var closedNanoseconds: UInt64
    private let makeWriter: (UInt16, DiskStall) -> ShardWriter
    private var shards: UInt16 = 0

    /// - Parameter makeWriter: makes the writer of a shard of this process's epoch.
    init(
        storage: ProcessStorage, journalFolder: String, workers: Int, closedNanoseconds: UInt64,
        makeWriter: @escaping (UInt16, DiskStall) -> ShardWriter
    ) {
        self.closedNanoseconds = closedNanoseconds
        segments = ClosedSegments(journalFolder: journalFolder, storage: storage)
        self.storage = storage
        self.makeWriter = makeWriter
        writers = (0..<workers).map { _ in makeShard() }
    }

    /// Every shard that this process has begun.
    var allWriters: [ShardWriter] { writers + held + spares }

    /// Begins a shard.
    func makeShard() -> ShardWriter {
        let writer = makeWriter(shards, stall)
        shards += 1
        synchronizer.register(writer.segments)
        live.add(writer.shard, writer.progress)
        return writer
    }
}
