import Bytes
import Engagement
import Journal

/// The changes of consent that a journal's `admin` shards have, by section: the list in force, and what people said.
struct ConsentHistory {
    /// A subscriber list that was put into force.
    struct List: Equatable {
        /// The file that holds it.
        var digest: Bytes16
        /// People in it.
        var people: UInt64
        /// The list's own time, nanoseconds since 1970.
        var effectiveNanoseconds: UInt64
        /// When it was put into force.
        var recordedNanoseconds: UInt64
    }

    /// What one person said.
    struct Statement: Equatable {
        var person: ConsentKey
        var status: ConsentStatus
        var effectiveNanoseconds: UInt64
    }

    /// What is known of one section.
    struct Section {
        /// The list in force: the latest by its own time, of two of one time the one recorded later, of two recorded
        /// at one time the one of the greater digest, so that every node has the same.
        fileprivate(set) var list: List?
        /// What people said, in the order of its time.
        fileprivate(set) var statements: [Statement] = []

        /// Has a later list hold.
        mutating func use(_ list: List) { self.list = list }

        /// What people said behind the list's time, in that order: it stands over the list.
        var standing: ArraySlice<Statement> {
            guard let list else { return statements[...] }
            return statements.drop { $0.effectiveNanoseconds <= list.effectiveNanoseconds }
        }
    }

    /// What is known, by the section's id.
    private(set) var sections: [String: Section] = [:]

    /// Reads every `admin` shard to its end.
    ///
    /// - Parameters:
    ///   - section: the only one to remember anything of; nil for all.
    ///   - onTrouble: told of damage and of records that can't be decoded, a line each.
    init(_ folder: DataFolder, only section: String? = nil, onTrouble: (String) -> Void) throws(EdgeError) {
        try AdminRecords.forEach(in: folder, onTrouble: onTrouble) { record, payload, _ throws(EngagementError) in
            guard record.kind == .consent else { return }
            let change = try ConsentRecord(payload, version: record.version)
            if section == nil || change.section == section { take(change) }
        }
        for id in sections.keys { sections[id]?.sort() }
    }

    /// What people said last, as a journal has it: read to its end, and only of those who are asked for.
    ///
    /// - Parameter onTrouble: told of damage and of records that can't be decoded, a line each.
    static func lastWords(
        of people: [String: Set<ConsentKey>], in folder: DataFolder, onTrouble: (String) -> Void
    ) throws(EdgeError) -> [String: [ConsentKey: Statement]] {
        var words: [String: [ConsentKey: Statement]] = [:]
        try AdminRecords.forEach(in: folder, onTrouble: onTrouble) { record, payload, _ throws(EngagementError) in
            guard record.kind == .consent else { return }
            let change = try ConsentRecord(payload, version: record.version)
            guard case .person(let person, let status) = change.change else { return }
            let key = ConsentKey(person)
            guard people[change.section]?.contains(key) ?? false else { return }
            // Of one time the one that stands later in the journal holds.
            guard change.effectiveNanoseconds >= words[change.section]?[key]?.effectiveNanoseconds ?? 0 else { return }
            words[change.section, default: [:]][key] = Statement(
                person: key, status: status, effectiveNanoseconds: change.effectiveNanoseconds)
        }
        return words
    }

    private mutating func take(_ record: ConsentRecord) {
        switch record.change {
        case .person(let person, let status):
            sections[record.section, default: Section()].statements.append(
                Statement(
                    person: ConsentKey(person), status: status, effectiveNanoseconds: record.effectiveNanoseconds))
        case .list(let digest, let people):
            let list = List(
                digest: digest, people: people, effectiveNanoseconds: record.effectiveNanoseconds,
                recordedNanoseconds: record.recordedNanoseconds)
            let before = sections[record.section]?.list
            if before.map({ list.isLater(than: $0) }) ?? true {
                sections[record.section, default: Section()].list = list
            }
        }
    }
}

extension ConsentHistory.Section {
    /// Brings what people said into the order of its time; of one time it stays in the journal's.
    fileprivate mutating func sort() {
        let places = statements.indices.sorted {
            (statements[$0].effectiveNanoseconds, $0) < (statements[$1].effectiveNanoseconds, $1)
        }
        statements = places.map { statements[$0] }
    }
}

extension ConsentHistory.List {
    /// True when this one holds of the two.
    func isLater(than other: Self) -> Bool {
        if effectiveNanoseconds != other.effectiveNanoseconds || recordedNanoseconds != other.recordedNanoseconds {
            return (effectiveNanoseconds, recordedNanoseconds)
                > (other.effectiveNanoseconds, other.recordedNanoseconds)
        }
        return digest.littleEndianWords > other.digest.littleEndianWords
    }
}
