import Engagement
import Journal

/// What was sent and what became of it: the model that the journal and the figures are held against.
struct Ledger {
    /// What is known of an event's record.
    enum Fate: Equatable {
        /// It waits in memory, or some of it may have landed: it may be in the journal or not.
        case waiting
        /// It is in the files: it survives the death of the process.
        case written
        /// It survives a power cut as well.
        case durable
        /// It is in the journal of another node, and not here: it may be imported.
        case elsewhere
        /// It is in no file: taken by a power cut, with the process, or by going back to an older copy.
        case gone
        /// Its record was damaged at rest.
        case damaged
    }

    /// One event.
    struct Entry {
        let shard: ShardIdentity
        let sequence: UInt64
        let payload: [UInt8]
        let fact: EventFact
        var fate = Fate.waiting
        /// It stands in closed figures of the store, and stays there whatever happens to its record.
        var isCounted = false
        /// It stands in sealed figures.
        var isSealed = false
        /// Retention has deleted its record, or is about to.
        var isExpired = false

        var identity: RecordIdentity { RecordIdentity(shard: shard, sequence: sequence) }

        /// The record is whole, or was when it expired.
        var isWhole: Bool { fate == .written || fate == .durable }
        /// The record can be read from the journal.
        var isReadable: Bool { isWhole && !isExpired }
    }

    private(set) var entries: [Entry] = []
    private var places: [RecordIdentity: Int] = [:]

    mutating func add(_ entry: Entry) {
        places[entry.identity] = entries.count
        entries.append(entry)
    }

    subscript(identity: RecordIdentity) -> Entry? { places[identity].map { entries[$0] } }

    mutating func update(_ identity: RecordIdentity, _ body: (inout Entry) -> Void) {
        if let place = places[identity] { body(&entries[place]) }
    }

    mutating func updateLast(_ body: (inout Entry) -> Void) {
        if !entries.isEmpty { body(&entries[entries.count - 1]) }
    }

    mutating func updateAll(where condition: (Entry) -> Bool = { _ in true }, _ body: (inout Entry) -> Void) {
        for place in entries.indices where condition(entries[place]) { body(&entries[place]) }
    }
}
