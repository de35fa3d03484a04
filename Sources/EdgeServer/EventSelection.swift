import Bytes
import Engagement
package import Settings

/// Which events somebody asks for.
package struct EventSelection: Sendable {
    private let sinceNanoseconds: UInt64
    private let untilNanoseconds: UInt64
    private let section: [UInt8]?
    private let subjects: Set<EventSubject>?

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
        subjects = try identifier.map { text throws(EdgeError) in
            try Self.subjects(of: text, configuration, section: section)
        }
    }

    /// True when the event is meant.
    package func contains(_ item: EventStream.Item) -> Bool {
        guard item.view.timeNanoseconds >= sinceNanoseconds, item.view.timeNanoseconds < untilNanoseconds else {
            return false
        }
        if let section {
            guard let range = item.view.range(of: .sec), Array(item.payload[range.offsets]) == section else {
                return false
            }
        }
        guard let subjects else { return true }
        return item.view.subject.map { subjects.contains($0) } ?? false
    }

    /// Every pseudonym that the person has: in each section that is meant, under each event key that still exists.
    private static func subjects(
        of identifier: String, _ configuration: Configuration, section: String?
    ) throws(EdgeError) -> Set<EventSubject> {
        let keys = try KeyFolder.read(configuration.keyFolder)
        let bytes = Array(identifier.utf8)
        var buffer = ByteBuffer(capacity: Identifier.bytesMax(normalising: bytes.count))
        var subjects: Set<EventSubject> = []
        let ids = section.map { [$0] } ?? configuration.sections.map(\.id)
        for id in ids {
            buffer.removeAll()
            let type = configuration.section(id)?.identifier.engagementType ?? .email
            guard let range = Identifier.normalise(bytes.span, as: type, into: &buffer) else { continue }
            let key = keys.personKey(section: id)
            let person = buffer.withSpan(of: range) { key.person(of: $0) }
            for eventKey in keys.eventKeys { subjects.insert(eventKey.subject(of: person)) }
        }
        return subjects
    }
}
