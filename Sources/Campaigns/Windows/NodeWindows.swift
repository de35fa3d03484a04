import Engagement
import Journal

/// Closes windows and judges what stands in them: the timing rules over what the follower has read, each node's events
/// by themselves.
struct NodeWindows {
    let rules: RuleSet
    private let judge: WindowJudge
    private let eventsPerSecondMax: Int
    private let nowNanoseconds: () -> UInt64
    private var crowds: [UInt64: CrowdedSeconds] = [:]
    /// What was sent, whoever recorded it: the nodes of a fleet share their campaigns.
    private var sends = SendTimes()
    /// The nodes of which nothing more is awaited.
    private(set) var silent: Set<UInt64> = []
    /// For each node from where on windows look at events that are closed.
    private var contextStarts: [UInt64: UInt64] = [:]

    /// A node whose writers are not in this process and whose last record is older than this is taken to be silent for
    /// good: nothing comes any more that its last windows would wait for.
    static let silenceNanoseconds: UInt64 = 24 * 3_600_000_000_000

    init(rules: RuleSet, limits: FigureLimits, nowNanoseconds: @escaping () -> UInt64) {
        self.rules = rules
        judge = WindowJudge(rules: rules)
        eventsPerSecondMax = limits.eventsPerSecondMax
        self.nowNanoseconds = nowNanoseconds
    }

    /// How far rules look.
    var windowNanoseconds: UInt64 { rules.windowNanoseconds }

    /// True where it matters to the rules what was sent.
    var asksForSends: Bool { rules.timingRules.contains(where: \.asksForSends) }

    /// Adds what was sent, where it matters to the rules: for events of every node.
    mutating func add(_ record: SendsRecord) {
        if asksForSends { sends.add(record) }
    }

    /// From where on windows look at closed events of a node.
    func contextStart(of node: UInt64) -> UInt64 { contextStarts[node] ?? .max }

    /// True for an event that others are judged by.
    func isEvidence(_ event: FoldedEvent, of node: UInt64) -> Bool {
        !event.standsAlone && !(crowds[node]?.contains(event.orderTimeNanoseconds) ?? false)
    }

    /// How many events were judged alone for no other reason than that their second is crowded.
    ///
    /// - Parameter events: whose seconds were counted.
    func crowdedCount(in events: some Sequence<FoldedEvent>, of node: UInt64) -> UInt64 {
        guard let crowd = crowds[node], !crowd.seconds.isEmpty else { return 0 }
        return events.reduce(0) { count, event in
            count + (event.countsInCrowd && crowd.contains(event.orderTimeNanoseconds) ? 1 : 0)
        }
    }

    /// Up to where a node's windows are closed, once what was read of it is looked at.
    ///
    /// - Parameters:
    ///   - events: what was read of the node and is not forgotten.
    ///   - lastOrderTime: the greatest order time that was read.
    ///   - promise: nothing older than this is still to be read.
    ///   - isLive: a writer of the node runs in this process.
    ///   - watermark: up to where they are closed already.
    ///   - bound: the furthest that they may be closed.
    mutating func limit(
        of node: UInt64, _ events: [ArraySlice<FoldedEvent>], lastOrderTime: UInt64, promise: UInt64, isLive: Bool,
        watermark: UInt64, bound: UInt64 = .max
    ) -> UInt64 {
        guard windowNanoseconds > 0 else { return max(watermark, min(promise, bound)) }
        var crowd = crowds[node] ?? CrowdedSeconds()
        // What is judged in this cycle may lie in seconds that no later one looks at.
        if let start = contextStarts[node], start != .max { crowd.forget(before: start) }
        let times = events.lazy.joined().filter(\.countsInCrowd).map(\.orderTimeNanoseconds)
        crowd.count(times, limit: eventsPerSecondMax)
        crowds[node] = crowd
        let end = lastOrderTime + 1
        silent.remove(node)
        if !isLive, promise >= end, isSilent(since: end) {
            endWindows(of: node, at: max(watermark, end))
            return max(watermark, end)
        }
        // A second that is not read to its end may still turn out to be crowded.
        let whole = promise - promise % CrowdedSeconds.nanoseconds
        var limit = whole > windowNanoseconds ? whole - windowNanoseconds : 0
        if let second = crowd.last(before: promise) {
            limit = max(limit, min((second + 1) * CrowdedSeconds.nanoseconds, promise))
        }
        limit = max(watermark, min(limit, bound))
        var start = limit > windowNanoseconds ? limit - windowNanoseconds : 0
        // Whole seconds, so that it is known of each whether it is crowded.
        start -= start % CrowdedSeconds.nanoseconds
        if let second = crowd.last(before: limit) { start = max(start, second * CrowdedSeconds.nanoseconds) }
        contextStarts[node] = start
        return limit
    }

    /// Nothing of a node before a moment is looked at any more.
    mutating func endWindows(of node: UInt64, at moment: UInt64) {
        silent.insert(node)
        contextStarts[node] = moment
    }

    /// Learns which seconds are crowded where all events of these were read.
    mutating func countCrowds(of node: UInt64, _ events: [FoldedEvent]) {
        let times = events.lazy.filter(\.countsInCrowd).map(\.orderTimeNanoseconds)
        crowds[node, default: CrowdedSeconds()].count(times, limit: eventsPerSecondMax)
    }

    private func isSilent(since end: UInt64) -> Bool {
        let now = nowNanoseconds()
        return now > end && now - end > Self.silenceNanoseconds
    }

    /// The timing rule that decides each of the open events, by its place among the rules, or `WindowJudge.undecided`.
    ///
    /// - Parameters:
    ///   - context: events of the node that are judged already and that others are judged by.
    ///   - open: the events that are asked for, whose order the answer has.
    mutating func verdicts(
        on open: [ArraySlice<FoldedEvent>], besides context: [ArraySlice<FoldedEvent>], of node: UInt64,
        _ vocabulary: inout FigureVocabulary
    ) -> [UInt16] {
        var sightings: [Sighting] = []
        append(context, of: node, to: &sightings, vocabulary)
        let first = sightings.count
        append(open, of: node, to: &sightings, vocabulary)
        // In place: a copy would be numbered again at each flush.
        sends.prepare(&vocabulary, for: sightings)
        let barriers = (crowds[node]?.seconds ?? []).sorted()
        var decided = judge.verdicts(on: sightings, barriers: barriers, sends: sends)[first...]
        return open.joined().map { event in
            isEvidence(event, of: node) ? decided.removeFirst() : WindowJudge.undecided
        }
    }

    /// What an event is called after the verdict of the timing rules.
    func engagementClass(of event: FoldedEvent, _ verdict: UInt16) -> EngagementClass {
        // What stands alone keeps what it is called: its class may have been frozen.
        if event.standsAlone || event.keptClass != nil { return event.engagementClass }
        return verdict == WindowJudge.undecided
            ? rules.engagementClass(ofRule: event.rule) : rules.timingRules[Int(verdict)].engagementClass
    }

    private func append(
        _ slices: [ArraySlice<FoldedEvent>], of node: UInt64, to sightings: inout [Sighting],
        _ vocabulary: FigureVocabulary
    ) {
        sightings.reserveCapacity(slices.reduce(sightings.count) { $0 + $1.count })
        for slice in slices {
            for event in slice where isEvidence(event, of: node) {
                let isHuman = rules.engagementClass(ofRule: event.rule) == .human
                sightings.append(Sighting(event, isHuman: isHuman, vocabulary))
            }
        }
    }
}

extension RuleSet {
    /// How far must be read behind a moment for what is before it to be closed: the window, and the rest of a second.
    var readAheadNanoseconds: UInt64 {
        windowNanoseconds > 0 ? windowNanoseconds + CrowdedSeconds.nanoseconds : 0
    }
}
