import Bytes
import Foundation
import Testing

@testable import EdgeServer

@Suite("A page shows what a client sent as text, and runs nothing")
struct RecipientPageTests {
    private func ask(host: String, port: UInt16? = nil, location: String) -> String {
        var page = ByteBuffer(capacity: RecipientPage.bytesMax)
        RecipientPage.writeAsk(
            host: Array(host.utf8).span, port: port, location: Array(location.utf8).span, into: &page)
        return String(decoding: page.toArray(), as: UTF8.self)
    }

    /// One of each kind.
    private static func pages() -> [String] {
        let host = Array("a".utf8)
        let location = Array("b".utf8)
        let nothing: [UInt8] = []
        var pages: [String] = []
        for number in 0..<5 {
            var page = ByteBuffer(capacity: RecipientPage.bytesMax)
            switch number {
            case 0: RecipientPage.writeRefused(into: &page)
            case 1: RecipientPage.writeNotFound(into: &page)
            case 2: RecipientPage.writeRoot(into: &page)
            case 3: RecipientPage.writeAsk(host: host.span, port: 81, location: location.span, into: &page)
            default: RecipientPage.writeAsk(host: host.span, port: nil, location: nothing.span, into: &page)
            }
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
        var page = ByteBuffer(capacity: RecipientPage.bytesMax)
        let bytes = (0...255).map { UInt8($0) }
        RecipientPage.writeAsk(host: bytes.span, port: nil, location: bytes.span, into: &page)
        #expect(page.toArray().allSatisfy { (0x20...0x7E).contains($0) })
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
        let page = ask(host: "xn--a.example", location: "")
        #expect(!page.contains("href") && page.contains("xn--a.example"))
    }

    @Test("The longest target, all of it escaped, fits")
    func longest() {
        let host = String(repeating: "\u{E9}", count: 127)
        let page = ask(host: host, port: 65_535, location: String(repeating: "\u{1}", count: 8_192))
        #expect(page.utf8.count <= RecipientPage.bytesMax)
        #expect(page.hasSuffix("</html>"))
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
