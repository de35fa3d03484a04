import Testing

@testable import Settings

private let reader = ArgumentReader(
    commands: [
        CommandDescription(
            name: "report", summary: "answers a question", details: ["It's \\quick.", ".TH is no macro here"],
            operands: [OperandDescription("URL", summary: "the server", isOptional: true, repeats: true)],
            flags: [
                FlagDescription("format", value: "FORMAT", summary: "the form", choices: ["table", "csv"]),
                FlagDescription(switch: "all-days", summary: "every day"),
            ], examples: ["report --format 'csv' | head -n 1"])
    ], sharedFlags: [FlagDescription("data", value: "DIR", summary: "the folder", standard: "data")])

@Suite("The manual page is made of what arguments are read by")
struct ManualPageTests {
    @Test("A whole page")
    func page() {
        var sections = ManualPage.Sections()
        sections.description = ["What it is for."]
        sections.files = [.init("/etc/tremolo", "The configuration.")]
        sections.examples = [.init("tremolo report", "Ask:")]
        sections.seeAlso = ["curl(1)", "jq(1)"]
        let text = ManualPage(
            program: "tremolo", summary: "the edge", version: "1.2", date: "2026-11-23", reader: reader,
            sections: sections
        ).text
        let status = ExitCode.allCases.map { ".TP\n\\fB\($0.rawValue)\\fR\n\(RoffText.escaped($0.meaning))\n" }
        #expect(
            text == #"""
                .\" Made by 'tremolo manual'.
                .TH TREMOLO 1 2026-11-23 "tremolo 1.2" "User Commands"
                .ad l
                .SH "NAME"
                tremolo \- the edge
                .SH "SYNOPSIS"
                \fBtremolo report\fR [\fB\-\-\fR\fIflag value\fR]... [\fIURL\fR]...
                .br
                \fBtremolo help\fR [\fICOMMAND\fR]
                .SH "DESCRIPTION"
                What it is for.
                .SH "COMMANDS"
                .SS "tremolo report"
                tremolo report answers a question.
                .PP
                It\(aqs \equick.
                .PP
                \&.TH is no macro here
                .TP
                \fIURL\fR
                the server
                .TP
                \fB\-\-format\fR \fIFORMAT\fR
                the form: table, csv
                .TP
                \fB\-\-all\-days\fR
                every day
                .PP
                .EX
                tremolo report \-\-format \(aqcsv\(aq | head \-n 1
                .EE
                .SH "FLAGS"
                Every command takes these; they may stand in front of it, too.
                .TP
                \fB\-\-data\fR \fIDIR\fR
                the folder (default: data)
                .TP
                \fB\-\-help\fR
                prints this help
                .TP
                \fB\-\-version\fR
                prints the version
                .SH "FILES"
                .TP
                \fB/etc/tremolo\fR
                The configuration.
                .SH "EXIT STATUS"

                """# + status.joined() + #"""
                    .SH "EXAMPLES"
                    Ask:
                    .PP
                    .EX
                    tremolo report
                    .EE
                    .SH "SEE ALSO"
                    curl(1), jq(1)

                    """#)
    }

    @Test(
        "Nothing of a text is taken for roff's own",
        arguments: [
            ("a\\fBb", "a\\efBb"), ("--flag", "\\-\\-flag"), ("it's", "it\\(aqs"), ("`a`", "\\(gaa\\(ga"),
            ("~^\"", "\\(ti\\(ha\\(dq"), ("– ü 😀", "\\[u2013] \\[u00FC] \\[u1F600]"), ("a\n.so x", "a .so x"),
        ])
    func escaping(row: (text: String, roff: String)) {
        #expect(RoffText.escaped(row.text) == row.roff)
    }

    @Test("No line of words begins with a control character, or is longer than a screen's")
    func lines() {
        var page = RoffText()
        page.words(String(repeating: ".dot 'quote word ", count: 40))
        #expect(page.lines.count > 5)
        for line in page.lines {
            #expect(!line.hasPrefix(".") && !line.hasPrefix("'"))
            #expect(line.utf8.count <= 80)
        }
        #expect(page.lines.contains { $0.hasPrefix("\\&.dot") })
    }
}

@Suite("What a shell offers is told by the description")
struct ArgumentOfferTests {
    @Test func aValueIsAChoiceAFileAFolderOrAnything() {
        #expect(FlagDescription("mail", value: "FILE", summary: "").offer == .file)
        #expect(FlagDescription("data", value: "DIR", summary: "").offer == .folder)
        #expect(FlagDescription("rules", value: "FOLDER", summary: "").offer == .folder)
        #expect(FlagDescription("sec", value: "ID", summary: "").offer == .nothing)
        #expect(FlagDescription("form", value: "FILE", summary: "", choices: ["a"]).offer == .choices(["a"]))
        #expect(FlagDescription(switch: "all", summary: "").offer == nil)
        #expect(OperandDescription("DIR", summary: "").offer == .folder)
    }

    @Test func anOperandThatIsNoChoiceIsRefused() throws {
        let shell = OperandDescription("SHELL", summary: "the shell", choices: ["bash", "zsh", "fish"])
        let reader = ArgumentReader(
            commands: [CommandDescription(name: "completion", summary: "completes", operands: [shell])],
            sharedFlags: [])
        let error = #expect(throws: ArgumentError.self) { try reader.read(["completion", "bahs"]) }
        #expect(error == .notAnOperand(shell, value: "bahs", nearest: "bash"))
        #expect(
            "\(try #require(error).message)" == "tremolo: bahs: SHELL does not take this value: did you mean 'bash'?")
        guard case .command(let parsed) = try reader.read(["completion", "zsh"]) else {
            Issue.record("a choice was refused")
            return
        }
        #expect(parsed.operands == ["zsh"])
        let help = HelpText(program: "tremolo", summary: "", reader: reader).text(on: .command(reader.commands[0]))
        #expect(help.contains("  SHELL  the shell: bash, zsh, fish\n"))
    }
}
