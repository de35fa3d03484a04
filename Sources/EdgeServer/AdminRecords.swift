import Bytes
import Campaigns
import Engagement
import Journal

/// The facts of a journal's `admin` shards, in the order in which the store takes them: what was sent, the names that
/// were given, and changes of the event key.
struct AdminRecords {
    /// Numbers of messages sent.
    private(set) var sends: [SendsRecord] = []
    /// Names; of two for one thing the one that holds stands later.
    private(set) var names: [NameRecord] = []
    /// Changes of the event key, and the node whose key it is.
    private(set) var keyChanges: [(node: UInt64, record: KeyChangeRecord)] = []
    /// Records that are damaged or can't be decoded.
    private(set) var damagedRecords: UInt64 = 0
    private var named: [(identity: RecordIdentity, record: NameRecord)] = []

    /// Reads every `admin` shard to its end.
    ///
    /// - Parameter onTrouble: told of damage and of records that can't be decoded, a line each.
    init(_ folder: DataFolder, onTrouble: (String) -> Void) throws(EdgeError) {
        damagedRecords = try Self.forEach(in: folder, onTrouble: onTrouble) {
            record, payload, identity throws(EngagementError) in
            try take(record, payload, identity)
        }
        names = named.sorted { NameRecord.precedes($0, $1) }.map(\.record)
    }

    /// Hands over every record of every `admin` shard, each shard from its beginning to its end.
    ///
    /// - Parameters:
    ///   - onTrouble: told of damage and of records that `body` can't decode, a line each.
    ///   - body: takes a record, its payload and what tells it from all others.
    /// - Returns: how many records are damaged or can't be decoded.
    @discardableResult
    static func forEach(
        in folder: DataFolder, onTrouble: (String) -> Void,
        _ body: (RecordHeader, Span<UInt8>, RecordIdentity) throws(EngagementError) -> Void
    ) throws(EdgeError) -> UInt64 {
        var damaged: UInt64 = 0
        do throws(JournalError) {
            for shard in try JournalDirectory.scan(folder.journal) where shard.identity.isAdmin {
                damaged += try forEach(of: shard.identity, folder.journal, onTrouble, body)
            }
        } catch {
            throw EdgeError(error)
        }
        return damaged
    }

    private static func forEach(
        of shard: ShardIdentity, _ journalFolder: String, _ onTrouble: (String) -> Void,
        _ body: (RecordHeader, Span<UInt8>, RecordIdentity) throws(EngagementError) -> Void
    ) throws(JournalError) -> UInt64 {
        let reader = ShardReader(shard: shard, journalFolder: journalFolder)
        var damaged: UInt64 = 0
        while true {
            switch try reader.next() {
            case .end: return damaged
            case .damaged(let damage):
                damaged += damage.missingSequences
                onTrouble("\(damage)")
            case .record(let record):
                let identity = RecordIdentity(shard: shard, sequence: record.sequence)
                let payload = reader.withPayload { $0.toArray() }
                do throws(EngagementError) {
                    try body(record, payload.span, identity)
                } catch {
                    damaged += 1
                    onTrouble("\(identity): the record can't be decoded: \(error)")
                }
            }
        }
    }

    private mutating func take(
        _ record: RecordHeader, _ payload: Span<UInt8>, _ identity: RecordIdentity
    ) throws(EngagementError) {
        switch record.kind {
        case .sends: sends.append(try SendsRecord(payload, version: record.version))
        case .name: named.append((identity, try NameRecord(payload, version: record.version)))
        case .keyChange: keyChanges.append((identity.shard.node, try KeyChangeRecord(payload, version: record.version)))
        default: break
        }
    }
}
