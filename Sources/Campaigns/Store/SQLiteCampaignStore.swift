import Engagement
import Journal

/// The embedded store: one SQLite file in WAL mode.
///
/// **Shape.** One connection writes, the aggregator's; it alone checkpoints the write-ahead log. Readers are short and
/// read-only, each answer in one transaction of its own. Figures, provisional figures, people, checkpoints and
/// watermarks change in one transaction.
///
/// **Durability.** `synchronous = NORMAL`: a commit survives the death of the process; a power cut may take the last
/// ones, as a whole and in order, so figures and checkpoints still belong together and the journal is read again from
/// there.
///
/// **People** are numbered by section (`PersonDictionary`) and kept as compressed sets by day and leaf (`PersonSet`):
/// exact up to collisions of the 64-bit keyed hash that stands for a person.
///
/// **Not promised.** A store that threw in a commit is of no more use: open it again.
package final class SQLiteCampaignStore: CampaignStore {
    let database: SQLiteDatabase
    var numbers: StoreNumbers
    var people: PeopleShelf

    /// Opens the store for writing, making it where there is none.
    ///
    /// - Throws: `StoreError.newerFormat` for a file of a newer program, `.failed` when SQLite refuses the file.
    package init(writing file: String) throws(StoreError) {
        database = try SQLiteDatabase(file: file, access: .readWrite)
        numbers = StoreNumbers(database)
        people = PeopleShelf(database)
        try database.execute(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 10000;"
                + " PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY", during: .open)
        database.keepLogFiles()
        let version = try self.version()
        if version == 0 {
            try database.writeTransaction(during: .migrate) { () throws(StoreError) in
                try database.execute(StoreSchema.statements, during: .migrate)
            }
        } else {
            try requireKnown(version)
        }
    }

    /// Opens the store for reading, beside its writer or without one.
    ///
    /// - Throws: `StoreError.missing` when there is none.
    package init(reading file: String) throws(StoreError) {
        do throws(StoreError) {
            database = try SQLiteDatabase(file: file, access: .readOnly)
        } catch {
            if case .failed(_, _, let code, _) = error, code & 0xFF == 14 { throw .missing(file: file) }
            throw error
        }
        numbers = StoreNumbers(database)
        people = PeopleShelf(database)
        let version = try self.version()
        if version == 0 { throw .missing(file: file) }
        try requireKnown(version)
    }

    private func version() throws(StoreError) -> Int64 {
        let select = try database.statement("PRAGMA user_version", during: .open)
        defer { select.reset() }
        return try select.step() ? select.integer(0) : 0
    }

    private func requireKnown(_ version: Int64) throws(StoreError) {
        guard version == StoreSchema.version else { throw .newerFormat(file: database.file, version: version) }
    }

    // MARK: Where it stands

    package func checkpoints() throws(StoreError) -> [ShardCheckpoint] {
        let select = try database.statement(
            "SELECT node, epoch, shard, next_sequence, segment_first, last_read_offset, counted, pending, damaged,"
                + " lost, expired FROM shard", during: .read)
        defer { select.reset() }
        var checkpoints: [ShardCheckpoint] = []
        while try select.step() {
            checkpoints.append(
                ShardCheckpoint(
                    shard: ShardIdentity(
                        node: select.unsigned(0), epoch: select.unsigned(1),
                        shard: UInt16(truncatingIfNeeded: select.integer(2))),
                    position: ShardPosition(
                        nextSequence: select.unsigned(3), segmentFirstSequence: select.unsigned(4),
                        lastReadOffset: select.unsigned(5)),
                    counted: select.unsigned(6), pending: select.unsigned(7), damaged: select.unsigned(8),
                    lost: select.unsigned(9), expired: select.unsigned(10)))
        }
        return checkpoints
    }

    package func watermarks() throws(StoreError) -> [UInt64: UInt64] {
        let select = try database.statement("SELECT node, nanoseconds FROM watermark", during: .read)
        defer { select.reset() }
        var watermarks: [UInt64: UInt64] = [:]
        while try select.step() { watermarks[select.unsigned(0)] = select.unsigned(1) }
        return watermarks
    }

    package func basis() throws(StoreError) -> String? {
        let select = try database.statement("SELECT value FROM meta WHERE name = 'basis'", during: .read)
        defer { select.reset() }
        return try select.step() ? select.text(0) : nil
    }

    /// Everything journaled before this is in the figures; 0 in a store that holds none.
    func asOfNanoseconds() throws(StoreError) -> UInt64 {
        let select = try database.statement("SELECT value FROM meta WHERE name = 'as_of'", during: .read)
        defer { select.reset() }
        return try select.step() ? select.unsigned(0) : 0
    }
}
