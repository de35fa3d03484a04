package import Bytes
package import ClickHouse
package import Journal

/// The facts of a fleet in ClickHouse.
package final class ClickHouseFacts: FleetFacts {
    private let client: ClickHouseClient

    /// Records of one answer: of the longest that there can be, some 130 MB.
    private static let factsMax = 2_000
    /// Bytes of rows of one insert.
    private static let insertBytes = 4 << 20
    /// Bytes of a row's columns beside its payload, and some room.
    private static let rowBytes = 128

    /// Asks and tells by a client of its own.
    package init(_ client: ClickHouseClient) {
        self.client = client
    }

    package func check() throws(FleetError) { try FleetSetup.check(client) }

    package func ends() throws(FleetError) -> [ShardIdentity: UInt64] {
        var ends: [ShardIdentity: UInt64] = [:]
        // Of each shard the greatest: what FINAL gives, in fewer words.
        let question = """
            SELECT node, epoch, shard, max(next) FROM \(Self.name(FleetSchema.factEnds)) GROUP BY node, epoch, shard
            """
        try client.forEachRow(question, of: "factEnds") { (row) throws(RowBinaryReader.Cut) in
            ends[try row.shard()] = try row.number()
        }
        return ends
    }

    package func facts(of shard: ShardIdentity, from sequence: UInt64) throws(FleetError) -> [FleetFact] {
        var facts: [FleetFact] = []
        let question = """
            SELECT sequence, follows, kind, recordVersion, payload FROM \(Self.name(FleetSchema.facts)) FINAL
            WHERE \(shard.condition) AND sequence >= \(sequence) ORDER BY sequence LIMIT \(Self.factsMax)
            """
        try client.forEachRow(question, of: "facts") { (row) throws(RowBinaryReader.Cut) in
            let sequence: UInt64 = try row.number()
            let follows: UInt64 = try row.number()
            let kind = RecordKind(rawValue: try row.number())
            let version: UInt8 = try row.number()
            facts.append(
                FleetFact(
                    ShardCopy.Record(sequence: sequence, kind: kind, version: version, payload: try row.text()),
                    follows: follows))
        }
        guard facts.allSatisfy({ $0.record.isPossible && $0.record.kind.isFact && $0.follows <= $0.record.sequence })
        else { throw .unreadable("a fact of \(shard) that no node has recorded") }
        return facts
    }

    package func counts(of node: UInt64) throws(FleetError) -> [ShardIdentity: UInt64] {
        var counts: [ShardIdentity: UInt64] = [:]
        let question = """
            SELECT node, epoch, shard, uniqExact(sequence) FROM \(Self.name(FleetSchema.facts)) WHERE node = \(node)
            GROUP BY node, epoch, shard
            """
        try client.forEachRow(question, of: "facts") { (row) throws(RowBinaryReader.Cut) in
            counts[try row.shard()] = try row.number()
        }
        return counts
    }

    package func insert(_ facts: [FleetFact], of shard: ShardIdentity) throws(FleetError) {
        guard let last = facts.last else { return }
        var rows = RowBinaryWriter(capacityBytes: Self.insertBytes)
        for fact in facts {
            if rows.freeBytes < fact.record.payload.count + Self.rowBytes {
                try client.insert(rows, into: FleetSchema.facts)
                rows.removeAll()
            }
            Self.append(shard, to: &rows)
            rows.append(fact.record.sequence)
            rows.append(fact.follows)
            rows.append(fact.record.kind.rawValue)
            rows.append(fact.record.version)
            rows.append(text: fact.record.payload.span)
            rows.endRow()
        }
        try client.insert(rows, into: FleetSchema.facts)
        rows.removeAll()
        Self.append(shard, to: &rows)
        rows.append(last.record.sequence + 1)
        rows.endRow()
        try client.insert(rows, into: FleetSchema.factEnds)
    }

    // MARK: Lists

    package func pieces(of list: Bytes16) throws(FleetError) -> FleetPieces {
        var pieces = FleetPieces()
        let question = """
            SELECT number, count FROM \(Self.name(FleetSchema.pieces)) WHERE \(Self.condition(list))
            GROUP BY number, count
            """
        try client.forEachRow(question, of: "pieces") { (row) throws(RowBinaryReader.Cut) in
            pieces.numbers.insert(try row.number())
            pieces.count = try row.number()
        }
        return pieces
    }

    package func piece(_ number: UInt32, of list: Bytes16) throws(FleetError) -> [UInt8]? {
        var bytes: [UInt8]?
        let question = """
            SELECT bytes FROM \(Self.name(FleetSchema.pieces)) WHERE \(Self.condition(list)) AND number = \(number)
            LIMIT 1
            """
        try client.forEachRow(question, of: "pieces") { (row) throws(RowBinaryReader.Cut) in bytes = try row.text() }
        return bytes
    }

    package func insert(
        piece bytes: [UInt8], _ number: UInt32, of list: Bytes16, count: UInt32
    ) throws(FleetError) {
        var rows = RowBinaryWriter(capacityBytes: bytes.count + Self.rowBytes)
        list.withSpan { rows.append(fixed: $0) }
        rows.append(number)
        rows.append(count)
        rows.append(text: bytes.span)
        rows.endRow()
        try client.insert(rows, into: FleetSchema.pieces)
    }

    // MARK: -

    private static func name(_ table: FleetTable) -> String { ClickHouseText.name(table.name) }

    private static func condition(_ list: Bytes16) -> String { "digest = unhex('\(list.hex)')" }

    private static func append(_ shard: ShardIdentity, to rows: inout RowBinaryWriter) {
        rows.append(shard.node)
        rows.append(shard.epoch)
        rows.append(shard.shard)
    }
}

extension RecordKind {
    /// True for what an `admin` shard holds; events, and what is lost of them, stand in others.
    fileprivate var isFact: Bool { self != .event && self != .gap && self != .forgotten }
}
