import Engagement
import TrackingLinks

/// Figures that are added to a store's, by numbers of a `FigureVocabulary`.
struct FigureDelta {
    /// The key of a rollup: where, how, when, what and who.
    struct RollupKey: FigureKey {
        var hourStartSeconds: Int64
        var dayNumber: Int32
        var offsetSeconds: Int32
        var placement: UInt32
        var route: UInt32
        var link: UInt32
        var kind: TrackingResource
        var engagementClass: EngagementClass

        @inline(__always)
        func hash(seed: UInt64) -> UInt64 {
            let what = UInt64(kind.rawValue) << 8 | UInt64(engagementClass.rawValue)
            let state = FoldedHash.mix(
                seed, UInt64(bitPattern: hourStartSeconds) << 16 | what, UInt64(placement) << 32 | UInt64(route))
            return FoldedHash.finish(state ^ UInt64(link))
        }
    }

    /// Counts of events. What was refused is not in the total.
    struct Counts: Equatable {
        var total: UInt64 = 0
        var asked: UInt64 = 0
        var refused: UInt64 = 0

        mutating func count(_ outcome: Outcome) {
            switch outcome {
            case .refused:
                refused += 1
            case .asked:
                total += 1
                asked += 1
            case .redirected, .fallback, .pixel:
                total += 1
            }
        }

        mutating func add(_ other: Counts) {
            total &+= other.total
            asked &+= other.asked
            refused &+= other.refused
        }
    }

    /// The key of the facets' counts: a day of a placement, and what the requests were like.
    struct TraitsKey: FigureKey {
        var placement: UInt32
        var traits: UInt32
        var dayNumber: Int32
        var kind: TrackingResource
        var engagementClass: EngagementClass
        var outcome: Outcome

        @inline(__always)
        func hash(seed: UInt64) -> UInt64 {
            let what = UInt64(kind.rawValue) << 16 | UInt64(engagementClass.rawValue) << 8 | UInt64(outcome.rawValue)
            let when = UInt64(UInt32(bitPattern: dayNumber)) << 32
            return FoldedHash.finish(FoldedHash.mix(seed, UInt64(placement) << 32 | UInt64(traits), when | what))
        }
    }

    /// The counts of a traits key, and when and with what target its host was seen.
    struct TraitsCounts: Equatable {
        var counts = Counts()
        var firstSeenNanoseconds = UInt64.max
        var lastSeenNanoseconds: UInt64 = 0
        var sample: UInt32 = TermTable.none
    }

    /// The key of a set of people.
    struct LeafKey: FigureKey {
        var placement: UInt32
        var link: UInt32
        var dayNumber: Int32
        var kind: TrackingResource

        @inline(__always)
        func hash(seed: UInt64) -> UInt64 {
            let what = UInt64(UInt32(bitPattern: dayNumber)) << 8 | UInt64(kind.rawValue)
            return FoldedHash.finish(FoldedHash.mix(seed, UInt64(placement) << 32 | UInt64(link), what))
        }
    }

    /// The people of a leaf by their hashes, in any order, any number of times.
    struct LeafPeople: Equatable {
        /// People with a human or proxy event.
        var people: [UInt64] = []
        /// People with an event of another class.
        var others: [UInt64] = []
        /// The most seals that any of their events came after.
        var sealsBefore: UInt16 = 0
    }

    var rollups = FigureTable<RollupKey, Counts>()
    var traits = FigureTable<TraitsKey, TraitsCounts>()
    var leaves = FigureTable<LeafKey, LeafPeople>()
    /// Where people were left out because of the cap.
    var capped: Set<FigureScope> = []
    /// Events in it.
    var eventCount: UInt64 = 0

    /// Adds one event. `terms` decides which sample of one moment is kept.
    mutating func add(_ event: FoldedEvent, countsPerson: Bool, terms: TermTable) {
        eventCount += 1
        let rollup = RollupKey(
            hourStartSeconds: event.hourStartSeconds, dayNumber: event.dayNumber, offsetSeconds: event.offsetSeconds,
            placement: event.placement, route: event.route, link: event.link, kind: event.kind,
            engagementClass: event.engagementClass)
        rollups.values[rollups.place(of: rollup, orAdd: Counts())].count(event.outcome)
        let key = TraitsKey(
            placement: event.placement, traits: event.traits, dayNumber: event.dayNumber, kind: event.kind,
            engagementClass: event.engagementClass, outcome: event.outcome)
        traits.values[traits.place(of: key, orAdd: TraitsCounts())].count(event, terms: terms)
        // A refused click is not in the total, so its person is not among the unique people.
        guard countsPerson, event.hasPerson, event.outcome != .refused else { return }
        let leaf = LeafKey(
            placement: event.placement, link: event.link, dayNumber: event.dayNumber, kind: event.kind)
        let place = leaves.place(of: leaf, orAdd: LeafPeople())
        if event.sealsBefore > leaves.values[place].sealsBefore {
            leaves.values[place].sealsBefore = event.sealsBefore
        }
        if event.engagementClass.isPerson {
            leaves.values[place].people.append(event.person)
        } else {
            leaves.values[place].others.append(event.person)
        }
    }
}

extension FigureDelta.TraitsCounts {
    fileprivate mutating func count(_ event: FoldedEvent, terms: TermTable) {
        counts.count(event.outcome)
        see(event.sample, first: event.timeNanoseconds, last: event.timeNanoseconds, terms: terms)
    }

    /// Adds counts and sightings of the same key.
    mutating func merge(_ other: FigureDelta.TraitsCounts, terms: TermTable) {
        counts.add(other.counts)
        see(other.sample, first: other.firstSeenNanoseconds, last: other.lastSeenNanoseconds, terms: terms)
    }

    /// The sample is the target of the first event, of several at one moment the one that sorts first: it does not
    /// depend on the order in which events come.
    private mutating func see(_ target: UInt32, first: UInt64, last: UInt64, terms: TermTable) {
        guard target != TermTable.none else { return }
        if first < firstSeenNanoseconds || first == firstSeenNanoseconds && terms.precedes(target, sample) {
            sample = target
        }
        firstSeenNanoseconds = min(firstSeenNanoseconds, first)
        lastSeenNanoseconds = max(lastSeenNanoseconds, last)
    }
}

/// What limits are counted by: one node's events of one section on one day.
struct FigureScope: Hashable {
    var node: UInt64
    /// The section's word in the vocabulary.
    var section: UInt32
    /// The section's day, as days since 1970-01-01.
    var dayNumber: Int32
}
