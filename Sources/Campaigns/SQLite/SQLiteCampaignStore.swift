package import Engagement
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
    /// The most rows of an answer.
    private var rowsMax = Int.max
    var numbering: SQLiteNumbering
    var people: SQLitePeople

    /// Opens the store for writing, making it where there is none.
    ///
    /// - Throws: `StoreError.newerFormat` for a file of a newer program, `.notAFile` and `.damaged` for what is no
    ///   store, `.failed` when SQLite refuses the file.
    package convenience init(writing file: String) throws(StoreError) {
        let isNew = try !StoreFile.isThere(file)
        let database = try SQLiteDatabase(file: file, access: .readWrite)
        try SQLiteSchema.prepareWriter(database, isNew: isNew)
        self.init(database)
    }

    /// Opens the store for reading, beside its writer or without one, as a user who may only read the folder too.
    ///
    /// Where the log files are gone or can't be made there is no writer: then nothing but the file itself is read,
    /// unless there is a log that holds something.
    ///
    /// - Parameter file: the store, or a symbolic link to it.
    /// - Throws: `StoreError.missing` when there is none, `.unreadable` when this user may not read it, `.notAFile` and
    ///   `.damaged` for what is no store.
    package convenience init(reading file: String) throws(StoreError) {
        guard try StoreFile.isThere(file) else { throw .missing(file: file) }
        do throws(SystemError) {
            try Files.requireReadable(file)
        } catch {
            throw error.isNotFound ? .missing(file: file) : .unreadable(file: file, error)
        }
        do throws(StoreError) {
            self.init(try Self.reader(file, .readOnly))
        } catch {
            guard case .failed = error, !Self.hasLog(file) else { throw error }
            guard !Self.holdsCommits(file) else { throw .unreadableLog(file: file) }
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
        let real = StoreFile.real(file)
        return Files.exists(real + "-wal") && Files.exists(real + "-shm")
    }

    /// True when the log holds commits that the file may not have yet.
    private static func holdsCommits(_ file: String) -> Bool {
        ((try? Files.status(StoreFile.real(file) + "-wal"))?.sizeBytes ?? 0) > 0
    }

    /// Changes whenever this store may have changed its files: what changes them while this stays is something else.
    package var writeCount: UInt64 { database.writeCount }

    /// Lets the log be as it is when the connection closes. Otherwise SQLite brings it into the file then, without a
    /// look at its checksums: of a log that something else has written to, that would damage the file too. Whoever
    /// opens the store next looks at them, and goes back to the last whole commit.
    package func leaveLog() {
        database.leaveLog()
    }

    /// Looks at all of the store: its structure (`PRAGMA quick_check`), and whether the figures add up to the events
    /// that its checkpoints say were counted. It reads every page once; what was written to a figure so that sums still
    /// hold stays unseen, as SQLite keeps no checksums of pages.
    ///
    /// - Returns: what is wrong, a line each, at most 100; empty when it is whole.
    package func problems() throws(StoreError) -> [String] {
        try database.readTransaction { () throws(StoreError) in
            var problems: [String] = []
            let check = try database.statement("PRAGMA quick_check(100)", during: .read)
            defer { check.reset() }
            while try check.step() { if check.text(0) != "ok" { problems.append(check.text(0)) } }
            // A structure that is damaged may not even be summed up.
            guard problems.isEmpty else { return problems }
            for (table, columns, name) in [
                ("rollup", "counted + expired", "counted"), ("rollup_open", "pending", "pending"),
            ] {
                let figures = try database.number("SELECT total(total) + total(refused) FROM \(table)", during: .read)
                let events = try database.number("SELECT total(\(columns)) FROM checkpoint", during: .read)
                guard figures != events else { continue }
                problems.append("\(events) events are \(name), and the figures of them add up to \(figures)")
            }
            return problems
        }
    }

    /// Brings the store's files to the medium.
    package func synchronize() throws(StoreError) {
        try database.synchronize()
    }

    /// Bytes of memory that the numbers of people take.
    package var peopleMemoryBytes: Int { people.memoryBytes }

    package func beginAggregator() {
        numbering.forget()
    }

    package func checkpoints() throws(StoreError) -> [ShardCheckpoint] {
        try SQLiteCheckpoints.read(database)
    }

    package func watermarks() throws(StoreError) -> [UInt64: UInt64] {
        try SQLiteCheckpoints.watermarks(database)
    }

    package func crowdedEvents() throws(StoreError) -> UInt64 {
        try SQLiteCheckpoints.crowdedEvents(database)
    }

    package func sends() throws(StoreError) -> [SendsRecord] {
        try SQLiteFacts.sends(database)
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
        try answers([question], sections: sections)[0]
    }

    /// Bounds what answers of this store, which is open for reading, may take.
    ///
    /// - Parameters:
    ///   - nanoseconds: from this moment of the monotonic clock on, questions fail with `StoreError.interrupted`.
    ///   - rows: answers of more rows fail with `ReportError.tooManyRows`.
    package func limitReading(untilNanoseconds nanoseconds: UInt64, rows: Int) {
        database.interrupt(atNanoseconds: nanoseconds)
        rowsMax = rows
    }

    /// The answers to several questions, in their order, all of one state of the store.
    ///
    /// - Parameter followUp: what is asked further when the first answers are known; their answers come last.
    package func answers(
        _ questions: [ReportQuestion], sections: SectionDirectory,
        followUp: ([ReportAnswer]) -> [ReportQuestion] = { _ in [] }
    ) throws(ReportError) -> [ReportAnswer] {
        let outcome: Result<[ReportAnswer], ReportError>
        do throws(StoreError) {
            outcome = try database.readTransaction { () throws(StoreError) in
                do throws(ReportError) {
                    var answers: [ReportAnswer] = []
                    for question in questions { answers.append(try answerInside(question, sections)) }
                    for question in followUp(answers) { answers.append(try answerInside(question, sections)) }
                    return .success(answers)
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .store(error)
        }
        return try outcome.get()
    }

    /// Answers inside of a read transaction.
    private func answerInside(
        _ question: ReportQuestion, _ sections: SectionDirectory
    ) throws(ReportError) -> ReportAnswer {
        try SQLiteReport(database: database, question: question, sections: sections, rowsMax: rowsMax).answer()
    }
}
