import Testing

@testable import Campaigns

@Suite("Tables are made as the engine's clause says")
struct FleetTableTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let engine: FleetEngine
        /// How the statement goes on behind the columns of `events`, of `nodes` and of `pieces`.
        let ends: [String]
        var onCluster = ""
    }

    static let rows = [
        Row(
            testDescription: "one server", engine: .plain,
            ends: [
                "ReplacingMergeTree(generation) PARTITION BY toYYYYMM(day) "
                    + "ORDER BY (day, node, epoch, shard, sequence)",
                "ReplacingMergeTree(revision) ORDER BY (node)", "ReplacingMergeTree(number) ORDER BY (digest, number)",
            ]),
        Row(
            testDescription: "replicas",
            engine: FleetEngine(
                clause: "ReplicatedReplacingMergeTree('/t/{shard}/{table}', '{replica}', {version})",
                cluster: "fl`eet"),
            ends: [
                "ReplicatedReplacingMergeTree('/t/{shard}/events', '{replica}', generation) PARTITION BY toYYYYMM(day) "
                    + "ORDER BY (day, node, epoch, shard, sequence)",
                "ReplicatedReplacingMergeTree('/t/{shard}/nodes', '{replica}', revision) ORDER BY (node)",
                "ReplicatedReplacingMergeTree('/t/{shard}/pieces', '{replica}', number) ORDER BY (digest, number)",
            ], onCluster: " ON CLUSTER `fl\\`eet`"),
        Row(
            testDescription: "spread over servers",
            engine: FleetEngine(clause: "Distributed(fleet, local, {table}, {shardKey})", cluster: nil),
            ends: [
                "Distributed(fleet, local, events, cityHash64(node, epoch, shard))",
                "Distributed(fleet, local, nodes, cityHash64(node))",
                "Distributed(fleet, local, pieces, cityHash64(digest))",
            ]),
    ]

    @Test("The statements", arguments: rows)
    func statements(_ row: Row) {
        for (table, end) in zip([FleetSchema.events, FleetSchema.nodes, FleetSchema.pieces], row.ends) {
            let statement = table.creation(engine: row.engine)
            #expect(statement.hasPrefix("CREATE TABLE IF NOT EXISTS `\(table.name)`\(row.onCluster) (`"))
            #expect(statement.hasSuffix(") ENGINE = \(end)"), "\(statement)")
        }
    }

    @Test("Every row's identity, version and partition are columns, and each name is there once")
    func columns() {
        for table in FleetSchema.tables {
            let names = table.columns.map(\.name)
            #expect(Set(names).count == names.count && Set(table.key).isSubset(of: names))
            #expect(names.contains(table.versionColumn))
        }
        #expect(FleetSchema.tables.last?.name == "schema", "who finds a version finds every table")
    }
}
