import Bytes
import Engagement
import Simulation
import TestSupport
import TrackingLinks

/// An event as timing rules see it, in the words of a test.
struct SeenEvent {
    var time: UInt64
    var person: UInt64?
    var address: UInt64? = 1
    var agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    /// The link's number; nil for an open.
    var link: Int?
    var method = RequestMethod.get
    /// What the header `Sec-Purpose` says.
    var purpose: String?
    var experience = "spring"
    /// The section in `testSections`.
    var section = "utc"
    /// The floor that a late event was written under.
    var floor: UInt64?

    var kind: TrackingResource { link == nil ? .open : .click }
    var orderTime: UInt64 { floor ?? time }

    /// The event's bytes.
    func payload(_ buffer: PayloadBuffer) -> [UInt8] {
        var facts = EventFacts(
            timeNanoseconds: time, kind: kind, outcome: link == nil ? .pixel : .redirected, reason: 1)
        facts.method = method
        facts.lateOrderTimeNanoseconds = floor
        if let person {
            let spread = person &* 0x9E37_79B9_7F4A_7C15
            facts.subject = EventSubject(keyID: 1, pseudonym: Bytes16(littleEndian: spread, 7))
        }
        if let address { facts.addressHash = AddressHash(keyDay: 20_000, value: address) }
        var fields: [(EventField, String)] = [(.sec, section), (.expId, experience)]
        if let link { fields.append((.target, "https://www.example.com/\(link)")) }
        fields.append((.userAgent, agent))
        if let purpose { fields.append((.secPurpose, purpose)) }
        return buffer.write(facts, fields)
    }

    func value(of field: TimingRule.Field) -> String? {
        switch field {
        case .person: person.map { "\($0)" }
        case .message: "\(section)/\(experience)"
        case .link: link.map { "\($0)" }
        case .address: address.map { "\($0)" }
        case .agent: agent
        }
    }
}

/// The timing rules by going through all events for each: slow, and too simple to be wrong.
struct PlainWindows {
    let rules: RuleSet
    var sends: [SendsRecord] = []
    var eventsPerSecondMax = Int.max

    /// What the rules on an event alone say.
    func alone(_ event: SeenEvent) -> (engagementClass: EngagementClass, reason: String) {
        event.method == .head ? (.machine, "head-request") : (.human, "default")
    }

    private func crowdedSeconds(_ events: [SeenEvent]) -> Set<UInt64> {
        var crowds: [UInt64: Int] = [:]
        for event in events where event.floor == nil { crowds[event.time / 1_000_000_000, default: 0] += 1 }
        return Set(crowds.filter { $0.value > eventsPerSecondMax }.keys)
    }

    /// The events that are judged alone for no other reason than that their second is crowded.
    func crowded(_ events: [SeenEvent]) -> [SeenEvent] {
        let seconds = crowdedSeconds(events)
        return events.filter { $0.floor == nil && seconds.contains($0.time / 1_000_000_000) }
    }

    /// The class and reason of each event.
    func verdicts(on events: [SeenEvent]) -> [(engagementClass: EngagementClass, reason: String)] {
        let crowded = crowdedSeconds(events)
        let evidence = events.indices.filter {
            events[$0].floor == nil && !crowded.contains(events[$0].time / 1_000_000_000)
        }
        var decided = [Int?](repeating: nil, count: events.count)
        for isSecondStage in [false, true] {
            var next = decided
            for (index, rule) in rules.timingRules.enumerated() where rule.countsUndecided == isSecondStage {
                let counted = evidence.filter {
                    let isOpen = alone(events[$0]).engagementClass == .human
                    return (rule.kind == nil || rule.kind == events[$0].kind)
                        && (!isSecondStage || decided[$0] == nil && isOpen)
                        && (!isDistinct(rule) || isOpen)
                }
                for place in counted where alone(events[place]).engagementClass == .human {
                    let near = counted.filter { other in
                        difference(events[place].time, events[other].time) <= rule.withinNanoseconds
                            && agree(events[place], events[other], rule.by)
                            && !isCrowd(crowded, between: events[place].time, events[other].time)
                    }
                    if holds(rule, events[place], near.map { events[$0] }) {
                        next[place] = min(next[place] ?? index, index)
                    }
                }
            }
            // What the first stage decided stays.
            for place in events.indices where decided[place] == nil { decided[place] = next[place] }
        }
        return events.indices.map { place in
            guard let rule = decided[place] else { return alone(events[place]) }
            return (rules.timingRules[rule].engagementClass, rules.timingRules[rule].reason)
        }
    }

    /// How many different values there are, those of too few links left out.
    private func values(of field: TimingRule.Field, _ events: [SeenEvent], _ linksEach: Int) -> Int {
        Set(events.compactMap { $0.value(of: field) }).count { value in
            linksEach <= 1
                || Set(events.filter { $0.value(of: field) == value }.compactMap(\.link)).count >= linksEach
        }
    }

    private func isDistinct(_ rule: TimingRule) -> Bool {
        if case .distinct = rule.pattern { true } else { false }
    }

    private func holds(_ rule: TimingRule, _ event: SeenEvent, _ near: [SeenEvent]) -> Bool {
        switch rule.pattern {
        case .near(let reason): near.contains { alone($0).reason == reason }
        case .afterSend:
            isFirst(
                sends.filter { covers($0, event) && $0.recordedNanoseconds < event.time + rules.windowNanoseconds },
                event, rule.withinNanoseconds)
        case .distinct(let field, let least, let orEvery):
            near.contains { last in
                let stretch = near.filter { $0.time <= last.time && last.time - $0.time <= rule.withinNanoseconds }
                return last.time >= event.time
                    && values(of: field, stretch, rule.linksEach) >= threshold(least, orEvery, last)
                    && Set(stretch.compactMap(\.link)).count >= rule.linksMin
                    && last.time - event.time <= rule.withinNanoseconds
            }
        }
    }

    /// Only the first send decides, and only where somebody said when that was.
    private func isFirst(_ known: [SendsRecord], _ event: SeenEvent, _ within: UInt64) -> Bool {
        guard let first = known.map(\.sentNanoseconds).min() else { return false }
        return known.contains { $0.sentNanoseconds == first && $0.recordedNanoseconds != first }
            && first <= event.time && event.time - first <= within
    }

    private func threshold(_ least: Int, _ orEvery: Bool, _ event: SeenEvent) -> Int {
        let told = sends.filter { covers($0, event) && $0.recordedNanoseconds <= event.time }
        guard orEvery, let links = told.compactMap(\.linksInMessage).max(), links >= 4 else { return least }
        return min(least, Int(links))
    }

    private func covers(_ send: SendsRecord, _ event: SeenEvent) -> Bool {
        send.selection.sec == event.section && (send.selection.expId ?? event.experience) == event.experience
    }

    private func agree(_ one: SeenEvent, _ other: SeenEvent, _ fields: Set<TimingRule.Field>) -> Bool {
        fields.allSatisfy { field in
            if field == .address, one.address == nil || other.address == nil { return false }
            if field == .person, one.person == nil, !fields.contains(.address) { return false }
            return one.value(of: field) == other.value(of: field)
        }
    }

    private func isCrowd(_ crowded: Set<UInt64>, between one: UInt64, _ other: UInt64) -> Bool {
        let (first, last) = (min(one, other) / 1_000_000_000, max(one, other) / 1_000_000_000)
        return crowded.contains { $0 >= first && $0 <= last }
    }

    private func difference(_ one: UInt64, _ other: UInt64) -> UInt64 { max(one, other) - min(one, other) }
}
