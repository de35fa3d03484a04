import Bytes
package import Campaigns
package import Engagement
package import TrackingLinks

/// What a test knows of an event that it wrote: the figures' words, not the event's bytes.
package struct EventFact: Sendable {
    package var timeNanoseconds: UInt64
    package var kind: TrackingResource
    package var outcome: Outcome
    package var engagementClass: EngagementClass
    /// As counted: a configured id, or `(unknown)`.
    package var section: String
    package var words: [ReportColumn: String] = [:]
    package var link: String?
    package var host: String?
    package var target: String?
    package var country: String?
    package var repairs: [String] = []
    package var person: UInt64?

    /// An event without a person, a link or words.
    package init(
        timeNanoseconds: UInt64, kind: TrackingResource, outcome: Outcome, engagementClass: EngagementClass,
        section: String
    ) {
        self.timeNanoseconds = timeNanoseconds
        self.kind = kind
        self.outcome = outcome
        self.engagementClass = engagementClass
        self.section = section
    }
}

/// Figures by going through a list of events: slow, and too simple to be wrong.
package struct PlainModel {
    package var events: [EventFact] = []
    let sections: SectionDirectory

    package init(sections: SectionDirectory) {
        self.sections = sections
    }

    /// The rows of an answer; `knowsAllPeople` is for an engine that knows people by every column.
    package func rows(_ question: ReportQuestion, knowsAllPeople: Bool = false) -> [ReportRow] {
        var groups: [[String?]: [EventFact]] = [:]
        for event in events where isSelected(event, question) {
            for values in values(event, question) { groups[values, default: []].append(event) }
        }
        if question.by.isEmpty, groups.isEmpty { groups[[]] = [] }
        let keys = groups.keys.sorted { left, right in
            for (one, other) in zip(left, right) where one != other {
                guard let one else { return true }
                guard let other else { return false }
                return Array(one.utf8).lexicographicallyPrecedes(Array(other.utf8))
            }
            return false
        }
        return keys.map { key in row(key, groups[key] ?? [], question, knowsAllPeople: knowsAllPeople) }
    }

    private func isSelected(_ event: EventFact, _ question: ReportQuestion) -> Bool {
        if let sections = question.sections, !sections.contains(event.section) { return false }
        if let experience = question.experience, event.words[.expId, default: ""] != experience { return false }
        if case .instant(let since) = question.since, event.timeNanoseconds < since { return false }
        if case .instant(let until) = question.until, event.timeNanoseconds >= until { return false }
        return SectionRange(question, zone: sections.zone(of: event.section)).contains(hour(event))
    }

    private func hour(_ event: EventFact) -> LocalHour {
        sections.zone(of: event.section).localHour(at: Int64(event.timeNanoseconds / 1_000_000_000))
    }

    /// The rows that an event stands in.
    private func values(_ event: EventFact, _ question: ReportQuestion) -> [[String?]] {
        let isLocal =
            question.by.contains(.sec) || question.sections?.count == 1 || sections.sections.count == 1
        let repairs: [String?] = event.repairs.isEmpty || !question.by.contains(.repair) ? [nil] : event.repairs
        return repairs.map { repair in
            question.by.map { column in
                switch column {
                case .sec: event.section
                case .link: event.link
                case .host: event.host
                case .country: event.country
                case .repair: repair
                case .kind: "\(event.kind.name)"
                case .class: event.engagementClass.name
                case .outcome: "\(event.outcome.name)"
                case .day: CivilDate(dayNumber: Int(hour(event).dayNumber)).text
                case .hour:
                    RFC3339.string(
                        UInt64(hour(event).startSeconds) * 1_000_000_000, fractionDigits: 0,
                        offsetSeconds: isLocal ? Int(hour(event).offsetSeconds) : 0)
                default: event.words[column, default: ""]
                }
            }
        }
    }

    private func row(
        _ key: [String?], _ events: [EventFact], _ question: ReportQuestion, knowsAllPeople: Bool
    ) -> ReportRow {
        let knowable: Set<ReportColumn> = [.day, .sec, .expId, .expVer, .va, .kind, .link]
        let cuts = events.contains { SectionRange(question, zone: sections.zone(of: $0.section)).cutsDay }
        let knows = knowsAllPeople || Set(question.by).isSubset(of: knowable) && !cuts
        var row = ReportRow(values: key.map { ReportValue($0) })
        row.clicks = figures(events.filter { $0.kind == .click }, knowsPeople: knows)
        row.opens = figures(events.filter { $0.kind == .open }, knowsPeople: knows)
        if question.by.contains(.sec), let index = question.by.firstIndex(of: .sec) {
            row.values[index].name = key[index].flatMap { sections.sections[$0]?.name }
        }
        let seen = events.filter { $0.host != nil }
        if question.by.contains(.host), let first = seen.map(\.timeNanoseconds).min(),
            let last = seen.map(\.timeNanoseconds).max()
        {
            let samples = seen.filter { $0.timeNanoseconds == first }.compactMap(\.target)
            row.host = HostSighting(
                firstSeenNanoseconds: first, lastSeenNanoseconds: last,
                sample: samples.min { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) } ?? "")
        }
        return row
    }

    private func figures(_ events: [EventFact], knowsPeople: Bool) -> EngagementFigures {
        let counted = events.filter { $0.outcome != .refused }
        func count(_ engagementClass: EngagementClass) -> UInt64 {
            UInt64(counted.filter { $0.engagementClass == engagementClass }.count)
        }
        func people(_ events: [EventFact]) -> UInt64 {
            UInt64(Set(events.compactMap { event in event.person.map { "\(event.section) \($0)" } }).count)
        }
        return EngagementFigures(
            human: count(.human), proxy: count(.proxy), prefetch: count(.prefetch), machine: count(.machine),
            unknown: count(.unknown), asked: UInt64(events.filter { $0.outcome == .asked }.count),
            refused: UInt64(events.count - counted.count), unique: knowsPeople ? people(counted) : nil,
            people: knowsPeople
                ? people(counted.filter { $0.engagementClass == .human || $0.engagementClass == .proxy }) : nil)
    }
}
