import Bytes
import Engagement
import TrackingLinks

/// Turns events into what figures are made of: judged by the rules of the day, in the section's own hours and days,
/// each word as a number. One pass over the payload, no string.
struct EventFolding {
    let classifier: Classifier
    private let sections: SectionDirectory
    private var zones: [UInt32: SectionZone] = [:]
    private var clients: [UInt16: UInt32] = [:]
    private var devices: [UInt16: UInt32] = [:]

    /// What is remembered of a section's word.
    private struct SectionZone {
        /// The word that the section is counted under.
        let term: UInt32
        let zone: TimeZoneRules
        /// The hour that was asked for last: most events of a section come in the same one.
        var hour: LocalHour?
    }

    init(rules: RuleSet, sections: SectionDirectory) {
        classifier = Classifier(rules: rules)
        self.sections = sections
    }

    /// Forgets the numbers of a vocabulary that is made anew.
    mutating func forgetWords() {
        zones.removeAll()
        clients.removeAll()
        devices.removeAll()
    }

    /// Folds one event.
    ///
    /// - Parameters:
    ///   - node: the node that recorded it.
    ///   - buffer: room for `LinkKey.bytesMax` bytes, used again.
    mutating func fold(
        _ event: EventView, in payload: Span<UInt8>, node: UInt64, vocabulary: inout FigureVocabulary,
        buffer: inout ByteBuffer
    ) -> FoldedEvent {
        let judgement = classifier.judge(event, in: payload)
        let seconds = Int64(event.timeNanoseconds / 1_000_000_000)
        let (section, hour) = locate(event, in: payload, seconds: seconds, vocabulary: &vocabulary)
        let placement = vocabulary.intern(
            FigureVocabulary.Placement(
                node: node, section: section, experience: word(.expId, event, payload, &vocabulary),
                version: word(.expVer, event, payload, &vocabulary),
                variation: word(.va, event, payload, &vocabulary)))
        let route = vocabulary.intern(
            FigureVocabulary.Route(
                mech: word(.mech, event, payload, &vocabulary), smech: word(.smech, event, payload, &vocabulary)))
        let (host, sample) = target(of: event, in: payload, vocabulary: &vocabulary)
        let traits = vocabulary.intern(
            FigureVocabulary.Traits(
                client: client(judgement, &vocabulary), device: device(judgement, &vocabulary),
                country: country(of: event, in: payload, vocabulary: &vocabulary), host: host,
                repairs: event.repairs))
        return FoldedEvent(
            timeNanoseconds: event.timeNanoseconds, orderTimeNanoseconds: event.orderTimeNanoseconds,
            digest: Self.digest(of: payload, event.subject), person: event.subject?.hash64 ?? 0,
            hourStartSeconds: hour.startSeconds, offsetSeconds: hour.offsetSeconds,
            dayNumber: Int32(truncatingIfNeeded: hour.dayNumber), placement: placement, route: route,
            traits: traits, link: link(of: event, in: payload, vocabulary: &vocabulary, buffer: &buffer),
            sample: sample, kind: event.kind, engagementClass: judgement.engagementClass, outcome: event.outcome,
            hasPerson: event.subject != nil)
    }

    /// The section's word and the section's hour of the event. Sections that are not configured are `(unknown)`, in
    /// UTC.
    private mutating func locate(
        _ event: EventView, in payload: Span<UInt8>, seconds: Int64, vocabulary: inout FigureVocabulary
    ) -> (section: UInt32, hour: LocalHour) {
        let named = word(.sec, event, payload, &vocabulary)
        var zone = zones[named] ?? sectionZone(named, vocabulary)
        let hour: LocalHour
        if let known = zone.hour, seconds >= known.startSeconds, seconds < known.startSeconds + 3_600,
            zone.zone.offsetSeconds(at: seconds) == known.offsetSeconds
        {
            hour = known
        } else {
            hour = zone.zone.localHour(at: seconds)
            zone.hour = hour
            zones[named] = zone
        }
        return (zone.term, hour)
    }

    private mutating func sectionZone(_ named: UInt32, _ vocabulary: FigureVocabulary) -> SectionZone {
        let id = String(decoding: vocabulary.terms.bytes(named), as: UTF8.self)
        let known = sections.sections[id]
        // Unknown ids are not remembered one by one: anyone can invent them.
        let zone = SectionZone(term: known == nil ? TermTable.unknown : named, zone: known?.zone ?? .utc, hour: nil)
        if known != nil { zones[named] = zone }
        return zone
    }

    private func word(
        _ field: EventField, _ event: EventView, _ payload: Span<UInt8>, _ vocabulary: inout FigureVocabulary
    ) -> UInt32 {
        guard let range = event.range(of: field), !range.isEmpty else { return TermTable.empty }
        return vocabulary.terms.intern(repairing: payload.extracting(range.offsets))
    }

    private func link(
        of event: EventView, in payload: Span<UInt8>, vocabulary: inout FigureVocabulary, buffer: inout ByteBuffer
    ) -> UInt32 {
        guard event.kind == .click else { return TermTable.none }
        buffer.removeAll()
        guard LinkKey.append(event, in: payload, to: &buffer) else { return TermTable.none }
        return buffer.withSpan { vocabulary.terms.intern(repairing: $0) }
    }

    /// The host that a click asked for, and its stored target as a sample.
    private func target(
        of event: EventView, in payload: Span<UInt8>, vocabulary: inout FigureVocabulary
    ) -> (host: UInt32, sample: UInt32) {
        guard let range = event.range(of: .target) else { return (TermTable.none, TermTable.none) }
        let target = payload.extracting(range.offsets)
        guard let host = StoredTarget.hostOffsets(of: target) else { return (TermTable.none, TermTable.none) }
        return (
            vocabulary.terms.intern(repairing: target.extracting(host)), vocabulary.terms.intern(repairing: target)
        )
    }

    private mutating func client(_ judgement: Judgement, _ vocabulary: inout FigureVocabulary) -> UInt32 {
        if let known = clients[judgement.clientNumber] { return known }
        let term = vocabulary.terms.intern(classifier.client(of: judgement))
        clients[judgement.clientNumber] = term
        return term
    }

    private mutating func device(_ judgement: Judgement, _ vocabulary: inout FigureVocabulary) -> UInt32 {
        if let known = devices[judgement.deviceNumber] { return known }
        let term = vocabulary.terms.intern(classifier.device(of: judgement))
        devices[judgement.deviceNumber] = term
        return term
    }

    /// The frozen country, or no word: nobody looked.
    private func country(
        of event: EventView, in payload: Span<UInt8>, vocabulary: inout FigureVocabulary
    ) -> UInt32 {
        guard let range = event.range(of: .frozenCountry), !range.isEmpty else { return TermTable.none }
        return vocabulary.terms.intern(repairing: payload.extracting(range.offsets))
    }

    /// A number that the payload alone decides: it orders events of one order time.
    private static func digest(of payload: Span<UInt8>, _ subject: EventSubject?) -> UInt64 {
        UInt64(CRC32C.checksum(payload)) << 32 ^ (subject?.hash64 ?? UInt64(payload.count))
    }
}
