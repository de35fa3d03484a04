import Bytes
import LinuxSystem
import Settings

/// A CSV file of facts, a row each, read as a whole before anything is recorded. The first row names the columns.
struct FactTable {
    /// The most rows that one list may have: they stand in memory together.
    private static let rowsMax = 1_000_000
    /// The most problems that are told one by one.
    private static let problemsMax = 20

    /// The file as messages name it.
    let name: String
    /// The rows behind the header.
    let rows: [CSVRecord]
    private let places: [String: Int]
    private var problemCount = 0

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: the file; `-` is standard input.
    ///   - required: the columns that must be there.
    ///   - optional: the columns that may be there. Any other one is refused: it would be one that was misspelt.
    init(_ path: String, required: [String], optional: [String]) throws(CommandFailure) {
        let input = try CSVInput(path)
        name = input.name
        var header: CSVRecord?
        var rows: [CSVRecord] = []
        try input.forEachRecord { record throws(CommandFailure) in
            if header == nil {
                header = record
            } else {
                rows.append(record)
            }
            guard rows.count <= Self.rowsMax else {
                throw input.bad("it has more than \(Self.rowsMax) rows", "split it")
            }
        }
        guard let header else { throw input.bad("there is no row with the names of the columns", "write one") }
        places = try Self.columnPlaces(header, required: required, optional: optional, input)
        self.rows = rows
    }

    private static func columnPlaces(
        _ header: CSVRecord, required: [String], optional: [String], _ input: borrowing CSVInput
    ) throws(CommandFailure) -> [String: Int] {
        let all = (required + optional).joined(separator: ", ")
        var places: [String: Int] = [:]
        for (place, field) in header.fields.enumerated() {
            let column = String(decoding: field, as: UTF8.self)
            guard required.contains(column) || optional.contains(column) else {
                let hint =
                    column.contains(";") || column.contains("\t") ? "separate columns by commas: " : "name columns of "
                throw input.bad("line \(header.line): '\(column)' is no column that is known", "\(hint)\(all)")
            }
            guard places.updateValue(place, forKey: column) == nil else {
                throw input.bad("line \(header.line): two columns have the name '\(column)'", "name each once")
            }
        }
        if let column = required.first(where: { places[$0] == nil }) {
            throw input.bad("line \(header.line): there is no column '\(column)'", "name columns of \(all)")
        }
        return places
    }

    /// The text of a row's cell; nil where there is no such column or the cell is empty.
    func text(_ row: CSVRecord, _ column: String) -> String? {
        guard let place = places[column], place < row.fields.count, !row.fields[place].isEmpty else { return nil }
        return String(decoding: row.fields[place], as: UTF8.self)
    }

    /// What is wrong with the row as such: another number of cells than columns, or what is no text.
    func problem(with row: CSVRecord) -> String? {
        guard row.fields.count == places.count else {
            return "it has \(WrapNotes.count(UInt64(row.fields.count), "cell")), and there are \(places.count) columns"
        }
        return row.fields.allSatisfy { UTF8Validation.isValid($0.span) } ? nil : "it is not UTF-8"
    }

    /// Names a row that can't be recorded, with its line.
    mutating func report(_ row: CSVRecord, _ why: String) {
        problemCount += 1
        guard problemCount <= Self.problemsMax else { return }
        CommandOutput.message(Message("\(name):\(row.line)", why: why))
    }

    /// Ends the command when a row was reported.
    func requireGood(_ whatToDo: String) throws(CommandFailure) {
        guard problemCount > 0 else { return }
        let of = WrapNotes.count(UInt64(rows.count), "row")
        throw CommandFailure(
            .badInput,
            Message(
                name, why: "\(problemCount) of \(of) can't be recorded, and nothing was recorded", whatToDo: whatToDo))
    }
}
