import Bytes
import TestSupport
import Testing
import TrackingLinks

@Suite("A host list holds what its patterns say and no other host")
struct HostListTests {
    struct Row: CustomTestStringConvertible {
        var testDescription: String { "\(pattern) and \(target)" }
        var pattern: String
        var target: String
        var isListed: Bool

        init(_ pattern: String, _ target: String, _ isListed: Bool) {
            self.pattern = pattern
            self.target = target
            self.isListed = isListed
        }
    }

    static let rows: [Row] = [
        Row("www.a.example", "https://www.a.example/", true),
        Row("www.a.example", "http://www.a.example/", true),
        Row("WWW.A.Example", "https://www.a.EXAMPLE/", true),
        Row("www.a.example", "https://a.example/", false),
        Row("www.a.example", "https://xwww.a.example/", false),
        Row("www.a.example", "https://x.www.a.example/", false),
        Row("www.a.example", "https://www.a.example.evil.example/", false),
        Row("www.a.example", "https://www.a.example./", false),
        Row("www.a.example", "https://www.a.example:443/", true),
        Row("www.a.example", "https://www.a.example:8443/", false),
        Row("www.a.example", "https://www.a.example:80/", false),
        Row("www.a.example", "http://www.a.example:443/", false),
        Row("www.a.example:8443", "https://www.a.example:8443/", true),
        Row("www.a.example:8443", "http://www.a.example:8443/", true),
        Row("www.a.example:8443", "https://www.a.example/", false),
        Row("www.a.example:443", "https://www.a.example/", true),
        Row("www.a.example:443", "http://www.a.example/", false),
        Row("*.a.example", "https://www.a.example/", true),
        Row("*.a.example", "https://x.y.z.a.example/", true),
        Row("*.a.example", "https://a.example/", false),
        Row("*.a.example", "https://xa.example/", false),
        Row("*.a.example", "https://www.a.example:8443/", false),
        Row("*.a.example", "https://www.a.example./", false),
        Row("*.a.example:8443", "https://www.a.example:8443/", true),
        Row("*.a.example:8443", "https://www.a.example/", false),
        Row("192.0.2.1", "https://192.0.2.1/", true),
        Row("192.0.2.1", "https://192.0.2.2/", false),
        Row("*.0.2.1.example", "https://192.0.2.1/", false),
        Row("[2001:db8::1]", "https://[2001:DB8:0::1]/", true),
        Row("[2001:DB8:0:0::1]:8080", "http://[2001:db8::1]:8080/", true),
        Row("[2001:db8::1]", "https://[2001:db8::2]/", false),
        Row("localhost", "http://localhost/", true),
        Row("192.0.2.1", "https://0xC0000201/", true),
        Row("192.0.2.1", "https://192.0.2.1./", true),
        Row("www.a.example", "https://www%2Ea.ex%61mple/", true),
        Row("bücher.example", "https://bücher.example/", true),
        Row("BÜCHER.example", "https://xn--bcher-kva.example/", true),
        Row("xn--bcher-kva.example", "https://BÜCHER.EXAMPLE/", true),
        Row("xn--bcher-kva.example", "https://bu\u{308}cher.example/", true),
        Row("*.bücher.example", "https://www.bu\u{308}cher.example/", true),
        Row("*.bücher.example", "https://bu\u{308}cher.example/", false),
        Row("*.a.example", "https://bücher.a.example/", true),
        Row("*.שלום.example", "https://a.שלום.example/", true),
        Row("*.שלום.example", "https://1.שלום.example/", false),
        Row("*.bücher.example", "https://xn--a.bücher.example/", false),
        Row("*.a.example", "https://xn--bcher-kva.a.example/", true),
        Row("*.a.example", "https://bu\u{308}cher.a.example/", false),
        Row("bücher.example", "https://bucher.example/", false),
        Row("bücher.example", "https://b\u{FF55}\u{308}cher.example/", false),
        Row("straße.example", "https://STRASSE.example/", false),
        Row("straße.example", "https://STRA\u{1E9E}E.example/", false),
        Row("xn--l2bm4ayf.example", "https://\u{928}\u{92E}\u{938}\u{94D}.example/", true),
        Row("xn--i-7iq.example", "https://i❤.example/", true),
        // Joiners, which belong to Sinhala and Persian names.
        Row("xn--10cl1a0b660p.example", "https://xn--10cl1a0b660p.example/", true),
        Row("xn--10cl1a0b660p.example", "https://\u{DC1}\u{DCA}\u{200D}\u{DBB}\u{DD3}.example/", false),
        Row("*.xn--mgba3gch31f060k.example", "https://a.xn--mgba3gch31f060k.example/", true),
        Row("a.example", "https://ａ.example/", false),
        Row("a.example", "https://a。example/", false),
    ]

    @Test(arguments: rows)
    func listed(_ row: Row) throws {
        let policy = try Sections.policy(.ask, hosts: [row.pattern], fallback: nil)
        let given = answer(target: row.target, policy: policy)
        #expect(given.outcome == (row.isListed ? .redirected : .asked))
        // Other patterns beside it change nothing.
        let crowded = ["b.example", "*.c.example", "d.example:81", row.pattern, row.pattern, "e.example"]
        #expect(answer(target: row.target, policy: try Sections.policy(.ask, hosts: crowded, fallback: nil)) == given)
    }

    struct BadPattern: CustomTestStringConvertible {
        var testDescription: String { pattern.debugDescription }
        var pattern: String
        var error: HostPatternError
    }

    static let badPatterns: [BadPattern] = [
        BadPattern(pattern: "", error: .empty(pattern: "")),
        BadPattern(pattern: "*.", error: .empty(pattern: "*.")),
        BadPattern(pattern: "*", error: .misplacedWildcard(pattern: "*")),
        BadPattern(pattern: "www.*.example", error: .misplacedWildcard(pattern: "www.*.example")),
        BadPattern(pattern: "*.*.example", error: .misplacedWildcard(pattern: "*.*.example")),
        BadPattern(pattern: "*a.example", error: .misplacedWildcard(pattern: "*a.example")),
        BadPattern(pattern: "*.192.0.2.1", error: .misplacedWildcard(pattern: "*.192.0.2.1")),
        BadPattern(pattern: "https://a.example", error: .notAHost(pattern: "https://a.example")),
        BadPattern(pattern: "a.example/", error: .notAHost(pattern: "a.example/")),
        BadPattern(pattern: "a.example?", error: .notAHost(pattern: "a.example?")),
        BadPattern(pattern: "a@b.example", error: .notAHost(pattern: "a@b.example")),
        BadPattern(pattern: " a.example", error: .notAHost(pattern: " a.example")),
        BadPattern(pattern: "a.example:0", error: .host(pattern: "a.example:0", .port)),
        BadPattern(pattern: "a.example:x", error: .host(pattern: "a.example:x", .port)),
        BadPattern(pattern: "a..example", error: .host(pattern: "a..example", .hostSyntax)),
        BadPattern(pattern: "127.1", error: .host(pattern: "127.1", .ipv4Spelling)),
        BadPattern(pattern: "::1", error: .host(pattern: "::1", .port)),
        BadPattern(pattern: "[::1", error: .host(pattern: "[::1", .ipv6Syntax)),
        BadPattern(pattern: "a.example.", error: .finalStop(pattern: "a.example.")),
        BadPattern(pattern: "ﬀ.example", error: .notCertain(pattern: "ﬀ.example")),
        BadPattern(pattern: "bu\u{308}cher.example", error: .notCertain(pattern: "bu\u{308}cher.example")),
        BadPattern(pattern: "xn--0.example", error: .notPunycode(pattern: "xn--0.example")),
        BadPattern(pattern: "xn--im6c.example", error: .notPunycode(pattern: "xn--im6c.example")),
        BadPattern(pattern: "%61.example", error: .notAHost(pattern: "%61.example")),
        BadPattern(pattern: "0x7f.0.0.1", error: .host(pattern: "0x7f.0.0.1", .ipv4Spelling)),
    ]

    @Test(arguments: badPatterns)
    func isRefused(_ row: BadPattern) {
        #expect(throws: row.error) { try HostList.check(pattern: row.pattern) }
        #expect(throws: row.error) { try HostList(patterns: ["a.example", row.pattern]) }
        #expect(row.error.description.contains("\"\(row.pattern)\""))
    }

    @Test func aHundredThousandHostsAreFound() throws {
        let patterns = (0..<100_000).map { $0 % 3 == 0 ? "*.shop\($0).example" : "www.shop\($0).example" }
        let list = try HostList(patterns: patterns)
        #expect(list.count == 100_000)
        for number in stride(from: 0, to: 100_000, by: 97) {
            let isWildcard = number % 3 == 0
            #expect(contains(list, "www.shop\(number).example"))
            #expect(contains(list, "a.b.shop\(number).example") == isWildcard)
            #expect(!contains(list, "shop\(number).example"))
            #expect(!contains(list, "www.shop\(number).example.evil.example"))
        }
        #expect(!contains(list, "www.shop100000.example"))
    }

    private func contains(_ list: HostList, _ host: String) -> Bool {
        let bytes = Array(host.utf8)
        return list.contains(host: bytes.span, port: 443, scheme: .https)
    }
}
