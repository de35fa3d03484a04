import Bytes
package import Engagement

/// Judges events one by one as the aggregator does: alone, and by those beside them. It is what `events` prints by.
package final class EventJudge<Item> {
    /// What judges, and what has the words for its judgements.
    package var classifier: Classifier { stream.classifier }

    /// How many verdicts of events were sought so far.
    var judgings: Int { stream.judgings }

    private var stream: JudgedStream<Waiting>

    private struct Waiting {
        let item: Item
        let judgement: Judgement
        let country: String?
    }

    /// - Parameters:
    ///   - sends: what was sent, whichever node recorded it.
    ///   - countries: tells the country of a cut address; nil where nobody can be asked.
    package init(
        rules: RuleSet, sections: SectionDirectory, sends: [SendsRecord],
        countries: (any CountryLookup)? = nil, limits: FigureLimits = FigureLimits()
    ) {
        stream = JudgedStream(rules: rules, sections: sections, countries: countries, limits: limits)
        for send in sends { stream.add(send) }
    }

    /// Adds an event; events come in the order of their order times.
    ///
    /// - Returns: true when it is time to take those that are judged.
    package func append(_ item: Item, _ event: EventView, in payload: Span<UInt8>, node: UInt64) -> Bool {
        let folded = stream.fold(event, in: payload, node: node)
        let judgement = classifier.judge(event, in: payload)
        let word = stream.vocabulary.traits[folded.traits].country
        let country =
            word == TermTable.none ? nil : String(decoding: stream.vocabulary.terms.bytes(word), as: UTF8.self)
        return stream.append(Waiting(item: item, judgement: judgement, country: country), folded, of: node)
    }

    /// Takes the events that are judged, in the order in which they came.
    ///
    /// - Parameter isAtEnd: nothing more comes for now: all are handed out, judged by what there is.
    package func take(isAtEnd: Bool) -> [(item: Item, judgement: Judgement, country: String?)] {
        let taken = stream.take(isAtEnd: isAtEnd).map { judged in
            let alone = judged.element.judgement
            let judgement = judged.timingRule.map { alone.decided(byTimingRule: $0, of: classifier.rules) } ?? alone
            return (item: judged.element.item, judgement: judgement, country: judged.element.country)
        }
        // No number of a word is kept here.
        _ = stream.renewVocabularyIfLarge()
        return taken
    }
}
