import Bytes
package import Engagement

/// Says what stays true of events when somebody is forgotten: the verdicts on theirs, and those on events beside them
/// that would be others without them.
///
/// **Problem.** Timing rules look at neighbours. A forgotten event is no evidence any more, so that a rebuild could
/// judge other people's events otherwise than the figures were made.
///
/// **Shape.** All events of one node around the person's are judged twice by what the aggregator judges with: as they
/// are, and with the person's as they will be. A verdict depends on what is at most `RuleSet.windowNanoseconds` away,
/// so that events up to two windows around each of the person's, in whole seconds, say all. Crowded seconds are the
/// same in both, for what was forgotten counts there.
package struct ForgettingJudge: ~Copyable {
    private var folding: EventFolding
    private var windows: NodeWindows
    private var vocabulary = FigureVocabulary()
    private var linkBuffer = ByteBuffer(capacity: LinkKey.bytesMax)
    private let node: UInt64
    private let rules: RuleSet
    private var events: [FoldedEvent] = []
    /// The judgement on each by itself, and whether it is the person's.
    private var notes: [(judgement: Judgement, isForgotten: Bool)] = []

    /// How far around an event of the person others are needed, in nanoseconds.
    package static func reachNanoseconds(_ rules: RuleSet) -> UInt64 {
        2 * rules.windowNanoseconds + CrowdedSeconds.nanoseconds
    }

    /// How far around an event of the person others may be judged otherwise, in nanoseconds.
    package static func windowNanoseconds(_ rules: RuleSet) -> UInt64 { rules.windowNanoseconds }

    /// For events of one node.
    ///
    /// - Parameters:
    ///   - sends: what was sent, whichever node recorded it.
    ///   - countries: tells the country of a cut address; nil where nobody can be asked.
    package init(
        node: UInt64, rules: RuleSet, sections: SectionDirectory, sends: [SendsRecord],
        countries: (any CountryLookup)?, limits: FigureLimits = FigureLimits()
    ) {
        self.node = node
        self.rules = rules
        folding = EventFolding(rules: rules, sections: sections, countries: countries)
        windows = NodeWindows(rules: rules, limits: limits, nowNanoseconds: { 0 })
        for record in sends { windows.add(record) }
    }

    /// Adds an event of the node, in any order.
    package mutating func append(_ event: EventView, in payload: Span<UInt8>, isForgotten: Bool) {
        events.append(
            folding.fold(event, in: payload, node: node, vocabulary: &vocabulary, buffer: &linkBuffer))
        notes.append((folding.classifier.judge(event, in: payload), isForgotten))
    }

    /// Judges what was added.
    ///
    /// - Returns: for each event in the order of adding what is to be kept with it: the person's verdicts, and those of
    ///   others that would change; nil for everything else.
    package mutating func verdicts() -> [FrozenVerdict?] {
        windows.countCrowds(of: node, events)
        let now = windows.verdicts(on: [events[...]], besides: [], of: node, &vocabulary)
        let left = events.indices.map { index in
            var event = events[index]
            if notes[index].isForgotten { event.standsAlone = true }
            return event
        }
        let later = windows.verdicts(on: [left[...]], besides: [], of: node, &vocabulary)
        return events.indices.map { index in
            let isOther = now[index] != later[index] && events[index].keptClass == nil
            guard notes[index].isForgotten || isOther else { return nil }
            return verdict(on: index, now[index])
        }
    }

    private func verdict(on index: Int, _ timing: UInt16) -> FrozenVerdict {
        let alone = notes[index].judgement
        let isDecided = timing != WindowJudge.undecided && events[index].keptClass == nil
        let judgement = isDecided ? alone.decided(byTimingRule: Int(timing), of: rules) : alone
        let word = vocabulary.traits[events[index].traits].country
        let isKnown = word != TermTable.none && word != TermTable.unknown
        return FrozenVerdict(
            engagementClass: judgement.engagementClass, reason: folding.classifier.reason(of: judgement),
            rules: rules.version, client: folding.classifier.client(of: judgement),
            device: folding.classifier.device(of: judgement),
            country: isKnown ? String(decoding: vocabulary.terms.bytes(word), as: UTF8.self) : nil)
    }
}
