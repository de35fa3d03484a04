import Bytes
import LinuxSystem

/// Which connections of each client are open, for the limit on their number: a count and a ring of slots, oldest first.
///
/// **Shape.** One table of fixed size with linear probing, twice as large as there may be connections: there are no
/// more clients than connections, so that it never fills. Clients are compared exactly, and which share a stretch of
/// it is a keyed hash's choice. An entry goes with the client's last connection. The rings are links in the
/// connections' own entries.
///
/// O(1) each, without an allocation.
struct ClientConnections: ~Copyable {
    /// One place.
    struct Entry: BitwiseCopyable {
        var bits: UInt64 = 0
        /// The slot that was opened first.
        var first = Connection.none
        /// Twice the number of connections, one more for IPv6; below 2 the entry is free.
        var mark: UInt32 = 0

        var isFree: Bool { mark < 2 }
        var client: ClientNetwork { ClientNetwork(bits: bits, isIPv6: mark & 1 == 1) }
    }

    private var entries: FixedTable<Entry>
    private let mask: Int
    private let hash: SipHash24

    /// Room for so many connections; for none where they are not limited.
    ///
    /// - Parameter key: of the hash; from random bytes.
    init(connectionCountMax: Int, key: SipHashKey = .random()) {
        var count = connectionCountMax > 0 ? 2 : 0
        while count < 2 * connectionCountMax { count *= 2 }
        entries = FixedTable(count: count, of: Entry())
        mask = max(count - 1, 0)
        hash = SipHash24(key: key)
    }

    /// True where connections are counted.
    var isOn: Bool { entries.count > 0 }

    /// How many connections a client has open, and the oldest of them.
    func connections(of client: ClientNetwork) -> (count: Int, first: Int32) {
        let entry = entries[place(of: client)]
        return (Int(entry.mark / 2), entry.isFree ? Connection.none : entry.first)
    }

    /// Counts one more.
    ///
    /// - Parameter slot: becomes the oldest where there is none.
    mutating func add(_ slot: Int32, of client: ClientNetwork) {
        let place = place(of: client)
        if entries[place].isFree {
            entries[place] = Entry(bits: client.bits, first: slot, mark: client.isIPv6 ? 3 : 2)
        } else {
            entries[place].mark += 2
        }
    }

    /// Counts one less.
    ///
    /// - Parameter first: the oldest of those that are left.
    mutating func remove(of client: ClientNetwork, leaving first: Int32) {
        let place = place(of: client)
        precondition(!entries[place].isFree, "a connection that is counted has a client")
        entries[place].mark -= 2
        entries[place].first = first
        if entries[place].isFree { close(place) }
    }

    /// Where a client is, or would be.
    private func place(of client: ClientNetwork) -> Int {
        var place = home(of: client)
        while !entries[place].isFree && entries[place].client != client { place = (place + 1) & mask }
        return place
    }

    private func home(of client: ClientNetwork) -> Int {
        Int(truncatingIfNeeded: client.hash(hash)) & mask
    }

    /// Closes the gap at a place, so that whoever stands behind it is still found.
    private mutating func close(_ place: Int) {
        var gap = place
        var next = (gap + 1) & mask
        while !entries[next].isFree {
            let home = home(of: entries[next].client)
            // It may move up unless its home lies behind the gap.
            if (next - home) & mask >= (next - gap) & mask {
                entries[gap] = entries[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        entries[gap] = Entry()
    }
}
