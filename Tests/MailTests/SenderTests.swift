import Foundation
import LinuxSystem
import Mail
import TestSupport
import Testing
import TrackingLinks

@Suite("The data files of senders hold for a mail as it is written for each")
struct SenderTests {
    struct Row: CustomTestStringConvertible {
        let sender: String
        let mark: String
        let cuid: (given: String, made: String)
        /// The target of the link that is one whole tag, and of the area whose target holds one.
        let whole: String
        let part: String
        let rawLines: [Int]
        var testDescription: String { sender }
    }

    static let rows = [
        Row(
            sender: "sendgrid", mark: " clicktracking=\"off\"", cuid: ("{{email}}", "{{email}}"),
            whole: "{{product.url}}", part: "https://www.mywebsite.com/map?id={{shop}}#shops", rawLines: [16, 20]),
        Row(
            sender: "klaviyo", mark: "", cuid: ("{{ person.email }}", "{{ person.email|urlencode }}"),
            whole: "{{ event.URL|urlencode }}",
            part: "https%3A%2F%2Fwww.mywebsite.com%2Fmap%3Fid%3D{{ person.shop|urlencode }}%23shops", rawLines: []),
        Row(
            sender: "iterable", mark: "", cuid: ("{{email}}", "{{#urlEncode}}{{{email}}}{{/urlEncode}}"),
            whole: "{{#urlEncode}}{{{product.url}}}{{/urlEncode}}",
            part: "https%3A%2F%2Fwww.mywebsite.com%2Fmap%3Fid%3D[[#urlEncode]][[shop]][[/urlEncode]]%23shops",
            rawLines: []),
        Row(
            sender: "emarsys", mark: "", cuid: ("{{ contact.3 }}", "{{ contact.3|url_encode }}"),
            whole: "{{ event.product.url|url_encode }}",
            part: "https%3A%2F%2Fwww.mywebsite.com%2Fmap%3Fid%3D{{ contact.shop|url_encode }}%23shops", rawLines: []),
        Row(
            sender: "responsys", mark: "", cuid: ("${EMAIL_ADDRESS_}", "${(EMAIL_ADDRESS_)?url('UTF-8')}"),
            whole: "${(PRODUCT_URL)?url('UTF-8')}",
            part: "https%3A%2F%2Fwww.mywebsite.com%2Fmap%3Fid%3D${(SHOP_ID)?url('UTF-8')}%23shops", rawLines: []),
        Row(
            sender: "custom", mark: "", cuid: ("%%emailaddr%%", "%%emailaddr%%"),
            whole: "%%=RedirectTo(@productUrl)=%%", part: "https://www.mywebsite.com/map?id=*|SHOP|*#shops",
            rawLines: [16, 20]),
    ]

    static func profile(_ sender: String) throws -> SenderProfile {
        let tests = URL(fileURLWithPath: fixture("")).deletingLastPathComponent()
        let path = tests.deletingLastPathComponent().appendingPathComponent("Config/esp/\(sender).json5").path
        let bytes = try Files.readAll(path, limitBytes: 1 << 20)
        return try SenderProfile(file: bytes.span)
    }

    @Test("Each shipped sender has a mail here")
    func everySenderIsTested() throws {
        let tests = URL(fileURLWithPath: fixture("")).deletingLastPathComponent()
        let folder = tests.deletingLastPathComponent().appendingPathComponent("Config/esp").path
        #expect(try Files.list(folder) == Self.rows.map { "\($0.sender).json5" }.sorted())
    }

    @Test("The custom file knows what is known without one")
    func custom() throws {
        #expect(try Self.profile("custom") == .common)
    }

    @Test(arguments: rows)
    func mail(_ row: Row) throws {
        let html = try Files.readAll(fixture("mail/\(row.sender).html"), limitBytes: 1 << 20)
        let profile = try Self.profile(row.sender)
        let wrapper = try wrapper(profile, fields: [.cuid: row.cuid.given, .sec: "1"])
        let wrapped = wrapper.wrap(html: html)
        let start = "cuid=\(row.cuid.made)&amp;sec=1"
        let click = "https://t.example/tremclk?\(start)"
        let sale = "\(click)&amp;targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale"

        var expected = text(html)
        for (old, new) in [
            ("bgcolor=#ffffff>", "bgcolor=#ffffff>" + pixel.replacing("sec=1", with: start)),
            (
                "<a href=\"https://www.mywebsite.com/?utm_source=mail&amp;utm_campaign=autumn\"",
                "<a\(row.mark) href=\"\(click)&amp;tlink=logo&amp;targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
                    + "%3Futm_source%3Dmail%26utm_campaign%3Dautumn\""
            ),
            (
                "<a href=https://www.mywebsite.com/sale ",
                "<a\(row.mark) href=\(click)&amp;tlink=hero&amp;targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fsale "
            ),
            ("<v:roundrect href=\"https://www.mywebsite.com/sale\"", "<v:roundrect\(row.mark) href=\"\(sale)\""),
            ("<a href=\"https://www.mywebsite.com/sale\"", "<a\(row.mark) href=\"\(sale)\""),
        ] {
            #expect(expected.ranges(of: old).count == 1, "\(old)")
            expected = expected.replacing(old, with: new)
        }
        let lines = expected.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if line.contains("What you looked at") {
                return "  <a\(row.mark) href='\(click)&amp;targetUrl=\(row.whole)' style='color:#06c'>"
                    + "What you looked at</a>"
            }
            guard line.contains("<area "), let end = line.firstRange(of: "\" alt=\"Shops\"") else {
                return String(line)
            }
            let start = "  <map name=\"m\"><area\(row.mark) shape=\"rect\" coords=\"0,0,9,9\" href=\""
            return "\(start)\(click)&amp;targetUrl=\(row.part)\(line[end.lowerBound...])"
        }
        let output = text(wrapped.render())
        #expect(output == lines.joined(separator: "\n"))
        #expect(wrapper.wrap(html: wrapped.render()).render() == wrapped.render())
        #expect(wrapped.links.filter(\.isRaw).map(\.line) == row.rawLines)
        #expect(wrapped.trackingLinkCount == 6)
        #expect(
            wrapped.links.map(\.verdict).suffix(5).dropLast() == [.otherScheme, .otherScheme, .fragment, .off])
        guard case .leave? = wrapped.links.last?.verdict else {
            Issue.record("the link for unsubscribing is not left: \(wrapped.links.last as Any)")
            return
        }
    }

    @Test("Code of another language is found in fields and in links")
    func foreignCode() throws {
        let braces = SenderProfile(
            syntax: TemplateSyntax(tags: [TemplateSyntax.Tag(open: "{{", close: "}}")]), mark: nil, leave: [])
        let rows = [
            ("{{email}}", ""), ("x{{a}}*|EMAIL|*", "*|EMAIL|*"), ("%%email%%", "%%email%%"), ("${email}", "${email}"),
            ("<%= email %>", "<%= email %>"), ("[EMAIL]", "[EMAIL]"), ("[10596091]", ""), ("a[b]", ""), ("ann", ""),
        ]
        for (value, code) in rows {
            #expect(braces.foreignCode(in: value).map(text) ?? "" == code, "\(value)")
        }
        let html = "<a href='https://a.example/{{x}}?e=*|EMAIL|*'><a href='https://a.example/%%x'>"
        let wrapped = try wrapper(braces).wrap(html: Array(html.utf8))
        #expect(wrapped.links.map { text($0.foreignCode) } == ["*|EMAIL|*", ""])
        let common = try wrapper().wrap(html: Array(html.utf8))
        #expect(common.links.map { text($0.foreignCode) } == ["", ""])
    }
}
