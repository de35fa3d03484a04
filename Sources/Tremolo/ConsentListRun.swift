import Bytes
import EdgeServer
import LinuxSystem
import Settings

/// Reads a subscriber list into an import: a CSV file with a header and an identifier a row. Bad rows are told by their
/// lines, never by what stands in them.
struct ConsentListRun: ~Copyable, IdentifierListRun {
    /// Names of columns that hold identifiers, in the order in which they are looked for, without case.
    private static let columnNames = ["email", "cuid", "identifier", "phone", "phonenumber", "phone_number", "custom"]
    /// The most bad rows that are told one by one.
    private static let toldMax = 20

    private let name: String
    private let badPercentMax: UInt64
    private var people: ConsentImport
    var rows = IdentifierRows()
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
        try read(input)
        try check(allowsEmpty: allowsEmpty)
        if try input.hasChanged() {
            throw bad(
                "it was written to while it was read, and nothing was changed", "try again when it is there as a whole")
        }
        let bad = badCount
        do throws(EdgeError) {
            return (try people.finish(effectiveNanoseconds: effectiveNanoseconds), bad)
        } catch {
            throw CommandFailure(error)
        }
    }

    private mutating func read(_ input: borrowing CSVInput) throws(CommandFailure) {
        try input.forEachPiece(title: "consent") { bytes, isAtEnd throws(CommandFailure) in
            try takeRows(bytes, isAtEnd: isAtEnd)
        }
    }

    mutating func takeHeader(
        _ header: CSVRowScanner.Row, names: [String], _ bytes: Span<UInt8>
    ) throws(CommandFailure) {
        let names = names.map { $0.lowercased() }
        guard let column = Self.columnNames.lazy.compactMap({ names.firstIndex(of: $0) }).first else {
            throw bad(
                "the first row names no column \(Self.columnNames.joined(separator: ", "))",
                "write the column's name above the identifiers, as in 'email'")
        }
        rows.begin(behind: header, column: column)
    }

    mutating func take(_ row: CSVRowScanner.Row, _ bytes: Span<UInt8>) {
        rowCount += 1
        guard !(rows.withIdentifier(of: row, in: bytes) { people.take($0) } ?? false) else { return }
        badCount += 1
        if badCount <= Self.toldMax {
            let refusal = rows.withIdentifier(of: row, in: bytes) { people.refusal(of: $0) } ?? .otherKind
            CommandOutput.note("tremolo: \(name):\(row.line): the row \(refusal.explanation)")
        } else if badCount == Self.toldMax + 1 {
            CommandOutput.note("tremolo: \(name): further rows are counted")
        }
    }

    /// Refuses a list that can't be meant.
    private func check(allowsEmpty: Bool) throws(CommandFailure) {
        guard rows.columnCount > 0 else {
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

    func malformed(_ error: CSVError) -> CommandFailure {
        bad("\(error.message), and nothing was changed", "write it as RFC 4180 has it")
    }

    private func bad(_ why: String, _ whatToDo: String) -> CommandFailure {
        CommandFailure(.badInput, Message(name, why: why, whatToDo: whatToDo))
    }
}
