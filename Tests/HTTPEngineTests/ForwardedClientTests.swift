import Bytes
import HTTPEngine
import LinuxSystem
import TestSupport
import Testing

@Suite("Of what forwarding headers say, what trusted proxies wrote counts, and nothing is guessed")
struct ForwardedClientTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let lines: [String]
        let address: String?
        let naming: ForwardedClient.Naming
        var scheme = ClientScheme.unknown
        var host: String?
        var testDescription: String { name }

        /// A header that names a client.
        init(
            _ name: String, _ lines: [String], _ address: String, scheme: ClientScheme = .unknown, host: String? = nil
        ) {
            (self.name, self.lines, self.address, self.naming) = (name, lines, address, .named)
            (self.scheme, self.host) = (scheme, host)
        }

        init(
            _ name: String, _ lines: [String], _ naming: ForwardedClient.Naming, scheme: ClientScheme = .unknown,
            host: String? = nil
        ) {
            (self.name, self.lines, address, self.naming) = (name, lines, nil, naming)
            (self.scheme, self.host) = (scheme, host)
        }
    }

    private static func list(_ value: String) -> [String] { ["X-Forwarded-For: \(value)"] }
    private static func forwarded(_ value: String) -> [String] { ["Forwarded: \(value)"] }

    // 10.0.0.0/8 and 2001:db8:ffff::/48 are trusted.
    static let lists: [Row] = [
        Row("no header", [], .missing),
        Row("an empty one", list(""), .missing),
        Row("commas alone", list(" , ,"), .missing),
        Row("one address", list("192.0.2.1"), "192.0.2.1"),
        Row("the rightmost counts", list("203.0.113.9, 192.0.2.1"), "192.0.2.1"),
        Row("behind trusted ones", list("203.0.113.9, 192.0.2.1, 10.0.0.1,10.0.0.2"), "192.0.2.1"),
        Row("empty elements are none", list("192.0.2.1, , 10.0.0.1,"), "192.0.2.1"),
        Row("trusted ones alone", list("10.0.0.9, 10.0.0.1"), "10.0.0.9"),
        Row("an IPv6 address", list("2001:db8::1"), "2001:db8::1"),
        Row("in brackets", list("[2001:db8::1]"), "2001:db8::1"),
        Row("with a port", list("[2001:db8::1]:443, 10.0.0.1:80"), "2001:db8::1"),
        Row("an IPv4 address with a port", list("192.0.2.1:65535"), "192.0.2.1"),
        Row("IPv4 in IPv6", list("::ffff:192.0.2.1, ::ffff:10.0.0.1"), "192.0.2.1"),
        Row("a trusted IPv6 proxy", list("192.0.2.1, 2001:db8:ffff::8"), "192.0.2.1"),
        Row("nonsense on the left is a client's own", list("<script>, \"a, 192.0.2.1"), "192.0.2.1"),
        Row("lines are one list, in their order", list("203.0.113.9") + list("192.0.2.1"), "192.0.2.1"),
        Row(
            "with other lines between",
            ["x-forwarded-for: 203.0.113.9", "Accept: */*", "X-FORWARDED-FOR: 192.0.2.1", "X-Forwarded-For: 10.0.0.1"],
            "192.0.2.1"),
        Row("nonsense on the right", list("192.0.2.1, ann"), .unreadable),
        Row("nonsense behind a trusted one", list("192.0.2.1, unknown, 10.0.0.1"), .unreadable),
        Row("a quoted address", list("\"192.0.2.1\""), .unreadable),
        Row("a bad port", list("192.0.2.1:65536"), .unreadable),
        Row("no port", list("192.0.2.1:"), .unreadable),
        Row("a zone", list("fe80::1%eth0"), .unreadable),
        Row("IPv4 in brackets", list("[192.0.2.1]"), .unreadable),
        Row("an open bracket", list("[2001:db8::1"), .unreadable),
        Row("behind a bracket", list("[2001:db8::1]x"), .unreadable),
        Row("leading zeros", list("192.0.2.01"), .unreadable),
        Row("a hidden port is not of this grammar", list("192.0.2.1:_a"), .unreadable),
        Row("two addresses without a comma", list("192.0.2.1 192.0.2.2"), .unreadable),
        Row(
            "scheme and host", list("192.0.2.1") + ["X-Forwarded-Proto: HTTPS", "X-Forwarded-Host: trem.example:443"],
            "192.0.2.1", scheme: .https, host: "trem.example:443"),
        Row(
            "of each the last",
            list("192.0.2.1") + ["X-Forwarded-Proto: https, http", "X-Forwarded-Host: a, b.example"],
            "192.0.2.1", scheme: .http, host: "b.example"),
        Row(
            "also over lines", ["X-Forwarded-Proto: http", "X-Forwarded-Proto: https"], .missing, scheme: .https),
        Row("another scheme", list("192.0.2.1") + ["X-Forwarded-Proto: ftp"], "192.0.2.1"),
        Row("no host", list("192.0.2.1") + ["X-Forwarded-Host: a b"], "192.0.2.1"),
    ]

    static let elements: [Row] = [
        Row("for alone", forwarded("for=192.0.2.1"), "192.0.2.1"),
        Row(
            "all of it", forwarded("For=192.0.2.1;PROTO=https;by=10.0.0.1;Host=trem.example"), "192.0.2.1",
            scheme: .https, host: "trem.example"),
        Row("quoted", forwarded("for=\"192.0.2.1\""), "192.0.2.1"),
        Row("quoted, with a port", forwarded("for=\"192.0.2.1:47011\""), "192.0.2.1"),
        Row("quoted, with a hidden port", forwarded("for=\"192.0.2.1:_a.b-c\""), "192.0.2.1"),
        Row("IPv6", forwarded("for=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17"),
        Row("IPv6 without a port", forwarded("For=\"[2001:db8:cafe::17]\""), "2001:db8:cafe::17"),
        Row(
            "blanks around separators", forwarded(" for=192.0.2.1 ; proto=http , for=10.0.0.1"), "192.0.2.1",
            scheme: .http),
        Row(
            "the element that counts says scheme and host",
            forwarded(
                "for=203.0.113.9;proto=http;host=evil.example, for=192.0.2.1;proto=https;host=a.example,for=10.0.0.1"),
            "192.0.2.1", scheme: .https, host: "a.example"),
        Row("a comma between quotes", forwarded("for=192.0.2.1;x=\"a, for=203.0.113.9\""), "192.0.2.1"),
        Row("a quote in a quoted text", forwarded("for=192.0.2.1;x=\"a\\\", for=203.0.113.9\""), "192.0.2.1"),
        Row("lines are one list", forwarded("for=203.0.113.9") + forwarded("for=192.0.2.1, for=10.0.0.1"), "192.0.2.1"),
        Row(
            "trusted ones alone", forwarded("for=10.0.0.9;host=a.example,for=10.0.0.1"), "10.0.0.9", host: "a.example"),
        Row("hidden left of the one that counts", forwarded("for=_gazonk, for=192.0.2.1"), "192.0.2.1"),
        Row("hidden", forwarded("for=_gazonk"), .unreadable),
        Row("hidden behind a trusted one", forwarded("for=192.0.2.1, for=_gazonk, for=10.0.0.1"), .unreadable),
        Row("unknown", forwarded("for=unknown"), .unreadable),
        Row("no for", forwarded("proto=https"), .unreadable, scheme: .https),
        Row("an escape in the address", forwarded("for=\"192.0.2.\\1\""), .unreadable),
        Row("a colon without quotes", forwarded("for=192.0.2.1:80"), .unreadable),
        Row("IPv6 without brackets", forwarded("for=\"2001:db8::1\""), .unreadable),
        Row("an open quote takes all with it", forwarded("for=\"x, for=192.0.2.1"), .unreadable),
        Row("in an earlier line, too", forwarded("for=\"x") + forwarded("for=192.0.2.1"), .unreadable),
        Row("for twice", forwarded("for=192.0.2.1;for=203.0.113.9"), .unreadable),
        Row("a name alone", forwarded("for"), .unreadable),
        Row("no value", forwarded("for="), .unreadable),
        Row("no name", forwarded("=192.0.2.1"), .unreadable),
        Row("something behind a value", forwarded("for=192.0.2.1 x"), .unreadable),
        Row("a host that is none", forwarded("for=192.0.2.1;host=\"a b\""), "192.0.2.1"),
        Row("an empty one", forwarded(""), .missing),
    ]

    static let both: [Row] = [
        Row("the same address", list("192.0.2.1") + forwarded("for=192.0.2.1;proto=http;host=b.example"), "192.0.2.1"),
        Row(
            "scheme and host are of one family",
            list("192.0.2.1") + forwarded("for=192.0.2.1;proto=http") + ["X-Forwarded-Proto: https"], "192.0.2.1",
            scheme: .https),
        Row(
            "Forwarded alone takes nothing of the other",
            forwarded("for=192.0.2.1") + ["X-Forwarded-Proto: https", "X-Forwarded-Host: a.example"], "192.0.2.1"),
        Row("two addresses", list("192.0.2.1") + forwarded("for=203.0.113.9"), .contradicted),
        Row("one that can't be read", list("192.0.2.1") + forwarded("for=unknown"), .contradicted),
        Row("the other that can't be read", list("ann") + forwarded("for=192.0.2.1"), .contradicted),
        Row("none that can be read", list("ann") + forwarded("for=unknown"), .unreadable),
        Row("an empty list beside one", list("") + forwarded("for=192.0.2.1"), "192.0.2.1"),
        Row("one beside an empty list", list("192.0.2.1") + forwarded(""), "192.0.2.1"),
    ]

    @Test(arguments: lists + elements + both)
    func reads(_ row: Row) throws {
        let request = "GET /a HTTP/1.1\r\nHost: t.example\r\n" + row.lines.map { $0 + "\r\n" }.joined() + "\r\n"
        let bytes = Array(request.utf8)
        var head = RequestHead()
        // The second time the fields are those that are remembered.
        for _ in 0..<2 {
            let outcome = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head)
            #expect(outcome == .complete(consumedBytes: bytes.count))
            let client = ForwardedClient(head, in: bytes.span, isTrusted: Self.isTrusted)
            #expect(client.naming == row.naming)
            #expect(client.address?.description == row.address)
            #expect(client.scheme == row.scheme)
            let host = client.host.map { String(decoding: bytes[$0.offsets], as: UTF8.self) }
            #expect(host == row.host)
        }
    }

    private static func isTrusted(_ address: IPAddress) -> Bool {
        switch address {
        case .ipv4(let address): address >> 24 == 10
        case .ipv6(let high, _): high >> 16 == 0x2001_0DB8_FFFF
        }
    }
}
