/// The manual page of a program, made of the same descriptions that arguments are read by.
package struct ManualPage: Equatable, Sendable {
    /// A term and what it means.
    package struct Entry: Equatable, Sendable {
        /// What is typed or named, such as a path or a signal.
        package let term: String
        /// What it means, in sentences.
        package let meaning: String

        /// Makes an entry.
        package init(_ term: String, _ meaning: String) {
            self.term = term
            self.meaning = meaning
        }
    }

    /// What the page says beside commands and flags.
    package struct Sections: Equatable, Sendable {
        /// What the program is for, as paragraphs.
        package var description: [String] = []
        /// The files that it reads and writes.
        package var files: [Entry] = []
        /// The variables that it heeds.
        package var environment: [Entry] = []
        /// What signals do.
        package var signals: [Entry] = []
        /// Command lines, each with what it is for.
        package var examples: [Entry] = []
        /// Other pages, such as `curl(1)`, and texts.
        package var seeAlso: [String] = []

        /// Makes a page that has commands alone.
        package init() {}
    }

    private let program: String
    private let summary: String
    private let version: String
    private let date: String
    private let reader: ArgumentReader
    private let sections: Sections

    /// Describes a page.
    ///
    /// - Parameters:
    ///   - program: the program's name as a person types it.
    ///   - summary: what it is, in a few words without a full stop.
    ///   - date: the day of the version, as 2026-11-23.
    ///   - reader: the commands and flags it is made of.
    package init(
        program: String, summary: String, version: String, date: String, reader: ArgumentReader, sections: Sections
    ) {
        self.program = program
        self.summary = summary
        self.version = version
        self.date = date
        self.reader = reader
        self.sections = sections
    }

    /// The page, in the macros of man(7): what `man -l` shows.
    package var text: String {
        var page = RoffText()
        page.raw(".\\\" Made by '\(program) manual'.")
        page.raw(".TH \(program.uppercased()) 1 \(date) \"\(program) \(version)\" \"User Commands\"")
        page.raw(".ad l")
        page.request("SH", "NAME")
        page.raw("\(RoffText.escaped(program)) \\- \(RoffText.escaped(summary))")
        writeSynopsis(to: &page)
        page.request("SH", "DESCRIPTION")
        page.paragraphs(sections.description)
        writeCommands(to: &page)
        write("FILES", sections.files, to: &page)
        write("ENVIRONMENT", sections.environment, to: &page)
        write("EXIT STATUS", ExitCode.allCases.map { Entry("\($0.rawValue)", $0.meaning) }, to: &page)
        write("SIGNALS", sections.signals, to: &page)
        writeExamples(to: &page)
        page.request("SH", "SEE ALSO")
        page.words(sections.seeAlso.joined(separator: ", "))
        return page.text
    }

    private func writeSynopsis(to page: inout RoffText) {
        page.request("SH", "SYNOPSIS")
        for (index, command) in reader.commands.enumerated() {
            if index > 0 { page.raw(".br") }
            page.raw(call(command))
        }
        page.raw(".br")
        page.raw("\(RoffText.bold("\(program) help")) [\(RoffText.italic("COMMAND"))]")
    }

    private func call(_ command: CommandDescription) -> String {
        let flag = "[\(RoffText.bold("--"))\(RoffText.italic("flag value"))]..."
        let operands = command.operands.map { operand in
            let name = RoffText.italic(operand.name)
            return " " + (operand.isOptional ? "[\(name)]" : name) + (operand.repeats ? "..." : "")
        }
        return "\(RoffText.bold(reader.call(command, of: program))) \(flag)\(operands.joined())"
    }

    private func writeCommands(to page: inout RoffText) {
        page.request("SH", "COMMANDS")
        for command in reader.commands {
            page.request("SS", reader.call(command, of: program))
            let call = reader.call(command, of: program)
            page.paragraphs(["\(call) \(command.summary)."] + command.details)
            for operand in command.operands { page.entry(RoffText.italic(operand.name), operand.explanation) }
            writeFlags(command.flags, to: &page)
            if !command.examples.isEmpty { page.example(command.examples.map { "\(program) \($0)" }) }
        }
        page.request("SH", "FLAGS")
        page.words("Every command takes these; they may stand in front of it, too.")
        writeFlags(reader.sharedFlags + reader.ownFlags, to: &page)
    }

    private func writeFlags(_ flags: [FlagDescription], to page: inout RoffText) {
        for flag in flags {
            let value = flag.value.map { " " + RoffText.italic($0) } ?? ""
            page.entry(RoffText.bold("--\(flag.name)") + value, flag.explanation)
        }
    }

    private func write(_ title: String, _ entries: [Entry], to page: inout RoffText) {
        guard !entries.isEmpty else { return }
        page.request("SH", title)
        for entry in entries { page.entry(RoffText.bold(entry.term), entry.meaning) }
    }

    private func writeExamples(to page: inout RoffText) {
        page.request("SH", "EXAMPLES")
        for (index, example) in sections.examples.enumerated() {
            if index > 0 { page.raw(".PP") }
            page.words(example.meaning)
            page.example([example.term])
        }
    }
}
