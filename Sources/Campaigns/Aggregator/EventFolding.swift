import Bytes
import Engagement
import TrackingLinks

/// Turns events into what figures are made of: judged by the rules of the day, in the section's own hours and days,
/// each word as a number.
///
/// An event's fields are looked at in three stretches: the campaign's words, the target, and the evidence that rules
/// look at. What a stretch came to is remembered by its bytes (`ByteMemo`), so that an event whose stretches were seen
/// before costs three comparisons and no look at any word.
struct EventFolding {
    let classifier: Classifier
    private let sections: SectionDirectory
    /// The configured sections that were seen; the first takes up all others.
    private var zones = [SectionZone(term: TermTable.unknown, zone: .utc)]
    private var zonePlaces: [UInt32: Int] = [:]
    private var places = ByteMemo<Place>()
    private var aims = ByteMemo<Aim>()
    private var agents = ByteMemo<Agent>()
    private var countries: CountryMemo

    /// What is remembered of a section's word.
    private final class SectionZone {
        /// The word that the section is counted under.
        let term: UInt32
        let zone: TimeZoneRules
        /// The hour that was asked for last: most events of a section come in the same one.
        var hour: LocalHour

        init(term: UInt32, zone: TimeZoneRules) {
            self.term = term
            self.zone = zone
            hour = zone.localHour(at: 0)
        }

        /// The section's hour that holds a moment.
        func hour(at seconds: Int64) -> LocalHour {
            if seconds >= hour.startSeconds, seconds < hour.startSeconds + 3_600,
                zone.offsetSeconds(at: seconds) == hour.offsetSeconds
            {
                return hour
            }
            hour = zone.localHour(at: seconds)
            return hour
        }
    }

    /// What the words of a campaign come to on one node.
    private struct Place {
        let zone: Int
        let placement: UInt32
        let route: UInt32
    }

    /// What a target comes to.
    private struct Aim {
        let link: UInt32
        let host: UInt32
        let sample: UInt32
    }

    /// What the evidence comes to.
    private struct Agent {
        let engagementClass: EngagementClass
        let rule: UInt16
        let client: UInt32
        let device: UInt32
        /// Tells the user agent from others.
        let hash: UInt64
    }

    /// - Parameter countries: asked by the cut address; nil where nobody can be asked.
    init(rules: RuleSet, sections: SectionDirectory, countries: (any CountryLookup)?) {
        classifier = Classifier(rules: rules)
        self.sections = sections
        self.countries = CountryMemo(countries)
    }

    /// Forgets the numbers of a vocabulary that is made anew.
    mutating func forgetWords() {
        zones.removeLast(zones.count - 1)
        zonePlaces.removeAll()
        places.removeAll()
        aims.removeAll()
        agents.removeAll()
        countries.forgetWords()
    }

    /// Folds one event.
    ///
    /// - Parameters:
    ///   - node: the node that recorded it.
    ///   - buffer: room for `LinkKey.bytesMax` bytes, used again.
    mutating func fold(
        _ event: borrowing EventView, in payload: Span<UInt8>, node: UInt64, vocabulary: inout FigureVocabulary,
        buffer: inout ByteBuffer
    ) -> FoldedEvent {
        let stretches = event.stretches
        let place = place(of: event, stretches, in: payload, node: node, vocabulary: &vocabulary)
        let aim = aim(of: event, stretches, in: payload, vocabulary: &vocabulary, buffer: &buffer)
        let agent = agent(of: event, stretches, in: payload, vocabulary: &vocabulary)
        let hour = zones[place.zone].hour(at: Int64(event.timeNanoseconds / 1_000_000_000))
        let traits = vocabulary.intern(
            FigureVocabulary.Traits(
                client: agent.client, device: agent.device,
                country: country(of: event, stretches, in: payload, vocabulary: &vocabulary), host: aim.host,
                repairs: event.repairs))
        let subject = event.subject
        let keptClass = event.keptClass
        let isLate = event.flags.contains(.late)
        let isForgotten = event.flags.contains(.forgotten)
        return FoldedEvent(
            timeNanoseconds: event.timeNanoseconds, orderTimeNanoseconds: event.orderTimeNanoseconds,
            digest: keptClass == nil
                ? Self.digest(of: payload, subject) : Self.digest(of: event.withoutKeptVerdict(payload).span, subject),
            person: subject?.hash64 ?? 0, personRest: subject?.pseudonym.littleEndianWords.1 ?? 0,
            address: Self.address(of: event), agent: agent.hash,
            hourStartSeconds: hour.startSeconds, offsetSeconds: hour.offsetSeconds,
            dayNumber: Int32(truncatingIfNeeded: hour.dayNumber), placement: place.placement, route: place.route,
            traits: traits, link: aim.link, sample: aim.sample, rule: agent.rule, kind: event.kind,
            engagementClass: keptClass ?? agent.engagementClass, outcome: event.outcome, hasPerson: subject != nil,
            standsAlone: isLate || stretches.evidenceBits == nil, keptClass: keptClass,
            countsInCrowd: !isLate && (stretches.evidenceBits != nil || isForgotten))
    }

    // MARK: The campaign's words

    @inline(__always)
    private mutating func place(
        of event: borrowing EventView, _ stretches: borrowing EventStretches, in payload: Span<UInt8>, node: UInt64,
        vocabulary: inout FigureVocabulary
    ) -> Place {
        // The visit's id, which differs from event to event and is not counted by, stands between the two.
        let first = payload.extracting(stretches.campaign.offsets)
        let second = payload.extracting(stretches.variation.offsets)
        if let known = places.value(of: first, second, extra: node) { return known }
        let made = makePlace(event, in: payload, node: node, vocabulary: &vocabulary)
        places.remember(made, of: first, second, extra: node)
        return made
    }

    private mutating func makePlace(
        _ event: borrowing EventView, in payload: Span<UInt8>, node: UInt64, vocabulary: inout FigureVocabulary
    ) -> Place {
        // Sections that are not configured are `(unknown)`, in UTC.
        let zone = zonePlace(word(.sec, event, payload, &vocabulary), vocabulary)
        let placement = vocabulary.intern(
            FigureVocabulary.Placement(
                node: node, section: zones[zone].term, experience: word(.expId, event, payload, &vocabulary),
                version: word(.expVer, event, payload, &vocabulary),
                variation: word(.va, event, payload, &vocabulary)))
        let route = vocabulary.intern(
            FigureVocabulary.Route(
                mech: word(.mech, event, payload, &vocabulary), smech: word(.smech, event, payload, &vocabulary)))
        return Place(zone: zone, placement: placement, route: route)
    }

    private mutating func zonePlace(_ named: UInt32, _ vocabulary: FigureVocabulary) -> Int {
        if let known = zonePlaces[named] { return known }
        let id = String(decoding: vocabulary.terms.bytes(named), as: UTF8.self)
        // Unknown ids are not remembered one by one: anyone can invent them.
        guard let facts = sections.sections[id] else { return 0 }
        zones.append(SectionZone(term: named, zone: facts.zone))
        zonePlaces[named] = zones.count - 1
        return zones.count - 1
    }

    private func word(
        _ field: EventField, _ event: borrowing EventView, _ payload: Span<UInt8>,
        _ vocabulary: inout FigureVocabulary
    ) -> UInt32 {
        guard let range = event.range(of: field), !range.isEmpty else { return TermTable.empty }
        return vocabulary.terms.intern(repairing: payload.extracting(range.offsets))
    }

    // MARK: The target

    @inline(__always)
    private mutating func aim(
        of event: borrowing EventView, _ stretches: borrowing EventStretches, in payload: Span<UInt8>,
        vocabulary: inout FigureVocabulary,
        buffer: inout ByteBuffer
    ) -> Aim {
        let bytes = payload.extracting(stretches.target.offsets)
        if bytes.isEmpty { return Aim(link: TermTable.none, host: TermTable.none, sample: TermTable.none) }
        let kind = UInt64(event.kind.rawValue)
        if let known = aims.value(of: bytes, Span(), extra: kind) { return known }
        let (host, sample) = target(of: event, in: payload, vocabulary: &vocabulary)
        let made = Aim(
            link: link(of: event, in: payload, vocabulary: &vocabulary, buffer: &buffer), host: host, sample: sample)
        aims.remember(made, of: bytes, Span(), extra: kind)
        return made
    }

    private func link(
        of event: borrowing EventView, in payload: Span<UInt8>, vocabulary: inout FigureVocabulary,
        buffer: inout ByteBuffer
    ) -> UInt32 {
        guard event.kind == .click else { return TermTable.none }
        buffer.removeAll()
        guard LinkKey.append(event, in: payload, to: &buffer) else { return TermTable.none }
        return buffer.withSpan { vocabulary.terms.intern(repairing: $0) }
    }

    /// The host that a click asked for, and its stored target as a sample.
    private func target(
        of event: borrowing EventView, in payload: Span<UInt8>, vocabulary: inout FigureVocabulary
    ) -> (host: UInt32, sample: UInt32) {
        guard let range = event.range(of: .target) else { return (TermTable.none, TermTable.none) }
        let target = payload.extracting(range.offsets)
        guard let host = StoredTarget.hostOffsets(of: target) else { return (TermTable.none, TermTable.none) }
        return (
            vocabulary.terms.intern(repairing: target.extracting(host)), vocabulary.terms.intern(repairing: target)
        )
    }

    // MARK: The evidence

    @inline(__always)
    private mutating func agent(
        of event: borrowing EventView, _ stretches: borrowing EventStretches, in payload: Span<UInt8>,
        vocabulary: inout FigureVocabulary
    ) -> Agent {
        guard var bits = stretches.evidenceBits else {
            return makeAgent(event, in: payload, vocabulary: &vocabulary)
        }
        // The network is found by the address, which is another one in most events.
        bits |= UInt64(classifier.rules.network(of: event, in: payload)) << 40
        let bytes = payload.extracting(stretches.evidence.offsets)
        if let known = agents.value(of: bytes, Span(), extra: bits) { return known }
        let made = makeAgent(event, in: payload, vocabulary: &vocabulary)
        agents.remember(made, of: bytes, Span(), extra: bits)
        return made
    }

    private func makeAgent(
        _ event: borrowing EventView, in payload: Span<UInt8>, vocabulary: inout FigureVocabulary
    ) -> Agent {
        let judgement =
            event.keptClass == nil
            ? classifier.judge(event, in: payload) : classifier.judgeEvidence(of: event, in: payload)
        let agent = payload.extracting((event.range(of: .userAgent) ?? .empty).offsets)
        return Agent(
            engagementClass: judgement.engagementClass, rule: judgement.ruleNumber,
            client: vocabulary.terms.intern(classifier.client(of: judgement)),
            device: vocabulary.terms.intern(classifier.device(of: judgement)),
            hash: Self.agentKey.hash64(agent))
    }

    private static let agentKey = SipHash24(key: SipHashKey(bytes: .zero))

    /// Tells the whole address from others by its hash of the day, or what is kept of it; 0 where nothing is.
    @inline(__always)
    private static func address(of event: borrowing EventView) -> UInt64 {
        if let hash = event.addressHash { return max(1, FoldedHash.mix(1, hash.value, UInt64(hash.keyDay))) }
        guard let cut = event.address else { return 0 }
        return max(1, FoldedHash.mix(2, cut.words.0, cut.words.1))
    }

    /// The frozen country, or the one of the cut address.
    @inline(__always)
    private mutating func country(
        of event: borrowing EventView, _ stretches: borrowing EventStretches, in payload: Span<UInt8>,
        vocabulary: inout FigureVocabulary
    ) -> UInt32 {
        if stretches.hasFrozenFields, let range = event.range(of: .frozenCountry), !range.isEmpty {
            return vocabulary.terms.intern(repairing: payload.extracting(range.offsets))
        }
        return countries.word(of: event.address, &vocabulary.terms)
    }

    /// A number that the payload alone decides: it orders events of one order time.
    @inline(__always)
    private static func digest(of payload: Span<UInt8>, _ subject: EventSubject?) -> UInt64 {
        UInt64(CRC32C.checksum(payload)) << 32 ^ (subject?.hash64 ?? UInt64(payload.count))
    }
}
