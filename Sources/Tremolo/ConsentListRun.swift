import Bytes
import EdgeServer
import LinuxSystem
import Settings

/// Reads a subscriber list into an import: a CSV file with a header and an identifier a row. Bad rows are told by their
/// lines, never by what stands in them.
struct ConsentListRun: ~Copyable {
    /// Names of columns that hold identifiers, in the order in which they are looked for, without case.
    private static let columnNames = ["email", "cuid", "identifier", "phone", "phonenumber", "phone_number", "custom"]
    /// The most bad rows that are told one by one.
    private static let toldMax = 20

    private let name: String
    private let badPercentMax: UInt64
    private var people: ConsentImport
    private var scanner = CSVRowScanner()
    private var unquoted: [UInt8] = []
    /// Columns of the header; 0 before it has come.
    private var columnCount = 0
    private var rowCount: UInt64 = 0
    private var badCount: UInt64 = 0

    /// - Parameters:
    ///   - name: the list as messages name it.
    ///   - badPercentMax: of the rows, how many may be bad.
    init(_ people: consuming ConsentImport, name: String, badPercentMax: UInt64) {
        self.people = people
        self.name = name
        self.badPercentMax = badPercentMax
    }

    /// Reads the list to its end and brings it into force.
    ///
    /// - Returns: what came of it, and how many rows were bad.
    consuming func run(
        _ input: borrowing CSVInput, effectiveNanoseconds: UInt64, allowsEmpty: Bool
    ) throws(CommandFailure) -> (outcome: ConsentImport.Outcome, bad: UInt64) {
        let progress = ProgressLine(title: "consent", unit: .bytes)
        var buffer = ByteBuffer(capacity: CSVReader.recordBytesMax)
        var done: UInt64 = 0
        var isAtEnd = false
        while !isAtEnd {
            while !isAtEnd, buffer.freeCapacity > 0 { isAtEnd = try input.read(into: &buffer) == 0 }
            var consumed = 0
            var problem: CommandFailure?
            buffer.withSpan { bytes in
                do throws(CommandFailure) {
                    consumed = try takeRows(bytes, isAtEnd: isAtEnd)
                } catch {
                    problem = error
                }
            }
            if let problem {
                progress.clear()
                throw problem
            }
            buffer.removeFirst(consumed)
            done += UInt64(consumed)
            if let size = input.sizeBytes { progress.show(done, of: size) }
        }
        progress.clear()
        try check(allowsEmpty: allowsEmpty)
        let bad = badCount
        do throws(EdgeError) {
            return (try people.finish(effectiveNanoseconds: effectiveNanoseconds), bad)
        } catch {
            throw CommandFailure(error)
        }
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
        let names = records.first?.fields.map { String(decoding: $0, as: UTF8.self).lowercased() } ?? []
        guard let column = Self.columnNames.lazy.compactMap({ names.firstIndex(of: $0) }).first else {
            throw bad(
                "the first row names no column \(Self.columnNames.joined(separator: ", "))",
                "write the column's name above the identifiers, as in 'email'")
        }
        scanner.column = column
        columnCount = row.fieldCount
    }

    private mutating func take(_ row: CSVRowScanner.Row, _ bytes: Span<UInt8>) {
        rowCount += 1
        // In a row of another number of fields, nobody knows which one is the identifier.
        let field = row.fieldCount == columnCount ? row.field : nil
        let isGood = field.map { takePerson(bytes.extracting($0), hasDoubledQuotes: row.hasDoubledQuotes) } ?? false
        guard !isGood else { return }
        badCount += 1
        if badCount <= Self.toldMax {
            CommandOutput.note("tremolo: \(name):\(row.line): the row names nobody of the section's kind")
        } else if badCount == Self.toldMax + 1 {
            CommandOutput.note("tremolo: \(name): further rows are counted")
        }
    }

    private mutating func takePerson(_ field: Span<UInt8>, hasDoubledQuotes: Bool) -> Bool {
        guard hasDoubledQuotes else { return people.take(field) }
        unquoted.removeAll(keepingCapacity: true)
        var offset = 0
        while offset < field.count {
            unquoted.append(field[offset])
            offset += field[offset] == UInt8(ascii: "\"") ? 2 : 1
        }
        let identifier = unquoted
        return people.take(identifier.span)
    }

    /// Refuses a list that can't be meant.
    private func check(allowsEmpty: Bool) throws(CommandFailure) {
        guard columnCount > 0 else {
            throw bad("there is no row with the name of the column", "write 'email' above the identifiers")
        }
        if badCount > 0, badCount * 100 > badPercentMax * rowCount {
            throw bad(
                "\(badCount) of \(WrapNotes.count(rowCount, "row")) are bad, more than \(badPercentMax)%, and nothing "
                    + "was changed", "mend the list, or allow more with --max-bad")
        }
        if rowCount == badCount, !allowsEmpty {
            throw bad(
                "the list names nobody, which would opt everybody out, and nothing was changed",
                "give --allow-empty if that is meant")
        }
    }

    private func malformed(_ error: CSVError) -> CommandFailure {
        bad("\(error.message), and nothing was changed", "write it as RFC 4180 has it")
    }

    private func bad(_ why: String, _ whatToDo: String) -> CommandFailure {
        CommandFailure(.badInput, Message(name, why: why, whatToDo: whatToDo))
    }
}
