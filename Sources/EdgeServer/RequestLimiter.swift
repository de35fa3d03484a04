import Bytes
import HTTPEngine
import LinuxSystem
import Settings

/// How many clicks and opens of one client are recorded, as a worker needs it.
struct RequestLimit: Equatable, Sendable {
    /// The time that one of them takes of a client's share; 0 where there is no limit.
    let intervalNanoseconds: UInt64
    /// How much of it may be used up at once.
    let burst: UInt64
    /// What is beyond it is refused with 429; else it is answered and not recorded.
    let refuses: Bool

    /// No limit.
    static let none = RequestLimit(LimitSettings())

    /// The limit of a configuration.
    init(_ settings: LimitSettings) {
        intervalNanoseconds = settings.requestsPerAddress?.intervalNanoseconds ?? 0
        burst = UInt64(settings.requestBurst)
        refuses = settings.beyond == .refuse
    }
}

/// Counts the clicks and opens of clients, in memory of a fixed size.
///
/// **Problem.** Whoever asks too often is to be known among all who ask, for the price of one look, and the table is a
/// target itself: with many addresses somebody could fill memory, push his own entry out, or have others suffer for
/// sharing a place with him.
///
/// **Shape.** An entry is 16 bytes: the client (`ClientNetwork`), and the moment up to which its share is used up (the
/// generic cell rate algorithm: one number in place of a bucket and its time). A client may stand in one of the eight
/// places of a row that a keyed hash chooses, and is compared exactly. It takes a place where nobody owes anything, or
/// where somebody owes no more than one request, as the newcomer will; else it is let through and not noted.
///
/// **Guarantees.** Nobody who keeps to the limit is beyond it, whoever else asks. What somebody owes beyond one request
/// is never forgotten, however many others come: nobody frees himself by coming from elsewhere. Nothing is allocated
/// behind the beginning; a look costs one hash and two lines of the cache.
///
/// **Not promised.** Where more than eight clients of one row owe more than one request at the same time, some go
/// without a limit: about 15,000 clients have to be at theirs for the first such row. Each worker has its own count.
struct RequestLimiter: ~Copyable {
    /// One place.
    struct Entry: BitwiseCopyable {
        var bits: UInt64 = 0
        /// Twice the monotonic time up to which the share is used up, one more for IPv6.
        var mark: UInt64 = 0

        var usedUpTo: UInt64 { mark >> 1 }

        init() {}

        init(_ client: ClientNetwork, usedUpTo time: UInt64) {
            bits = client.bits
            mark = time << 1 | (client.isIPv6 ? 1 : 0)
        }

        @inline(__always)
        func isOf(_ client: ClientNetwork) -> Bool {
            bits == client.bits && (mark & 1 == 1) == client.isIPv6
        }
    }

    /// What is counted for.
    let limit: RequestLimit
    /// What is answered beyond it, where that is a refusal.
    let refusal: PreparedResponse
    private var table: FixedTable<Entry>
    private let hash: SipHash24
    private let rowMask: UInt64
    private let toleranceNanoseconds: UInt64

    /// Rows of a table: it takes 1 MiB.
    static let rowCount = 8_192
    /// Places of a row.
    static let rowLength = 8

    /// - Parameters:
    ///   - rowCount: a power of two.
    ///   - key: of the hash; random by default.
    init(_ limit: RequestLimit, rowCount: Int = RequestLimiter.rowCount, key: SipHashKey = .random()) {
        self.limit = limit
        refusal = FixedResponses.tooMany(
            retryAfterSeconds: max(1, (limit.intervalNanoseconds + 999_999_999) / 1_000_000_000))
        let isOn = limit.intervalNanoseconds > 0
        table = FixedTable(count: isOn ? rowCount * Self.rowLength : 0, of: Entry())
        hash = SipHash24(key: key)
        rowMask = UInt64(rowCount - 1)
        toleranceNanoseconds = (limit.burst - 1) * limit.intervalNanoseconds
    }

    /// True where there is a limit.
    @inline(__always)
    var isOn: Bool { limit.intervalNanoseconds > 0 }

    /// Counts one request of an address.
    ///
    /// - Parameter now: monotonic, and never less than before.
    /// - Returns: false when the client's share is used up: then it is not counted.
    mutating func admits(_ address: IPAddress, atNanoseconds now: UInt64) -> Bool {
        let client = ClientNetwork(address)
        let row = Int(client.hash(hash) & rowMask) * Self.rowLength
        var least = row
        for place in row..<row + Self.rowLength {
            let entry = table[place]
            if entry.isOf(client) {
                let start = max(entry.usedUpTo, now)
                guard start - now <= toleranceNanoseconds else { return false }
                table[place] = Entry(client, usedUpTo: start + limit.intervalNanoseconds)
                return true
            }
            if entry.usedUpTo < table[least].usedUpTo { least = place }
        }
        let own = now + limit.intervalNanoseconds
        if table[least].usedUpTo <= own { table[least] = Entry(client, usedUpTo: own) }
        return true
    }
}
