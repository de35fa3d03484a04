import Foundation
import TestSupport
import Testing

@Suite("Readers of manual pages take the page as it is meant", .enabled(if: OutsideProgram.isAskedFor))
struct ManualReaderTests {
    /// Writes the page, or another one, into a folder.
    private static func page(_ text: String? = nil, in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/tremolo.1"
        try (text ?? tremolo(["manual"]).output).write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("mandoc and groff find nothing to say about it, and would")
    func clean() throws {
        let folder = try TemporaryFolder()
        for command in [
            ["/usr/bin/mandoc", "-Tlint", "-Wstyle"],
            ["/usr/bin/groff", "-ww", "-man", "-Tutf8", "-z"],
            ["/usr/bin/man", "--warnings", "-l", "-E", "UTF-8", "-Tutf8", "-Z"],
        ] {
            let result = try run(command + [Self.page(in: folder)])
            let said = (command[0].hasSuffix("/man") ? "" : result.output) + result.errors
            #expect(result.status == 0 && said.isEmpty, "\(command[0]): \(said)")
            let bad = try run(
                command + [Self.page(".TH X 1 2026-11-23\n.SH NAME\n\\fZx\n.nonsense\n.so\n", in: folder)])
            #expect(bad.status != 0 || !bad.errors.isEmpty, "\(command[0]) finds a mistake")
        }
    }

    @Test("What a person reads can be typed as it stands", arguments: ["mandoc", "man"])
    func readable(reader: String) throws {
        let folder = try TemporaryFolder()
        let path = try Self.page(in: folder)
        let command =
            reader == "man"
            ? ["/usr/bin/man", "-l", "-P", "cat", "-Tutf8", path] : ["/usr/bin/mandoc", "-Tutf8", path]
        let result = try run(
            command, environment: ["MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": "0"])
        // Bold is a letter, a backspace and the letter again; colours are escape sequences.
        let text = result.output.replacing(/.\u{8}/, with: "").replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        for words in [
            "tremolo - the open tracking edge for email", "--flush-interval SECONDS", "config allow-seen --min 50",
            "tremolo wrap --html mail.html --base https://trem.example.com --sec 8781202",
            "--cuid '{{ email }}' --esp klaviyo > wrapped.html",
            "runuser -u tremolo -- tremolo report --since 7d", "\"final\": false", "Each http or https link of an `a`",
        ] {
            #expect(text.contains(words), "\(words)")
        }
    }
}
