package import Bytes
import Engagement
package import Settings

/// Which events somebody asks for.
package struct EventSelection: Sendable {
    private let sinceNanoseconds: UInt64
    private let untilNanoseconds: UInt64
    private let section: [UInt8]?
    /// The person, in each section that is meant and where it can be one; nil for everybody.
    package private(set) var people: [EventPerson]?

    /// - Parameters:
    ///   - since: the first time that is meant; nil for the beginning.
    ///   - until: the first time that is no longer meant; nil for the end.
    ///   - section: the section; nil for all.
    ///   - identifier: the person, as links carry it; nil for everybody. Needs the keys.
    package init(
        _ configuration: Configuration, since: UInt64?, until: UInt64?, section: String?, identifier: String?
    ) throws(EdgeError) {
        sinceNanoseconds = since ?? 0
        untilNanoseconds = until ?? .max
        self.section = section.map { Array($0.utf8) }
        people = try identifier.map { text throws(EdgeError) in
            var people: [EventPerson] = []
            for id in section.map({ [$0] }) ?? configuration.sections.map(\.id) {
                guard let person = try EventPerson(configuration, section: id, identifier: text) else { continue }
                people.append(person)
            }
            return people
        }
    }

    /// True when the event is meant.
    package func contains(_ item: EventStream.Item) -> Bool {
        guard contains(item.view.timeNanoseconds) else { return false }
        if let section {
            guard let range = item.view.range(of: .sec), Array(item.payload[range.offsets]) == section else {
                return false
            }
        }
        return people?.contains { $0.isIn(item.view, item.payload.span) } ?? true
    }

    /// Takes events for the people's that carry the same pseudonym as one with a raw identifier of theirs does: their
    /// event key may not be there any more. Reads the journal, and does nothing where all keys are there.
    package mutating func addPseudonyms(from folder: DataFolder) throws(EdgeError) {
        guard var people, people.contains(where: { $0.noteOnMissingKeys != nil }) else { return }
        let stream = EventStream(folder) { _ in }
        try stream.lookForShards()
        while let item = try stream.next() {
            guard let subject = item.view.subject else { continue }
            for place in people.indices where people[place].isIn(item.view, item.payload.span) {
                _ = people[place].add([subject])
            }
        }
        self.people = people
    }

    /// True for a day that is meant, or a part of it, in any time zone.
    package func touches(_ day: CivilDate) -> Bool {
        let (second, hour): (UInt64, Int) = (1_000_000_000, 3_600)
        let start = day.dayNumber * 24 * hour
        // A day begins 14 hours earlier in the far east than at Greenwich, and ends 12 hours later in the far west.
        return start + 36 * hour > Int(sinceNanoseconds / second) && start - 14 * hour < Int(untilNanoseconds / second)
    }

    /// True for a time that is meant, nanoseconds since 1970.
    package func contains(_ nanoseconds: UInt64) -> Bool {
        nanoseconds >= sinceNanoseconds && nanoseconds < untilNanoseconds
    }
}
