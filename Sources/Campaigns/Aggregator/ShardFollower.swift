import Engagement
import Journal

/// One shard as the aggregator follows it: what was read of it and is not closed yet, in the order of the shard.
struct ShardFollower {
    /// A record that was read and stands in an open window.
    struct OpenRecord {
        /// The order time that decides when it closes.
        let orderTimeNanoseconds: UInt64
        /// Where to go on when it is closed.
        let position: ShardPosition
        var what: Content
    }

    /// What a record, or a damaged place, comes to.
    enum Content {
        case event(FoldedEvent)
        /// Events that were answered and never journaled.
        case lost(UInt64)
        /// Records that can't be read.
        case damaged(UInt64)
        case sends(AdminFact<SendsRecord>)
        case name(AdminFact<NameRecord>)
        /// A record of no meaning to figures.
        case nothing
    }

    let shard: ShardIdentity
    let reader: ShardReader
    /// The writer's progress, while it runs in this process.
    let progress: ShardProgress?
    /// What the store knows, and what the next commit will say.
    var checkpoint: ShardCheckpoint
    var open: [OpenRecord] = []
    /// How many of `open` are closed already; they are taken out together.
    var closedCount = 0
    /// No record that is read later has an order time before this.
    var holdsNothingBefore: UInt64
    /// The greatest order time that was read.
    var lastOrderTime: UInt64 = 0
    /// In this cycle: records below this sequence can be read, and what the writer promised with it.
    var readable: (safeNanoseconds: UInt64, nextSequence: UInt64) = (.max, .max)
    /// In this cycle: everything readable was read.
    var isAtEnd = false

    /// True when the shard's writer is alive.
    var isLive: Bool { progress != nil }

    /// Begins a cycle: looks how far the writer is.
    mutating func beginCycle() {
        readable = progress.map { $0.readable() } ?? (.max, .max)
        isAtEnd = false
    }

    /// What the shard lets windows close up to.
    var promise: UInt64 { isAtEnd ? max(readable.safeNanoseconds, holdsNothingBefore) : holdsNothingBefore }

    /// True when reading to the end closes nothing that is not before `time` already: the writer has promised no more.
    /// What it wrote behind that promise is read once it promises more, which it does at each tick.
    func closesNothing(after time: UInt64) -> Bool { max(readable.safeNanoseconds, holdsNothingBefore) <= time }

    /// Puts a record behind those that were read.
    mutating func append(_ content: Content, orderTime: UInt64, position: ShardPosition) {
        // Order times never decrease within a shard; a file that says otherwise is not believed.
        lastOrderTime = max(lastOrderTime, orderTime)
        holdsNothingBefore = max(holdsNothingBefore, lastOrderTime)
        open.append(OpenRecord(orderTimeNanoseconds: lastOrderTime, position: position, what: content))
    }
}
