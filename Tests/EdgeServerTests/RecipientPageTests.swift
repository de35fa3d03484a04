import Bytes
import Foundation
import Testing
import TrackingLinks

@testable import EdgeServer

@Suite("A page shows what a client sent as text, and runs nothing")
struct RecipientPageTests {
    private func ask(host: String, port: UInt16? = nil, location: String?) -> String {
        ask(host: Array(host.utf8), port: port, location: location.map { Array($0.utf8) })
    }

    private func ask(host: [UInt8], port: UInt16? = nil, location: [UInt8]?) -> String {
        let url = host + (location ?? [])
        let subject = PageTemplate.Subject(
            host: ByteRange(0..<host.count), port: port, url: location.map { _ in ByteRange(host.count..<url.count) })
        return Self.page(RecipientPage.ask, subject, in: url)
    }

    static func page(
        _ template: PageTemplate, _ subject: PageTemplate.Subject?, in url: [UInt8], isAgain: Bool = false
    ) -> String {
        var page = ByteBuffer(capacity: PageTemplate.pageBytesMax)
        var spare = ByteBuffer(capacity: UnicodeHost.bytesMax)
        template.write(subject, in: url.span, isAgain: isAgain, spare: &spare, into: &page)
        return String(decoding: page.toArray(), as: UTF8.self)
    }

    /// One of each kind.
    private static func pages() -> [String] {
        let url = Array("ab".utf8)
        let subject = PageTemplate.Subject(host: ByteRange(0..<1), port: 81, url: ByteRange(1..<2))
        let unlinked = PageTemplate.Subject(host: ByteRange(0..<1), port: nil, url: nil)
        var pages = [
            page(RecipientPage.ask, subject, in: url), page(RecipientPage.ask, unlinked, in: url),
            page(RecipientPage.refused, nil, in: []), page(RecipientPage.unsubscribe, nil, in: []),
            page(RecipientPage.unsubscribe, nil, in: [], isAgain: true), page(RecipientPage.unsubscribed, nil, in: []),
        ]
        for write in [RecipientPage.writeNotFound, RecipientPage.writeRoot, RecipientPage.writeTooLong] {
            var page = ByteBuffer(capacity: PageTemplate.templateBytesMax)
            write(&page)
            pages.append(String(decoding: page.toArray(), as: UTF8.self))
        }
        return pages
    }

    @Test(
        "Hostile hosts and addresses stand in it escaped",
        arguments: [
            "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='a", "a&b;&lt;",
            "\u{0}\r\n\t", "\u{202E}moc.knab", "\u{FEFF}\u{200B}x", "\u{E9}\u{1F600}", "{{7*7}}${a}",
        ])
    func escaped(_ hostile: String) {
        let plain = ask(host: "host.example", location: "https://host.example/")
        let page = ask(host: hostile, location: "https://host.example/" + hostile)
        for sign in ["<", ">", "\"", "'"] {
            #expect(
                page.filter { String($0) == sign }.count == plain.filter { String($0) == sign }.count,
                "\(sign) of a client stands in \(page)")
        }
        #expect(page.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(page)")
    }

    @Test("Bytes that are no text at all are replaced")
    func noText() {
        let bytes = (0...255).map { UInt8($0) }
        let page = ask(host: bytes, location: bytes)
        #expect(page.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }

    @Test("It shows the host and a link straight to the target")
    func straight() {
        let page = ask(host: "elsewhere.example", port: 8_443, location: "https://elsewhere.example:8443/a?b=1&c=2#d")
        #expect(page.contains("dir=\"ltr\">elsewhere.example:8443</p>"))
        #expect(page.contains("href=\"https://elsewhere.example:8443/a?b=1&amp;c=2#d\""))
        #expect(page.contains("rel=\"noreferrer noopener nofollow\""))
    }

    @Test("A name that can be mistaken has no link")
    func noLink() {
        let page = ask(host: "xn--0.example", location: nil)
        #expect(!page.contains("href") && page.contains("xn--0.example"))
    }

    @Test("A host outside ASCII is shown both ways, and what can't be seen in it is replaced")
    func bothForms() {
        let page = ask(host: "xn--bcher-kva.example", port: 8_443, location: "https://xn--bcher-kva.example:8443/")
        #expect(page.contains("dir=\"ltr\">xn--bcher-kva.example:8443</p>"))
        #expect(page.contains("<bdi dir=\"ltr\">b&#252;cher.example:8443</bdi>"))
        let plain = ask(host: "bcher.example", location: "https://bcher.example/")
        #expect(!plain.contains("<bdi") && !plain.contains("may show as"))
        let mapped = ask(host: "%EF%BC%91%E2%80%AE.example", location: nil)
        #expect(mapped.contains("%EF%BC%91%E2%80%AE.example"))
        #expect(mapped.contains("<bdi dir=\"ltr\">&#65297;&#65533;.example</bdi>"))
    }

    @Test("The longest target, all of it escaped, fits, however often it is shown")
    func longest() throws {
        let host = [UInt8](repeating: UInt8(ascii: "\""), count: 768)
        let location = [UInt8](repeating: 1, count: LinkLimits.targetBytesMax)
        #expect(ask(host: host, port: 65_535, location: location).hasSuffix("</html>"))
        let places = String(repeating: "{{host}}{{unicodeHost}}", count: 4)
        let text = "{{url}}\(places)" + String(repeating: " ", count: PageTemplate.templateBytesMax - 100)
        let template = try PageTemplate(Array(text.utf8), for: .ask)
        let subject = PageTemplate.Subject(
            host: ByteRange(0..<768), port: 65_535, url: ByteRange(768..<768 + location.count))
        #expect(Self.page(template, subject, in: host + location).utf8.count > 8 * location.count)
    }

    @Test("The policy allows the page's own style by its hash, and nothing else")
    func policy() throws {
        let policy = String(decoding: RecipientPage.contentSecurityPolicy, as: UTF8.self)
        #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
        for part in ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"] {
            #expect(policy.contains(part))
        }
        #expect(!policy.contains("unsafe") && !policy.contains("script-src"))
        for page in Self.pages() {
            let opening = try #require(page.range(of: "<style>"))
            let closing = try #require(page.range(of: "</style>"))
            let style = Array(page[opening.upperBound..<closing.lowerBound].utf8)
            let hash = SHA256Digest.hash(style.span).withSpan { Base64.encode($0) }
            #expect(policy.contains("'sha256-\(hash)'"))
            #expect(!page.contains("style=") && !page.contains("<script") && !page.contains("src="))
        }
    }

    @Test("Every page is a whole one, small, in a language, and kept out of indexes")
    func whole() {
        for page in Self.pages() {
            #expect(page.hasPrefix("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"))
            #expect(page.contains("name=\"robots\" content=\"noindex\"") && page.contains("name=\"viewport\""))
            #expect(page.contains("<title>") && page.contains("<h1>"))
            #expect(page.utf8.count < 4_096)
            for element in ["html", "head", "style", "body", "main", "h1", "title"] {
                #expect(page.contains("</\(element)>"), "\(element)")
            }
        }
    }
}
