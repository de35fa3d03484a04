import Bytes
import Mail
import Testing
import TrackingLinks

@Suite("A finished mail is looked at without being changed")
struct SurveyTests {
    private static let html = """
        <body><img src="https://any.example/tremop/?sec=1"><img src="https://a.example/i.png">
        <a href="https://any.example/tremclk?sec=1&amp;targetUrl=https%3A%2F%2Fa.example%2F">x</a>

        <a href="https://a.example/past">y</a><a href="https://a.example/unsubscribe">z</a><a href="mailto:x">m</a>
        <img src=https://any.example/tremclk?sec=1>
        """

    private static func survey(_ text: String, base: TrackingBase? = nil) throws -> FinishedMail {
        try MailSurvey(base: base).survey(Array(text.utf8))
    }

    @Test func everyLinkAndPixelIsListedWithItsLine() throws {
        let mail = try Self.survey(Self.html)
        #expect(mail.kind == .html && mail.parts.count == 1 && mail.problems.isEmpty)
        let links = try #require(mail.parts.first?.links)
        #expect(links.map(\.line) == [1, 2, 4, 4, 4, 5])
        #expect(links.map(\.element) == [.image, .anchor, .anchor, .anchor, .anchor, .image])
        #expect(
            links.map(\.verdict) == [
                .tracking(.open), .tracking(.click), .wrap, .leave(pattern: "unsubscribe"), .otherScheme,
                .tracking(.click),
            ])
        #expect(links.map(\.isPixel) == [true, false, false, false, false, false])
        #expect(links[1].requested == "https://any.example/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F")
    }

    @Test func aBaseTellsOtherTrackersLinksFromItsOwn() throws {
        let links = try Self.survey(Self.html, base: TrackingBase("https://t.example")).parts.flatMap(\.links)
        #expect(links.map(\.verdict) == [.wrap, .wrap, .leave(pattern: "unsubscribe"), .otherScheme])
    }

    @Test("In a payload each URL is a link, whatever its key, but for images; texts and HTML are looked into")
    func payloads() throws {
        let json = """
            // A payload.
            { "link": "https://a.example/", "image": "https://a.example/i", "anything": "https://a.example/b",
              "photo": "https://a.example/c.png", "go": "https://any.example/tremclk?sec=1", "url": "/relative",
              "note": "see https://a.example/d.", "name": "Hi {{ name }}", "n": 1.50,
              "pixel": ["<img src=\\"https://any.example/tremop?sec=1\\"><a href=x>"] }
            """
        let mail = try Self.survey(json)
        #expect(mail.kind == .payload)
        let links = mail.parts.flatMap(\.links).filter { $0.verdict != .image }
        #expect(links.map(\.line) == [2, 2, 3, 3, 4, 5, 5])
        #expect(
            links.map(\.verdict) == [
                .wrap, .wrap, .tracking(.click), .relative, .wrap, .tracking(.open), .relative,
            ])
        #expect(links.map(\.element) == [.member, .member, .member, .member, .text, .image, .anchor])
        #expect(links[4].requested == "https://a.example/d")
        #expect(mail.parts.flatMap(\.code).map(\.line) == [4])
        let error = #expect(throws: PayloadError.self) { try Self.survey("{ \"a\": \n }") }
        #expect(error?.reason.place.line == 2)
    }

    @Test(
        "What a file is stands in its contents",
        arguments: [
            ("{\"a\": 1}", FinishedMail.Kind.payload), ("\u{FEFF} // c\n/* d */ { a: 1 }", .payload),
            ("[ \"https://a.example/\" ]", .payload), ("[ /* nothing */ ]", .payload),
            ("[View in browser] <a href=x>", .html), ("[if x]", .html),
            ("{{#if a}}<a href=x>{{/if}}", .html), ("{% if a %}", .html), ("{# c #}", .html), ("", .html),
            ("/* never closed", .html), ("<p>x", .html), ("https://a.example/", .html),
            ("Note: buy\n\n<a href=x>", .html),
            ("Subject: x\n\nbody", .message), ("From a@mail.example Thu\r\nX-Id: 1\r\n\r\nbody", .message),
            ("\r\nReceived: by x\r\n\tfor y\r\nDate : z\r\n", .message), ("MIME-Version: 1.0", .message),
            ("<p>\nSubject: x", .html), (" folded: x\nSubject: x\n", .html),
        ])
    func kinds(_ text: String, _ kind: FinishedMail.Kind) throws {
        #expect(try Self.survey(text).kind == kind)
    }

    @Test("Code is found wherever a finished mail has none: in text, in attributes, in links of any kind")
    func code() throws {
        let html = """
            <p title="{{ a }}">{{ b }}</p>
            <a href="{{ c }}">x</a><a href="https://a.example/?x={% if d %}1">y</a>
            <a href="https://t.example/tremclk?cuid=*|E|*">z</a><style>{{ no }}</style>${Tracking pixel}
            """
        let code = try Self.survey(html).parts.flatMap(\.code)
        #expect(
            Set(code.map { "\($0.line) \(text($0.text))" }) == [
                "1 {{ a }}", "1 {{ b }}", "2 {{ c }}", "2 {% if d %}", "3 *|E|*", "3 ${Tracking pixel}",
            ])
    }

    @Test(
        "URLs of a text are found as clients make links of them",
        arguments: [
            ("see (https://a.example/x).", ["https://a.example/x"]),
            ("<https://a.example/x?y=1&z=2> HTTP://B.example", ["https://a.example/x?y=1&z=2", "HTTP://B.example"]),
            ("https://a.example/w_(x)", ["https://a.example/w_(x)"]),
            ("(https://a.example/w_(x))", ["https://a.example/w_(x)"]),
            ("https://a.example/?u=https://b.example/", ["https://a.example/?u=https://b.example/"]),
            ("https://a.example/\"x", ["https://a.example/"]), ("xhttps://a.example", []), ("ftp://a.example", []),
            ("https://", []), ("http://.", []), ("://", []), ("a:b:http", []),
            ("https://ü.example/ü", ["https://%C3%BC.example/%C3%BC"]),
        ])
    func texts(_ body: String, _ urls: [String]) throws {
        let part = try #require(try Self.survey("Subject: x\n\n\(body)").parts.first)
        #expect(part.links.map(\.requested) == urls)
        #expect(!part.mayHavePixel && part.links.allSatisfy { $0.element == .text && $0.line == 3 })
    }

    @Test("A client asks for what a URL may hold, and hosts are compared as URLs compare them")
    func requested() throws {
        let html = "<a href=\" https://u@T.example:443/trem\nclk?a=b c&amp;d='\u{FC}&quot;#e \">"
        let link = try #require(try Self.survey(html).parts.first?.links.first)
        #expect(link.requested == "https://u@T.example:443/tremclk?a=b%20c&d=%27%C3%BC%22#e")
        #expect(link.authority == "t.example" && !link.isInsecure)
    }
}
