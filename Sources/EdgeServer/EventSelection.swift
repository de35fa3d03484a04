import Bytes
import Engagement
package import Settings

/// Which events somebody asks for.
package struct EventSelection: Sendable {
    private let sinceNanoseconds: UInt64
    private let untilNanoseconds: UInt64
    private let section: [UInt8]?
    /// The person, in each section that is meant and where it can be one; nil for everybody.
    package let people: [EventPerson]?

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

    /// True for a time that is meant, nanoseconds since 1970.
    package func contains(_ nanoseconds: UInt64) -> Bool {
        nanoseconds >= sinceNanoseconds && nanoseconds < untilNanoseconds
    }
}
