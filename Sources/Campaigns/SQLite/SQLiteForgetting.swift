import Bytes
import LinuxSystem

/// Takes people out of a store's file: the hash that somebody was counted by makes room for one that leads to nobody,
/// at the same number, so that every count stays.
///
/// What a file had in its free places is overwritten too: SQLite leaves there what it deletes, and its log holds
/// pages as they were.
package struct SQLiteForgetting {
    private let database: SQLiteDatabase

    /// Opens a store that no other connection writes to.
    ///
    /// - Throws: `StoreError.missing` where there is none.
    package init(_ file: String) throws(StoreError) {
        guard try StoreFile.isThere(file) else { throw .missing(file: file) }
        database = try SQLiteDatabase(file: file, access: .readWrite)
        try database.requireHead()
        try database.execute(
            "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000", during: .open)
        database.keepLogFiles()
    }

    /// Puts hashes in the place of others, all in one transaction, and brings the file to the medium. A hash that
    /// stands nowhere is passed over: done again it does nothing.
    ///
    /// O(people). The whole table is written anew, so that no page keeps what it held.
    ///
    /// - Parameter hashes: the new one by the old one.
    /// - Returns: how many were replaced, those of several sections each.
    @discardableResult
    package func replace(_ hashes: [UInt64: UInt64]) throws(StoreError) -> Int {
        guard try holdsPeople() else { return 0 }
        // As people are known by there: the hash that marks holes is nobody's.
        let hashes = Dictionary(
            hashes.map { (PersonDictionary.known($0), PersonDictionary.known($1)) },
            uniquingKeysWith: { first, _ in first })
        var chunks: [(id: Int64, bytes: [UInt8])] = []
        var count = 0
        let read = try database.statement("SELECT id, hashes FROM person", during: .read)
        while try read.step() {
            var bytes = read.withBlob(1) { $0.toArray() }
            let found = Self.replace(hashes, in: &bytes)
            count += found
            if found > 0 { chunks.append((read.integer(0), bytes)) }
        }
        read.reset()
        if count > 0 {
            try database.writeTransaction(during: .commit) { () throws(StoreError) in
                let update = try database.statement("UPDATE person SET hashes=? WHERE id=?", during: .commit)
                for chunk in chunks { try update.bind(1, chunk.bytes.span).bind(2, chunk.id).run() }
                try database.execute(Self.anew, during: .commit)
            }
        }
        try overwriteFreePages()
        try emptyLog()
        try database.synchronize()
        return count
    }

    /// False in a file that has no table yet.
    private func holdsPeople() throws(StoreError) -> Bool {
        try database.number("SELECT count(*) FROM sqlite_schema WHERE name='person'", during: .read) > 0
    }

    private static func replace(_ hashes: [UInt64: UInt64], in bytes: inout [UInt8]) -> Int {
        var count = 0
        for start in stride(from: 0, to: bytes.count - bytes.count % 8, by: 8) {
            let hash = bytes.span.littleEndian(UInt64.self, at: start)
            guard let next = hashes[hash] else { continue }
            for place in 0..<8 { bytes[start + place] = UInt8(truncatingIfNeeded: next >> UInt64(8 * place)) }
            count += 1
        }
        return count
    }

    /// What was deleted in the pages of a table stays there until they are written anew.
    private static let anew = """
        CREATE TEMP TABLE person_anew AS SELECT id, hashes FROM person ORDER BY id;
        DELETE FROM person;
        INSERT INTO person SELECT id, hashes FROM person_anew ORDER BY id;
        DROP TABLE person_anew
        """

    /// Takes the pages that are free now and writes zeros to them.
    private func overwriteFreePages() throws(StoreError) {
        let free = try database.number("PRAGMA freelist_count", during: .read)
        guard free > 0 else { return }
        let pageBytes = try database.number("PRAGMA page_size", during: .read)
        // An overflow page holds four bytes less than a page has. Pieces, because a value has a limit of its own.
        let piecePages: Int64 = 4_096
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            try database.execute("CREATE TABLE overwritten (zeros BLOB)", during: .commit)
            let insert = try database.statement("INSERT INTO overwritten VALUES (zeroblob(?))", during: .commit)
            var left = free
            while left > 0 {
                let pages = min(left, piecePages)
                try insert.bind(1, pages * (pageBytes - 4)).run()
                left -= pages
            }
        }
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            try database.execute("DROP TABLE overwritten", during: .commit)
        }
    }

    /// Brings the log into the file and cuts it. Readers are short: it is tried for a while.
    private func emptyLog() throws(StoreError) {
        let isLogging = try database.statement("PRAGMA journal_mode", during: .read)
        defer { isLogging.reset() }
        guard try isLogging.step(), isLogging.text(0) == "wal" else { return }
        isLogging.reset()
        let deadline = SystemClock.monotonicNanoseconds() + Self.patienceNanoseconds
        while true {
            let checkpoint = try database.statement("PRAGMA wal_checkpoint(TRUNCATE)", during: .checkpoint)
            let isDone = try checkpoint.step() && checkpoint.integer(0) == 0
            checkpoint.reset()
            if isDone { return }
            guard SystemClock.monotonicNanoseconds() < deadline else { break }
            SystemThread.sleep(nanoseconds: 50_000_000)
        }
        throw .failed(
            .checkpoint, file: database.file, code: 5, message: "a reader holds the log, which shows what was forgotten"
        )
    }

    private static let patienceNanoseconds: UInt64 = 10_000_000_000
}
