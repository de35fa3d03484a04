import Bytes
import Campaigns
import EdgeServer
import LinuxSystem
import Settings

/// One pass over a recipient list: rows go through or don't, and nothing of them is kept.
struct PeopleRun: ~Copyable, IdentifierListRun {
    /// Names of columns that hold identifiers, in the order in which they are looked for, without case.
    private static let columnNames = ["cuid", "email", "e-mail", "email_address", "phone", "phone_number"]
    /// Output that is gathered before it is written.
    private static let outputBytes = 1 << 18

    private let name: String
    private let column: String?
    private var sieve: RecipientSieve
    var rows = IdentifierRows()
    private var output: [UInt8] = []
    private var rowCount: UInt64 = 0
    private var listedCount: UInt64 = 0
    private var unusableCount: UInt64 = 0
    private var firstUnusableLine = 0

    /// - Parameters:
    ///   - name: the list as messages name it.
    ///   - column: the column of the identifiers; nil for the first of the usual names.
    init(_ sieve: consuming RecipientSieve, name: String, column: String?) {
        self.sieve = sieve
        self.name = name
        self.column = column
        output.reserveCapacity(Self.outputBytes + CSVReader.recordBytesMax)
    }

    /// Reads the list to its end and writes its rows.
    mutating func run(_ input: borrowing CSVInput) throws(CommandFailure) {
        do throws(CommandFailure) {
            try input.forEachPiece(title: "people") { bytes, isAtEnd throws(CommandFailure) in
                let consumed = try takeRows(bytes, isAtEnd: isAtEnd)
                try flush()
                return consumed
            }
        } catch {
            // What was found before stands.
            try flush()
            throw error
        }
        guard rows.columnCount > 0 else { throw bad(line: 1, "there is no row with the names of the columns") }
    }

    mutating func takeHeader(
        _ header: CSVRowScanner.Row, names: [String], _ bytes: Span<UInt8>
    ) throws(CommandFailure) {
        rows.begin(behind: header, column: try place(among: names, line: header.line))
        append(bytes.extracting(header.bytes))
    }

    /// The column of the identifiers. What a first row holds may be a person's, so that messages don't repeat it.
    private func place(among names: [String], line: Int) throws(CommandFailure) -> Int {
        let wanted = column.map { [$0] } ?? Self.columnNames
        for name in wanted {
            var places = names.indices.filter { names[$0] == name }
            if places.isEmpty { places = names.indices.filter { names[$0].lowercased() == name.lowercased() } }
            guard let place = places.first else { continue }
            if places.count > 1 { throw bad(line: line, "two columns have the name '\(name)'") }
            return place
        }
        let hint = names.count == 1 && names[0].contains(";") ? ", and commas must separate its columns" : ""
        throw CommandFailure(
            .badInput,
            Message(
                "\(name):\(line)", why: "the header has no column \(wanted.joined(separator: ", "))",
                whatToDo: "name the column of the identifiers with --column\(hint)"))
    }

    mutating func take(_ row: CSVRowScanner.Row, _ bytes: Span<UInt8>) throws(CommandFailure) {
        rowCount += 1
        switch rows.withIdentifier(of: row, in: bytes, { sieve.verdict(on: $0) }) ?? .unusable {
        case .listed:
            listedCount += 1
            append(bytes.extracting(row.bytes))
        case .left: break
        case .unusable:
            if unusableCount == 0 { firstUnusableLine = row.line }
            unusableCount += 1
        }
        if output.count >= Self.outputBytes { try flush() }
    }

    private mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe output.append(contentsOf: $0) }
    }

    private mutating func flush() throws(CommandFailure) {
        guard !output.isEmpty else { return }
        try CommandOutput.write(output)
        output.removeAll(keepingCapacity: true)
    }

    /// What came of it, in a line, and what is to know of rows that can't be in any list.
    func summary(_ words: String) -> [String] {
        let time = RFC3339.string(sieve.audience.asOfNanoseconds, fractionDigits: 0)
        var lines = ["\(listedCount) of \(WrapNotes.count(rowCount, "row")) \(words), as of \(time)"]
        if unusableCount > 0 {
            lines.append(
                "\(WrapNotes.count(unusableCount, "row")) without a usable identifier stand in no list, the first of "
                    + "them in line \(firstUnusableLine)")
        }
        return lines
    }

    func malformed(_ error: CSVError) -> CommandFailure {
        CommandFailure(
            .badInput,
            Message(
                name, why: error.message,
                whatToDo: "write it as RFC 4180 has it\(rowCount > 0 ? "; the rows above are through" : "")"))
    }

    private func bad(line: Int, _ why: String) -> CommandFailure {
        CommandFailure(.badInput, Message("\(name):\(line)", why: why, whatToDo: "mend the list"))
    }
}
