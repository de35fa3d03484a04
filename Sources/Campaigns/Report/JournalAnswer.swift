import Bytes
package import Engagement
import TrackingLinks

/// The answer to a question, made of events one by one: slow, and for any combination of columns and any range of time.
///
/// It keeps one tally and two sets of people a row, so it takes as much memory as the answer has rows and people. It
/// applies no limit: no key is folded into `(other)`, and nobody is left out. It is also the plain model that stores
/// are tested against.
package final class JournalAnswer {
    private let question: ReportQuestion
    private let sections: SectionDirectory
    private let rulesVersion: String
    /// Events, and whether the question means them: others are beside those that it means.
    private var stream: JudgedStream<Bool>
    private var assembler: ReportAssembler
    private var rows: [[ReportGroup]: Row] = [:]
    private var ranges: [String: SectionRange] = [:]
    private var lastOrderTime: UInt64 = 0
    private var keyChanges: [UInt64] = []
    /// Placements of this vocabulary whose section and experience the assembler knows.
    private var knownPlacements: Set<UInt32> = []

    fileprivate struct Row {
        var tally = ReportTally()
        var clicks = Crowd()
        var opens = Crowd()
    }

    fileprivate struct Crowd {
        var people: Set<Person> = []
        var unique: Set<Person> = []
    }

    /// Pseudonyms of two sections are never of one person.
    fileprivate struct Person: Hashable {
        var section: String
        var hash: UInt64
    }

    /// Begins with no event.
    ///
    /// - Parameter countries: tells the country of a cut address; nil where nobody can be asked.
    package init(
        _ question: ReportQuestion, rules: RuleSet, sections: SectionDirectory, countries: (any CountryLookup)? = nil,
        limits: FigureLimits = FigureLimits()
    ) {
        self.question = question
        self.sections = sections
        rulesVersion = rules.version
        stream = JudgedStream(rules: rules, sections: sections, countries: countries, limits: limits)
        assembler = ReportAssembler(question: question, sections: sections)
        assembler.knowsAllPeople = true
    }

    /// Adds one event where the question means it. Events come in the order of their order times.
    ///
    /// - Returns: true when it does.
    @discardableResult
    package func add(_ event: EventView, in payload: Span<UInt8>, node: UInt64) -> Bool {
        let folded = stream.fold(event, in: payload, node: node)
        lastOrderTime = max(lastOrderTime, event.orderTimeNanoseconds)
        let isMeant = means(folded)
        if stream.append(isMeant, folded, of: node) { takeJudged(isAtEnd: false) }
        return isMeant
    }

    private func takeJudged(isAtEnd: Bool) {
        for judged in stream.take(isAtEnd: isAtEnd) where judged.element { add(judged.event) }
        if stream.renewVocabularyIfLarge() { knownPlacements = [] }
    }

    /// Adds a number of messages sent, before the events that come after it.
    package func add(_ sends: SendsRecord) {
        stream.add(sends)
        lastOrderTime = max(lastOrderTime, sends.recordedNanoseconds)
        assembler.sends.append(sends)
    }

    /// Adds a name. Of two for one thing the one that is added later holds.
    package func add(_ name: NameRecord) {
        assembler.names.append(name)
    }

    /// Adds a change of the event key.
    package func add(_ change: KeyChangeRecord) {
        keyChanges.append(change.changedNanoseconds)
    }

    /// The answer for what was added so far.
    package func answer() -> ReportAnswer {
        takeJudged(isAtEnd: true)
        var assembler = assembler
        for (groups, row) in rows {
            var tally = row.tally
            (tally.clicks.unique, tally.clicks.people) = row.clicks.counts
            (tally.opens.unique, tally.opens.people) = row.opens.counts
            assembler.tallies[groups] = tally
        }
        var answer = ReportAnswer(
            asOfNanoseconds: lastOrderTime, rulesVersion: rulesVersion, columns: question.by, rows: assembler.rows())
        answer.scope = assembler.scope()
        answer.keyChanges = assembler.keyChangesInRange(Array(Set(keyChanges)).sorted())
        answer.crowdedEvents = stream.crowdedEvents
        return answer
    }

    private func means(_ event: FoldedEvent) -> Bool {
        let placement = stream.vocabulary.placements[event.placement]
        let section = text(placement.section) ?? ""
        if knownPlacements.insert(event.placement).inserted {
            assembler.sectionsOfExperiences[text(placement.experience) ?? "", default: []].insert(section)
        }
        guard assembler.isSelected(section: section), isInRange(event, section) else { return false }
        if let wanted = question.experience, wanted != text(placement.experience) { return false }
        return true
    }

    private func add(_ event: FoldedEvent) {
        let placement = stream.vocabulary.placements[event.placement]
        let section = text(placement.section) ?? ""
        for groups in groups(event, placement) {
            var row = rows.removeValue(forKey: groups) ?? Row()
            row.count(event, person: event.hasPerson ? Person(section: section, hash: event.person) : nil)
            if question.by.contains(.host), let sample = text(event.sample) {
                let sighting = HostSighting(
                    firstSeenNanoseconds: event.timeNanoseconds, lastSeenNanoseconds: event.timeNanoseconds,
                    sample: sample)
                row.tally.host = row.tally.host?.merged(with: sighting) ?? sighting
            }
            rows[groups] = row
        }
    }

    private func isInRange(_ event: FoldedEvent, _ section: String) -> Bool {
        let range = ranges[section] ?? assembler.range(of: section)
        ranges[section] = range
        return range.contains(
            LocalHour(
                startSeconds: event.hourStartSeconds, offsetSeconds: event.offsetSeconds, dayNumber: event.dayNumber),
            momentNanoseconds: event.timeNanoseconds)
    }

    /// The rows that an event stands in: one, or one for each repair of its link.
    private func groups(_ event: FoldedEvent, _ placement: FigureVocabulary.Placement) -> [[ReportGroup]] {
        let traits = stream.vocabulary.traits[event.traits]
        let repairs = LinkRepair(rawValue: traits.repairs).names
        let alternatives: [String?] = question.by.contains(.repair) && !repairs.isEmpty ? repairs : [nil]
        return alternatives.map { repair in
            question.by.map { column in
                column == .repair ? ReportGroup(repair) : group(column, event, placement, traits)
            }
        }
    }

    private func group(
        _ column: ReportColumn, _ event: FoldedEvent, _ placement: FigureVocabulary.Placement,
        _ traits: FigureVocabulary.Traits
    ) -> ReportGroup {
        switch column {
        case .sec: word(placement.section)
        case .expId: word(placement.experience)
        case .expVer: word(placement.version)
        case .va: word(placement.variation)
        case .mech: word(stream.vocabulary.routes[event.route].mech)
        case .smech: word(stream.vocabulary.routes[event.route].smech)
        case .link: word(event.link)
        case .hour:
            .hour(
                startSeconds: event.hourStartSeconds, offsetSeconds: assembler.isLocal ? event.offsetSeconds : 0)
        case .day: .day(event.dayNumber)
        case .kind: .text("\(event.kind.name)")
        case .class: .text(event.engagementClass.name)
        case .client: word(traits.client)
        case .device: word(traits.device)
        case .country: word(traits.country)
        case .host: word(traits.host)
        case .outcome: .text("\(event.outcome.name)")
        case .repair: .none
        }
    }

    private func word(_ number: UInt32) -> ReportGroup {
        ReportGroup(text(number))
    }

    private func text(_ word: UInt32) -> String? {
        word == TermTable.none ? nil : String(decoding: stream.vocabulary.terms.bytes(word), as: UTF8.self)
    }
}

extension JournalAnswer.Row {
    fileprivate mutating func count(_ event: FoldedEvent, person: JournalAnswer.Person?) {
        var counts = FigureDelta.Counts()
        counts.count(event.outcome)
        let counted = event.outcome == .refused ? nil : person
        switch event.kind {
        case .click:
            tally.clicks.add(counts, event.engagementClass)
            clicks.add(counted, event.engagementClass)
        case .open:
            tally.opens.add(counts, event.engagementClass)
            opens.add(counted, event.engagementClass)
        }
    }
}

extension JournalAnswer.Crowd {
    fileprivate mutating func add(_ person: JournalAnswer.Person?, _ engagementClass: EngagementClass) {
        guard let person else { return }
        unique.insert(person)
        if engagementClass.isPerson { people.insert(person) }
    }

    fileprivate var counts: (UInt64, UInt64) { (UInt64(unique.count), UInt64(people.count)) }
}
