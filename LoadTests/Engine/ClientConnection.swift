/// One client of the loop: a place that one request at a time is under way on.
struct ClientConnection {
    enum State: UInt8 {
        /// Nothing is under way.
        case idle
        /// The request is not all in the kernel yet.
        case sending
        /// The answer is not whole yet.
        case waiting
        /// The connection could not be made; it is tried again in a moment.
        case resting
    }

    /// -1: none.
    var socket: Int32 = -1
    /// The keep-alive connection that waits while a request has one of its own; -1: none.
    var parked: Int32 = -1
    /// Counts the sockets, so that an event of an earlier one is known as old.
    var generation: UInt32 = 0
    var parkedGeneration: UInt32 = 0
    var state = State.idle
    var isAlone = false
    var watchesWriting = false
    /// True once the kernel took a byte: the connection is made.
    var isMade = false
    var expectation: Int32 = 0
    /// When the request was due; in a closed loop, when it was sent.
    var dueAt: UInt64 = 0
    var sentAt: UInt64 = 0
    /// Its number in the ledger.
    var counter: UInt64 = 0
}

/// Slots in the order in which they came, in fixed memory.
struct SlotQueue {
    private var slots: [Int32]
    private var head = 0
    private(set) var count = 0

    init(capacity: Int) {
        slots = [Int32](repeating: 0, count: max(capacity, 1))
    }

    var isEmpty: Bool { count == 0 }

    mutating func push(_ slot: Int) {
        precondition(count < slots.count, "a slot stands in a queue twice")
        var tail = head + count
        if tail >= slots.count { tail -= slots.count }
        slots[tail] = Int32(truncatingIfNeeded: slot)
        count += 1
    }

    mutating func pop() -> Int? {
        guard count > 0 else { return nil }
        let slot = slots[head]
        head += 1
        if head == slots.count { head = 0 }
        count -= 1
        return Int(slot)
    }

    /// The one that `pop` takes next.
    var first: Int? { count > 0 ? Int(slots[head]) : nil }
}

/// Whom an event of the poller is about.
struct LoopToken {
    enum Owner: UInt64 {
        case client = 0
        case idle = 1
        case slow = 2
    }

    let owner: Owner
    let index: Int
    /// 24 bits.
    let generation: UInt32

    init(_ owner: Owner, index: Int, generation: UInt32) {
        self.owner = owner
        self.index = index
        self.generation = generation & 0xFF_FFFF
    }

    init(_ value: UInt64) {
        owner = Owner(rawValue: value >> 62) ?? .client
        generation = UInt32(truncatingIfNeeded: value >> 32) & 0xFF_FFFF
        index = Int(value & 0xFFFF_FFFF)
    }

    var value: UInt64 { owner.rawValue << 62 | UInt64(generation) << 32 | UInt64(index) }
}
