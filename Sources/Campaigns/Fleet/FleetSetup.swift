package import ClickHouse

/// Makes and looks at the tables of a fleet's database.
package struct FleetSetup {
    private let account: ClickHouseAccount
    private let engine: FleetEngine

    /// What `make` came to.
    package struct Outcome: Equatable, Sendable {
        /// The version that stood there before; nil where there was none.
        package var before: UInt32?
        /// Tables that were made.
        package var madeTables: [String] = []
        /// Columns that were added, as `table.column`.
        package var addedColumns: [String] = []
    }

    /// Uses an account with a database.
    package init(_ account: ClickHouseAccount, engine: FleetEngine) {
        self.account = account
        self.engine = engine
    }

    /// Makes what is not there: the database, its tables, and the columns that tables of an older version lack. What is
    /// there stays as it is, so that it may be done again, or by two at once.
    package func make() throws(FleetError) -> Outcome {
        try makeDatabase()
        let client = ClickHouseClient(account)
        var outcome = Outcome()
        do throws(FleetError) {
            outcome.before = try FleetSetup.standing(client).made
        } catch {
            guard error == .noSchema else { throw error }
        }
        if let before = outcome.before, before > FleetSchema.version { throw .newerSchema(before) }
        for table in FleetSchema.tables { try make(table, client, &outcome) }
        var row = RowBinaryWriter(capacityBytes: 8)
        row.append(FleetSchema.version)
        row.append(FleetSchema.leastVersion)
        row.endRow()
        try client.insert(row, into: FleetSchema.schema)
        return outcome
    }

    /// Makes the database where it is not there: an account that may make none is enough for one that is.
    private func makeDatabase() throws(FleetError) {
        var outside = account
        outside.database = nil
        let database = account.database ?? "default"
        let client = ClickHouseClient(outside)
        let question = "SELECT name FROM system.databases WHERE name = \(ClickHouseText.literal(database))"
        let isThere = try !client.texts(question, of: "system.databases").isEmpty
        if isThere, engine.cluster == nil { return }
        try client.change("CREATE DATABASE IF NOT EXISTS \(ClickHouseText.name(database))\(engine.onCluster)")
    }

    private func make(_ table: FleetTable, _ client: ClickHouseClient, _ outcome: inout Outcome) throws(FleetError) {
        let known = try columns(of: table, client)
        if known.isEmpty {
            try client.change(table.creation(engine: engine))
            outcome.madeTables.append(table.name)
            return
        }
        for column in table.columns where !known.contains(column.name) {
            let name = "\(ClickHouseText.name(table.name))\(engine.onCluster)"
            try client.change("ALTER TABLE \(name) ADD COLUMN \(ClickHouseText.name(column.name)) \(column.type)")
            outcome.addedColumns.append("\(table.name).\(column.name)")
        }
    }

    private func columns(of table: FleetTable, _ client: ClickHouseClient) throws(FleetError) -> Set<String> {
        let question = """
            SELECT name FROM system.columns
            WHERE database = currentDatabase() AND table = \(ClickHouseText.literal(table.name))
            """
        return Set(try client.texts(question, of: "system.columns"))
    }

    /// Looks whether the tables are those that a program needs.
    ///
    /// - Parameter version: the version of that program's tables.
    package static func check(
        _ client: ClickHouseClient, for version: UInt32 = FleetSchema.version
    ) throws(FleetError) {
        let found = try standing(client)
        if found.made < version { throw .olderSchema(found.made) }
        if found.least > version { throw .newerSchema(found.made) }
    }

    /// The version of the tables, and the least one whose programs may go on with them.
    ///
    /// - Throws: `noSchema` where there are none.
    private static func standing(
        _ client: ClickHouseClient
    ) throws(FleetError) -> (made: UInt32, least: UInt32) {
        var version: (made: UInt32, least: UInt32) = (0, 0)
        let name = ClickHouseText.name(FleetSchema.schema.name)
        do throws(FleetError) {
            let question = "SELECT max(version), max(leastVersion) FROM \(name)"
            try client.forEachRow(question, of: "schema") { (row) throws(RowBinaryReader.Cut) in
                version = (try row.number(), try row.number())
            }
        } catch {
            if case .server(let reason) = error, reason.isMissing { throw .noSchema }
            throw error
        }
        guard version.made > 0 else { throw .noSchema }
        return version
    }
}
