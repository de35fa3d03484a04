import LinuxSystem

/// The embedded campaign store: one SQLite file, one writer.
///
/// Figures are kept as rollups by hour, as facets by day, and as sets of people by day, each in a table of closed
/// figures and a twin of open windows that every commit replaces whole. A commit is one transaction with the
/// checkpoints of the records it counts. One connection writes, the aggregator's; readers open the file on their own,
/// for as long as one answer takes, and see one state of it.
///
/// What is not promised: that a commit survives a power cut. It is taken back whole, and counted again from the
/// journal.
package final class SQLiteCampaignStore: CampaignStore {
    let database: SQLiteDatabase
    var numbering: SQLiteNumbering
    var people: SQLitePeople

    /// Opens the store for writing, making it where there is none.
    ///
    /// - Throws: `StoreError.newerFormat` for a file of a newer program, `.failed` when SQLite refuses the file.
    package convenience init(writing file: String) throws(StoreError) {
        let database = try SQLiteDatabase(file: file, access: .readWrite)
        try SQLiteSchema.prepareWriter(database)
        self.init(database)
    }

    /// Opens the store for reading, beside its writer or without one, as a user who may only read the folder too.
    ///
    /// Where the log files are gone or can't be made there is no writer: then nothing but the file itself is read.
    ///
    /// - Parameter file: the store, or a symbolic link to it.
    /// - Throws: `StoreError.missing` when there is none, `.unreadable` when this user may not read it.
    package convenience init(reading file: String) throws(StoreError) {
        do throws(SystemError) {
            try Files.requireReadable(file)
        } catch {
            throw error.isNotFound ? .missing(file: file) : .unreadable(file: file, error)
        }
        do throws(StoreError) {
            self.init(try Self.reader(file, .readOnly))
        } catch {
            guard case .failed = error, !Self.hasLog(file) else { throw error }
            self.init(try Self.reader(file, .immutable))
        }
    }

    private init(_ database: SQLiteDatabase) {
        self.database = database
        numbering = SQLiteNumbering(database: database)
        people = SQLitePeople(database: database)
    }

    private static func reader(_ file: String, _ access: SQLiteDatabase.Access) throws(StoreError) -> SQLiteDatabase {
        let database = try SQLiteDatabase(file: file, access: access, busyMilliseconds: 2_000)
        try SQLiteSchema.prepareReader(database)
        return database
    }

    /// True when the log stands beside the file itself, which a link may point at.
    private static func hasLog(_ file: String) -> Bool {
        var real = file
        do throws(SystemError) {
            let target = try Files.targetOfLink(file)
            real = target.hasPrefix("/") ? target : Files.parent(of: file) + "/" + target
        } catch {
            // The file is no link.
        }
        return Files.exists(real + "-wal") && Files.exists(real + "-shm")
    }

    /// Bytes of memory that the numbers of people take.
    package var peopleMemoryBytes: Int { people.memoryBytes }

    package func checkpoints() throws(StoreError) -> [ShardCheckpoint] {
        try SQLiteCheckpoints.read(database)
    }

    package func watermarks() throws(StoreError) -> [UInt64: UInt64] {
        try SQLiteCheckpoints.watermarks(database)
    }

    package func basis() throws(StoreError) -> String? {
        try SQLiteCheckpoints.basis(database)
    }

    package func commit(_ batch: FigureBatch) throws(StoreError) {
        numbering.prepare(for: batch.vocabulary)
        do throws(StoreError) {
            try database.writeTransaction(during: .commit) { () throws(StoreError) in try write(batch) }
            people.didCommit()
        } catch {
            numbering.forget()
            throw error
        }
    }

    package func answer(
        _ question: ReportQuestion, sections: SectionDirectory
    ) throws(ReportError) -> ReportAnswer {
        try SQLiteReport(database: database, question: question, sections: sections).answer()
    }
}
