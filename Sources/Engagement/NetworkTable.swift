/// Listed networks by address: the longest prefix that holds an address names it.
///
/// **Shape.** Nested ranges are cut into pieces that don't overlap, in order, each with its innermost range and that
/// one's network. A look-up takes the address's leading bits to a stretch of pieces and searches that by halves:
/// O(log pieces), without allocating, and the piece that it ends at has the answer in the same cache line. A range
/// knows the next wider one around it, so that an address that was cut can be asked for, too.
package struct NetworkTable: Sendable {
    /// What a range is listed under, by its number in the rule set; of several ranges of one prefix the first.
    private struct Entry: Sendable {
        let prefixBitCount: UInt8
        let network: UInt16
        /// The next wider range's place, or -1.
        let parent: Int32
    }

    /// Neighbouring addresses that lie in the same ranges.
    private struct Piece: Sendable {
        let start: UInt128
        /// The innermost range's place, or -1.
        let entry: Int32
        /// The network of that range.
        let network: UInt16
    }

    /// The pieces of one family.
    private struct Pieces: Sendable {
        /// By where they begin, ascending; the first begins at 0.
        var pieces = [Piece(start: 0, entry: -1, network: 0)]
        /// By the leading `indexBits` bits: the piece that holds the first such address. One more at the end.
        var index: [UInt32] = []
        var indexBits = 0
    }

    private var entries: [Entry] = []
    private var ipv4 = Pieces()
    private var ipv6 = Pieces()

    /// A table of ranges and the networks' numbers.
    init(_ ranges: [(range: NetworkRange, network: UInt16)]) {
        ipv4 = pieces(of: ranges.filter { $0.range.family == .ipv4 })
        ipv6 = pieces(of: ranges.filter { $0.range.family == .ipv6 })
    }

    /// The same table in memory of its own, for a thread of its own.
    package func copied() -> NetworkTable {
        var copy = self
        copy.entries = entries.map { $0 }
        for family in [\NetworkTable.ipv4, \NetworkTable.ipv6] {
            let pieces = self[keyPath: family]
            copy[keyPath: family] = Pieces(
                pieces: pieces.pieces.map { $0 }, index: pieces.index.map { $0 }, indexBits: pieces.indexBits)
        }
        return copy
    }

    /// True when nothing is listed.
    package var isEmpty: Bool { entries.isEmpty }

    /// The network of an address, or nil.
    package func network(of address: NetworkAddress) -> UInt16? {
        let piece = piece(of: address)
        return piece.entry < 0 ? nil : piece.network
    }

    /// The network that every address of a cut one lies in, or nil: ranges that are smaller than the cut can't be told.
    package func network(of cut: AddressCut) -> UInt16? {
        let place = range(around: cut)
        return place < 0 ? nil : entries[Int(place)].network
    }

    /// The innermost range that every address of a cut one lies in, or -1.
    private func range(around cut: AddressCut) -> Int32 {
        var place = piece(of: cut.address).entry
        while place >= 0, Int(entries[Int(place)].prefixBitCount) > cut.prefixBitCount {
            place = entries[Int(place)].parent
        }
        return place
    }

    /// True when a whole address that was cut to this may have a network for its innermost: when that lists the
    /// innermost range around the cut, or a smaller one in it.
    func mayHold(_ cut: AddressCut, network: UInt16) -> Bool {
        let around = range(around: cut)
        let prefixMin = around < 0 ? 0 : entries[Int(around)].prefixBitCount
        let pieces = cut.address.family == .ipv4 ? ipv4 : ipv6
        let first = Self.bits(cut.address)
        let last = cut.prefixBitCount == 0 ? .max : first | (UInt128.max >> UInt128(cut.prefixBitCount))
        var piece = Self.piece(of: first, in: pieces)
        while piece < pieces.pieces.count, pieces.pieces[piece].start <= last {
            var place = pieces.pieces[piece].entry
            while place >= 0, entries[Int(place)].prefixBitCount >= prefixMin {
                if entries[Int(place)].network == network { return true }
                place = entries[Int(place)].parent
            }
            piece += 1
        }
        return false
    }

    @inline(__always)
    private func piece(of address: NetworkAddress) -> Piece {
        switch address.family {
        case .ipv4: ipv4.pieces[Self.piece(of: Self.bits(address), in: ipv4)]
        case .ipv6: ipv6.pieces[Self.piece(of: Self.bits(address), in: ipv6)]
        }
    }

    private static func bits(_ address: NetworkAddress) -> UInt128 {
        UInt128(address.high) << 64 | UInt128(address.low)
    }

    /// The last piece that begins at an address or before it.
    @inline(__always)
    private static func piece(of address: UInt128, in pieces: Pieces) -> Int {
        var (low, high) = (0, pieces.pieces.count)
        if pieces.indexBits > 0 {
            let slot = Int(truncatingIfNeeded: address >> UInt128(128 - pieces.indexBits))
            (low, high) = (Int(pieces.index[slot]), Int(pieces.index[slot + 1]) + 1)
        }
        // The piece at `low` begins at the address or before it.
        while high - low > 1 {
            let middle = (low + high) / 2
            if pieces.pieces[middle].start <= address { low = middle } else { high = middle }
        }
        return low
    }

    // MARK: Making

    private mutating func pieces(of ranges: [(range: NetworkRange, network: UInt16)]) -> Pieces {
        // Wider ranges come before those in them; of one range the first that was listed holds.
        let sorted = ranges.enumerated().sorted { left, right in
            let (one, other) = (left.element.range, right.element.range)
            if one.first != other.first { return one.first < other.first }
            if one.prefixBitCount != other.prefixBitCount { return one.prefixBitCount < other.prefixBitCount }
            return left.offset < right.offset
        }.map(\.element)
        var pieces = Pieces()
        var open: [(last: UInt128, entry: Int32)] = []
        var previous: NetworkRange?
        for (range, network) in sorted where range != previous {
            previous = range
            close(&open, before: range.first, &pieces)
            entries.append(
                Entry(
                    prefixBitCount: UInt8(range.prefixBitCount), network: network, parent: open.last?.entry ?? -1))
            let entry = Int32(entries.count - 1)
            begin(at: range.first, entry, &pieces)
            open.append((range.last, entry))
        }
        close(&open, before: .max, &pieces)
        addIndex(to: &pieces)
        return pieces
    }

    /// Ends the ranges that end before an address.
    private func close(_ open: inout [(last: UInt128, entry: Int32)], before address: UInt128, _ pieces: inout Pieces) {
        while let inner = open.last, inner.last < address {
            open.removeLast()
            begin(at: inner.last + 1, open.last?.entry ?? -1, &pieces)
        }
    }

    private func begin(at address: UInt128, _ entry: Int32, _ pieces: inout Pieces) {
        if pieces.pieces.last?.start == address { pieces.pieces.removeLast() }
        let network = entry < 0 ? 0 : entries[Int(entry)].network
        pieces.pieces.append(Piece(start: address, entry: entry, network: network))
    }

    private func addIndex(to pieces: inout Pieces) {
        // Few pieces are searched as fast without.
        guard pieces.pieces.count > 16 else { return }
        let bits = min(18, Int.bitWidth - pieces.pieces.count.leadingZeroBitCount)
        var piece = 0
        for slot in 0...(1 << bits) {
            let start = slot == 1 << bits ? UInt128.max : UInt128(slot) << UInt128(128 - bits)
            while piece + 1 < pieces.pieces.count, pieces.pieces[piece + 1].start <= start { piece += 1 }
            pieces.index.append(UInt32(piece))
        }
        pieces.indexBits = bits
    }
}
