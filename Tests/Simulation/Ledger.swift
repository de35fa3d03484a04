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

    /// One record: an event, or a gap.
    struct Entry {
        let shard: ShardIdentity
        let sequence: UInt64
        /// Of an event; the times in a gap's are its writer's affair.
        var payload: [UInt8]
        /// What the event is; nil for a gap.
        var fact: EventFact?
        /// What else its record may say: what it said before its person was forgotten, and what is left of it then.
        var others: [[UInt8]] = []
        /// The person that it was sent of.
        let person: UInt64?
        /// Events that a gap says were lost.
        var lost: UInt64 = 0
        var fate = Fate.waiting
        /// It stands in closed figures of the store, or in its count of what was lost, and stays there whatever happens
        /// to its record.
        var isCounted = false
        /// It stands in sealed figures.
        var isSealed = false
        /// Retention has deleted its record, or is about to.
        var isExpired = false

        init(
            shard: ShardIdentity, sequence: UInt64, payload: [UInt8], fact: EventFact?, lost: UInt64 = 0,
            fate: Fate = .waiting
        ) {
            self.shard = shard
            self.sequence = sequence
            self.payload = payload
            self.fact = fact
            self.lost = lost
            self.fate = fate
            person = fact?.person
        }

        var identity: RecordIdentity { RecordIdentity(shard: shard, sequence: sequence) }
        var isEvent: Bool { fact != nil }
        /// Bytes that the record takes in a segment.
        var byteCount: UInt64 { UInt64(RecordHeader.byteCount + (isEvent ? payload.count : Gap.byteCount)) }

        /// The record is whole, or was when it expired.
        var isWhole: Bool { fate == .written || fate == .durable }
        /// The record can be read from the journal.
        var isReadable: Bool { isWhole && !isExpired }

        /// Notes what its record says.
        mutating func note(_ found: [UInt8]) {
            guard found != payload, let place = others.firstIndex(of: found) else { return }
            others[place] = payload
            payload = found
        }

        /// Notes what its record says from now on, or may say.
        mutating func becomes(_ next: [UInt8], isCertain: Bool) {
            if next != payload, !others.contains(next) { others.append(next) }
            if isCertain { note(next) }
        }

        /// True for the payload of a record that says what this one was to say.
        func agrees(with found: [UInt8]) -> Bool {
            isEvent
                ? found == payload || others.contains(found)
                : Gap(payload: found.span, version: Gap.version)?.lostEvents == lost
        }
    }

    private(set) var entries: [Entry] = []
    private var places: [RecordIdentity: Int] = [:]
    /// The sequence behind the last record of each shard.
    private(set) var ends: [ShardIdentity: UInt64] = [:]
    /// Events of each shard that found no room, and that no gap tells of yet.
    private var unwrittenLosses: [ShardIdentity: UInt64] = [:]

    mutating func add(_ entry: Entry) {
        places[entry.identity] = entries.count
        entries.append(entry)
        ends[entry.shard] = entry.sequence + 1
    }

    /// Notes an event that found no room.
    mutating func addLoss(_ shard: ShardIdentity) {
        unwrittenLosses[shard, default: 0] += 1
    }

    /// Notes the gap that a writer puts behind its batch when it has lost events. It gives no sequence back: that the
    /// next one is taken, or that it has no loss to tell of any more, shows it.
    mutating func addGap(_ shard: ShardIdentity) {
        guard let lost = unwrittenLosses.removeValue(forKey: shard) else { return }
        add(Entry(shard: shard, sequence: ends[shard] ?? 0, payload: [], fact: nil, lost: lost))
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
