/// One entry of the worker's slab. An idle connection is this and nothing else: it holds no buffer.
struct Connection {
    /// What the next bytes of the client belong to.
    enum Phase: UInt8 {
        /// The header that a proxy writes before everything else.
        case proxyHeader
        /// A request head, or nothing yet.
        case head
        /// A body that nobody wants.
        case droppedBody
        /// A body that the handler asked for.
        case collectedBody
        /// Nothing: the last answer is on its way, and what still comes is read and dropped.
        case lingering
    }

    /// How the connection ends once its answers are sent.
    enum Ending: UInt8 {
        /// It goes on.
        case none
        /// It is closed.
        case close
        /// Its sending side is closed, and the receiving side after the client or a while: otherwise bytes that come
        /// in the meantime would make the kernel send a reset that overtakes the answer (RFC 9112 section 9.6).
        case linger
        /// It is lost: what wasn't sent never will be.
        case abandon
    }

    /// What the poller watches for.
    enum Watch: UInt8 {
        case nothing
        /// Something new to read, told once: what is left unread is remembered in `isUnread`.
        case reading
        /// Something to read and drop, told as long as it lasts.
        case draining
        /// Room to write, told as long as it lasts.
        case writing
    }

    /// How the answer is to be written that another thread gives; empty where none is awaited.
    struct Awaited: OptionSet {
        let rawValue: UInt8

        static let answer = Awaited(rawValue: 1)
        static let withoutBody = Awaited(rawValue: 2)
        static let keepsAlive = Awaited(rawValue: 4)
        static let http10 = Awaited(rawValue: 8)
    }

    /// Stands for no slot.
    static let none: Int32 = -1

    /// The socket, or -1 in a free entry.
    var descriptor: Int32 = -1
    /// Counts who had this slot: what names an earlier one is out of date.
    var generation: UInt32 = 0
    var phase = Phase.head
    var ending = Ending.none
    var watch = Watch.nothing
    /// The list of deadlines that it stands in.
    var deadline = DeadlineKind.none
    /// The client sends nothing more.
    var peerEnded = false
    /// The kernel may hold more than was read, or the end of the stream: it doesn't tell again.
    var isUnread = false
    /// A reply of the present turn waits to be sent.
    var hasReply = false
    /// It stands among those whose input goes on in the next turn.
    var isRunnable = false
    /// Another thread answers its last request.
    var awaited: Awaited = []
    /// Empty lines since its last request.
    var emptyLines: UInt8 = 0
    /// Neighbours in the list of deadlines; in a free entry `next` is the next free one.
    var previous = Connection.none
    var next = Connection.none
    /// When it joined its list, by the monotonic clock in nanoseconds.
    var since: UInt64 = 0
    /// When the answer that is being written began to wait; while one is awaited, when its request was received.
    var writeSince: UInt64 = 0
    /// The body that is being read.
    var body = BodyProgress()
    /// Bytes received and not used yet.
    var input: HeldBuffer?
    /// Head and body of the request whose body is being collected.
    var collected: HeldBuffer?
    /// Answers that the client hasn't taken yet. While there are any, nothing is read.
    var output: HeldBuffer?
    /// Whose it counts as, where connections of a client are limited.
    var client: ClientNetwork?
    /// Neighbours in the ring of that client's connections, oldest first.
    var clientPrevious = Connection.none
    var clientNext = Connection.none
    var facts = ConnectionFacts(address: nil, port: 0, listenerIndex: 0)
}

/// How far a body is.
struct BodyProgress {
    /// True for chunks; else `remaining` counts.
    var isChunked = false
    /// Bytes that follow; while lingering, bytes that are still read.
    var remaining = 0
    /// Bytes of data that may come in chunks.
    var room = 0
    /// Length of the head in front of a collected body.
    var headCount = 0
    var decoder = ChunkedDecoder()
}
