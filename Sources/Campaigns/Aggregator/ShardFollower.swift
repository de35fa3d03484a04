import Engagement
import Journal

/// One shard as the aggregator follows it: what was read of it and is not closed yet, in the order of the shard.
///
/// A busy cycle reads half a million records, so what is kept of one is plain numbers: its mark here, its event in a
/// row of events of their own, of which a commit takes the first ones as they lie.
struct ShardFollower {
    /// A record that was read and stands in an open window: 48 bytes.
    struct Mark {
        /// The order time that decides when it closes.
        let orderTimeNanoseconds: UInt64
        /// Where to go on when it is closed.
        let position: ShardPosition
        let what: What
    }

    /// What a record, or a damaged place, comes to.
    enum What: Equatable {
        /// The next of `events`.
        case event
        /// The next of `facts`.
        case fact
        /// Events that were answered and never journaled.
        case lost(UInt64)
        /// Records that can't be read.
        case damaged(UInt64)
        /// A record of no meaning to figures.
        case nothing
    }

    /// A fact of the `admin` shard.
    enum Fact {
        case sends(AdminFact<SendsRecord>)
        case name(AdminFact<NameRecord>)
        case keyChange(AdminFact<KeyChangeRecord>)
    }

    let shard: ShardIdentity
    let reader: ShardReader
    /// What is read at most, for an aggregator that is held back.
    var bound: (safeNanoseconds: UInt64, nextSequence: UInt64)?
    /// The writer's progress, while it runs in this process.
    let progress: ShardProgress?
    /// What the store knows, and what the next commit will say.
    var checkpoint: ShardCheckpoint
    private(set) var marks: [Mark] = []
    private(set) var events: [FoldedEvent] = []
    private(set) var facts: [Fact] = []
    /// Closed events that open windows still look at, in the order of the shard.
    private(set) var context = WindowContext()
    /// How many marks, events and facts are closed already; they are taken out together.
    private var closed = (marks: 0, events: 0, facts: 0)
    /// No record that is read later has an order time before this.
    private(set) var holdsNothingBefore: UInt64
    /// The greatest order time that was read.
    private(set) var lastOrderTime: UInt64 = 0
    /// In this cycle: records below this sequence can be read, and what the writer promised with it.
    private(set) var readable: (safeNanoseconds: UInt64, nextSequence: UInt64) = (.max, .max)
    /// For each seal of people, in their order, the first sequence that came after it: ascending.
    private var seals: [UInt64] = []
    /// In this cycle: everything readable was read.
    var isAtEnd = false

    /// Records that keep their room between cycles: an idle server holds no more.
    private static let roomKept = 16_384

    init(
        shard: ShardIdentity, reader: ShardReader, progress: ShardProgress?,
        bound: (safeNanoseconds: UInt64, nextSequence: UInt64)?, checkpoint: ShardCheckpoint, holdsNothingBefore: UInt64
    ) {
        self.bound = bound
        self.shard = shard
        self.reader = reader
        self.progress = progress
        self.checkpoint = checkpoint
        self.holdsNothingBefore = holdsNothingBefore
    }

    /// The sequence behind everything that was read.
    var readSequence: UInt64 { max(reader.nextSequence, checkpoint.position.nextSequence) }

    /// True when the shard's writer is alive.
    var isLive: Bool { progress != nil }

    /// Begins a cycle: looks how far the writer is.
    mutating func beginCycle() {
        readable = bound ?? progress.map { $0.readable() } ?? (.max, .max)
        isAtEnd = false
    }

    /// What the shard lets windows close up to.
    var promise: UInt64 { isAtEnd ? max(readable.safeNanoseconds, holdsNothingBefore) : holdsNothingBefore }

    /// True when reading to the end closes nothing that is not before `time` already: the writer has promised no more.
    /// What it wrote behind that promise is read once it promises more, which it does at each tick.
    func closesNothing(after time: UInt64) -> Bool { max(readable.safeNanoseconds, holdsNothingBefore) <= time }

    /// True when nothing that is still to be read closes under the bound.
    var isBeyondBound: Bool { bound.map { promise >= $0.safeNanoseconds } ?? false }

    /// How many seals of people a record came after.
    @inline(__always)
    func sealsBefore(_ sequence: UInt64) -> UInt16 {
        guard let last = seals.last else { return 0 }
        if sequence >= last { return UInt16(clamping: seals.count) }
        return UInt16(clamping: seals.count { $0 <= sequence })
    }

    /// Takes over the seals of people. What is read and not closed came after each of them.
    mutating func take(_ seals: [PeopleSeal]) {
        var least: UInt64 = 0
        self.seals = seals.map { seal in
            least = max(least, seal.nextSequences[shard] ?? 0)
            return least
        }
        let start = checkpoint.position.nextSequence
        guard let last = self.seals.last, last <= start else { return }
        for index in events.indices { events[index].sealsBefore = UInt16(clamping: self.seals.count) }
    }

    /// Puts an event behind the records that were read.
    @inline(__always)
    mutating func append(_ event: FoldedEvent, position: ShardPosition) {
        events.append(event)
        append(.event, orderTime: event.orderTimeNanoseconds, position: position)
    }

    /// Puts a fact behind the records that were read.
    mutating func append(_ fact: Fact, orderTime: UInt64, position: ShardPosition) {
        facts.append(fact)
        append(.fact, orderTime: orderTime, position: position)
    }

    /// Puts a record behind those that were read; an order time of 0 is that of the record before.
    @inline(__always)
    mutating func append(_ what: What, orderTime: UInt64, position: ShardPosition) {
        reach(orderTime)
        marks.append(Mark(orderTimeNanoseconds: lastOrderTime, position: position, what: what))
    }

    /// Puts an event that is counted already behind those that windows look at.
    mutating func appendContext(_ event: FoldedEvent, startingAt position: ShardPosition) {
        reach(event.orderTimeNanoseconds)
        context.append(event, orderTime: lastOrderTime, startingAt: position)
    }

    /// Order times never decrease within a shard; a file that says otherwise is not believed, nor one that leaves no
    /// time behind it.
    @inline(__always)
    private mutating func reach(_ orderTime: UInt64) {
        lastOrderTime = max(lastOrderTime, min(orderTime, .max - 1))
        holdsNothingBefore = max(holdsNothingBefore, lastOrderTime)
    }

    /// Changes what was read and is not closed yet.
    mutating func changeEvents(_ body: (inout FoldedEvent) -> Void) {
        for index in events.indices { body(&events[index]) }
    }

    // MARK: Committing

    /// Closes the records before a moment, which are the first ones, and counts them in the checkpoint.
    ///
    /// - Parameter contextStart: windows still look at what is not before this.
    mutating func close(before limit: UInt64, contextStart: UInt64) {
        var place = 0
        var closing = (events: 0, facts: 0)
        while place < marks.count, marks[place].orderTimeNanoseconds < limit {
            context.note(
                marks[place].orderTimeNanoseconds,
                startingAt: place > 0 ? marks[place - 1].position : checkpoint.position, keepsFrom: contextStart)
            switch marks[place].what {
            case .event: closing.events += 1
            case .fact: closing.facts += 1
            case .lost(let count): checkpoint.lost += count
            case .damaged(let count): checkpoint.damaged += count
            case .nothing: break
            }
            place += 1
        }
        if place > 0 { checkpoint.position = marks[place - 1].position }
        checkpoint.counted += UInt64(closing.events)
        checkpoint.pending = UInt64(events.count - closing.events)
        closed = (place, closing.events, closing.facts)
        // What is counted and not read again yet is still needed.
        if reader.nextSequence >= checkpoint.position.nextSequence {
            checkpoint.contextPosition = context.position(from: contextStart, end: checkpoint.position)
        }
    }

    /// The events that `close` closed. Let go of them before `dropClosed`, which would copy them otherwise.
    var closedEvents: ArraySlice<FoldedEvent> { events[..<closed.events] }

    /// Hands over the events that `close` closed, with their sequences.
    func forEachClosedEvent<Failure: Error>(
        _ body: (FoldedEvent, _ sequence: UInt64) throws(Failure) -> Void
    ) throws(Failure) {
        var place = 0
        for mark in marks[..<closed.marks] where mark.what == .event {
            try body(events[place], mark.position.nextSequence - 1)
            place += 1
        }
    }

    /// The events in open windows.
    var openEvents: ArraySlice<FoldedEvent> { events[closed.events...] }

    /// Forgets the records that a commit has closed.
    ///
    /// - Parameters:
    ///   - keepsRoom: true when as many are about to be read again.
    ///   - contextStart: from where on windows still look at events.
    ///   - isEvidence: false for those that windows don't look at.
    mutating func dropClosed(keepsRoom: Bool, contextStart: UInt64, isEvidence: (FoldedEvent) -> Bool) {
        context.drop(before: contextStart, isEvidence)
        for event in closedEvents where event.orderTimeNanoseconds >= contextStart && isEvidence(event) {
            context.keep(event)
        }
        if closed.marks == marks.count {
            let keeps = keepsRoom || marks.count <= Self.roomKept
            marks.removeAll(keepingCapacity: keeps)
            events.removeAll(keepingCapacity: keeps)
        } else {
            marks.removeFirst(closed.marks)
            events.removeFirst(closed.events)
        }
        facts.removeFirst(closed.facts)
        closed = (0, 0, 0)
    }

    /// Gives the open events the numbers of another vocabulary.
    mutating func translate(from old: FigureVocabulary, to new: inout FigureVocabulary) {
        for index in events.indices { events[index] = events[index].translated(from: old, to: &new) }
        context.translate(from: old, to: &new)
    }
}
