import Engagement

/// When one node's messages were sent, as far as timing rules ask: by the numbers of a vocabulary.
///
/// A send counts for a window that ends after it was recorded, so that it does not matter when the store learnt of it.
struct SendTimes {
    /// One send; what is nil was not told apart.
    private struct Send {
        let sentNanoseconds: UInt64
        let recordedNanoseconds: UInt64
        let links: UInt32?
        let version: UInt32?
        let variation: UInt32?

        func covers(_ place: FigureVocabulary.Placement) -> Bool {
            (version == nil || version == place.version) && (variation == nil || variation == place.variation)
        }
    }

    private struct Message: Hashable {
        let section: UInt32
        let experience: UInt32?
    }

    private var records: [SendsRecord] = []
    private var sends: [Message: [Send]] = [:]
    private var placements: [UInt32: FigureVocabulary.Placement] = [:]
    private var generation: UInt64?

    /// True when nothing was sent.
    var isEmpty: Bool { records.isEmpty }

    /// Adds a send.
    mutating func add(_ record: SendsRecord) {
        records.append(record)
        generation = nil
    }

    /// Makes it ready for events of a vocabulary, which learns the words of the sends.
    mutating func prepare(_ vocabulary: inout FigureVocabulary, for events: [Sighting]) {
        guard !isEmpty else { return }
        if generation != vocabulary.generation { number(&vocabulary) }
        for event in events where placements[event.placement] == nil {
            placements[event.placement] = vocabulary.placements[event.placement]
        }
    }

    private mutating func number(_ vocabulary: inout FigureVocabulary) {
        generation = vocabulary.generation
        sends.removeAll()
        placements.removeAll()
        for record in records {
            let words = [record.selection.sec, record.selection.expId, record.selection.expVer, record.selection.va]
                .map { text in text.map { vocabulary.terms.intern($0) } }
            let message = Message(section: words[0] ?? TermTable.empty, experience: words[1])
            sends[message, default: []].append(
                Send(
                    sentNanoseconds: record.sentNanoseconds, recordedNanoseconds: record.recordedNanoseconds,
                    links: record.linksInMessage, version: words[2], variation: words[3]))
        }
        for message in sends.keys { sends[message]?.sort { $0.sentNanoseconds < $1.sentNanoseconds } }
    }

    /// True when the event's message was sent at most so long before it.
    ///
    /// - Parameter window: a send counts that was recorded before this time after the event.
    func wasSent(_ event: Sighting, within nanoseconds: UInt64, knownIn window: UInt64) -> Bool {
        guard let place = placements[event.placement] else { return false }
        let time = event.orderTimeNanoseconds
        return messages(place).contains { message in
            guard let sends = sends[message] else { return false }
            var index = Self.end(of: sends, notAfter: time)
            while index > 0, time - sends[index - 1].sentNanoseconds <= nanoseconds {
                index -= 1
                if sends[index].recordedNanoseconds < time + window, sends[index].covers(place) { return true }
            }
            return false
        }
    }

    /// How many links the event's message has, as far as a send told it before the event; the largest of several.
    func links(in event: Sighting) -> UInt32? {
        guard !isEmpty, let place = placements[event.placement] else { return nil }
        var most: UInt32?
        for message in messages(place) {
            for send in sends[message] ?? [] where send.recordedNanoseconds <= event.orderTimeNanoseconds {
                guard let links = send.links, send.covers(place) else { continue }
                most = max(most ?? 0, links)
            }
        }
        return most
    }

    private func messages(_ place: FigureVocabulary.Placement) -> [Message] {
        [
            Message(section: place.section, experience: place.experience),
            Message(section: place.section, experience: nil),
        ]
    }

    /// How many of the sends, which are in order, were made at that time or before.
    private static func end(of sends: [Send], notAfter time: UInt64) -> Int {
        var (low, high) = (0, sends.count)
        while low < high {
            let middle = (low + high) / 2
            if sends[middle].sentNanoseconds <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
