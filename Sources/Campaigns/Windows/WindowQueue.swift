import Engagement

/// Judges a stream of events by what comes before and behind each, and hands them out in the order in which they came.
///
/// Events come in the order of their order times, of all nodes together, as `EdgeServer.EventStream` has them. Nothing
/// is handed out before its window is closed, unless the stream is at its end. Memory holds the events of two windows.
struct WindowQueue<Element> {
    /// An event that is judged.
    struct Judged {
        let element: Element
        /// The event, its class as the timing rules leave it.
        let event: FoldedEvent
        /// The timing rule that decided, by its place among the rules; nil where the event alone did.
        let timingRule: Int?
    }

    private var waiting: [(element: Element, event: FoldedEvent, node: UInt64)] = []
    private var contexts: [UInt64: [FoldedEvent]] = [:]
    private var windows: NodeWindows
    private var lastOrderTime: UInt64 = 0
    /// How many of the events that were handed out were judged alone because their second is crowded.
    private(set) var crowdedEvents: UInt64 = 0
    /// How many events waited when windows were looked at last.
    private var looked = 0
    /// How many verdicts of events were sought so far: one and a half for each event, or two, when it goes well.
    private(set) var judgings = 0

    /// Waits for nothing where the rules have no windows.
    init(rules: RuleSet, limits: FigureLimits = FigureLimits()) {
        windows = NodeWindows(rules: rules, limits: limits, nowNanoseconds: { 0 })
    }

    /// Adds what an `admin` shard says was sent; before the events that it may matter to.
    mutating func add(_ record: SendsRecord) {
        windows.add(record)
    }

    /// Puts an event behind the others.
    ///
    /// - Returns: true when it is time to take what is judged: often enough for memory, seldom enough for speed.
    mutating func append(_ element: Element, _ event: FoldedEvent, of node: UInt64) -> Bool {
        waiting.append((element, event, node))
        lastOrderTime = max(lastOrderTime, event.orderTimeNanoseconds)
        guard windows.windowNanoseconds > 0 else { return true }
        let span = lastOrderTime - min(lastOrderTime, waiting[0].event.orderTimeNanoseconds)
        return span > 2 * windows.windowNanoseconds && waiting.count >= 2 * looked
    }

    /// Takes what is judged out of the queue.
    ///
    /// - Parameter isAtEnd: nothing more comes for now: everything is handed out, as it stands.
    mutating func take(
        isAtEnd: Bool, _ vocabulary: inout FigureVocabulary, _ body: (Judged) -> Void
    ) {
        guard windows.windowNanoseconds > 0 else {
            for item in waiting { body(Judged(element: item.element, event: item.event, timingRule: nil)) }
            return waiting.removeAll(keepingCapacity: true)
        }
        var limits: [UInt64: UInt64] = [:]
        var verdicts: [UInt64: ArraySlice<UInt16>] = [:]
        for node in Set(waiting.map(\.node)) {
            let own = waiting.filter { $0.node == node }.map(\.event)
            let context = contexts[node] ?? []
            limits[node] = windows.limit(
                of: node, [context[...], own[...]], lastOrderTime: lastOrderTime, promise: lastOrderTime, isLive: true,
                watermark: 0)
            judgings += own.count
            verdicts[node] = windows.verdicts(on: [own[...]], besides: [context[...]], of: node, &vocabulary)[...]
        }
        var taken = 0
        for item in waiting {
            guard isAtEnd || item.event.orderTimeNanoseconds < limits[item.node] ?? 0 else { break }
            let verdict = verdicts[item.node]?.removeFirst() ?? WindowJudge.undecided
            var event = item.event
            event.engagementClass = windows.engagementClass(of: event, verdict)
            crowdedEvents += windows.crowdedCount(in: CollectionOfOne(event), of: item.node)
            contexts[item.node, default: []].append(item.event)
            taken += 1
            body(
                Judged(
                    element: item.element, event: event,
                    timingRule: verdict == WindowJudge.undecided || event.keptClass != nil ? nil : Int(verdict)))
        }
        waiting.removeFirst(taken)
        looked = waiting.count
        for node in contexts.keys {
            let start = windows.contextStart(of: node)
            contexts[node]?.removeAll {
                $0.orderTimeNanoseconds < start || !windows.isEvidence($0, of: node)
            }
        }
    }

    /// Gives all events the numbers of another vocabulary.
    mutating func translate(from old: FigureVocabulary, to new: inout FigureVocabulary) {
        for index in waiting.indices { waiting[index].event = waiting[index].event.translated(from: old, to: &new) }
        for (node, events) in contexts { contexts[node] = events.map { $0.translated(from: old, to: &new) } }
    }
}
