import Mail
import Testing
import TrackingLinks

/// A message and what is found in it.
struct MessageRow: Sendable, CustomTestStringConvertible {
    let name: String
    let message: String
    /// `line element url` of each link.
    let links: [String]
    var problems: [String] = []

    var testDescription: String { name }

    init(_ name: String, _ message: String, _ links: [String], problems: [String] = []) {
        self.name = name
        self.message = message
        self.links = links
        self.problems = problems
    }
}

@Suite("A message is read as its recipient's client reads it, with the lines of the file")
struct MessageTests {
    private static let rows = [
        MessageRow(
            "quoted-printable: a link broken softly has the line that it begins in",
            """
            Content-Type: text/html
            Content-Transfer-Encoding: Quoted-Printable

            <p>=20
            x=
            y <a href=3D"https://a.example/=
            long?x=3D1">=FCnread</a>\u{20}
            <a href=3D'https://b.example/'>
            """, ["6 a https://a.example/long?x=1", "8 a https://b.example/"]),
        MessageRow(
            "quoted-printable: what is none stays, and is told",
            """
            Content-Type: text/html
            Content-Transfer-Encoding: quoted-printable

            <a href="https://a.example/?x=zz=4">
            """,
            ["4 a https://a.example/?x=zz=4"], problems: ["4 a part holds something"]),
        MessageRow(
            "base64: lines are those that the bytes came from",
            """
            Subject: x
            Content-Type: text/html; charset="UTF-8"
            Content-Transfer-Encoding: base64

            PHA+eDwvcD4KPHA+eTwvcD4K
            PGEgaHJlZj0iaHR0cHM6Ly9h
            LmV4YW1wbGUvIj54PC9hPg==
            """, ["6 a https://a.example/"]),
        MessageRow(
            "base64: what is not of the alphabet is left out, and a second text may follow padding",
            """
            Content-Type: text/html
            Content-Transfer-Encoding: base64

            PGEgaHJlZj0i*aHR0cHM6Ly9hLmV4YW1wbGUvIj4=
            PGEgaHJlZj0iaHR0cHM6Ly9iLmV4YW1wbGUvIj4=
            """, ["4 a https://a.example/", "5 a https://b.example/"], problems: ["4 a part holds something"]),
        MessageRow(
            "alternative: text and HTML, the text first; preamble and epilogue are neither",
            """
            MIME-Version: 1.0
            Content-Type: multipart/alternative;
             boundary="=_b (1)"; x=y

            https://preamble.example/
            --=_b (1)
            Content-Type: text/plain

            see https://a.example/
            --=_b (1)\u{20}\u{20}
            Content-Type: text/html

            <a href=https://b.example/>
            --=_b (1)--
            https://epilogue.example/
            """, ["9 text https://a.example/", "13 a https://b.example/"]),
        MessageRow(
            "mixed in related in alternative: an inner part that is not closed ends with the outer one",
            """
            Content-Type: multipart/mixed; boundary=o

            --o
            Content-Type: multipart/alternative; boundary=o2

            --o2

            https://a.example/
            --o2
            Content-Type: multipart/related; boundary=(comment)r

            --r
            Content-Type: text/html

            <a href=https://b.example/>
            --o
            Content-Type: text/html
            Content-Disposition: attachment; filename="https://x.example/"

            <a href=https://attached.example/>
            --o
            Content-Type: message/rfc822

            Content-Type: text/html

            <a href=https://forwarded.example/>
            --o
            Content-Type: application/octet-stream

            https://octets.example/
            --o--
            """, ["8 text https://a.example/", "15 a https://b.example/"]),
        MessageRow(
            "a boundary that another one begins with is not that one",
            "Content-Type: multipart/mixed; boundary=a\n\n--a\n\nhttps://a.example/\n--ab\nhttps://b.example/\n--a--\n",
            ["5 text https://a.example/", "7 text https://b.example/"]),
        MessageRow(
            "a file that is cut off",
            "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n\n<a href=https://a.example/>",
            ["6 a https://a.example/"], problems: ["6 the file ends"]),
        MessageRow(
            "a head that a body follows without an empty line",
            "Subject: x\nContent-Type: text/html\n<a href=https://a.example/>", ["3 a https://a.example/"]),
        MessageRow("a head alone", "Subject: x\nContent-Type: text/html", []),
        MessageRow(
            "the first of repeated fields counts, capitals don't",
            "CONTENT-TYPE: Text/HTML\nContent-Type: text/plain\n\n<a href=https://a.example/>",
            ["4 a https://a.example/"]),
        MessageRow(
            "a transfer encoding that nobody knows",
            "Content-Type: text/html\nContent-Transfer-Encoding: x-uuencode\n\n<a href=https://a.example/>", [],
            problems: ["3 a part is not read: its Content-Transfer-Encoding"]),
        MessageRow(
            "a character set without ASCII", "Content-Type: text/html; charset=UTF-16LE\n\nx", [],
            problems: ["2 a part is not read: no markup"]),
        MessageRow(
            "a multipart without a boundary", "Content-Type: multipart/mixed\n\n--\nhttps://a.example/", [],
            problems: ["2 a multipart is not read: its Content-Type"]),
        MessageRow(
            "another character set, of which only ASCII counts",
            "Content-Type: text/html; charset=koi8-r\n\n<a href=https://a.example/>", ["3 a https://a.example/"]),
        MessageRow(
            "lines that end in CR LF",
            "Subject: x\r\nContent-Type: text/html\r\n\r\n\r\n<a href=\"https://a.example/\">\r\n",
            ["5 a https://a.example/"]),
    ]

    private static func found(_ mail: FinishedMail) -> [String] {
        mail.parts.flatMap(\.links).map { "\($0.line) \($0.element.name) \($0.requested)" }
    }

    @Test(arguments: rows)
    func messages(_ row: MessageRow) throws {
        let mail = try MailSurvey().survey(Array(row.message.utf8))
        #expect(mail.kind == .message)
        #expect(Self.found(mail) == row.links)
        #expect(mail.problems.count == row.problems.count, "\(mail.problems)")
        for (problem, words) in zip(mail.problems, row.problems) {
            #expect("\(problem.line) \(problem.explanation)".hasPrefix(words))
        }
    }

    @Test("Bytes outside ASCII are those of the character set, and what is not decoded is told")
    func charsets() throws {
        for (charset, url, isTold) in [
            ("iso-8859-1", "https://a.example/%C3%BC%E2%82%AC", false),
            ("\"Windows-1252\"", "https://a.example/%C3%BC%E2%82%AC", false),
            ("utf-8", "https://a.example/%FC%80", false), ("koi8-r", "https://a.example/%FC%80", true),
        ] {
            var bytes = Array("Content-Type: text/html; charset=\(charset)\n\n<a href=https://a.example/".utf8)
            bytes += [0xFC, 0x80, UInt8(ascii: ">")]
            let mail = try MailSurvey().survey(bytes)
            #expect(Self.found(mail) == ["3 a \(url)"], "\(charset)")
            #expect(mail.problems.map(\.kind) == (isTold ? [.foreignCharset] : []), "\(charset)")
        }
    }

    @Test("Nesting and parts have bounds, and what lies behind them is told once")
    func bounds() throws {
        var deep = ""
        for depth in 0..<40 { deep += "Content-Type: multipart/mixed; boundary=b\(depth)\n\n--b\(depth)\n" }
        let deepMail = try MailSurvey().survey(Array((deep + "\nhttps://a.example/\n").utf8))
        #expect(deepMail.problems.map(\.kind) == [.nestedTooDeeply, .cutOff])
        #expect(deepMail.problems.first?.hidesLinks == true && deepMail.problems.last?.hidesLinks == false)

        let many = String(repeating: "--b\n\nhttps://a.example/\n", count: 1_003)
        let manyMail = try MailSurvey().survey(
            Array("Content-Type: multipart/mixed; boundary=b\n\n\(many)--b--".utf8))
        #expect(manyMail.parts.count == 1_000)
        #expect(manyMail.problems.map(\.kind) == [.tooManyParts])
    }
}
