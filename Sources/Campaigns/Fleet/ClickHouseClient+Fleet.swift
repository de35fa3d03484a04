import ClickHouse
import Journal

/// How a fleet's tables are asked and written: each error becomes a `FleetError`.
extension ClickHouseClient {
    /// Asks, and hands over the rows one after the other.
    ///
    /// - Parameters:
    ///   - what: the table, for whoever reads that its rows can't be meant.
    ///   - body: reads one row, all of it.
    func forEachRow(
        _ question: String, of what: String, _ body: (inout RowBinaryReader) throws(RowBinaryReader.Cut) -> Void
    ) throws(FleetError) {
        do throws(ClickHouseError) {
            var rows = try rows(question)
            do throws(RowBinaryReader.Cut) {
                while !rows.isAtEnd { try body(&rows) }
            } catch {
                throw ClickHouseError.unintelligible(endpoint: "its answer", why: "the rows of \(what) are cut")
            }
        } catch {
            throw .server(error)
        }
    }

    /// The texts that a question of one column is answered with.
    func texts(_ question: String, of what: String) throws(FleetError) -> [String] {
        var texts: [String] = []
        try forEachRow(question, of: what) { (row) throws(RowBinaryReader.Cut) in texts.append(try row.string()) }
        return texts
    }

    /// The number of 64 bits that a question of one column is answered with, in one row.
    func number(_ question: String, of what: String) throws(FleetError) -> UInt64 {
        var numbers: [UInt64] = []
        try forEachRow(question, of: what) { (row) throws(RowBinaryReader.Cut) in numbers.append(try row.number()) }
        guard numbers.count == 1 else { throw .unreadable("the answer of \(what)") }
        return numbers[0]
    }

    /// Inserts rows that have every column of a table.
    func insert(_ rows: borrowing RowBinaryWriter, into table: FleetTable) throws(FleetError) {
        do throws(ClickHouseError) {
            try insert(into: ClickHouseText.name(table.name), columns: table.columnNames, rows)
        } catch {
            throw .server(error)
        }
    }

    /// Has a statement done that gives no rows.
    func change(_ statement: String) throws(FleetError) {
        do throws(ClickHouseError) {
            try run(statement)
        } catch {
            throw .server(error)
        }
    }
}

extension RowBinaryReader {
    /// Reads a text. Words of reports are UTF-8.
    mutating func string() throws(Cut) -> String { String(decoding: try text(), as: UTF8.self) }

    /// Reads the three columns of a shard.
    mutating func shard() throws(Cut) -> ShardIdentity {
        ShardIdentity(node: try number(), epoch: try number(), shard: try number())
    }
}

extension ShardIdentity {
    /// What holds of the rows of a shard.
    var condition: String { "node = \(node) AND epoch = \(epoch) AND shard = \(shard)" }
}
