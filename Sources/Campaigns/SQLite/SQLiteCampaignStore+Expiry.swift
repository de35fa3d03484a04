package import Journal
import LinuxSystem

/// Rules, zones and limits under which figures were sealed, and up to when.
package struct SealedBasis: Equatable, Sendable {
    /// What the figures depend on beside the journal: `Aggregator.basis`.
    package var basis: String
    /// The version of the rules in it.
    package var rulesVersion: String
    /// Figures of windows before this moment may have been sealed under it, nanoseconds since 1970 UTC.
    package var untilNanoseconds: UInt64

    package init(basis: String, rulesVersion: String, untilNanoseconds: UInt64) {
        self.basis = basis
        self.rulesVersion = rulesVersion
        self.untilNanoseconds = untilNanoseconds
    }
}

// A store of sealed figures is a store like the one in use. Beside figures and checkpoints it holds which records were
// deleted, and which rules sealed: a store that is made from it starts with both.

extension SQLiteCampaignStore {
    /// Opens the store of sealed figures for writing, making it where there is none. A commit of it is on the disk when
    /// it returns, and so is its name.
    package static func sealed(_ file: String) throws(StoreError) -> SQLiteCampaignStore {
        let store = try SQLiteCampaignStore(writing: file)
        try store.database.execute("PRAGMA synchronous=FULL", during: .open)
        do throws(SystemError) {
            try Files.synchronizeDirectory(Files.parent(of: file))
        } catch {
            throw .system(.open, file: file, message: error.reason)
        }
        return store
    }

    /// The node whose journal these sealed figures are of; nil where nobody has said it.
    package func sealedNode() throws(StoreError) -> UInt64? {
        try SQLiteCheckpoints.sealedNode(database)
    }

    /// Says whose journal these sealed figures are of, once and for all.
    package func claim(by node: UInt64) throws(StoreError) {
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            let insert = try database.statement("INSERT OR IGNORE INTO state VALUES ('node', ?)", during: .commit)
            try insert.bind(1, bits: node).run()
        }
    }

    /// What retention has deleted, by shard.
    package func expiry() throws(StoreError) -> [ShardExpiry] {
        try readExpiry("ORDER BY node, epoch, shard") { _ in }
    }

    /// What retention has deleted of one shard.
    package func expiry(of shard: ShardIdentity) throws(StoreError) -> ShardExpiry {
        let found = try readExpiry("WHERE node=? AND epoch=? AND shard=?") { read in read.bind(shard) }
        return found.first ?? ShardExpiry(shard: shard)
    }

    private func readExpiry(
        _ clause: String, _ bind: (SQLiteStatement) -> Void
    ) throws(StoreError) -> [ShardExpiry] {
        guard try SQLiteSchema.holdsExpiry(database) else { return [] }
        let read = try database.statement(
            "SELECT node, epoch, shard, next_sequence, events, damaged, lost FROM expiry \(clause)", during: .read)
        defer { read.reset() }
        bind(read)
        var expiry: [ShardExpiry] = []
        while try read.step() {
            expiry.append(
                ShardExpiry(
                    shard: try read.shard(in: database), nextSequence: read.unsigned(3), events: read.unsigned(4),
                    damaged: read.unsigned(5),
                    lost: read.unsigned(6)))
        }
        return expiry
    }

    /// Says that records of a shard are deleted, before they are.
    package func record(_ expiry: ShardExpiry) throws(StoreError) {
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            let replace = try database.statement(
                "INSERT OR REPLACE INTO expiry VALUES (?,?,?,?,?,?,?)", during: .commit)
            replace.bind(expiry.shard).bind(4, bits: expiry.nextSequence)
            replace.bind(5, bits: expiry.events).bind(6, bits: expiry.damaged)
            try replace.bind(7, bits: expiry.lost).run()
        }
    }

    /// Under what the store's sealed figures were made, the latest last; empty in a store that has none.
    package func sealedBases() throws(StoreError) -> [SealedBasis] {
        try SQLiteCheckpoints.sealedBases(database)
    }

    /// Says that figures are sealed under a basis, before they are.
    package func record(_ sealed: SealedBasis) throws(StoreError) {
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            let upsert = try database.statement(
                "INSERT INTO sealed_basis VALUES (?,?,?) ON CONFLICT DO UPDATE SET until=max(until, excluded.until)",
                during: .commit)
            upsert.bind(1, text: sealed.basis).bind(2, text: sealed.rulesVersion)
            try upsert.bind(3, bits: sealed.untilNanoseconds).run()
        }
    }

    /// Writes a copy of the store to a file that is not there yet. What is counted into it then is of the basis that
    /// counts, and says so; what is in it keeps its own, as `sealedBases` has it. The copy is on the disk when this
    /// returns, and its name may not be.
    package func copy(to file: String) throws(StoreError) {
        try database.statement("VACUUM INTO ?", during: .rebuild).bind(1, text: file).run()
        do {
            // Without a log beside it the copy is one file, which may be renamed.
            let copy = try SQLiteDatabase(file: file, access: .readWrite)
            try copy.execute(
                "PRAGMA journal_mode=DELETE; DELETE FROM state WHERE key IN ('basis', 'rules', 'node');"
                    // A file that was written as a whole has nothing left of what was deleted.
                    + SQLitePeopleState.clean.settingSQL,
                during: .rebuild)
            try copy.synchronize()
        }
    }

    /// Brings the log into the file and gives its room back, up to 64 MiB. Where a reader is in the way it stays as it
    /// is.
    package func shrinkLog() throws(StoreError) {
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)", during: .checkpoint)
    }
}
