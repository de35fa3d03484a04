import ClickHouse

/// A table that the nodes of a fleet share in ClickHouse.
///
/// Each is a `ReplacingMergeTree`: a row's identity is its sorting key, and of rows with one identity the one with the
/// greatest version counts (`FINAL`), so that whatever is sent again changes nothing. Types and clauses are those that
/// 18.16 has: no `LowCardinality`, `CODEC`, `TTL` or `DateTime64`.
package struct FleetTable: Sendable {
    /// A column.
    package struct Column: Equatable, Sendable {
        /// Its name, as reports call the same thing where they show it.
        package let name: String
        /// Its type in SQL.
        package let type: String

        init(_ name: String, _ type: String) {
            self.name = name
            self.type = type
        }
    }

    /// Its name.
    package let name: String
    /// Its columns, in the order in which rows are sent.
    package let columns: [Column]
    /// The column that decides which of two rows of one identity counts.
    let versionColumn: String
    /// What partitions it; nil for one partition.
    let partition: String?
    /// The columns of a row's identity.
    let key: [String]

    /// What tells the shard of a row where a table is spread over servers: rows of one identity come to one server.
    var shardKey: String {
        let columns = ["node", "epoch", "shard"].filter(key.contains)
        return "cityHash64(\((columns.isEmpty ? [key[0]] : columns).joined(separator: ", ")))"
    }

    /// Its columns' names in SQL, in the order in which rows are sent.
    package var columnNames: [String] { columns.map { ClickHouseText.name($0.name) } }

    /// The statement that makes it where it is not there.
    ///
    /// - Parameter engine: how it is kept.
    package func creation(engine: FleetEngine) -> String {
        let columns = columns.map { "\(ClickHouseText.name($0.name)) \($0.type)" }.joined(separator: ", ")
        var statement =
            "CREATE TABLE IF NOT EXISTS \(ClickHouseText.name(name))\(engine.onCluster) (\(columns)) "
            + "ENGINE = \(engine.clause(table: name, version: versionColumn, shardKey: shardKey))"
        if engine.isMergeTree {
            if let partition { statement += " PARTITION BY \(partition)" }
            statement += " ORDER BY (\(key.joined(separator: ", ")))"
        }
        return statement
    }
}

/// How tables are kept: the engine's clause of the configuration, for one server or for a cluster.
package struct FleetEngine: Equatable, Sendable {
    /// The clause, such as `ReplacingMergeTree({version})`.
    package let clause: String
    /// The cluster whose servers make tables together; nil for the server that is asked.
    package let cluster: String?

    /// One server that keeps its own tables.
    package static let plain = FleetEngine(clause: "ReplacingMergeTree({version})", cluster: nil)

    /// Takes a clause as it stands.
    package init(clause: String, cluster: String?) {
        self.clause = clause
        self.cluster = cluster
    }

    /// True for an engine that keeps rows itself, and so has partitions and an order.
    package var isMergeTree: Bool { clause.prefix { $0 != "(" }.hasSuffix("MergeTree") }

    /// What names the cluster in a statement that changes tables; empty where there is none.
    package var onCluster: String { cluster.map { " ON CLUSTER \(ClickHouseText.name($0))" } ?? "" }

    /// The clause of a table: `{version}` is its version's column, `{table}` its name, `{shardKey}` what tells the
    /// shard of a row. Macros of the server, such as `{replica}`, stay for the server.
    func clause(table: String, version: String, shardKey: String) -> String {
        clause.replacing("{version}", with: version).replacing("{table}", with: table)
            .replacing("{shardKey}", with: shardKey)
    }
}
