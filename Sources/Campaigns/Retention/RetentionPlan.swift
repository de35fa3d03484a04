package import Journal
package import LinuxSystem

/// For how long, and for how much room, segments stay.
package struct RetentionLimits: Equatable, Sendable {
    /// Age after which a segment goes, in nanoseconds since it was left.
    package var retentionNanoseconds: UInt64
    /// Bytes that the journal may take; nil for no bound.
    package var sizeCapBytes: UInt64?
    /// Bytes of the file system that are to stay free, on one that is large enough.
    package var minimumFreeBytes: UInt64

    package init(retentionNanoseconds: UInt64, sizeCapBytes: UInt64? = nil, minimumFreeBytes: UInt64 = 0) {
        self.retentionNanoseconds = retentionNanoseconds
        self.sizeCapBytes = sizeCapBytes
        self.minimumFreeBytes = minimumFreeBytes
    }

    /// Bytes of a file system that are to stay free: at most a tenth of it, so that a small one holds a journal at all.
    package func floorBytes(of space: DiskSpace) -> UInt64 { min(minimumFreeBytes, space.totalBytes / 10) }
}

/// How far a store beside the embedded one has taken the journal's records.
package struct StorePosition: Equatable, Sendable {
    /// The store, as an operator knows it.
    package let name: String
    /// Records below these sequences are in it; of other shards none is.
    package let nextSequences: [ShardIdentity: UInt64]

    package init(name: String, nextSequences: [ShardIdentity: UInt64]) {
        self.name = name
        self.nextSequences = nextSequences
    }
}

/// Which segments go, why, and which are held back by whom: a function of what is there.
///
/// 1. A segment that is older than the retention goes once every store has taken it.
/// 2. While the journal is larger than its cap the oldest go, whatever other stores have taken: what they miss is told.
/// 3. While less than the floor is free the oldest go in the same way.
///
/// Of a shard the segments go from the beginning. What the embedded store has not counted never goes: its figures have
/// to be sealed first.
package struct RetentionPlan: Equatable, Sendable {
    /// Why a segment goes.
    package enum Reason: String, CaseIterable, Sendable {
        case age
        case sizeCap = "size-cap"
        case floor
    }

    /// A segment that goes.
    package struct Going: Equatable, Sendable {
        /// The segment.
        package let segment: ClosedSegment
        /// The sequence behind its last record.
        package let endSequence: UInt64
        /// Why it goes.
        package let reason: Reason
    }

    /// What a store holds back: segments that would go if it had taken them.
    package struct Holding: Equatable, Sendable {
        /// The store; `RetentionPlan.embedded` for the one in the data folder.
        package let store: String
        /// How many segments.
        package var segments = 0
        /// Their bytes.
        package var bytes: UInt64 = 0
    }

    /// What a store will never take, because it goes before.
    package struct Missed: Equatable, Sendable {
        /// The store.
        package let store: String
        /// The shard.
        package let shard: ShardIdentity
        /// The sequences of the records.
        package let sequences: Range<UInt64>
    }

    /// What the embedded store is called.
    package static let embedded = "embedded"
    /// Segments that one plan takes at the most: sealing them comes before the first of them goes.
    package static let segmentsMax = 128

    /// The segments that go, the oldest first.
    package private(set) var going: [Going] = []
    /// The stores that hold segments back, in the order of their names.
    package private(set) var held: [Holding] = []
    /// What stores miss of the segments that go.
    package private(set) var missed: [Missed] = []
    /// The journal stays larger than its cap.
    package private(set) var isOverCap = false
    /// Less than the floor stays free.
    package private(set) var isBelowFloor = false

    /// What stores hold back, as it is found.
    private var holdings: [String: [ClosedSegment]] = [:]

    /// A segment and what is known of it.
    private struct Candidate {
        let segment: ClosedSegment
        /// Where it ends; nil where that is not known, because it is not counted.
        let end: UInt64?
        /// The time of leaving it, or of one before it in its shard that is younger by its clock.
        let age: UInt64
        var isCounted: Bool { end != nil }
    }

    /// Makes the plan.
    ///
    /// - Parameters:
    ///   - counted: how far the embedded store is.
    ///   - others: the other stores.
    ///   - space: the file system of the journal; nil where it can't be asked, which keeps everything.
    package init(
        _ inventory: ClosedSegments.Inventory, counted: CountedJournal, others: [StorePosition] = [],
        limits: RetentionLimits, space: DiskSpace?, nowNanoseconds now: UInt64
    ) {
        let candidates = Self.candidates(inventory, counted)
        let oldest = now > limits.retentionNanoseconds ? now - limits.retentionNanoseconds : 0
        var left = takeAged(candidates, before: oldest, others)
        let capBytes = limits.sizeCapBytes ?? .max
        isOverCap = !take(&left, .sizeCap, others) { inventory.totalBytes - $0 <= capBytes }
        if let space {
            let floor = limits.floorBytes(of: space)
            isBelowFloor = !take(&left, .floor, others) { space.freeBytes + $0 >= floor }
        }
        going = Array(going.prefix(Self.segmentsMax))
        held = Self.held(holdings, going)
        holdings.removeAll()
        missed = Self.missed(going, others)
    }

    /// Bytes of the segments that go.
    package var goingBytes: UInt64 { going.reduce(0) { $0 + $1.segment.sizeBytes } }

    /// All closed segments, the oldest first, each shard's in their order.
    private static func candidates(
        _ inventory: ClosedSegments.Inventory, _ counted: CountedJournal
    ) -> [Candidate] {
        var candidates: [Candidate] = []
        for (shard, segments) in inventory.shards {
            let position = counted.shards[shard] ?? CountedJournal.Shard(nextSequence: 0)
            var age: UInt64 = 0
            for segment in segments {
                age = max(age, segment.endedNanoseconds)
                let end = segment.endSequence ?? (position.isWhole ? position.nextSequence : nil)
                let isCounted = end.map { position.isDone(withSegmentTo: $0) && $0 > segment.firstSequence } ?? false
                candidates.append(Candidate(segment: segment, end: isCounted ? end : nil, age: age))
            }
        }
        return candidates.sorted {
            ($0.age, $0.segment.shard, $0.segment.firstSequence) < ($1.age, $1.segment.shard, $1.segment.firstSequence)
        }
    }

    /// Takes what is old enough and what every store has.
    ///
    /// - Returns: the others.
    private mutating func takeAged(
        _ candidates: [Candidate], before oldest: UInt64, _ others: [StorePosition]
    ) -> [Candidate] {
        var left: [Candidate] = []
        var holders: [ShardIdentity: [String]] = [:]
        for candidate in candidates {
            let shard = candidate.segment.shard
            guard candidate.age < oldest else {
                left.append(candidate)
                continue
            }
            if holders[shard] == nil {
                let holding = Self.holders(of: candidate, others)
                guard !holding.isEmpty else {
                    go(candidate, .age)
                    continue
                }
                holders[shard] = holding
            }
            left.append(candidate)
            for store in holders[shard] ?? [] { hold(candidate.segment, by: store) }
        }
        return left
    }

    /// Takes the oldest until it is enough.
    ///
    /// - Parameter isEnough: told how many bytes go.
    /// - Returns: false when it never is.
    private mutating func take(
        _ left: inout [Candidate], _ reason: Reason, _ others: [StorePosition], _ isEnough: (UInt64) -> Bool
    ) -> Bool {
        var bytes = goingBytes
        var kept: [Candidate] = []
        var blocked: Set<ShardIdentity> = []
        var place = left.startIndex
        while !isEnough(bytes), place < left.endIndex {
            let candidate = left[place]
            place += 1
            let shard = candidate.segment.shard
            guard candidate.isCounted, !blocked.contains(shard) else {
                blocked.insert(shard)
                kept.append(candidate)
                continue
            }
            go(candidate, reason)
            bytes += candidate.segment.sizeBytes
        }
        left = kept + left[place...]
        let worked = isEnough(bytes)
        if !worked { for candidate in kept { hold(candidate.segment, by: Self.embedded) } }
        return worked
    }

    private static func holders(of candidate: Candidate, _ others: [StorePosition]) -> [String] {
        guard let end = candidate.end else { return [embedded] }
        return others.filter { $0.nextSequences[candidate.segment.shard] ?? 0 < end }.map(\.name)
    }

    private mutating func go(_ candidate: Candidate, _ reason: Reason) {
        guard let end = candidate.end else { preconditionFailure("a segment goes that is not counted") }
        going.append(Going(segment: candidate.segment, endSequence: end, reason: reason))
    }

    private mutating func hold(_ segment: ClosedSegment, by store: String) {
        holdings[store, default: []].append(segment)
    }

    private static func held(_ holdings: [String: [ClosedSegment]], _ going: [Going]) -> [Holding] {
        holdings.sorted { $0.key < $1.key }.compactMap { store, segments in
            var holding = Holding(store: store)
            // Two reasons may ask for one segment, and a third may have got it.
            var told = Set(going.map(\.segment.key))
            for segment in segments where told.insert(segment.key).inserted {
                holding.segments += 1
                holding.bytes += segment.sizeBytes
            }
            return holding.segments > 0 ? holding : nil
        }
    }

    private static func missed(_ going: [Going], _ others: [StorePosition]) -> [Missed] {
        var missed: [Missed] = []
        for store in others {
            for gone in going {
                let from = max(store.nextSequences[gone.segment.shard] ?? 0, gone.segment.firstSequence)
                guard from < gone.endSequence else { continue }
                missed.append(Missed(store: store.name, shard: gone.segment.shard, sequences: from..<gone.endSequence))
            }
        }
        return missed
    }
}

extension ClosedSegment {
    fileprivate struct Key: Hashable {
        let shard: ShardIdentity
        let firstSequence: UInt64
    }

    fileprivate var key: Key { Key(shard: shard, firstSequence: firstSequence) }
}
