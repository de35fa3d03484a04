import Mail
import Testing
import TrackingLinks

@Suite("Links of HTML become tracking links, and everything else stays byte for byte")
struct HTMLWrappingTests {
    struct Row: CustomTestStringConvertible {
        let name: String
        let html: String
        /// Behind the pixel, which a fragment gets at its start.
        let wrapped: String
        var testDescription: String { name }

        init(_ name: String, _ html: String, _ wrapped: String? = nil) {
            self.name = name
            self.html = html
            self.wrapped = wrapped ?? html
        }
    }

    private static let shop = "https%3A%2F%2Fa.example%2F"

    static let rows = [
        Row("double quotes", #"<a href="https://a.example/">x</a>"#, #"<a href="\#(link(shop))">x</a>"#),
        Row("single quotes", "<a href='https://a.example/'>x</a>", "<a href='\(link(shop))'>x</a>"),
        Row("no quotes", "<a href=https://a.example/ id=q>x</a>", "<a href=\(link(shop)) id=q>x</a>"),
        Row("no quotes to the tag's end", "<a href=https://a.example/>x", "<a href=\(link(shop))>x"),
        Row("capitals", #"<A HREF="HTTPS://a.example/">"#, #"<A HREF="\#(link("HTTPS%3A%2F%2Fa.example%2F"))">"#),
        Row("area", #"<area shape=rect href="https://a.example/">"#, #"<area shape=rect href="\#(link(shop))">"#),
        Row("space around it", "<a href=\" \nhttps://a.ex\tample/ \">", "<a href=\"\(link(shop))\">"),
        Row("space around the equals sign", "<a\nhref = \"https://a.example/\" >", "<a\nhref = \"\(link(shop))\" >"),
        Row(
            "entities are read, and written as one",
            #"<a href="https://a.example/?a=1&amp;b=2&c=3&#38;d=4&#x26;e&copy=5&eacute;&sol;">"#,
            "<a href=\"\(link(shop + "%3Fa%3D1%26b%3D2%26c%3D3%26d%3D4%26e%26copy%3D5%C3%A9%2F"))\">"),
        Row(
            "an entity without its end", "<a href='https://a.example/?&ampx=1&amp'>",
            "<a href='\(link(shop + "%3F%26ampx%3D1%26"))'>"),
        Row(
            "a greater-than sign in the value", #"<a title="a>b" href="https://a.example/">"#,
            #"<a title="a>b" href="\#(link(shop))">"#),
        Row(
            "the first of two hrefs counts", #"<a href="https://a.example/" href="https://b.example/">"#,
            #"<a href="\#(link(shop))" href="https://b.example/">"#),
        Row("a href of another name", #"<a data-href="https://a.example/" xlink:href="https://a.example/">"#),
        Row("other elements", #"<link href="https://a.example/s.css"><img src="https://a.example/i.png">"#),
        Row("an end tag with attributes", #"</a href="https://a.example/">"#),
        Row("marked off", #"<a data-tremolo="off" href="https://a.example/">"#),
        Row("marked off, in capitals", #"<a href="https://a.example/" DATA-TREMOLO=OFF>"#),
        Row(
            "marked on beats the patterns", #"<a data-tremolo="on" href="https://a.example/unsubscribe">"#,
            #"<a data-tremolo="on" href="\#(link(shop + "unsubscribe"))">"#),
        Row(
            "a mark on a parent does nothing", #"<td data-tremolo="off"><a href="https://a.example/">"#,
            #"<td data-tremolo="off"><a href="\#(link(shop))">"#),
        Row(
            "other schemes",
            "<a href='mailto:a@b.example'><a href='tel:1'><a href='sms:1'><a href='javascript:x()'>"
                + "<a href='cid:x'><a href='data:,x'><a href='ftp://a.example/'>"),
        Row("no scheme", "<a href='#top'><a href='/x'><a href='//a.example/x'><a href=''><a href><a>"),
        Row(
            "unsubscribing and preferences",
            "<a href='https://a.example/UnSubscribe?x'>"
                + "<a href='https://a.example/email-preferences'><a href='{{ unsubscribe_url }}'>"),
        Row("wrapped already", "<a href='https://T.example:443/tremclk/?sec=9&targetUrl=https://a.example/'>"),
        Row(
            "another path of the base", "<a href='https://t.example/shop'>",
            "<a href='\(link("https%3A%2F%2Ft.example%2Fshop"))'>"),
        Row(
            "a host that begins as the base does", "<a href='https://t.example.evil.example/tremclk'>",
            "<a href='\(link("https%3A%2F%2Ft.example.evil.example%2Ftremclk"))'>"),
        Row("a comment", "<!-- <a href='https://a.example/'> --><!--><!---><!-- --!><!-- - -- > -->"),
        Row("a bogus comment", "<!a><? <a href='https://a.example/'><![CDATA[ <a href='https://a.example/'>"),
        Row(
            "what stands behind a bogus comment", "<![CDATA[ > <a href='https://a.example/'> ]]>",
            "<![CDATA[ > <a href='\(link(shop))'> ]]>"),
        Row("behind an empty comment", "<!--><a href='https://a.example/'>", "<!--><a href='\(link(shop))'>"),
        Row(
            "raw text",
            "<style><a href='https://a.example/'></stylex></style ><script>'<a href=\"https://a.example/\">'"
                + "</script><title><a href='https://a.example/'></TITLE>"
                + "<textarea><a href='https://a.example/'></textarea>"
        ),
        Row("what the end cuts off", "<a href='https://a.example/"),
        Row("what the end cuts off without quotes", "<a href=https://a.example/"),
        Row("no tag", "< a href='https://a.example/'> <3 </> <"),
        Row(
            "Outlook's conditional comment",
            "<!--[if mso]><a href='https://a.example/'>x</a><v:roundrect href=\"https://a.example/\" arcsize='1'>"
                + "<![endif]--><!--[if !mso]><!--><a href='https://a.example/'><!--<![endif]-->",
            "<!--[if mso]><a href='\(link(shop))'>x</a><v:roundrect href=\"\(link(shop))\" arcsize='1'>"
                + "<![endif]--><!--[if !mso]><!--><a href='\(link(shop))'><!--<![endif]-->"),
        Row(
            "a tag that a conditional comment cuts off", "<!--[if mso]><a href=\"--><a href='https://a.example/'>",
            "<!--[if mso]><a href=\"--><a href='\(link(shop))'>"),
        Row(
            "noscript is markup where no script runs", "<noscript><a href='https://a.example/'></noscript>",
            "<noscript><a href='\(link(shop))'></noscript>"),
    ]

    @Test(arguments: rows)
    func links(_ row: Row) throws {
        let wrapped = try wrap(row.html)
        #expect(wrapped == pixel + row.wrapped)
        #expect(try wrap(wrapped) == wrapped, "a second run changes nothing")
    }

    struct Place: CustomTestStringConvertible {
        let name: String
        let before: String
        let behind: String
        var testDescription: String { name }

        init(_ name: String, _ before: String, _ behind: String) {
            self.name = name
            self.before = before
            self.behind = behind
        }
    }

    static let places = [
        Place("behind body", "<!doctype html><html><head><title><body></title></head>\n<BODY style='a>b'>", "\n<p>"),
        Place("behind the body that browsers see", "<!--[if mso]><body class=m><![endif]--><body>", "<p>"),
        Place("behind the first body", "<body>", "<p><body>"),
        Place("behind the head", "<html><head></head>", "<p>"),
        Place("behind a head without an end", "<!DOCTYPE html>\n<html>\n<head>", "<style>a{}</style><p>"),
        Place("behind html", "<!DOCTYPE html>\n<html lang=en>", "\n<p><html>"),
        Place("behind the document type", "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0\" \"x\">", "<p>"),
        Place("at the start of a fragment", "", "Hello <p>"),
        Place("behind a byte order mark", "\u{FEFF}", "Hello"),
        Place("in nothing", "", ""),
    ]

    @Test(arguments: places)
    func pixels(_ place: Place) throws {
        let wrapped = try wrap(place.before + place.behind)
        #expect(wrapped == place.before + pixel + place.behind)
        #expect(try wrap(wrapped) == wrapped)
    }

    @Test func aMailThatHasAPixelGetsNoSecondOne() throws {
        let html = "<body><p>x</p><img alt='' src='https://t.example/tremop/?sec=9'></body>"
        let wrapped = try wrapper().wrap(html: Array(html.utf8))
        #expect(text(wrapped.render()) == html)
        #expect(wrapped.pixel == .alreadyThere)
        let marked = html.replacing("<img ", with: "<img data-tremolo=off ")
        #expect(marked != html)
        #expect(try wrap(marked) == marked)
    }

    @Test func fieldsStandInTheDocumentedOrderAndAreEncodedOnce() throws {
        let fields: [TrackingField: String] = [
            .va: "[10596091]", .sec: "8781202", .expId: "7", .expVer: "2", .cuid: "john+x@mail.example",
            .cuidType: "ihe",
            .mech: "0", .smech: "", .expVisitId: "",
        ]
        let html = "<a href='https://a.example/?q=%20+1#f' data-tremolo-label='hero & co'>"
        let values =
            "cuid=john%2Bx%40mail.example&amp;cuidType=ihe&amp;sec=8781202&amp;expId=7&amp;expVer=2&amp;expVisitId="
            + "&amp;mech=0&amp;smech=&amp;va=%5B10596091%5D"
        let wrapped = try wrap(html, fields: fields)
        #expect(
            wrapped.hasSuffix(
                "<a href='https://t.example/tremclk?\(values)&amp;tlink=hero%20%26%20co&amp;targetUrl="
                    + "https%3A%2F%2Fa.example%2F%3Fq%3D%2520%2B1%23f' data-tremolo-label='hero & co'>"))
        #expect(wrapped.hasPrefix("<img src=\"https://t.example/tremop?\(values)\" alt="))
    }

    @Test func aLinkWithoutFieldsIsOneToo() throws {
        let wrapped = try wrap("<a href='https://a.example/'>", fields: [:])
        #expect(wrapped.hasSuffix("<a href='https://t.example/tremclk?targetUrl=https%3A%2F%2Fa.example%2F'>"))
        #expect(wrapped.hasPrefix("<img src=\"https://t.example/tremop\" alt="))
    }

    @Test func imagesOfShapesAreLeft() throws {
        let html =
            "<!--[if mso]><v:fill href=\"https://a.example/i.png\"><v:imagedata href='https://a.example/'><![endif]-->"
        #expect(try wrap(html) == pixel + html)
    }

    @Test func numberedLinksAreCountedApart() throws {
        let html = "<a href='https://a.example/'><a href='mailto:x'><a href='https://a.example/' data-tremolo-label=b>"
        let wrapped = text(try wrapper(numbersLinks: true).wrap(html: Array((html + html).utf8)).render())
        let labels = wrapped.split(separator: "tlink=").dropFirst().map { $0.prefix { $0 != "&" } }
        #expect(labels == ["1", "b", "3", "b"])
    }

    @Test func linksAreListedWithTheirLines() throws {
        let html = "<p>\n<a href='https://a.example/'>\n\n<a href='mailto:x'><a\nhref='{{u}}'>\n<a href='/x'>"
        let wrapped = try wrapper(leave: ["other"]).wrap(html: Array(html.utf8))
        #expect(wrapped.links.map(\.line) == [2, 4, 4, 6])
        #expect(wrapped.links.map(\.verdict) == [.wrap, .otherScheme, .wrap, .relative])
        #expect(wrapped.links.map(\.isRaw) == [false, false, true, false])
        #expect(wrapped.links.map(\.isWholeTag) == [false, false, true, false])
        #expect(wrapped.trackingLinkCount == 2)
        #expect(try wrapper(leave: ["A.EX"]).wrap(html: Array(html.utf8)).links[0].verdict == .leave(pattern: "a.ex"))
    }

    @Test func variablesOfTheCampaignAreFilledIn() throws {
        let html =
            "<body>${Tracking pixel}<a href=\"${Tracking link}&targetUrl=https%3A%2F%2Fa.example%2F\">"
            + "<a href='https://a.example/?e=${User identifier}'>${User identifier}"
            + "<a href='https://a.example/unsubscribe?e=${User identifier}'><!-- ${Tracking link} -->"
        let wrapped = try wrap(html, fields: [.sec: "1", .cuid: "a&b@m.example"])
        let start = "cuid=a%26b%40m.example&amp;sec=1"
        #expect(
            wrapped.hasSuffix(
                "<a href=\"https://t.example/tremclk?\(start)&targetUrl=https%3A%2F%2Fa.example%2F\">"
                    + "<a href='https://t.example/tremclk?\(start)&amp;targetUrl=https%3A%2F%2Fa.example%2F%3Fe%3D"
                    + "a%2526b%2540m.example'>a&amp;b@m.example"
                    + "<a href='https://a.example/unsubscribe?e=a%26b%40m.example'><!-- ${Tracking link} -->"))
        #expect(wrapped.hasPrefix("<body><img src=\"https://t.example/tremop?\(start)\" alt="))
        #expect(wrapped.split(separator: "<img").count == 2)
        let unknown = try wrapper().wrap(html: Array("${User identifier}".utf8))
        #expect(unknown.unfilledVariables == [.identifier])
        #expect(text(unknown.render()) == pixel + "${User identifier}")
    }

    @Test(arguments: [
        "t.example", "ftp://t.example", "https://", "https:///x", "https://t.example/x", "https://t.example?x",
        "https://a@t.example", "https://t example", "https://t.example:0", "https://t.example:99999", "https://{{x}}",
    ])
    func whatIsNoBaseIsRefused(_ text: String) {
        #expect(TrackingBase(text) == nil)
    }
}
