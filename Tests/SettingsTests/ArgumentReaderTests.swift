import Testing

@testable import Settings

private let listen = FlagDescription(
    "listen", value: "HOST:PORT", summary: "where clicks arrive", standard: "127.0.0.1:8080")
private let greet = FlagDescription(switch: "greet", summary: "prints a link to try")
private let format = FlagDescription(
    "format", value: "FORMAT", summary: "how to print it", standard: "table", choices: ["table", "json", "csv"])
private let section = FlagDescription("sec", value: "ID", summary: "a section", repeats: true)
private let config = FlagDescription("config", value: "FILE", summary: "the configuration")
private let data = FlagDescription("data", value: "DIR", summary: "the data folder", standard: "data")

private let url = OperandDescription("URL", summary: "the link to explain")
private let reader = ArgumentReader(
    commands: [
        CommandDescription(
            name: "serve", summary: "runs the edge", details: ["It goes on until it is told to stop."],
            flags: [listen, greet], examples: ["serve --listen 127.0.0.1:9000"]),
        CommandDescription(name: "report", summary: "answers a question", flags: [section, format]),
        CommandDescription(name: "explain", summary: "explains a link", operands: [url]),
        CommandDescription(
            name: "copy", summary: "copies",
            operands: [
                OperandDescription("FROM", summary: "where from", mayBeEmpty: true),
                OperandDescription("TO", summary: "where to"),
            ]),
        CommandDescription(
            name: "forget", summary: "forgets people",
            operands: [OperandDescription("PERSON", summary: "who", isOptional: true, repeats: true)]),
        CommandDescription(name: "config check", summary: "finds every problem"),
        CommandDescription(name: "config print", summary: "shows the settings"),
    ],
    sharedFlags: [config, data])

/// One reading of a command line, as words split at spaces, of which `''` is an empty one, to be compared.
private func read(_ line: String) -> Result<Invocation, ArgumentError> {
    Result { () throws(ArgumentError) in
        try reader.read(line.split(separator: " ").map { $0 == "''" ? "" : String($0) })
    }
}

/// The arguments of a line that must be readable.
private func arguments(_ line: String) throws -> ParsedArguments {
    guard case .command(let parsed) = try read(line).get() else {
        throw ArgumentError.missingCommand
    }
    return parsed
}

private func command(_ name: String) throws -> CommandDescription {
    try #require(reader.commands.first { $0.name == name })
}

struct BadLine: CustomTestStringConvertible, Sendable {
    let line: String
    let error: ArgumentError
    let message: String
    var testDescription: String { "'\(line)'" }
}

@Suite("A command line is read as GNU programs read it")
struct ArgumentReaderTests {
    @Test(arguments: [
        "serve --listen 127.0.0.1:9000 --data d", "serve --listen=127.0.0.1:9000 --data=d",
        "--data d serve --listen 127.0.0.1:9000", "--data=d serve --listen=127.0.0.1:9000",
    ])
    func bothSpellingsOfAFlagMeanTheSame(_ line: String) throws {
        let parsed = try arguments(line)
        #expect(parsed.command.name == "serve")
        #expect(parsed.value("listen") == "127.0.0.1:9000")
        #expect(parsed.value("data") == "d")
        #expect(parsed.operands == [])
        #expect(parsed.has("greet") == false)
        #expect(parsed.value("config") == nil)
    }

    @Test func aSwitchIsThereOrNot() throws {
        #expect(try arguments("serve --greet").has("greet"))
    }

    @Test func aRepeatedFlagKeepsEveryValueInOrder() throws {
        let parsed = try arguments("report --sec 1 --format json --sec=2")
        #expect(parsed.values("sec") == ["1", "2"])
        #expect(parsed.value("sec") == "2")
        #expect(parsed.values("format") == ["json"])
    }

    @Test func anEmptyValueIsAValue() throws {
        #expect(try arguments("report --sec=").values("sec") == [""])
        #expect(try arguments("report --sec=a=b").values("sec") == ["a=b"])
    }

    @Test func aDashAloneIsAValueAndAnOperand() throws {
        #expect(try arguments("report --sec -").values("sec") == ["-"])
        #expect(try arguments("explain -").operands == ["-"])
        #expect(throws: ArgumentError.repeatedStandardInput) { try arguments("report --sec - --sec -") }
    }

    @Test func flagsMayStandBehindOperandsAndTwoDashesEndThem() throws {
        let parsed = try arguments("forget a --data d -- --data -h")
        #expect(parsed.operands == ["a", "--data", "-h"])
        #expect(parsed.value("data") == "d")
    }

    @Test func aValueThatLooksLikeAFlagIsAttached() throws {
        #expect(try arguments("report --sec=--x").values("sec") == ["--x"])
    }

    @Test func twoWordsChooseACommand() throws {
        #expect(try arguments("config check --data d").command.name == "config check")
    }

    @Test func helpAndVersionWin() throws {
        #expect(try read("--help").get() == .help(.program))
        #expect(try read("-h").get() == .help(.program))
        #expect(try read("help").get() == .help(.program))
        #expect(try read("--version").get() == .version)
        #expect(try read("serve --version").get() == .version)
        for line in ["serve --help", "help serve", "--help serve", "serve -h --listen x"] {
            #expect(try read(line).get() == .help(.command(command("serve"))), "\(line)")
        }
        #expect(try read("explain --help").get() == .help(.command(command("explain"))))
        for line in ["config --help", "help config", "config -h"] {
            let parts = try [command("config check"), command("config print")]
            #expect(try read(line).get() == .help(.parts(of: "config", parts)), "\(line)")
        }
    }

    @Test(arguments: [
        BadLine(
            line: "", error: .missingCommand,
            message: "tremolo: command: none was given: run 'tremolo --help' for a list"),
        BadLine(
            line: "serv", error: .unknownCommand("serv", nearest: "serve"),
            message: "tremolo: serv: there is no such command: did you mean 'serve'?"),
        BadLine(
            line: "xyzzy --help", error: .unknownCommand("xyzzy", nearest: nil),
            message: "tremolo: xyzzy: there is no such command: see 'tremolo --help'"),
        BadLine(
            line: "config chekc", error: .unknownCommand("config chekc", nearest: "config check"),
            message: "tremolo: config chekc: there is no such command: did you mean 'config check'?"),
        BadLine(
            line: "config", error: .missingPart(of: "config", parts: ["config check", "config print"]),
            message: "tremolo: config: it has several parts: choose one: config check, config print"),
        BadLine(
            line: "serve --lisen x", error: .unknownFlag("--lisen", command: "serve", nearest: "--listen"),
            message: "tremolo: --lisen: 'serve' has no such flag: did you mean '--listen'?"),
        BadLine(
            line: "report --listen=x", error: .unknownFlag("--listen", command: "report", nearest: nil),
            message: "tremolo: --listen: 'report' has no such flag: see 'tremolo report --help'"),
        BadLine(
            line: "--listen x serve", error: .unknownFlag("--listen", command: nil, nearest: nil),
            message: "tremolo: --listen: there is no such flag: see 'tremolo --help'"),
        BadLine(
            line: "serve -l", error: .unknownFlag("-l", command: "serve", nearest: nil),
            message: "tremolo: -l: 'serve' has no such flag: see 'tremolo serve --help'"),
        BadLine(
            line: "serve --listen", error: .missingValue(flag: listen),
            message: "tremolo: --listen: its value is missing: write --listen HOST:PORT"),
        BadLine(
            line: "serve --listen --greet", error: .missingValue(flag: listen),
            message: "tremolo: --listen: its value is missing: write --listen HOST:PORT"),
        BadLine(
            line: "serve --greet=yes", error: .unexpectedValue(flag: greet),
            message: "tremolo: --greet: it takes no value: write --greet alone"),
        BadLine(
            line: "report --format jsn", error: .notAChoice(flag: format, value: "jsn", nearest: "json"),
            message: "tremolo: --format: it does not take 'jsn': did you mean 'json'?"),
        BadLine(
            line: "report --format xml2", error: .notAChoice(flag: format, value: "xml2", nearest: nil),
            message: "tremolo: --format: it does not take 'xml2': use table, json or csv"),
        BadLine(
            line: "serve --data a --data b", error: .repeatedFlag(data),
            message: "tremolo: --data: it was given more than once: give it once"),
        BadLine(
            line: "explain", error: .missingOperand(url, command: "explain"),
            message: "tremolo: explain: URL is missing (the link to explain): see 'tremolo explain --help'"),
        BadLine(
            line: "explain ''", error: .emptyOperand(url, command: "explain"),
            message: "tremolo: explain: URL is empty (the link to explain): see 'tremolo explain --help'"),
        BadLine(
            line: "copy '' ''",
            error: .emptyOperand(OperandDescription("TO", summary: "where to"), command: "copy"),
            message: "tremolo: copy: TO is empty (where to): see 'tremolo copy --help'"),
        BadLine(
            line: "explain a b", error: .unexpectedOperand("b", command: "explain"),
            message: "tremolo: b: 'explain' does not take this argument: see 'tremolo explain --help'"),
    ])
    func whatIsWrongIsSaidWithWhatToDo(_ row: BadLine) {
        #expect(read(row.line) == .failure(row.error))
        #expect(row.error.message.description == row.message)
    }

    @Test func aMessageStaysOnItsLine() {
        let message = Message("a\nb\u{1B}[31m", why: "right\u{202E}left", whatToDo: nil)
        #expect(message.description == "tremolo: a\\u{a}b\\u{1b}[31m: right\\u{202e}left")
    }

    @Test func exitCodesAreThoseOfSysexits() {
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 64, 65, 66, 69, 70, 73, 74, 77, 78, 129, 130, 143])
    }
}

@Suite("Help is made of what arguments are read by")
struct HelpTextTests {
    private let help = HelpText(program: "tremolo", summary: "Tremolo tracks clicks.", reader: reader, columns: 60)

    @Test func aCommand() throws {
        let text = help.text(on: .command(try command("serve")))
        #expect(
            text == """
                Usage: tremolo serve [--flag value]...

                tremolo serve runs the edge.

                It goes on until it is told to stop.

                Flags:
                  --listen HOST:PORT  where clicks arrive (default:
                                      127.0.0.1:8080)
                  --greet             prints a link to try

                Flags that every command takes:
                  --config FILE  the configuration
                  --data DIR     the data folder (default: data)
                  --help         prints this help
                  --version      prints the version

                Examples:
                  tremolo serve --listen 127.0.0.1:9000

                """)
    }

    @Test func choicesAndRepetitionAreNamed() throws {
        let text = help.text(on: .command(try command("report")))
        #expect(text.contains("  --sec ID         a section; may be repeated\n"))
        #expect(text.contains("how to print it: table, json, csv"))
    }

    @Test func theProgramAndAGroupListTheirCommands() throws {
        let program = help.text(on: .program)
        for command in reader.commands { #expect(program.contains("  \(command.name) ")) }
        let parts = help.text(on: .parts(of: "config", [try command("config check"), try command("config print")]))
        #expect(parts.contains("  config print  shows the settings\n"))
    }

    @Test func aProgramOfOneCommandHasNoWordForIt() throws {
        let only = CommandDescription(
            name: "tremolo-load", summary: "measures",
            operands: [OperandDescription("URL", summary: "the server")], examples: ["http://127.0.0.1"])
        let reader = ArgumentReader(commands: [only], sharedFlags: [])
        let text = HelpText(program: "tremolo-load", summary: "", reader: reader).text(on: .command(only))
        #expect(text.hasPrefix("Usage: tremolo-load [--flag value]... URL\n\ntremolo-load measures.\n"))
        #expect(text.contains("\n  tremolo-load http://127.0.0.1\n"))
        let error = #expect(throws: ArgumentError.self) { try reader.read(["tremolo-load"]) }
        #expect(error?.message.whatToDo == "see 'tremolo-load --help'")
    }

    @Test func noLineIsWiderThanAskedFor() throws {
        for topic in [HelpTopic.program, .command(try command("report")), .command(try command("forget"))] {
            for line in help.text(on: topic).split(separator: "\n") { #expect(line.count <= 60) }
        }
    }
}
