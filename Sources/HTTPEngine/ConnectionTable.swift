/// What a connection has only so much time for.
enum DeadlineKind: UInt8, CaseIterable {
    /// No request in sight.
    case idle
    /// A head has begun.
    case head
    /// A body is under way.
    case body
    /// The client doesn't take its answer.
    case write
    /// The last answer is sent.
    case linger
    /// Another thread answers.
    case answer
    /// In no list.
    case none

    /// The kinds that are lists.
    static let listCount = 6
}

/// One list of connections with a deadline: a kind, and whether they are of trusted proxies, which are not shed. The
/// members of a list have the same time, so that the first is always the next that is due.
struct DeadlineList {
    /// Number of lists.
    static let count = 2 * DeadlineKind.listCount
    /// The list's place among the lists.
    let index: Int

    /// The list at a place, from 0 up to `count`.
    init(index: Int) {
        self.index = index
    }

    @inline(__always)
    init(_ kind: DeadlineKind, isTrusted: Bool) {
        index = Int(kind.rawValue) &+ (isTrusted ? DeadlineKind.listCount : 0)
    }

    /// What its members wait for.
    var kind: DeadlineKind {
        DeadlineKind(rawValue: UInt8(truncatingIfNeeded: index % DeadlineKind.listCount)) ?? .none
    }
}

/// The worker's connections: a slab that is reserved once and touched as it fills, a list of free entries, and a list
/// for each kind of deadline. Every operation is O(1).
struct ConnectionTable: ~Copyable {
    /// The entries that were ever used.
    var entries: [Connection] = []
    /// Connections that are open.
    private(set) var count = 0
    /// Most connections.
    let capacity: Int
    private var freeHead = Connection.none
    private var first = [Int32](repeating: Connection.none, count: DeadlineList.count)
    private var last = [Int32](repeating: Connection.none, count: DeadlineList.count)
    private var counts = [Int](repeating: 0, count: DeadlineList.count)

    init(capacity: Int) {
        self.capacity = capacity
        // Reserved and not written: the memory costs pages only as connections come.
        entries.reserveCapacity(capacity)
    }

    /// True when no entry is left.
    var isFull: Bool { count == capacity }

    /// Takes an entry for a socket; the table isn't full.
    mutating func open(_ descriptor: Int32, facts: ConnectionFacts) -> Int {
        precondition(!isFull, "there is no entry for another connection")
        count += 1
        guard freeHead != Connection.none else {
            var entry = Connection()
            entry.descriptor = descriptor
            entry.facts = facts
            entries.append(entry)
            return entries.count - 1
        }
        let slot = Int(freeHead)
        freeHead = entries[slot].next
        let generation = entries[slot].generation
        entries[slot] = Connection()
        entries[slot].generation = generation
        entries[slot].descriptor = descriptor
        entries[slot].facts = facts
        return slot
    }

    /// Gives an entry back. Its buffers were taken out before.
    mutating func close(_ slot: Int) {
        unlink(slot)
        count -= 1
        entries[slot].descriptor = -1
        entries[slot].generation &+= 1
        entries[slot].next = freeHead
        freeHead = Int32(truncatingIfNeeded: slot)
    }

    /// True when the entry still holds the connection that had this generation.
    func isCurrent(_ slot: Int, generation: UInt32) -> Bool {
        slot < entries.count && entries[slot].generation == generation && entries[slot].descriptor >= 0
    }

    /// The first of a list, the one whose deadline comes next, or nil.
    func first(_ list: DeadlineList) -> Int? {
        let slot = first[list.index]
        return slot == Connection.none ? nil : Int(slot)
    }

    /// Connections that wait for one kind of thing.
    func count(of kind: DeadlineKind) -> Int {
        counts[DeadlineList(kind, isTrusted: false).index] + counts[DeadlineList(kind, isTrusted: true).index]
    }

    /// The one behind `slot` in its list, or nil.
    func next(after slot: Int) -> Int? {
        let next = entries[slot].next
        return next == Connection.none ? nil : Int(next)
    }

    /// Puts a connection at the end of the list of a kind, out of the one where it stood.
    mutating func link(_ slot: Int, _ kind: DeadlineKind, now: UInt64) {
        unlink(slot)
        let index = DeadlineList(kind, isTrusted: entries[slot].facts.isTrusted).index
        let before = last[index]
        counts[index] &+= 1
        entries[slot].deadline = kind
        entries[slot].since = now
        entries[slot].previous = before
        entries[slot].next = Connection.none
        last[index] = Int32(truncatingIfNeeded: slot)
        if before == Connection.none {
            first[index] = Int32(truncatingIfNeeded: slot)
        } else {
            entries[Int(before)].next = Int32(truncatingIfNeeded: slot)
        }
    }

    /// Takes a connection out of the list where it stands, if any.
    mutating func unlink(_ slot: Int) {
        let kind = entries[slot].deadline
        guard kind != .none else { return }
        let index = DeadlineList(kind, isTrusted: entries[slot].facts.isTrusted).index
        let before = entries[slot].previous
        let behind = entries[slot].next
        counts[index] &-= 1
        if before == Connection.none { first[index] = behind } else { entries[Int(before)].next = behind }
        if behind == Connection.none { last[index] = before } else { entries[Int(behind)].previous = before }
        entries[slot].deadline = .none
        entries[slot].previous = Connection.none
        entries[slot].next = Connection.none
    }
}
