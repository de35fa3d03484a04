import Bytes

/// The prefixes that a section's rules are about, and what each asks for.
///
/// A prefix is a host and port (or any host) and the first segments of a path. All prefixes of one URL are found in one
/// pass over it: their hashes go on from one another, so that the number of rules makes no difference. Nothing is
/// allocated. Whoever sends links can't change the table: a hostile path costs a probe sequence of the operator's own
/// prefixes a segment and no more.
struct RuleTable: Sendable {
    /// A prefix in the form that is compared.
    struct Prefix {
        /// The host as a normalised URL has it, without a full stop at its end; nil for any host.
        var host: [UInt8]?
        /// The port, 0 for the one that the scheme means.
        var port: UInt16 = 0
        /// The bytes of the path's segments, a slash before each.
        var path: [UInt8] = []
        /// How many segments they are.
        var segmentCount = 0
    }

    /// What a prefix is put down for.
    struct Entry: Sendable {
        fileprivate var hash: UInt64
        fileprivate var host: Range<Int>
        fileprivate var path: Range<Int>
        fileprivate var port: UInt16
        fileprivate var isAnyHost: Bool
        /// The link is dead.
        var kills = false
        /// The number of the rule by which the link ends at a time.
        var expire: Int?
        /// The number of the rule that leads the link elsewhere.
        var rewrite: Int?
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// Entry number plus one, 0 for a free slot. The count is a power of two.
    private var slots: [UInt32] = [0, 0]
    /// The hosts that some prefix names, by their ports.
    private var hosts = ByteStringTable(foldsCase: false)
    /// True when some prefix is about any host.
    private(set) var isAboutAnyHost = false
    /// The most segments of a prefix.
    private var segmentsMax = 0

    /// True when there is no prefix.
    var isEmpty: Bool { entries.isEmpty }

    /// The place of a prefix, added now where it is new.
    mutating func place(of prefix: Prefix) -> Int {
        var hash = prefix.host.map { Self.hash(ofHost: $0.span, port: prefix.port) } ?? Self.anyHost
        for byte in prefix.path { hash = Self.extend(hash, with: byte) }
        if let known = find(prefix, hash) { return known }
        let host = append(prefix.host ?? [])
        entries.append(
            Entry(
                hash: hash, host: host, path: append(prefix.path), port: prefix.port, isAnyHost: prefix.host == nil))
        segmentsMax = max(segmentsMax, prefix.segmentCount)
        if let name = prefix.host {
            _ = hosts.insert(name.span, tag: UInt32(prefix.port))
        } else {
            isAboutAnyHost = true
        }
        if entries.count * 2 > slots.count {
            slots = Array(repeating: 0, count: slots.count * 4)
            for number in entries.indices { put(number) }
        } else {
            put(entries.count - 1)
        }
        return entries.count - 1
    }

    /// What the prefix at a place is put down for.
    subscript(place: Int) -> Entry {
        get { entries[place] }
        set { entries[place] = newValue }
    }

    /// True when some prefix may be one of a URL of this host.
    func isAbout(host: Span<UInt8>, port: UInt16) -> Bool {
        isAboutAnyHost || hosts.number(of: host, hash: ByteStringTable.hash(host), tag: UInt32(port)) != nil
    }

    /// Goes through the prefixes of a URL, the shortest first, those of its host behind those of any.
    struct Search {
        private let path: RulePath
        private let port: UInt16
        private var hash: UInt64
        private var isAnyHost: Bool
        private var depth = 0

        /// How many segments the prefix has that was found last.
        private(set) var segmentCount = 0

        init(_ path: RulePath, host: Span<UInt8>, port: UInt16, anyHost: Bool) {
            self.path = path
            self.port = port
            isAnyHost = anyHost
            hash = anyHost ? RuleTable.anyHost : RuleTable.hash(ofHost: host, port: port)
        }

        /// The next prefix that the table has, or nil at the end.
        mutating func next(in table: borrowing RuleTable, host: Span<UInt8>, bytes: Span<UInt8>) -> Int? {
            while depth <= min(path.count, table.segmentsMax) {
                if depth > 0 {
                    hash = RuleTable.extend(hash, with: UInt8(ascii: "/"))
                    var cursor = RuleSegmentCursor()
                    let segment = bytes.extracting(path.segment(depth - 1))
                    while let byte = cursor.next(in: segment) { hash = RuleTable.extend(hash, with: byte) }
                }
                segmentCount = depth
                depth += 1
                if let found = table.find(hash, self, host, bytes) { return found }
            }
            return nil
        }

        /// True when the segments so far are those of a prefix.
        fileprivate func matches(_ stored: Span<UInt8>, _ bytes: Span<UInt8>) -> Bool {
            var offset = 0
            var number = 0
            while number < segmentCount {
                guard offset < stored.count, stored[offset] == UInt8(ascii: "/") else { return false }
                offset += 1
                var cursor = RuleSegmentCursor()
                let segment = bytes.extracting(path.segment(number))
                while let byte = cursor.next(in: segment) {
                    guard offset < stored.count, stored[offset] == byte else { return false }
                    offset += 1
                }
                number += 1
            }
            return offset == stored.count
        }

        fileprivate func isOf(_ entry: Entry) -> Bool {
            isAnyHost == entry.isAnyHost && (isAnyHost || port == entry.port)
        }
    }

    private func find(_ hash: UInt64, _ search: Search, _ host: Span<UInt8>, _ path: Span<UInt8>) -> Int? {
        let mask = UInt64(slots.count - 1)
        var slot = Self.firstSlot(hash) & mask
        while slots[Int(slot)] != 0 {
            let number = Int(slots[Int(slot)] - 1)
            if entries[number].hash == hash, search.isOf(entries[number]),
                entries[number].isAnyHost || bytes.span.extracting(entries[number].host).equals(host),
                search.matches(bytes.span.extracting(entries[number].path), path)
            {
                return number
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func find(_ prefix: Prefix, _ hash: UInt64) -> Int? {
        let mask = UInt64(slots.count - 1)
        var slot = Self.firstSlot(hash) & mask
        while slots[Int(slot)] != 0 {
            let number = Int(slots[Int(slot)] - 1)
            let entry = entries[number]
            if entry.hash == hash, entry.port == prefix.port, entry.isAnyHost == (prefix.host == nil),
                Array(bytes[entry.host]) == prefix.host ?? [], Array(bytes[entry.path]) == prefix.path
            {
                return number
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func append(_ text: [UInt8]) -> Range<Int> {
        let start = bytes.count
        bytes += text
        return start..<bytes.count
    }

    private mutating func put(_ number: Int) {
        let mask = UInt64(slots.count - 1)
        var slot = Self.firstSlot(entries[number].hash) & mask
        while slots[Int(slot)] != 0 { slot = (slot + 1) & mask }
        slots[Int(slot)] = UInt32(number + 1)
    }

    private static let anyHost: UInt64 = 0xCBF2_9CE4_8422_2325

    private static func hash(ofHost host: Span<UInt8>, port: UInt16) -> UInt64 {
        var hash = extend(extend(anyHost, with: UInt8(port >> 8)), with: UInt8(truncatingIfNeeded: port))
        for offset in host.indices { hash = extend(hash, with: host[offset]) }
        return hash
    }

    /// FNV-1a.
    @inline(__always)
    private static func extend(_ hash: UInt64, with byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    private static func firstSlot(_ hash: UInt64) -> UInt64 {
        let mixed = hash &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ (mixed >> 32)
    }
}
