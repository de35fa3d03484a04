import Bytes
import Foundation
import TestSupport
import Testing
import TrackingLinks

/// A URL and where its signature goes: `TSIG` stands for `tsig=` and the token.
struct SignedPlace: Sendable, CustomTestStringConvertible {
    let url: String
    let signed: String
    var testDescription: String { url }

    init(_ url: String, _ signed: String) {
        self.url = url
        self.signed = signed
    }
}

/// A URL that is not signed.
struct Refused: Sendable, CustomTestStringConvertible {
    let name: String
    let url: String
    let scope: SignatureScope?
    let refusal: SigningRefusal
    var testDescription: String { name }

    init(_ name: String, _ url: String, scope: SignatureScope? = nil, _ refusal: SigningRefusal) {
        self.name = name
        self.url = url
        self.scope = scope
        self.refusal = refusal
    }
}

@Suite("A link is signed in place, or refused with a reason")
struct LinkSignerTests {
    @Test(arguments: [
        SignedPlace("https://t.example/tremclk?sec=1", "https://t.example/tremclk?sec=1&TSIG"),
        SignedPlace("HTTP://t.example:80/tremclk/?sec=1#f?a=b", "HTTP://t.example:80/tremclk/?sec=1&TSIG#f?a=b"),
        SignedPlace("/tremop?sec=1&", "/tremop?sec=1&TSIG"),
        SignedPlace("/tremclk?sec=1&targetUrl=", "/tremclk?sec=1&TSIG&targetUrl="),
        SignedPlace(
            "/tremclk?targetUrl=http%3A%2F%2Fa.example&sec=1", "/tremclk?TSIG&targetUrl=http%3A%2F%2Fa.example&sec=1"),
        SignedPlace(
            "/tremclk?sec=1&targetUrl=http://a.example/?tsig=1&sec=2&targetUrl=3",
            "/tremclk?sec=1&TSIG&targetUrl=http://a.example/?tsig=1&sec=2&targetUrl=3"),
        SignedPlace("/tremclk?tsig=old&sec=1", "/tremclk?TSIG&sec=1"),
        SignedPlace("/tremclk?sec=1&tsig&a", "/tremclk?sec=1&TSIG&a"),
        SignedPlace("/tremclk?sec=1&tsig=a=b%27#x", "/tremclk?sec=1&TSIG#x"),
        SignedPlace(
            "/tremclk?sec=1&targetUrl=http%3A%2F%2Fa.example&tsig=",
            "/tremclk?sec=1&targetUrl=http%3A%2F%2Fa.example&TSIG"),
        SignedPlace("/tremclk?a&&sec=%31&va=%5b1]&%zz=ä", "/tremclk?a&&sec=%31&va=%5b1]&%zz=ä&TSIG"),
        SignedPlace("/tremclk?cuid={{email}}&sec=1", "/tremclk?cuid={{email}}&sec=1&TSIG"),
        SignedPlace(
            "/tremclk?cuid={{ email | x: \"&#?=\" }}&sec=1&targetUrl=http%3A%2F%2Fa.example",
            "/tremclk?cuid={{ email | x: \"&#?=\" }}&sec=1&TSIG&targetUrl=http%3A%2F%2Fa.example"),
        SignedPlace(
            "/tremclk?cuid={{#if a}}{{a}}{{/if}}&sec=1&cuidType=<%= a ? '&sec=2' : '#' %>#f",
            "/tremclk?cuid={{#if a}}{{a}}{{/if}}&sec=1&cuidType=<%= a ? '&sec=2' : '#' %>&TSIG#f"),
        SignedPlace(
            "/tremclk?cuid=*|A&sec=2|*&sec=1&tlink=${a&sec=3}",
            "/tremclk?cuid=*|A&sec=2|*&sec=1&tlink=${a&sec=3}&TSIG"),
        SignedPlace("https://{{host}}/tremclk?sec=1", "https://{{host}}/tremclk?sec=1&TSIG"),
        SignedPlace("/tremclk?cuid={{open&sec=1", "/tremclk?cuid={{open&sec=1&TSIG"),
    ])
    func place(_ row: SignedPlace) throws {
        let signed = try SignatureRig.sign(row.url)
        let parts = row.signed.split(separator: "TSIG", omittingEmptySubsequences: false)
        #expect(signed.hasPrefix(parts[0] + "tsig=E") && signed.hasSuffix(parts[1]), "\(signed)")
        #expect(signed.utf8.count == row.signed.utf8.count - 4 + "tsig=".count + 28)
        #expect(try SignatureRig.sign(signed) == signed, "signing again changes nothing")
    }

    @Test("The page's example is right to the byte")
    func page() throws {
        let page = try #require(
            FileManager.default.contents(atPath: fixture("../../Documentation/signatures.md"))
                .map { String(decoding: $0, as: UTF8.self) })
        let example = try #require(page.components(separatedBy: "## One link, byte by byte").last)
        let lines = example.components(separatedBy: "\n").filter { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
        // The secret, the link, the message in pieces with a word behind each, the signed link.
        let hexadecimal = lines[2..<10].map { $0.prefix(52).filter { $0.isHexDigit } }.joined()
        let secret = try #require(Self.bytes(ofHexadecimal: lines[0].description))
        let message = try #require(Self.bytes(ofHexadecimal: hexadecimal))
        #expect(secret == SignatureRig.secrets[0])
        let code = HMACSHA256Key(secret.span).authenticate(message.span).description.prefix(32)
        #expect(example.contains("its code begins with `\(code)`"))
        #expect(try SignatureRig.sign(lines[1].description) == lines[10])
    }

    private static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        Hexadecimal.decode(Array(text.utf8).span)
    }

    @Test("A target is covered where there is one, and a scope may be chosen")
    func scope() throws {
        let url = "/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example"
        for (scope, expected) in [(nil, .target), (.link, .link), (.target, .target)]
            as [(SignatureScope?, SignatureScope)]
        {
            let signed = try SignatureRig.sign(url, scope: scope)
            #expect(SignatureRig.verdict(SignatureRig.query(of: signed)) == .good(expected))
        }
    }

    @Test("A template that is signed is good for everybody that it is filled in for")
    func templates() throws {
        let template = try SignatureRig.sign(
            "https://t.example/tremclk?cuid={{ email }}&cuidType=<% kind %>&sec=1&targetUrl=https%3A%2F%2Fa.example%2F")
        for person in ["ann%40mail.example", "", "%2B49%20151", "a&b"] {
            let filled = template.replacing("{{ email }}", with: person).replacing("<% kind %>", with: "ihe")
            #expect(SignatureRig.verdict(SignatureRig.query(of: filled)) == .good(.target), "\(person)")
        }
        let filtered = template.replacing("cuid={{ email }}&cuidType=<% kind %>&", with: "")
        #expect(SignatureRig.verdict(SignatureRig.query(of: filtered)) == .good(.target))
    }

    @Test(arguments: [
        Refused("another path", "https://t.example/other?sec=1", .notTrackingLink),
        Refused("no path", "https://t.example?sec=1", .notTrackingLink),
        Refused("another scheme", "ftp://t.example/tremclk?sec=1", .notTrackingLink),
        Refused("nothing", "", .notTrackingLink),
        Refused("a fragment before the query", "/tremclk#?sec=1", .noSection),
        Refused("a line's end", "/tremclk?sec=1\r\n", .controlByte),
        Refused("a zero byte", "/tremclk?sec=1\u{0}", .controlByte),
        Refused("a control character of more than a byte", "/tremclk?sec=1&a=\u{9B}31m", .controlByte),
        Refused("a link of a megabyte", "/tremclk?sec=1&va=\(String(repeating: "1", count: 1 << 20))", .tooLong),
        Refused("no query", "/tremclk", .noSection),
        Refused("an empty section", "/tremclk?sec=&expId=1", .noSection),
        Refused("two sections", "/tremclk?sec=1&sec=1", .repeatedField(.sec)),
        Refused("two targets", "/tremclk?sec=1&targetUrl=a&targetUrl=b", .repeatedField(.targetUrl)),
        Refused("two signatures", "/tremclk?sec=1&tsig=a&tsig=b", .repeatedField(.tsig)),
        Refused("an unfilled campaign", "/tremclk?sec=1&expId={{id}}", .unfilledField(.expId)),
        Refused("an unfilled section", "/tremclk?sec=%%sec%%", .unfilledField(.sec)),
        Refused("an unfilled tag with a separator", "/tremclk?sec=1&va=<% a & b %>", .unfilledField(.va)),
        Refused(
            "an unfilled target", "/tremclk?sec=1&targetUrl={{product.url}}", .unfilledField(.targetUrl)),
        Refused(
            "a target that is unfilled in part", "/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F%7B%7Bid%7D%7D",
            .unfilledField(.targetUrl)),
        Refused(
            "a raw target that is unfilled in part", "/tremclk?sec=1&targetUrl=https://a.example/%%id%%",
            .unfilledField(.targetUrl)),
        Refused(
            "a target with a tag that decoding hides", "/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F%%address%%",
            .unfilledField(.targetUrl)),
        Refused("no target", "/tremclk?sec=1", scope: .target, .missingTarget),
        Refused("an empty target", "/tremclk?sec=1&targetUrl=", scope: .target, .missingTarget),
        Refused(
            "a target of another scheme", "/tremclk?sec=1&targetUrl=javascript%3Aalert(1)",
            .unusableTarget(.otherScheme)),
        Refused(
            "a target with user info", "/tremclk?sec=1&targetUrl=https%3A%2F%2Fa%40b.example%2F",
            .unusableTarget(.userInfo)),
        Refused(
            "more fields than are read",
            "/tremclk?sec=1\(String(repeating: "&a", count: LinkLimits.fieldCountMax))&expId=1", .notReadBack),
        Refused("ampersands of HTML", "/tremclk?sec=1&amp;expId=2", .notReadBack),
        Refused("a sign glued on", "/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.example%2F&va=1)", .notReadBack),
        Refused(
            "a host that is not certain", "/tremclk?sec=1&targetUrl=https%3A%2F%2F%E2%84%80.example%2F",
            .uncertainHost),
    ])
    func refusals(_ row: Refused) {
        #expect(SignatureRig.refusal(row.url, scope: row.scope) == row.refusal)
    }

    @Test("Where no key is for the section, that is said")
    func noKey() {
        var signer = LinkSigner(keys: SigningKeyTable([SignatureRig.keys[1]]))
        let url = Array("/tremclk?sec=1".utf8)
        #expect(throws: SigningRefusal.noKey) { try signer.sign(url.span) }
    }

    @Test("A target that is unfilled may stand in a link whose signature does not cover it")
    func unfilledTargetOfLink() throws {
        let signed = try SignatureRig.sign("/tremclk?sec=1&targetUrl={{ url | x: \"&sec=2\" }}", scope: .link)
        #expect(signed.hasSuffix("&targetUrl={{ url | x: \"&sec=2\" }}"))
        let filled = signed.replacing("{{ url | x: \"&sec=2\" }}", with: "https%3A%2F%2Fa.example%2F%3Fa%26b")
        #expect(SignatureRig.verdict(SignatureRig.query(of: filled)) == .good(.link))
    }

    @Test("No refusal says what stood in the link")
    func refusalsSayNoValue() {
        let refusals: [SigningRefusal] =
            [
                .notTrackingLink, .controlByte, .tooLong, .noSection, .missingTarget, .noKey, .otherSection,
                .notReadBack,
                .repeatedField(.sec), .unfilledField(.targetUrl), .unfilledField(.va),
            ] + TargetRefusal.allCases.map { .unusableTarget($0) }
        let texts = refusals.map(\.explanation)
        #expect(Set(texts).count == texts.count)
        #expect(texts.allSatisfy { $0.hasPrefix("it") || $0.hasPrefix("no key") || $0.hasPrefix("the key") })
    }
}
