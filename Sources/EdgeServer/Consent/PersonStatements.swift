package import Bytes
package import Engagement
package import Engagement
import Journal
package import Settings

/// What a journal holds of one person's consent: for whoever asks what is known of them.
package struct PersonStatements {
    /// One word of the person, or what a list says of them.
    package struct Statement: Equatable, Sendable {
        /// The record: `node/epoch/admin/sequence`; of a list the one that put it into force.
        package var id: String
        /// From when on it holds, nanoseconds since 1970.
        package var effectiveNanoseconds: UInt64
        /// When it was recorded.
        package var recordedNanoseconds: UInt64
        /// The section.
        package var section: String
        /// What it says.
        package var status: ConsentStatus
        /// By which way it came.
        package var source: ConsentRecord.Source
    }

    /// The statements, in the journal's order.
    package private(set) var statements: [Statement] = []

    /// Reads every `admin` shard, and the lists in force.
    ///
    /// - Parameter onTrouble: told of what can't be read, a line each.
    package init(
        of people: [EventPerson], _ configuration: Configuration, onTrouble: (String) -> Void
    ) throws(EdgeError) {
        let folder = DataFolder(path: configuration.data)
        let wanted = Dictionary(people.map { ($0.section, $0) }, uniquingKeysWith: { first, _ in first })
        var lists: [String: (list: ConsentHistory.List, id: String)] = [:]
        try AdminRecords.forEach(in: folder, onTrouble: onTrouble) {
            record, payload, identity throws(EngagementError) in
            guard record.kind == .consent else { return }
            let change = try ConsentRecord(payload, version: record.version)
            guard let person = wanted[change.section] else { return }
            switch change.change {
            case .person(let named, let status):
                guard named == person.person else { return }
                statements.append(
                    Statement(
                        id: "\(identity)", effectiveNanoseconds: change.effectiveNanoseconds,
                        recordedNanoseconds: change.recordedNanoseconds, section: change.section, status: status,
                        source: change.source))
            case .list(let digest, let count):
                let list = ConsentHistory.List(
                    digest: digest, people: count, effectiveNanoseconds: change.effectiveNanoseconds,
                    recordedNanoseconds: change.recordedNanoseconds)
                if lists[change.section].map({ list.isLater(than: $0.list) }) ?? true {
                    lists[change.section] = (list, "\(identity)")
                }
            }
        }
        for (section, found) in lists.sorted(by: { $0.key < $1.key }) {
            guard let person = wanted[section] else { continue }
            do throws(EdgeError) {
                let table = try ConsentListFile(folder: folder.consent).table(
                    found.list.digest, keyMark: person.keyMark, further: 0)
                guard let status = table.status(of: ConsentKey(person.person)) else { continue }
                statements.append(
                    Statement(
                        id: found.id, effectiveNanoseconds: found.list.effectiveNanoseconds,
                        recordedNanoseconds: found.list.recordedNanoseconds, section: section, status: status,
                        source: .list))
            } catch {
                onTrouble("\(error)")
            }
        }
    }
}

extension ConsentRecord.Source {
    /// The word for the way, in events and in metrics.
    var word: String {
        switch self {
        case .event: "api"
        case .command: "command"
        case .list: "list"
        case .unsubscribeLink: "unsubscribe-link"
        case .forgotten: "forgetting"
        }
    }
}

extension PersonStatements.Statement {
    /// Writes it as a JSON object: the keys that events have too come first.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (key, value) in [
            ("time", RFC3339.string(effectiveNanoseconds)), ("id", id), ("kind", "consent"), ("sec", section),
            ("status", status == .optedIn ? "opt-in" : "opt-out"), ("source", source.word),
            ("recorded", RFC3339.string(recordedNanoseconds)),
        ] {
            writer.key(key)
            writer.string(value)
        }
        writer.endObject()
    }
}
