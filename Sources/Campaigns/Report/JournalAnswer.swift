import Bytes
package import Engagement
import TrackingLinks

/// Answers a question from events themselves: slow, and for any combination of columns and any range of time.
///
/// It is also the model that tests hold stores to: nothing but a list of events, added up.
package final class JournalAnswer {
    private let question: ReportQuestion
    private let sections: SectionDirectory
    private var folding: EventFolding
    private var vocabulary = FigureVocabulary()
    private var linkBuffer = ByteBuffer(capacity: LinkKey.bytesMax)
    private var assembly: ReportAssembly<HashedPeople>
    private var ranges: [String: ReportRange] = [:]
    private var lastOrderTime: UInt64 = 0

    /// Begins with no event.
    package init(_ question: ReportQuestion, rules: RuleSet, sections: SectionDirectory) {
        self.question = question
        self.sections = sections
        folding = EventFolding(rules: rules, sections: sections)
        assembly = ReportAssembly(question.by, knowsPeople: true)
    }

    /// Adds one event where the question means it. The order of events does not matter.
    package func add(_ event: EventView, in payload: Span<UInt8>, node: UInt64) {
        let folded = folding.fold(event, in: payload, node: node, vocabulary: &vocabulary, buffer: &linkBuffer)
        lastOrderTime = max(lastOrderTime, event.orderTimeNanoseconds)
        let placement = vocabulary.placements[folded.placement]
        let section = text(placement.section) ?? ""
        if let wanted = question.sections, !wanted.contains(section) { return }
        if let wanted = question.experience, wanted != text(placement.experience) { return }
        guard isInRange(folded, section) else { return }

        var counts = FigureDelta.Counts()
        counts.count(folded.outcome)
        for values in rows(folded, placement) {
            assembly.add(counts, kind: folded.kind, engagementClass: folded.engagementClass, to: values)
            if folded.hasPerson, folded.outcome != .refused {
                var people = HashedPeople()
                if folded.engagementClass.isPerson {
                    people.people.insert(folded.person)
                } else {
                    people.others.insert(folded.person)
                }
                assembly.unite(people, kind: folded.kind, section: section, to: values)
            }
            if question.by.contains(.host), let sample = text(folded.sample) {
                assembly.add(
                    HostSighting(
                        firstSeenNanoseconds: folded.timeNanoseconds, lastSeenNanoseconds: folded.timeNanoseconds,
                        sample: sample), to: values)
            }
        }
    }

    /// The answer for the events so far. Sends and names are the store's to know: a report from the journal has none.
    package func answer() -> ReportAnswer {
        ReportAnswer(
            asOfNanoseconds: lastOrderTime, columns: question.by,
            rows: assembly.finish { values, index in
                question.by[index] == .sec ? values[index].flatMap { sections.sections[$0]?.name } : nil
            })
    }

    private func isInRange(_ event: FoldedEvent, _ section: String) -> Bool {
        let zone = sections.zone(of: section)
        let range = ranges[section] ?? ReportRange(since: question.since, until: question.until, zone: zone)
        ranges[section] = range
        return range.days.contains(Int(event.dayNumber)) && range.seconds.contains(event.hourStartSeconds)
    }

    /// The rows that an event stands in: one, or one for each repair of its link.
    private func rows(_ event: FoldedEvent, _ placement: FigureVocabulary.Placement) -> [[String?]] {
        let traits = vocabulary.traits[event.traits]
        let repairs = LinkRepair(rawValue: traits.repairs).names
        let alternatives: [String?] = question.by.contains(.repair) && !repairs.isEmpty ? repairs : [nil]
        return alternatives.map { repair in
            question.by.map { column in
                column == .repair ? repair : value(column, event, placement, traits)
            }
        }
    }

    private func value(
        _ column: ReportColumn, _ event: FoldedEvent, _ placement: FigureVocabulary.Placement,
        _ traits: FigureVocabulary.Traits
    ) -> String? {
        switch column {
        case .sec: return text(placement.section)
        case .expId: return text(placement.experience)
        case .expVer: return text(placement.version)
        case .va: return text(placement.variation)
        case .mech: return text(vocabulary.routes[event.route].mech)
        case .smech: return text(vocabulary.routes[event.route].smech)
        case .link: return text(event.link)
        case .hour:
            let isLocal = question.by.contains(.sec) || question.sections?.count == 1
            return ReportColumn.hourText(
                startSeconds: event.hourStartSeconds, offsetSeconds: isLocal ? event.offsetSeconds : 0)
        case .day: return CivilDate(dayNumber: Int(event.dayNumber)).text
        case .kind: return "\(event.kind.name)"
        case .class: return event.engagementClass.name
        case .client: return text(traits.client)
        case .device: return text(traits.device)
        case .country: return text(traits.country)
        case .host: return text(traits.host)
        case .outcome: return "\(event.outcome.name)"
        case .repair: return nil
        }
    }

    private func text(_ word: UInt32) -> String? {
        word == TermTable.none ? nil : String(decoding: vocabulary.terms.bytes(word), as: UTF8.self)
    }
}
