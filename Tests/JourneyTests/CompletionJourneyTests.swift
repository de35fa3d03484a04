import Foundation
import TestSupport
import Testing

@Suite("bash completes what the program takes")
struct CompletionJourneyTests {
    /// What a line is completed to by a bash that has read the script.
    ///
    /// - Parameters:
    ///   - words: the words as bash hands them over, the program's name first; the last one is completed.
    ///   - folder: where the shell is.
    ///   - breaks: the characters that readline breaks words at.
    private static func completed(
        _ words: [String], in folder: String = "/", breaks: String = " \t\n\"'><=;|&(:"
    ) throws -> [String] {
        let script = """
            source "$1" || exit 70; cd -- "$2" || exit 70; COMP_WORDBREAKS=$3; shift 3
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            complete -p tremolo >/dev/null && _tremolo && printf '%s\\n' "${COMPREPLY[@]}"
            """
        let place = try TemporaryFolder()
        let printed = try tremolo(["completion", "bash"])
        #expect(printed.status == 0 && printed.errors.isEmpty)
        try printed.output.write(toFile: place.path + "/tremolo", atomically: true, encoding: .utf8)
        let result = try run(
            ["/bin/bash", "--norc", "--noprofile", "-u", "-c", script, "-", place.path + "/tremolo", folder, breaks]
                + words)
        #expect(result.status == 0 && result.errors.isEmpty, "\(words): \(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
    }

    @Test("Every command, part and flag of the help is offered, and nothing else")
    func everything() throws {
        let commands = try CommandHelp.all()
        let first = Set(commands.map { String($0.name.prefix { $0 != " " }) })
        #expect(Set(try Self.completed(["tremolo", ""])) == first.union(["help"]))
        for command in commands {
            let words = command.name.split(separator: " ").map(String.init)
            if words.count == 2 { #expect(try Self.completed(["tremolo", words[0], ""]).contains(words[1])) }
            #expect(try Set(Self.completed(["tremolo"] + words + ["--"])) == Set(command.flags), "\(command.name)")
        }
    }

    /// Words in front of the cursor, and what is offered.
    struct Row: Sendable, CustomTestStringConvertible {
        let words: [String]
        let offered: [String]
        var testDescription: String { words.joined(separator: " ") }

        init(_ words: String..., to offered: [String]) {
            self.words = ["tremolo"] + words
            self.offered = offered
        }
    }

    @Test(
        "Each word in its place",
        arguments: [
            Row("re", to: ["report", "rebuild"]),
            Row("config", "ch", to: ["check"]),
            Row("sends", "", to: ["add"]),
            Row("report", "--format", "", to: ["table", "json", "csv", "html"]),
            Row("report", "--format", "j", to: ["json"]),
            // As readline breaks --format=j, --format= and 127.0.0.1:8080.
            Row("report", "--format", "=", "j", to: ["json"]),
            Row("report", "--format", "=", to: ["table", "json", "csv", "html"]),
            Row("serve", "--listen", "127.0.0.1", ":", "8080", "--ad", to: ["--admin"]),
            Row("--config", "report", "config", "al", to: ["allow-seen"]),
            // A flag that counts once is offered once, one that repeats again.
            Row("report", "--sec", "1", "--since", "7d", "--s", to: ["--sec", "--store"]),
            Row("serve", "--greet", "--gr", to: []),
            Row("completion", "", to: ["bash", "zsh", "fish"]),
            Row("completion", "bash", "", to: []),
            Row("help", "config", "pr", to: ["print"]),
            Row("help", "completion", "", to: []),
            Row("explain", "--", "--m", to: []),
            Row("report", "--sec", "--", to: []),
            Row("nonsense", "--da", to: ["--data"]),
        ])
    func words(row: Row) throws {
        #expect(try Self.completed(row.words) == row.offered)
    }

    @Test("A file and a folder are looked for where they belong")
    func paths() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: folder.path + "/mails of may", withIntermediateDirectories: false)
        try Data().write(to: URL(fileURLWithPath: folder.path + "/mail.html"))
        let both = Set(["mail.html", "mails of may"])
        #expect(try Set(Self.completed(["tremolo", "wrap", "--html", "ma"], in: folder.path)) == both)
        #expect(try Set(Self.completed(["tremolo", "--config", "ma"], in: folder.path)) == both)
        #expect(try Self.completed(["tremolo", "import", "ma"], in: folder.path) == ["mails of may"])
        #expect(try Self.completed(["tremolo", "wrap", "--output", "=", "ma"], in: folder.path) == ["mails of may"])
        #expect(try Self.completed(["tremolo", "sends", "ma"], in: folder.path) == [])
    }

    @Test("Where readline does not break words at =, the flag is part of the answer")
    func otherBreaks() throws {
        #expect(try Self.completed(["tremolo", "report", "--format=j"], breaks: " \t\n") == ["--format=json"])
        #expect(try Self.completed(["tremolo", "report", "--format=x"], breaks: " \t\n") == [])
    }

    @Test("A shell that no script is made for is refused")
    func otherShells() throws {
        let result = try tremolo(["completion", "powershell"])
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(result.errors == "tremolo: powershell: SHELL does not take this value: use bash, zsh or fish\n")
    }
}
