import Engagement

/// Judges events by those beside them: the timing rules of a rule set over one node's events.
///
/// **Problem.** A scanner is told from a person by what it does within seconds, in whatever order, turn or shard its
/// events were written; and the verdict must be the same in a rebuild.
///
/// **Shape.** A verdict depends on the events whose order times are at most `RuleSet.windowNanoseconds` away, and on
/// the sends that were recorded before that window ended. Rules that count whatever no rule on an event alone has
/// decided go first, in their order; then those that count only what is still undecided. So a person who clicks beside
/// a scanner is not counted with it.
///
/// **Crowds.** A second with more than `eventsPerSecondMax` events is *crowded*: its events are judged alone, they are
/// no evidence for others, and no window reaches across it. That bounds what has to be kept, and depends on nothing
/// but the events.
struct WindowJudge {
    private let rules: RuleSet
    private let near: [Set<UInt16>]
    private let groupings: [Grouping]

    /// The rules that gather events by the same fields, in one stage.
    private struct Grouping {
        let by: Set<TimingRule.Field>
        let stage: Int
        var rules: [Int]
    }

    /// What is not decided by a timing rule.
    static let undecided = UInt16.max

    init(rules: RuleSet) {
        self.rules = rules
        near = rules.timingRules.map { rule in
            if case .near(let reason) = rule.pattern { rules.ruleNumbers(withReason: reason) } else { [] }
        }
        var groupings: [Grouping] = []
        for (index, rule) in rules.timingRules.enumerated() where rule.pattern != .afterSend {
            let stage = rule.countsUndecided ? 1 : 0
            if let known = groupings.firstIndex(where: { $0.by == rule.by && $0.stage == stage }) {
                groupings[known].rules.append(index)
            } else {
                groupings.append(Grouping(by: rule.by, stage: stage, rules: [index]))
            }
        }
        self.groupings = groupings.sorted { $0.stage < $1.stage }
    }

    /// The timing rule that decides each event, by its place among the rules; `undecided` where none does.
    ///
    /// O(n log n), and O(n) where the events come in a few ordered runs.
    ///
    /// - Parameters:
    ///   - events: of one node, in any order; those of crowded seconds left out.
    ///   - barriers: the crowded seconds, ascending.
    func verdicts(on events: [Sighting], barriers: [UInt64], sends: SendTimes) -> [UInt16] {
        var verdicts = [UInt16](repeating: Self.undecided, count: events.count)
        guard !rules.timingRules.isEmpty, !events.isEmpty else { return verdicts }
        var order = Array(events.indices)
        order.sort { events[$0].orderTimeNanoseconds < events[$1].orderTimeNanoseconds }
        var rest = order[...]
        for second in barriers {
            let end = rest.partitioningPlace { events[$0].orderTimeNanoseconds >= second * CrowdedSeconds.nanoseconds }
            judge(rest[..<end], events, sends, &verdicts)
            rest = rest[end...]
        }
        judge(rest, events, sends, &verdicts)
        return verdicts
    }

    /// Judges events that see each other, in their order.
    private func judge(
        _ order: ArraySlice<Int>, _ events: [Sighting], _ sends: SendTimes, _ verdicts: inout [UInt16]
    ) {
        judgeAfterSends(order, events, sends, &verdicts)
        guard order.count > 1 else { return }
        var repeated: ArraySlice<Int>?
        // What the first stage left undecided, whatever the second decides first.
        var isUndecided: [Bool] = []
        for grouping in groupings {
            let isPersonal = grouping.by.isSuperset(of: Self.personal)
            // Most people have one event in a window, which no rule on a person's message can decide.
            if isPersonal, repeated == nil { repeated = Self.repeated(order, events) }
            if grouping.stage > 0, isUndecided.isEmpty {
                isUndecided = zip(verdicts, events).map { $0 == Self.undecided && $1.isOpenToRules }
            }
            var chains = SightingChains()
            for place in isPersonal ? repeated ?? order : order {
                if grouping.stage > 0, !isUndecided[place] { continue }
                chains.append(place, SightingGroup(events[place], by: grouping.by))
            }
            chains.forEach { chain in
                for rule in grouping.rules { apply(rule, to: chain, events, sends, &verdicts) }
            }
        }
    }

    private static let personal: Set<TimingRule.Field> = [.person, .message]

    /// The events of people and messages that have more than one; those of nobody are gathered by their address.
    private static func repeated(_ order: ArraySlice<Int>, _ events: [Sighting]) -> ArraySlice<Int> {
        var chains = SightingChains()
        for place in order {
            let fields = events[place].hasPerson ? personal : personal.union([.address])
            chains.append(place, SightingGroup(events[place], by: fields))
        }
        return chains.repeatedPlaces[...]
    }

    private func judgeAfterSends(
        _ order: ArraySlice<Int>, _ events: [Sighting], _ sends: SendTimes, _ verdicts: inout [UInt16]
    ) {
        guard !sends.isEmpty else { return }
        for (index, rule) in rules.timingRules.enumerated() where rule.pattern == .afterSend {
            for place in order where rule.kind == nil || rule.kind == events[place].kind {
                guard sends.wasSent(events[place], within: rule.withinNanoseconds, knownIn: rules.windowNanoseconds)
                else { continue }
                decide(place, index, events, &verdicts)
            }
        }
    }

    /// Of several rules the first one names the reason, within a stage.
    private func decide(_ place: Int, _ rule: Int, _ events: [Sighting], _ verdicts: inout [UInt16]) {
        guard events[place].isOpenToRules else { return }
        verdicts[place] = min(verdicts[place], UInt16(rule))
    }

    private func apply(
        _ index: Int, to chain: [Int], _ events: [Sighting], _ sends: SendTimes, _ verdicts: inout [UInt16]
    ) {
        let rule = rules.timingRules[index]
        switch rule.pattern {
        case .distinct(let field, let least, let orEvery):
            // What a rule on the event alone has decided is no part of a person's burst.
            let places = chain.filter {
                events[$0].isOpenToRules && (rule.kind == nil || events[$0].kind == rule.kind)
            }
            let burst = DistinctBurst(
                field: field, linksMin: rule.linksMin, linksEach: rule.linksEach,
                withinNanoseconds: rule.withinNanoseconds)
            burst.forEachEvent(of: places, events) { event in
                guard orEvery, let links = sends.links(in: event), links >= TimingRule.everyLinkMin else {
                    return least
                }
                return min(least, Int(links))
            } decide: {
                decide($0, index, events, &verdicts)
            }
        case .near:
            let places = rule.kind == nil ? chain : chain.filter { events[$0].kind == rule.kind }
            let marked = places.filter { near[index].contains(events[$0].rule) }
            var next = 0
            for place in places {
                let time = events[place].orderTimeNanoseconds
                while next < marked.count,
                    events[marked[next]].orderTimeNanoseconds + rule.withinNanoseconds < time
                {
                    next += 1
                }
                guard next < marked.count, events[marked[next]].orderTimeNanoseconds <= time + rule.withinNanoseconds
                else { continue }
                decide(place, index, events, &verdicts)
            }
        case .afterSend:
            break
        }
    }
}

/// Finds the events that lie in a stretch of time with enough different values, and enough links. O(n).
private struct DistinctBurst {
    let field: TimingRule.Field
    let linksMin: Int
    let linksEach: Int
    let withinNanoseconds: UInt64

    /// - Parameters:
    ///   - places: the events in their order.
    ///   - threshold: how many different values are enough for a stretch that ends with an event.
    ///   - decide: called for each event found, once or more.
    func forEachEvent(
        of places: [Int], _ events: [Sighting], threshold: (Sighting) -> Int, decide: (Int) -> Void
    ) {
        guard places.count > 1 else { return }
        var counts = ValueCounts(field: field, linksMin: linksEach)
        var links = linksMin > 1 ? ValueCounts(field: .link, linksMin: 0) : nil
        var start = 0
        var decided = 0
        for (end, place) in places.enumerated() {
            let event = events[place]
            counts.add(event)
            links?.add(event)
            while event.orderTimeNanoseconds - events[places[start]].orderTimeNanoseconds > withinNanoseconds {
                counts.remove(events[places[start]])
                links?.remove(events[places[start]])
                start += 1
            }
            guard counts.distinct > 1, counts.distinct >= threshold(event),
                links.map({ $0.distinct >= linksMin }) ?? true
            else { continue }
            for found in max(start, decided)...end { decide(places[found]) }
            decided = end + 1
        }
    }
}

extension ArraySlice {
    /// The first place whose element is on the further side, where all on the nearer side stand before it.
    fileprivate func partitioningPlace(_ isBeyond: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
