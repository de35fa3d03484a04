import Testing
import TrackingLinks

@testable import Mail

@Suite("A decoy is a link that no person sees or reaches, planted once")
struct DecoyTests {
    private static let decoy =
        "<a href=\"https://t.example/tremclk?sec=1&amp;tlink=tremolo-decoy&amp;targetUrl="
        + "https%3A%2F%2Fwww.example.com%2F\" "
        + "style=\"display:none;mso-hide:all\" aria-hidden=\"true\" tabindex=\"-1\"></a>"

    private func wrapped(
        _ html: String, _ profile: SenderProfile = .common, numbersLinks: Bool = false
    ) throws -> WrappedMail {
        try wrapper(profile, numbersLinks: numbersLinks, decoyTarget: "https://www.example.com/").wrap(
            html: Array(html.utf8))
    }

    @Test("It stands behind the pixel, is not counted, and everything else is as without it")
    func placed() throws {
        let html = "<html><body class=x>\n<a href=\"https://www.example.com/a\">a</a></body></html>"
        let mail = try wrapped(html, numbersLinks: true)
        let without = text(try wrapper(numbersLinks: true).wrap(html: Array(html.utf8)).render())
        #expect(text(mail.render()) == without.replacing(pixel, with: pixel + Self.decoy))
        #expect(mail.trackingLinkCount == 1 && mail.hasDecoy)
    }

    @Test("Wrapping again changes nothing, and counts the same", arguments: ["<p><body>x", "x", ""])
    func again(_ html: String) throws {
        let once = try wrapped(html + "<a href=https://www.example.com/a>a</a>")
        let bytes = once.render()
        let twice = try wrapped(text(bytes))
        #expect(twice.render() == bytes)
        #expect(twice.hasDecoy && twice.trackingLinkCount == 1 && twice.trackingLinkCountBefore == 1)
        let without = try wrapper().wrap(html: bytes)
        #expect(without.render() == bytes && without.hasDecoy && without.trackingLinkCount == 1)
    }

    @Test("A mail that has the pixel already gets it in the pixel's place")
    func withPixel() throws {
        let html = "<body><a href=\"https://t.example/tremclk?sec=1&amp;targetUrl=x\">a</a>\(pixel)"
        #expect(text(try wrapped(html).render()) == html.replacing("<body>", with: "<body>" + Self.decoy))
    }

    @Test("The sender's mark keeps its service from replacing the link")
    func mark() throws {
        let profile = SenderProfile(
            syntax: .common, mark: SenderProfile.Mark(name: "clicktracking", value: "off"), leave: [])
        #expect(
            text(try wrapped("<body>", profile).render())
                == "<body>" + pixel + Self.decoy.replacing("<a ", with: "<a clicktracking=\"off\" "))
    }

    @Test("Nobody's link becomes a decoy by its label")
    func label() throws {
        let html = "<body>\(pixel)<a href=https://www.example.com/a data-tremolo-label=\(DecoyLink.label)>a</a>"
        let mail = try wrapper().wrap(html: Array(html.utf8))
        #expect(!mail.hasDecoy && mail.trackingLinkCount == 1)
        #expect(!text(mail.render()).contains("tlink="))
    }
}
