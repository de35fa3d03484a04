import Foundation
import TestSupport
import Testing

@Suite("What wrap can't do with a mail or a list is said, and nothing half done is written")
struct WrapInputJourneyTests {
    private static func wrap(_ arguments: [String], input: String = "") throws -> CommandResult {
        try tremolo(
            ["wrap", "--base", "https://t.example", "--sec", "1", "--config", shippedConfiguration()] + arguments,
            input: input)
    }

    @Test("HTML in UTF-16 or UTF-32, and a whole message, exit 65 with nothing on standard output")
    func form() throws {
        let html = "<p><a href='https://a.example/'>x</a>"
        let folder = try TemporaryFolder()
        let file = folder.path + "/mail.html"
        for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf32, .utf32BigEndian] {
            try #require(html.data(using: encoding)).write(to: URL(fileURLWithPath: file))
            let result = try Self.wrap(["--html", file])
            #expect(result.status == 65 && result.output.isEmpty)
            #expect(result.errors.contains("mail.html: it is no UTF-8"))
            #expect(result.errors.contains("save it as UTF-8"))
        }
        let message = "Received: by a.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n\(html)"
        let result = try Self.wrap(["--html", "-"], input: message)
        #expect(result.status == 65 && result.output.isEmpty)
        #expect(result.errors.contains("it is a whole message, with its header: give its HTML part"))
        let marked = try Self.wrap(["--html", "-"], input: "\u{FEFF}" + html)
        #expect(marked.status == 0 && marked.output.unicodeScalars.starts(with: "\u{FEFF}<img".unicodeScalars))
    }

    @Test("Links that are left are listed with the reason")
    func left() throws {
        let html =
            "<a href='https://ann@a.example/'><a href='https://a.example/&ndash;'><a href='https://a.example/{{x}}'>"
        let result = try Self.wrap(["--html", "-", "--cuid", "[EMAIL]"], input: html)
        #expect(result.status == 0)
        #expect(
            result.output.contains(
                "><a href='https://ann@a.example/'><a href='https://a.example/&ndash;'><a href='https://t"))
        #expect(
            result.errors == """
                cuid: [EMAIL] is no code of this sender's: it will be sent as text to every recipient
                standard input:1: a: left: the target names a user before its host
                standard input:1: a: left: a browser may read &ndash; as a sign that is not known here: write it \
                percent-encoded
                standard input:1: a: {{x}} stands raw: the sender can't percent-encode it
                wrapped: 1 link; tracking links before: 0; left: 2; the pixel was added

                """)
    }

    /// What a list of people gives.
    struct List: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let status: Int32
        let mails: Int
        let words: String
        let isWritten: Bool

        init(_ description: String, _ bytes: [UInt8], _ status: Int32, mails: Int, _ words: String) {
            testDescription = description
            (self.bytes, self.status, self.mails, self.words) = (bytes, status, mails, words)
            isWritten = mails > 0 && status != 0
        }
    }

    @Test(arguments: [
        List(
            "a row that is not UTF-8", Array("email,n\na@m.example,x\nb@m.example,".utf8) + [0xE9, 0x0A], 65, mails: 1,
            "people.csv:3: it is not UTF-8: mend the list; mails of the rows above are written"),
        List("a header that is not UTF-8", [0xFF, 0x2C, 0x61, 0x0A], 65, mails: 0, "people.csv:1: it is not UTF-8"),
        List("two columns of one name", Array("email,email\na,b\n".utf8), 65, mails: 0, "people.csv:1: two columns"),
        List("no row", [], 65, mails: 0, "people.csv:1: there is no row with the names"),
        List("a short first row", Array("email,n\na\n".utf8), 65, mails: 0, "people.csv:2: it has 1 field"),
        List("a short second row", Array("email,n\na,b\na\n".utf8), 65, mails: 1, "people.csv:3: it has 1 field"),
        List(
            "text behind a quote", Array("email,n\na,b\nc,d\n\"e\"f,g\nh,i\n".utf8), 65, mails: 2,
            "people.csv: text stands behind a closing quote in line 4"),
        List(
            "no identifier", Array("email,n\na@m.example,x\n\" \",y\n".utf8), 0, mails: 2,
            "people.csv:3: the recipient has no identifier"),
    ])
    func lists(_ list: List) throws {
        let folder = try TemporaryFolder()
        let (path, mails) = (folder.path + "/people.csv", folder.path + "/mails")
        try Data(list.bytes).write(to: URL(fileURLWithPath: path))
        let result = try Self.wrap(
            ["--html", "-", "--recipients", path, "--output", mails, "--cuid", "{{email}}"],
            input: "<style>{{n}}</style>{{n}}")
        #expect(result.status == list.status && result.output.isEmpty)
        #expect(result.errors.contains(list.words), "\(result.errors)")
        #expect(result.errors.contains("mails of the rows above are written") == list.isWritten)
        #expect(!result.errors.contains("m.example"))
        let isThere = FileManager.default.fileExists(atPath: mails)
        #expect(try (isThere ? FileManager.default.contentsOfDirectory(atPath: mails).count : 0) == list.mails)
        if list.mails > 0 {
            #expect(result.errors.contains("{{n}} stays: nothing is filled in in a script, a style or a comment"))
        }
    }
}
