import Bytes
import Engagement

/// A stream of events, folded and judged as the aggregator does it: what answers from the journal and `events` read.
///
/// Events come in the order of their order times, of all nodes together.
struct JudgedStream<Element>: ~Copyable {
    /// The words of the events that wait, and of those that were taken since it was renewed.
    private(set) var vocabulary = FigureVocabulary()
    private var folding: EventFolding
    private var queue: WindowQueue<Element>
    private var linkBuffer = ByteBuffer(capacity: LinkKey.bytesMax)
    private let limits: FigureLimits

    /// Begins with no event.
    init(rules: RuleSet, sections: SectionDirectory, countries: (any CountryLookup)?, limits: FigureLimits) {
        folding = EventFolding(rules: rules, sections: sections, countries: countries)
        queue = WindowQueue(rules: rules, limits: limits)
        self.limits = limits
    }

    /// What judges events alone.
    var classifier: Classifier { folding.classifier }

    /// How many of the events that were taken were judged alone because their second is crowded.
    var crowdedEvents: UInt64 { queue.crowdedEvents }

    /// How many verdicts of events were sought so far.
    var judgings: Int { queue.judgings }

    /// Adds what an `admin` shard says was sent; before the events that it may matter to.
    mutating func add(_ record: SendsRecord) {
        queue.add(record)
    }

    /// Folds the next event; `append` puts it behind the others.
    mutating func fold(_ event: EventView, in payload: Span<UInt8>, node: UInt64) -> FoldedEvent {
        folding.fold(event, in: payload, node: node, vocabulary: &vocabulary, buffer: &linkBuffer)
    }

    /// Puts a folded event behind the others.
    ///
    /// - Returns: true when it is time to take what is judged.
    mutating func append(_ element: Element, _ event: FoldedEvent, of node: UInt64) -> Bool {
        queue.append(element, event, of: node)
    }

    /// Takes the events that are judged, in the order in which they came.
    ///
    /// - Parameter isAtEnd: nothing more comes for now: all are handed out, judged by what there is.
    mutating func take(isAtEnd: Bool) -> [WindowQueue<Element>.Judged] {
        var taken: [WindowQueue<Element>.Judged] = []
        queue.take(isAtEnd: isAtEnd, &vocabulary) { taken.append($0) }
        return taken
    }

    /// Forgets words that no waiting event uses, when they take too much.
    ///
    /// - Returns: true when numbers have changed: those of events that were taken mean nothing any more.
    mutating func renewVocabularyIfLarge() -> Bool {
        guard vocabulary.memoryBytes > limits.vocabularyBytesMax else { return false }
        var renewed = FigureVocabulary(generation: vocabulary.generation + 1)
        queue.translate(from: vocabulary, to: &renewed)
        vocabulary = renewed
        folding.forgetWords()
        return true
    }
}
