import LinuxSystem

/// What a journal has of one shard whose writer is not running: which records, and where the next ones would go.
struct LocalShard {
    /// Records that a shard lacks within a range that was asked for.
    struct Missing {
        /// The first of them.
        let first: UInt64
        /// The sequence behind the last; nil when there is no end to it.
        let end: UInt64?
        /// Records before them that the shard lacks too, behind its last one. Whatever is put here makes a hole of
        /// them.
        let hole: Range<UInt64>?
        /// The segment that lies before them, if there is one: a copy that goes on here must agree with it.
        let neighbour: UInt64?
    }

    /// The shard.
    let shard: ShardIdentity
    /// Its folder, which need not be there.
    let folder: String
    /// Records below this one count as held, whether they are there or not.
    private let floor: UInt64
    private let storage: any JournalStorage
    /// First sequences of its segments, ascending.
    private(set) var segments: [UInt64]
    /// What is known of the sequences behind the segments' last records.
    private var ends: [UInt64: UInt64] = [:]

    init(
        _ shard: ShardIdentity, segments: [UInt64], floor: UInt64, journalFolder: String, storage: any JournalStorage
    ) {
        self.shard = shard
        self.segments = segments
        self.floor = floor
        self.storage = storage
        folder = journalFolder + "/" + shard.folder
    }

    /// The path of a segment.
    func path(of first: UInt64) -> String { folder + "/" + JournalPath.segmentName(firstSequence: first) }

    /// True when there is a segment of that first sequence.
    func holds(_ first: UInt64) -> Bool {
        place(upTo: first).map { segments[$0] == first } ?? false
    }

    /// Adds a segment that is complete.
    mutating func add(_ first: UInt64, end: UInt64) {
        if !holds(first) { segments.insert(first, at: (place(upTo: first) ?? -1) + 1) }
        ends[first] = end
    }

    /// The first records that are missing of a range.
    ///
    /// Segments that have to be read for that are those in the range and the one before it: what they hold counts, not
    /// what they are called. Damage between their records counts as held: it is not mended here.
    ///
    /// - Parameter limit: the end of the range; nil for all that there may be.
    mutating func missing(from start: UInt64, below limit: UInt64?) throws(JournalError) -> Missing? {
        var position = max(start, floor)
        while position < limit ?? .max {
            guard let place = place(upTo: position) else {
                let next = segments.first
                return Missing(
                    first: position, end: Self.lesser(limit, next),
                    hole: next == nil && position > floor ? floor..<position : nil, neighbour: nil)
            }
            let first = segments[place]
            let next = place + 1 < segments.count ? segments[place + 1] : nil
            let end = max(try end(of: first, below: next), floor)
            if let next, end >= next {
                position = max(position, next)
                continue
            }
            guard max(position, end) < limit ?? .max else { return nil }
            return Missing(
                first: max(position, end), end: Self.lesser(limit, next),
                hole: next == nil && end < position ? end..<position : nil, neighbour: first)
        }
        return nil
    }

    private mutating func end(of first: UInt64, below next: UInt64?) throws(JournalError) -> UInt64 {
        if let known = ends[first] { return known }
        let reader = try SegmentReader(path: path(of: first), storage: storage)
        guard reader.header.shard == shard, reader.header.firstSequence == first else {
            throw .headerDamaged(segment: reader.path)
        }
        var steps: UInt64 = 0
        while true {
            guard case .end(let end) = try reader.next(below: next ?? .max) else {
                steps += 1
                if steps & (JournalImport.recordsPerPiece - 1) == 0 { SystemThread.giveWay() }
                continue
            }
            ends[first] = end.nextSequence
            return end.nextSequence
        }
    }

    /// The place of the last segment that begins at a sequence or before it.
    private func place(upTo sequence: UInt64) -> Int? {
        var range = 0..<segments.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = segments[middle] <= sequence ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound > 0 ? range.lowerBound - 1 : nil
    }

    private static func lesser(_ left: UInt64?, _ right: UInt64?) -> UInt64? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}
