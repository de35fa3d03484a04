package import Bytes
package import ClickHouse
package import Journal
import LinuxSystem

/// What a node writes into the fleet's database, and what it asks of what it has written.
package final class FleetWriter {
    /// How a node stands: its row in `nodes`.
    package struct Node: Equatable, Sendable {
        /// The node.
        package var node: UInt64
        /// The row's version: greater than that of every row before.
        package var revision: UInt64
        /// Every event before this moment is in rows, nanoseconds since 1970 UTC.
        package var asOfNanoseconds: UInt64
        /// Events whose rows are there and whose records were not deleted since.
        package var counted: UInt64
        /// Events that are journaled and not in rows yet.
        package var pending: UInt64
        /// Records that were damaged before they were counted.
        package var damaged: UInt64
        /// Events that gap records say were lost.
        package var lost: UInt64
        /// Events whose records retention has deleted since.
        package var expired: UInt64
        /// Events that were judged alone because their second is crowded.
        package var crowded: UInt64
        /// The version of the rules that judge.
        package var rules: String

        /// A node of which nothing is known but its name.
        package init(node: UInt64, revision: UInt64) {
            self.node = node
            self.revision = revision
            (asOfNanoseconds, counted, pending, damaged) = (0, 0, 0, 0)
            (lost, expired, crowded, rules) = (0, 0, 0, "")
        }
    }

    private let client: ClickHouseClient
    private let engine: FleetEngine

    /// Asks as an account.
    ///
    /// - Parameter cancellation: ends what it waits for, from another thread.
    package init(
        _ account: ClickHouseAccount, engine: FleetEngine,
        cancellation: ClickHouseCancellation = ClickHouseCancellation()
    ) {
        // Looking through months of events is silent for as long as it takes; an insert is not.
        var limits = ClickHouseClient.Limits()
        limits.isPatient = true
        limits.exchangeNanoseconds = Self.patienceNanoseconds
        client = ClickHouseClient(account, limits: limits, cancellation: cancellation)
        self.engine = engine
    }

    private static let patienceNanoseconds: UInt64 = 3_600_000_000_000

    /// Looks whether the tables are those that this program needs.
    package func check() throws(FleetError) { try FleetSetup.check(client) }

    /// Inserts rows of `events`.
    package func insertEvents(_ rows: borrowing RowBinaryWriter) throws(FleetError) {
        try client.insert(rows, into: FleetSchema.events)
    }

    /// Says how a node stands.
    package func insert(_ node: Node) throws(FleetError) {
        var row = RowBinaryWriter(capacityBytes: 512 + node.rules.utf8.count)
        for number in [
            node.node, node.revision, node.asOfNanoseconds, node.counted, node.pending, node.damaged, node.lost,
            node.expired, node.crowded,
        ] { row.append(number) }
        let rules = Array(node.rules.utf8)
        row.append(text: rules.span)
        row.endRow()
        try client.insert(row, into: FleetSchema.nodes)
    }

    /// The greatest generation and revision of a node's rows; 0 where it has none.
    ///
    /// - Parameter day: the first day of events that is looked at, in UTC (days since 1970-01-01).
    package func newest(
        of node: UInt64, since day: UInt16 = 0
    ) throws(FleetError) -> (generation: UInt64, revision: UInt64) {
        // One after the other: as parts of one question newer servers give them types of their own.
        let generation = try client.number(
            "SELECT max(generation) FROM events WHERE day >= toDate(\(day)) AND node = \(node)", of: "events")
        let revision = try client.number("SELECT max(revision) FROM nodes WHERE node = \(node)", of: "nodes")
        return (generation, revision)
    }

    /// How many distinct events of some nodes are there, by shard and by their day in UTC (days since 1970-01-01).
    ///
    /// - Parameter day: the first day that is looked at.
    package func eventCounts(
        since day: UInt16, ofNodes nodes: Set<UInt64>
    ) throws(FleetError) -> [ShardIdentity: [UInt64: UInt64]] {
        try eventCounts(by: "toUInt64(toUInt16(day))", where: "day >= toDate(\(day))", ofNodes: nodes)
    }

    /// How many distinct events of some nodes are there, by shard and by stretches of so many sequences.
    package func eventCounts(
        byStretchesOf count: UInt64, ofNodes nodes: Set<UInt64>
    ) throws(FleetError) -> [ShardIdentity: [UInt64: UInt64]] {
        try eventCounts(by: "intDiv(sequence, toUInt64(\(count)))", where: "1", ofNodes: nodes)
    }

    private func eventCounts(
        by group: String, where condition: String, ofNodes nodes: Set<UInt64>
    ) throws(FleetError) -> [ShardIdentity: [UInt64: UInt64]] {
        var counts: [ShardIdentity: [UInt64: UInt64]] = [:]
        guard !nodes.isEmpty else { return counts }
        let list = nodes.sorted().map(String.init).joined(separator: ", ")
        let question = """
            SELECT node, epoch, shard, \(group) AS part, uniqExact(sequence) FROM events
            WHERE \(condition) AND node IN (\(list)) GROUP BY node, epoch, shard, part
            """
        try client.forEachRow(question, of: "events") { (row) throws(RowBinaryReader.Cut) in
            let shard = try row.shard()
            counts[shard, default: [:]][try row.number()] = try row.number()
        }
        return counts
    }

    /// The sequences of a shard's events that are there, within a range.
    package func sequences(
        of shard: ShardIdentity, in range: Range<UInt64>
    ) throws(FleetError) -> Set<UInt64> {
        var sequences: Set<UInt64> = []
        let question = """
            SELECT DISTINCT sequence FROM events
            WHERE \(shard.condition) AND sequence >= \(range.lowerBound) AND sequence < \(range.upperBound)
            """
        try client.forEachRow(question, of: "events") { (row) throws(RowBinaryReader.Cut) in
            sequences.insert(try row.number())
        }
        return sequences
    }

    // MARK: What goes

    /// The first month whose events stay when months of such an age go, as year and month in six digits: by the
    /// server's clock, since a node's own may be anywhere.
    package func firstMonth(keeping months: Int) throws(FleetError) -> Int {
        Int(try client.number("SELECT toUInt64(toYYYYMM(subtractMonths(today(), \(months))))", of: "today"))
    }

    /// Drops the events of months before one, where the server keeps them itself.
    ///
    /// - Parameter month: the first that stays, as year and month in six digits.
    /// - Returns: the months that went.
    package func dropEvents(before month: Int) throws(FleetError) -> [String] {
        guard engine.isMergeTree else { return [] }
        let question = """
            SELECT DISTINCT partition FROM system.parts
            WHERE database = currentDatabase() AND table = 'events' AND active
            """
        let gone = try client.texts(question, of: "system.parts").filter { Int($0).map { $0 < month } ?? false }
            .sorted()
        for partition in gone {
            try client.change("ALTER TABLE events\(engine.onCluster) DROP PARTITION \(partition)")
        }
        return gone
    }

    /// Puts tokens into the place of pseudonyms, in the newest row of each event that has one of them, and has the rows
    /// that held them removed from the disk. Done a second time it finds nothing.
    ///
    /// The rows come here and go back as newer ones, so that no statement has a pseudonym and its token, and that they
    /// are inserted as safely as all others.
    ///
    /// - Returns: false where rows with a pseudonym are still on the disk: the server was busy with their parts, or
    ///   merges them later. Try again then.
    package func forget(_ tokens: [(subject: Bytes16, token: Bytes16)]) throws(FleetError) -> Bool {
        let wanted = tokens.map { "unhex('\($0.subject.hex)')" }.joined(separator: ", ")
        let found = "SELECT DISTINCT toString(toYYYYMM(day)) FROM events WHERE subject IN (\(wanted))"
        let months = try client.texts(found, of: "events")
        guard !months.isEmpty else { return true }
        let columns = FleetSchema.events.columnNames.joined(separator: ", ")
        for month in months {
            let held = "SELECT \(columns) FROM events FINAL WHERE toYYYYMM(day) = \(month) AND subject IN (\(wanted))"
            var newer: [UInt8] = []
            try client.forEachRow(held, of: "events") { (row) throws(RowBinaryReader.Cut) in
                newer += try FleetEventRows.newer(&row, tokens)
            }
            var rows = RowBinaryWriter(capacityBytes: max(newer.count, 1))
            rows.append(fixed: newer.span)
            if !newer.isEmpty { try insertEvents(rows) }
            if engine.isMergeTree {
                try client.change("OPTIMIZE TABLE events\(engine.onCluster) PARTITION \(month) FINAL")
            }
        }
        guard engine.isMergeTree else { return true }
        return try client.number("SELECT count() FROM events WHERE subject IN (\(wanted))", of: "events") == 0
    }
}
