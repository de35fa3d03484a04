import Bytes
import Campaigns
import EdgeServer
import LinuxSystem
import Settings

/// One pass over a recipient list: rows go through or don't, and nothing of them is kept.
struct PeopleRun: ~Copyable {
    /// Names of columns that hold identifiers, in the order in which they are looked for, without case.
    private static let columnNames = ["cuid", "email", "e-mail", "email_address", "phone", "phone_number"]
    /// Output that is gathered before it is written.
    private static let outputBytes = 1 << 18

    private let name: String
    private let column: String?
    private var sieve: RecipientSieve
    private var scanner = CSVRowScanner()
    private var unquoted: [UInt8] = []
    private var output: [UInt8] = []
    /// Columns of the header; 0 before it has come.
    private var columnCount = 0
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
        let progress = ProgressLine(title: "people", unit: .bytes)
        var buffer = ByteBuffer(capacity: CSVReader.recordBytesMax)
        var done: UInt64 = 0
        var isAtEnd = false
        while !isAtEnd {
            while !isAtEnd, buffer.freeCapacity > 0 { isAtEnd = try input.read(into: &buffer) == 0 }
            let consumed: Int
            do throws(CommandFailure) {
                consumed = try buffer.withSpan { bytes throws(CommandFailure) in
                    try takeRows(bytes, isAtEnd: isAtEnd)
                }
            } catch {
                // What was found before stands.
                progress.clear()
                try flush()
                throw error
            }
            buffer.removeFirst(consumed)
            try flush()
            done += UInt64(consumed)
            if let size = input.sizeBytes { progress.show(done, of: size) }
        }
        progress.clear()
        guard columnCount > 0 else { throw bad(line: 1, "there is no row with the names of the columns") }
    }

    /// - Returns: bytes of whole rows.
    private mutating func takeRows(_ bytes: Span<UInt8>, isAtEnd: Bool) throws(CommandFailure) -> Int {
        var consumed = 0
        while let row = try nextRow(bytes, from: consumed, isAtEnd: isAtEnd) {
            consumed = row.bytes.upperBound
            if row.fieldCount == 0 { continue }
            if columnCount == 0 {
                try takeHeader(row, bytes)
            } else {
                take(row, bytes)
            }
            if output.count >= Self.outputBytes { try flush() }
        }
        if consumed == 0, !isAtEnd { throw malformed(.recordTooLong(line: scanner.line)) }
        return consumed
    }

    private mutating func nextRow(
        _ bytes: Span<UInt8>, from start: Int, isAtEnd: Bool
    ) throws(CommandFailure) -> CSVRowScanner.Row? {
        do throws(CSVError) {
            return try scanner.next(in: bytes, from: start, isAtEnd: isAtEnd)
        } catch {
            throw malformed(error)
        }
    }

    private mutating func takeHeader(_ row: CSVRowScanner.Row, _ bytes: Span<UInt8>) throws(CommandFailure) {
        var reader = CSVReader()
        var records: [CSVRecord] = []
        do throws(CSVError) {
            try reader.read(bytes.extracting(row.bytes), into: &records)
            if let last = try reader.finish() { records.append(last) }
        } catch {
            throw malformed(error)
        }
        let names = records.first?.fields.map { String(decoding: $0, as: UTF8.self) } ?? []
        scanner.column = try place(among: names, line: row.line)
        columnCount = row.fieldCount
        append(bytes.extracting(row.bytes))
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

    private mutating func take(_ row: CSVRowScanner.Row, _ bytes: Span<UInt8>) {
        rowCount += 1
        // In a row of another number of fields, nobody knows which one is the identifier.
        let field = row.fieldCount == columnCount ? row.field : nil
        switch field.map({ verdict(bytes.extracting($0), hasDoubledQuotes: row.hasDoubledQuotes) }) ?? .unusable {
        case .listed:
            listedCount += 1
            append(bytes.extracting(row.bytes))
        case .left: break
        case .unusable:
            if unusableCount == 0 { firstUnusableLine = row.line }
            unusableCount += 1
        }
    }

    private mutating func verdict(_ field: Span<UInt8>, hasDoubledQuotes: Bool) -> RecipientSieve.Verdict {
        guard hasDoubledQuotes else { return sieve.verdict(on: field) }
        unquoted.removeAll(keepingCapacity: true)
        var offset = 0
        while offset < field.count {
            unquoted.append(field[offset])
            offset += field[offset] == UInt8(ascii: "\"") ? 2 : 1
        }
        let identifier = unquoted
        return sieve.verdict(on: identifier.span)
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

    private func malformed(_ error: CSVError) -> CommandFailure {
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
