import Journal

/// What a store says about how far it has counted.
enum SQLiteCheckpoints {
    /// How far each shard is counted.
    static func read(_ database: SQLiteDatabase) throws(StoreError) -> [ShardCheckpoint] {
        let context =
            try SQLiteSchema.holdsWindows(database)
            ? "context_sequence, context_segment_first, context_read_offset"
            : "next_sequence, segment_first, last_read_offset"
        let read = try database.statement(
            """
            SELECT node, epoch, shard, next_sequence, segment_first, last_read_offset, counted, pending, damaged,
                lost, expired, \(context)
            FROM checkpoint ORDER BY node, epoch, shard
            """, during: .read)
        defer { read.reset() }
        var checkpoints: [ShardCheckpoint] = []
        while try read.step() {
            checkpoints.append(
                ShardCheckpoint(
                    shard: try read.shard(in: database),
                    position: ShardPosition(
                        nextSequence: read.unsigned(3), segmentFirstSequence: read.unsigned(4),
                        lastReadOffset: read.unsigned(5)),
                    contextPosition: ShardPosition(
                        nextSequence: read.unsigned(11), segmentFirstSequence: read.unsigned(12),
                        lastReadOffset: read.unsigned(13)),
                    counted: read.unsigned(6), pending: read.unsigned(7), damaged: read.unsigned(8),
                    lost: read.unsigned(9), expired: read.unsigned(10)))
        }
        return checkpoints
    }

    /// For each node the order time below which everything is closed.
    static func watermarks(_ database: SQLiteDatabase) throws(StoreError) -> [UInt64: UInt64] {
        let read = try database.statement("SELECT node, time FROM watermark", during: .read)
        defer { read.reset() }
        var watermarks: [UInt64: UInt64] = [:]
        while try read.step() { watermarks[read.unsigned(0)] = read.unsigned(1) }
        return watermarks
    }

    /// Events in closed figures that were judged alone because their second is crowded; 0 where none was.
    static func crowdedEvents(_ database: SQLiteDatabase) throws(StoreError) -> UInt64 {
        let read = try database.statement("SELECT value FROM state WHERE key='crowded'", during: .read)
        defer { read.reset() }
        return try read.step() ? read.unsigned(0) : 0
    }

    /// What the stored figures depend on beside the journal.
    static func basis(_ database: SQLiteDatabase) throws(StoreError) -> String? {
        try state("basis", database)
    }

    /// The version of the rules that the stored figures were judged by; nil in a store that holds none.
    static func rulesVersion(_ database: SQLiteDatabase) throws(StoreError) -> String? {
        try state("rules", database)
    }

    /// What the keys of `state` begin with that hold when a node changed its event key; the node and the key's id
    /// follow.
    static let keyChangePrefix = "keyChange/"

    /// When event keys were changed, nanoseconds since 1970 UTC, ascending.
    static func keyChanges(_ database: SQLiteDatabase) throws(StoreError) -> [UInt64] {
        let read = try database.statement(
            "SELECT DISTINCT value FROM state WHERE key>=? AND key<? ORDER BY value", during: .read)
        defer { read.reset() }
        // '0' is the character behind '/'.
        read.bind(1, text: keyChangePrefix).bind(2, text: keyChangePrefix.dropLast() + "0")
        var changes: [UInt64] = []
        while try read.step() { changes.append(read.unsigned(0)) }
        return changes
    }

    /// The node whose journal the sealed figures are of.
    static func sealedNode(_ database: SQLiteDatabase) throws(StoreError) -> UInt64? {
        let read = try database.statement("SELECT value FROM state WHERE key='node'", during: .read)
        defer { read.reset() }
        return try read.step() ? read.unsigned(0) : nil
    }

    /// Under what the store's sealed figures were made, the latest last.
    static func sealedBases(_ database: SQLiteDatabase) throws(StoreError) -> [SealedBasis] {
        guard try SQLiteSchema.holdsExpiry(database) else { return [] }
        let read = try database.statement(
            "SELECT basis, rules, until FROM sealed_basis ORDER BY until, basis", during: .read)
        defer { read.reset() }
        var bases: [SealedBasis] = []
        while try read.step() {
            bases.append(
                SealedBasis(basis: read.text(0), rulesVersion: read.text(1), untilNanoseconds: read.unsigned(2)))
        }
        return bases
    }

    private static func state(_ key: String, _ database: SQLiteDatabase) throws(StoreError) -> String? {
        let read = try database.statement("SELECT value FROM state WHERE key=?", during: .read)
        defer { read.reset() }
        return try read.bind(1, text: key).step() ? read.text(0) : nil
    }
}

// A row of a shard begins with its identity: node, epoch, number.

extension SQLiteStatement {
    /// The shard of a row.
    func shard(in database: SQLiteDatabase) throws(StoreError) -> ShardIdentity {
        guard let number = UInt16(exactly: integer(2)) else {
            throw .damaged(file: database.file, what: "the number of a shard")
        }
        return ShardIdentity(node: unsigned(0), epoch: unsigned(1), shard: number)
    }

    /// Binds a shard to the first three parameters.
    @discardableResult
    func bind(_ shard: ShardIdentity) -> SQLiteStatement {
        bind(1, bits: shard.node).bind(2, bits: shard.epoch).bind(3, Int64(shard.shard))
    }
}
