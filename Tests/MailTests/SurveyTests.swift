import Mail
import Testing
import TrackingLinks

@Suite("A finished mail is looked at without being changed")
struct SurveyTests {
    private static let html = """
        <body><img src="https://any.example/tremop/?sec=1"><img src="https://a.example/i.png">
        <a href="https://any.example/tremclk?sec=1&amp;targetUrl=https%3A%2F%2Fa.example%2F">x</a>

        <a href="https://a.example/past">y</a><a href="https://a.example/unsubscribe">z</a><a href="mailto:x">m</a>
        """

    @Test func everyLinkAndPixelIsListedWithItsLine() throws {
        let links = MailSurvey().links(html: Array(Self.html.utf8))
        #expect(links.map(\.line) == [1, 2, 4, 4, 4])
        #expect(links.map(\.element) == [.image, .anchor, .anchor, .anchor, .anchor])
        #expect(
            links.map(\.verdict) == [
                .tracking(.open), .tracking(.click), .wrap, .leave(pattern: "unsubscribe"), .otherScheme,
            ])
        #expect(text(links[1].text) == "https://any.example/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F")
    }

    @Test func aBaseTellsOtherTrackersLinksFromItsOwn() throws {
        let links = MailSurvey(base: TrackingBase("https://t.example")).links(html: Array(Self.html.utf8))
        #expect(links.map(\.verdict) == [.wrap, .wrap, .leave(pattern: "unsubscribe"), .otherScheme])
    }

    @Test func payloadsAreLookedAtToo() throws {
        let json = """
            { "link": "https://a.example/", "image": "https://a.example/i.png", "note": "https://a.example/",
              "go": "https://any.example/tremclk?sec=1",
              "pixel": ["<img src=\\"https://any.example/tremop?sec=1\\">"] }
            """
        let links = try MailSurvey().links(json: Array(json.utf8), selection: PayloadSelection())
        #expect(links.map(\.line) == [1, 2, 3])
        #expect(links.map(\.verdict) == [.wrap, .tracking(.click), .tracking(.open)])
        #expect(links.map(\.element) == [.member, .member, .image])
    }
}
