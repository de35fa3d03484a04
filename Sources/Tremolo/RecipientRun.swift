import Bytes
import LinuxSystem
import Mail
import Settings

/// One mail for each row of a recipient list, from a template that is wrapped once. The list streams: the memory is
/// that of the template and a few rows.
struct RecipientRun {
    private let list: String
    private let folder: String
    private let source: WrapSource
    private let options: MailWrapper.Options

    init(
        list: String, folder: String, source: WrapSource, options: MailWrapper.Options
    ) throws(CommandFailure) {
        self.list = list
        self.folder = folder
        self.source = source
        self.options = options
    }

    /// Writes the mails, and says how many there are and how many links each has.
    func run() throws(CommandFailure) -> (messages: UInt64, links: Int) {
        var template: Template?
        var written: UInt64 = 0
        try CSVInput(list).forEachRecord(note: { Self.rest(written) }) { record throws(CommandFailure) in
            guard record.fields.allSatisfy({ UTF8Validation.isValid($0.span) }) else {
                throw bad(line: record.line, "it is not UTF-8", written: written)
            }
            guard let template else {
                template = try makeTemplate(header: record)
                return
            }
            guard record.fields.count == template.columnCount else {
                let count = WrapNotes.count(UInt64(record.fields.count), "field")
                throw bad(
                    line: record.line, "it has \(count), and the first has \(template.columnCount)", written: written)
            }
            if template.cuidColumns.allSatisfy({ record.fields[$0].allSatisfy { $0 <= 0x20 } }) {
                CommandOutput.note("\(Message.onOneLine(listName)):\(record.line): the recipient has no identifier")
            }
            written += 1
            try write(template.mail.render(row: record.fields), number: written)
        }
        guard let template else { throw bad(line: 1, "there is no row with the names of the columns") }
        CommandOutput.note("wrote \(WrapNotes.count(written, "mail")) to \(Message.onOneLine(folder))")
        return (written, template.mail.trackingLinkCount)
    }

    /// The mail that is wrapped, and what is to know of the list's columns.
    private struct Template {
        let mail: WrappedMail
        let columnCount: Int
        let cuidColumns: [Int]
    }

    private func makeTemplate(header: CSVRecord) throws(CommandFailure) -> Template {
        let names = header.fields.map { String(decoding: $0, as: UTF8.self) }
        if let name = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw bad(line: header.line, "two columns have the name '\(name)'")
        }
        var options = options
        options.columns = RecipientColumns(names: names)
        let cuidColumns = options.cuidColumns
        guard !cuidColumns.isEmpty else {
            throw .usage(
                "--cuid", why: "it has to name a column, so that each recipient has links of their own",
                whatToDo: "give the tag that stands for the column, as in --cuid '{{email}}'")
        }
        let mail = try source.wrap(MailWrapper(options))
        WrapNotes.write(mail, of: source, isSigned: options.stamp != nil)
        do throws(SystemError) {
            try Files.makeDirectories(folder)
        } catch {
            throw CommandFailure(
                error.isNoPermission ? .noPermission : .cannotCreate,
                Message(folder, why: error.reason, whatToDo: "name a folder that can be made"))
        }
        return Template(mail: mail, columnCount: names.count, cuidColumns: cuidColumns)
    }

    private var listName: String { list == "-" ? "standard input" : list }

    private func bad(line: Int, _ why: String, written: UInt64 = 0) -> CommandFailure {
        CommandFailure(
            .badInput, Message("\(listName):\(line)", why: why, whatToDo: "mend the list\(Self.rest(written))"))
    }

    private static func rest(_ written: UInt64) -> String {
        written > 0 ? "; mails of the rows above are written" : ""
    }

    // MARK: The mails

    /// Writes a mail under its row's number: a name that nothing of the row can change. Mails hold addresses, so that
    /// they are for their owner alone; one that is there already is not overwritten.
    private func write(_ bytes: [UInt8], number: UInt64) throws(CommandFailure) {
        let digits = String(number)
        let name = String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        let path = "\(folder)/\(name).\(source.fileEnding)"
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, .createNew, permissions: 0o600)
            try file.writeAll(bytes.span, at: 0)
        } catch {
            throw CommandFailure(
                error.isNoPermission ? .noPermission : error.isAlreadyThere ? .cannotCreate : .inputOutput,
                Message(
                    path, why: error.reason,
                    whatToDo: error.isNoSpace ? "free some space" : "name an empty folder that can be written to"))
        }
    }
}
