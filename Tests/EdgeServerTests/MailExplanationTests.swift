import Bytes
import EdgeServer
import Mail
import Settings
import Testing

/// A mail's HTML in section 1, which lists `a.example`, and what is said of it.
struct MailRow: Sendable, CustomTestStringConvertible {
    let name: String
    let html: String
    /// `line kind` of each warning.
    let warnings: [String]
    /// redirected, pixels, not redirected, left.
    let counts: [Int]
    let isAnswered: Bool

    var testDescription: String { name }

    init(_ name: String, _ html: String, _ warnings: [String], _ counts: [Int], isAnswered: Bool = true) {
        self.name = name
        self.html = html
        self.warnings = warnings
        self.counts = counts
        self.isAnswered = isAnswered
    }
}

@Suite("A finished mail is explained link by link, and what is odd about it is told")
struct MailExplanationTests {
    private static let settings = """
        { sections: { "1": { hosts: ["a.example"] }, "2": { hosts: [], fallback: "https://a.example/home" },
            "3": { hosts: [], otherwise: "observe", observeUntil: "2100-01-01" },
            "4": { hosts: [], otherwise: "fallback", fallback: "https://a.example/home" },
            "5": { hosts: [], otherwise: "refuse" } } }
        """

    private static func explain(_ mail: String) throws -> ExplainedMail {
        let reading = ConfigurationReader().read(Array(settings.utf8).span, fileName: "test.json5")
        let configuration = try #require(reading.configuration, "\(reading.problems)")
        let explainer = try LinkExplainer(configuration, signingKeys: [])
        return explainer.explain(
            try MailSurvey().survey(Array(mail.utf8)), nowNanoseconds: 1_800_000_000_000_000_000)
    }

    private static func click(_ rest: String = "sec=1&targetUrl=https%3A%2F%2Fa.example%2F") -> String {
        "<a href='https://t.example/tremclk?cuid=4711&\(rest)'>"
    }
    private static let pixel = "<img src='https://t.example/tremop?cuid=4711&sec=1'>"
    private static let long = String(repeating: "x", count: 2_000)

    private static let rows = [
        MailRow("all is well", pixel + "\n" + click(), [], [1, 1, 0, 0]),
        MailRow(
            "links for unsubscribing and marked ones are left",
            pixel + click()
                + "<a href=https://b.example/unsubscribe><a href=https://b.example/ data-tremolo=off>", [],
            [1, 1, 0, 2]),
        MailRow(
            "a mark hides no tracking link and no pixel",
            (pixel + click("sec=5&targetUrl=https%3A%2F%2Fb.example%2F"))
                .replacing("src=", with: "data-tremolo=off src=").replacing("href=", with: "data-tremolo=off href="),
            [], [0, 1, 1, 0], isAnswered: false),
        MailRow(
            "a link past the tracker, twice", pixel + "\n<a href=https://b.example/>\n<a href=https://b.example/>",
            ["2 unwrapped"], [0, 1, 0, 0]),
        MailRow("a relative link", pixel + "<a href=/x>", ["1 relative"], [0, 1, 0, 0]),
        MailRow("no pixel", click(), ["- noPixel"], [1, 0, 0, 0]),
        MailRow("two pixels", pixel + "\n" + pixel, ["2 severalPixels"], [0, 2, 0, 0]),
        MailRow(
            "a pixel of another host", pixel.replacing("t.example", with: "u.example") + click(),
            ["1 foreignPixel"], [1, 1, 0, 0]),
        MailRow(
            "links of two hosts, ports and capitals aside",
            pixel + click()
                + click().replacing("t.example", with: "T.example:443") + "\n"
                + click().replacing("t.example", with: "u.example"), ["2 severalHosts"], [3, 1, 0, 0]),
        MailRow("no TLS", (pixel + click()).replacing("https://t", with: "http://t"), ["1 insecure"], [1, 1, 0, 0]),
        MailRow(
            "a link to the pixel", pixel + "<a href='https://t.example/tremop?sec=1'>", ["1 pixelInLink"],
            [0, 1, 1, 0], isAnswered: false),
        MailRow(
            "an image that loads a link", pixel + click().replacing("a href", with: "img src"),
            ["1 linkInImage"], [0, 1, 0, 0]),
        MailRow(
            "template code in text and link",
            pixel + "{{ x }}\n{{ x }}"
                + click("sec=1&tlink={{ y }}&targetUrl=https%3A%2F%2Fa.example%2F"),
            ["1 template", "2 template"], [1, 1, 0, 0]),
        MailRow(
            "a merge tag that is encoded",
            pixel
                + click("sec=1&va=*%7CVA%7C*&targetUrl=https%3A%2F%2Fa.example%2F"), ["1 unfilled"], [1, 1, 0, 0]),
        MailRow(
            "unknown sections, each told once",
            pixel + click("sec=9&targetUrl=https%3A%2F%2Fa.example%2F")
                + click("sec=9&targetUrl=https%3A%2F%2Fa.example%2Fb") + click("targetUrl=https%3A%2F%2Fa.example%2F"),
            ["1 unknownSection", "1 unknownSection"], [0, 1, 3, 0], isAnswered: false),
        MailRow(
            "the fallback is a redirect",
            pixel + click("sec=4&targetUrl=https%3A%2F%2Fb.example%2F")
                + "\n" + click("sec=2"), ["1 fallback", "2 fallback"], [2, 1, 0, 0]),
        MailRow(
            "a section that observes", pixel + click("sec=3&targetUrl=https%3A%2F%2Fb.example%2F"),
            ["1 observed"], [1, 1, 0, 0]),
        MailRow(
            "a host that is asked about, and one that is refused",
            pixel
                + click("sec=1&targetUrl=https%3A%2F%2Fb.example%2F")
                + click("sec=5&targetUrl=https%3A%2F%2Fb.example%2F"),
            [], [0, 1, 2, 0], isAnswered: false),
        MailRow(
            "a path in capitals is none", pixel + click().replacing("tremclk", with: "TREMCLK"), [], [0, 1, 1, 0],
            isAnswered: false),
        MailRow(
            "a variable that nobody filled in", pixel + "<a href='${Tracking link}&targetUrl=x'>",
            ["1 template"], [0, 1, 1, 0], isAnswered: false),
        MailRow(
            "a long link", pixel + click("sec=1&targetUrl=https%3A%2F%2Fa.example%2F" + long), ["1 long"],
            [1, 1, 0, 0]),
        MailRow("nothing", "hello", ["- empty"], [0, 0, 0, 0], isAnswered: false),
        MailRow("images alone", "<img src=https://a.example/x.png>", ["- empty"], [0, 0, 0, 0], isAnswered: false),
        MailRow(
            "a text of a message",
            "Subject: x\n\nhttps://a.example/\nhttps://a.example/unsubscribe\n"
                + "https://t.example/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F",
            ["3 textLink", "5 textTrackingLink"], [1, 0, 0, 1]),
        MailRow(
            "a part that can't be read", "Content-Type: text/html\nContent-Transfer-Encoding: x\n\n" + pixel,
            ["3 message", "- empty"], [0, 0, 0, 0], isAnswered: false),
        MailRow(
            "a pixel in each HTML part is one each",
            "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
                + "Content-Type: text/html\n\n\(pixel)\n--b\nContent-Type: text/x-amp-html\n\n\(pixel)\n--b--\n", [],
            [0, 2, 0, 0]),
    ]

    @Test(arguments: rows)
    func mails(_ row: MailRow) throws {
        let mail = try Self.explain(row.html)
        #expect(mail.warnings.map { "\($0.line.map(String.init) ?? "-") \($0.kind.rawValue)" } == row.warnings)
        #expect([mail.redirectedCount, mail.pixelCount, mail.notRedirectedCount, mail.leftCount] == row.counts)
        #expect(mail.isAnswered == row.isAnswered)
        var json = JSONWriter()
        mail.write(file: "mail", into: &json)
        #expect(!json.text.contains("4711"))
        #expect(mail.warnings.allSatisfy { !$0.text.contains("4711") })
    }

    @Test func theSameLinkIsToldOnceWithItsLines() throws {
        let mail = try Self.explain(Self.click() + "\n" + Self.pixel + Self.click() + "\n\n" + Self.click())
        #expect(mail.links.map(\.lines) == [[1, 2, 4], [2]])
        #expect(mail.redirectedCount == 3)
    }
}
