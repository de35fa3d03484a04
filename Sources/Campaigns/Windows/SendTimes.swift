import Engagement

/// When messages were sent first, and how many links they have, as far as timing rules ask: by the numbers
/// of a vocabulary.
///
/// **Problem.** Sends are never forgotten, a message may be sent in fifty thousand batches, and each flush asks about
/// every event of the open windows.
///
/// **Shape.** Of one selection only those sends are kept that changed what was known when they were recorded: an
/// earlier first send, or more links. So what is kept grows with the selections, not with the sends, and a question
/// looks at no more than eight selections.
///
/// **Guarantees.** A send counts for a window that ends after it was recorded, so that it does not matter in which
/// order or when the store learnt of it; to add a send again changes nothing.
struct SendTimes {
    /// What is known of a selection once a send was recorded.
    private struct Knowledge: Equatable {
        /// When the first message was sent.
        var firstNanoseconds: UInt64
        /// False where nobody gave that time: it is the time of recording.
        var isFirstTold: Bool
        /// Links in a message, the most of several; 0 where no send told it.
        var links: UInt32

        mutating func merge(_ other: Knowledge) {
            if other.firstNanoseconds < firstNanoseconds {
                (firstNanoseconds, isFirstTold) = (other.firstNanoseconds, other.isFirstTold)
            } else if other.firstNanoseconds == firstNanoseconds {
                isFirstTold = isFirstTold || other.isFirstTold
            }
            links = max(links, other.links)
        }
    }

    /// What one selection's sends come to, in the order of recording.
    private struct Steps {
        private(set) var steps: [(recordedNanoseconds: UInt64, known: Knowledge)] = []

        /// How many steps were recorded before a moment.
        private func count(before moment: UInt64) -> Int {
            var (low, high) = (0, steps.count)
            while low < high {
                let middle = (low + high) / 2
                if steps[middle].recordedNanoseconds < moment { low = middle + 1 } else { high = middle }
            }
            return low
        }

        func known(before moment: UInt64) -> Knowledge? {
            let count = count(before: moment)
            return count > 0 ? steps[count - 1].known : nil
        }

        mutating func add(_ new: Knowledge, recordedNanoseconds recorded: UInt64) {
            var place = count(before: recorded)
            var known = new
            if place > 0 {
                known = steps[place - 1].known
                known.merge(new)
                // What says nothing new now says nothing new later.
                if known == steps[place - 1].known { return }
            }
            let behind = steps[place...].map { step in
                var merged = step.known
                merged.merge(new)
                return (recordedNanoseconds: step.recordedNanoseconds, known: merged)
            }
            steps.removeSubrange(place...)
            if behind.first?.recordedNanoseconds != recorded { steps.append((recorded, known)) }
            for step in behind {
                place = steps.count
                if place == 0 || steps[place - 1].known != step.known { steps.append(step) }
            }
        }
    }

    /// A selection by the numbers of a vocabulary; what is nil was not told apart.
    private struct Key: Hashable {
        let section: UInt32
        let experience: UInt32?
        let version: UInt32?
        let variation: UInt32?
    }

    private var selections: [(selection: CampaignSelection, steps: Steps)] = []
    private var places: [CampaignSelection: Int] = [:]
    private var numbered: [Key: Int] = [:]
    /// How many of the selections have the numbers of the vocabulary of this generation.
    private var numberedCount = 0
    private var generation: UInt64?
    /// The selections that cover each placement that events have.
    private var covering: [UInt32: [Int]] = [:]

    /// True when nothing was sent.
    var isEmpty: Bool { selections.isEmpty }

    /// How many changes of what is known are kept.
    var stepCount: Int { selections.reduce(0) { $0 + $1.steps.steps.count } }

    /// Adds a send.
    mutating func add(_ record: SendsRecord) {
        let place = places[record.selection] ?? selections.count
        if place == selections.count {
            places[record.selection] = place
            selections.append((record.selection, Steps()))
        }
        selections[place].steps.add(
            Knowledge(
                firstNanoseconds: record.sentNanoseconds, isFirstTold: record.isTimeTold,
                links: record.linksInMessage ?? 0),
            recordedNanoseconds: record.recordedNanoseconds)
    }

    /// Makes it ready for events of a vocabulary, which learns the words of the sends.
    mutating func prepare(_ vocabulary: inout FigureVocabulary, for events: [Sighting]) {
        guard !isEmpty else { return }
        if generation != vocabulary.generation {
            generation = vocabulary.generation
            numberedCount = 0
            numbered.removeAll()
        }
        if numberedCount < selections.count { covering.removeAll() }
        for place in numberedCount..<selections.count {
            let selection = selections[place].selection
            let words = [selection.sec, selection.expId, selection.expVer, selection.va]
                .map { text in text.map { vocabulary.terms.intern($0) } }
            let key = Key(
                section: words[0] ?? TermTable.empty, experience: words[1], version: words[2], variation: words[3])
            numbered[key] = place
        }
        numberedCount = selections.count
        for event in events where covering[event.placement] == nil {
            covering[event.placement] = selections(covering: vocabulary.placements[event.placement])
        }
    }

    private func selections(covering placement: FigureVocabulary.Placement) -> [Int] {
        (0..<8).compactMap { parts in
            numbered[
                Key(
                    section: placement.section, experience: parts & 1 == 0 ? nil : placement.experience,
                    version: parts & 2 == 0 ? nil : placement.version,
                    variation: parts & 4 == 0 ? nil : placement.variation)]
        }
    }

    /// True when the event's message was sent for the first time at most so long before it, and somebody said when.
    ///
    /// A message that is sent again and again is on its way to somebody at any time: nothing of it is too soon.
    ///
    /// - Parameter window: a send counts that was recorded before this time after the event.
    func wasSent(_ event: Sighting, within nanoseconds: UInt64, knownIn window: UInt64) -> Bool {
        let time = event.orderTimeNanoseconds
        guard let known = known(of: event, before: time + window) else { return false }
        return known.isFirstTold && known.firstNanoseconds <= time && time - known.firstNanoseconds <= nanoseconds
    }

    /// How many links the event's message has, as far as a send told it before the event; the largest of several.
    func links(in event: Sighting) -> UInt32? {
        guard !isEmpty, let known = known(of: event, before: event.orderTimeNanoseconds + 1), known.links > 0 else {
            return nil
        }
        return known.links
    }

    /// What was known of the event's message before a moment.
    private func known(of event: Sighting, before moment: UInt64) -> Knowledge? {
        var all: Knowledge?
        for place in covering[event.placement] ?? [] {
            guard let known = selections[place].steps.known(before: moment) else { continue }
            if all == nil { all = known } else { all?.merge(known) }
        }
        return all
    }
}
