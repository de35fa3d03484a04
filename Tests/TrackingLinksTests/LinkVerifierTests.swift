import Bytes
import TestSupport
import Testing
import TrackingLinks

/// A change of a signed link and what is left of its signature.
struct ChangedLink: Sendable, CustomTestStringConvertible {
    let name: String
    let query: String
    let verdict: SignatureVerdict
    var testDescription: String { name }

    init(_ name: String, _ query: String, _ verdict: SignatureVerdict) {
        self.name = name
        self.query = query
        self.verdict = verdict
    }
}

@Suite("A signature holds for its link, and for nothing else")
struct LinkVerifierTests {
    @Test("What another program signed from the format's page alone is good", arguments: SignatureVector.all)
    func vectors(_ vector: SignatureVector) throws {
        let good = SignatureVerdict.good(vector.target == nil ? .link : .target)
        #expect(SignatureRig.verdict(vector.signed) == good)
        // And what is signed here has the same bytes.
        guard vector.codeBytes == LinkSignature.codeBytes else { return }
        let unsigned = vector.signed.replacing("&tsig=\(vector.token)", with: "")
        let signed = try SignatureRig.sign("/tremclk?" + unsigned, expirySeconds: vector.expiry)
        #expect(signed == "/tremclk?" + vector.signed)
    }

    @Test func thereAreVectors() {
        #expect(SignatureVector.all.count == 8)
    }

    private static let campaign = "sec=8781202&expId=17&expVer=2&va=%5B1%5D&pVa="
    private static let link = "tsig=EAEAAAA4sVs41mK6S83sAwwyxK8U"
    private static let both = "tsig=EQEAAADOp37ZaDDxiNOBYAZT9YNu"

    /// The links that the rows are changes of.
    @Test func theRowsAreOfGoodLinks() throws {
        #expect(try SignatureRig.sign("/tremclk?" + Self.campaign) == "/tremclk?\(Self.campaign)&\(Self.link)")
        let target = "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa%3Fb%3D1"
        #expect(
            try SignatureRig.sign("/tremclk?" + Self.campaign + target)
                == "/tremclk?\(Self.campaign)&\(Self.both)\(target)")
    }

    private static let target = "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa%3Fb%3D1"

    @Test(arguments: [
        ChangedLink("without a signature", campaign, .missing),
        ChangedLink("an empty signature", "\(campaign)&tsig=", .bad),
        ChangedLink("a signature of no value", "\(campaign)&tsig", .bad),
        ChangedLink("an unfilled signature", "\(campaign)&tsig={{signature}}", .bad),
        ChangedLink("in front", "\(link)&\(campaign)", .good(.link)),
        ChangedLink("other order", "pVa=&va=%5B1%5D&\(link)&expVer=2&expId=17&sec=8781202", .good(.link)),
        ChangedLink("unknown fields", "utm_source=x&\(campaign)&a=b&\(link)&utm_medium", .good(.link)),
        ChangedLink(
            "a recipient and a label", "cuid=a%40mail.example&cuidType=ihe&\(campaign)&\(link)&tlink=hero", .good(.link)
        ),
        ChangedLink("another encoding", "sec=%38781202&expId=%31%37&expVer=2&va=[1%5d&pVa=&\(link)", .good(.link)),
        ChangedLink("the signature encoded", "\(campaign)&tsig=%45AEAAAA4sVs41mK6S83sAwwyxK8U", .good(.link)),
        ChangedLink("a target appended", "\(campaign)&\(link)&targetUrl=https%3A%2F%2Fa.example%2F", .good(.link)),
        ChangedLink("a raw target appended", "\(campaign)&\(link)&targetUrl=http://a.example/?sec=1", .good(.link)),
        ChangedLink("no target at all", "\(campaign)&\(link)", .good(.link)),
        ChangedLink("an equals sign glued on", "\(campaign)&\(link)=", .good(.link)),
        ChangedLink("what linkifiers glue on", "\(campaign)&\(link)%27%29.,\"%3E", .good(.link)),
        ChangedLink("a line's end glued on", "\(campaign)&\(link)%0D%0A", .good(.link)),
        ChangedLink("ampersands of HTML", "\(campaign)&\(link)".replacing("&", with: "&amp;"), .good(.link)),
        ChangedLink("numeric entities", "\(campaign)&\(link)".replacing("&", with: "&#38;"), .good(.link)),
        ChangedLink(
            "equals signs of a template engine", "\(campaign)&\(link)".replacing("=", with: "&#x3D;"), .good(.link)),
        ChangedLink(
            "equals signs of quoted-printable", "\(campaign)&\(link)".replacing("=", with: "=3D"), .good(.link)),
        ChangedLink(
            "a line broken in the signature", "\(campaign)&tsig=EAEAAAA4s=%0D%0AVs41mK6S83sAwwyxK8U", .good(.link)),
        ChangedLink(
            "encoded twice", "\(campaign)&\(link)&\(target)".replacing("%", with: "%25"), .good(.link)),
        ChangedLink("glued on in front", "\(campaign)&tsig=%27EAEAAAA4sVs41mK6S83sAwwyxK8U", .bad),
        ChangedLink("a plus inside", "\(campaign)&tsig=EAEAAAA4sVs41mK6S83sAwwyxK8+", .bad),
        ChangedLink("a letter more", "\(campaign)&\(link)A", .bad),
        ChangedLink("a whole byte more", "\(campaign)&\(link)AAA", .bad),
        ChangedLink("15 bytes of code", "\(campaign)&tsig=EAEAAAA4sVs41mK6S83sAwwyxK8", .bad),
        ChangedLink("another version", "\(campaign)&tsig=IAEAAAA4sVs41mK6S83sAwwyxK8U", .bad),
        ChangedLink("a flag of no meaning", "\(campaign)&tsig=FAEAAAA4sVs41mK6S83sAwwyxK8U", .bad),
        ChangedLink("another scope", "\(campaign)&tsig=EQEAAAA4sVs41mK6S83sAwwyxK8U&\(target)", .bad),
        ChangedLink("a key that is not there", "\(campaign)&tsig=EAMAAAA4sVs41mK6S83sAwwyxK8U", .bad),
        ChangedLink("a key of another section", "\(campaign)&tsig=EAIAAAA4sVs41mK6S83sAwwyxK8U", .bad),
        ChangedLink("a field gone", "sec=8781202&expId=17&expVer=2&va=%5B1%5D&\(link)", .bad),
        ChangedLink("a field more", "\(campaign)&mech=&\(link)", .bad),
        ChangedLink("values exchanged", "sec=8781202&expId=2&expVer=17&va=%5B1%5D&pVa=&\(link)", .bad),
        ChangedLink("a letter moved over", "sec=878120&expId=217&expVer=2&va=%5B1%5D&pVa=&\(link)", .bad),
        ChangedLink("names in other letters", "\(campaign)&TSIG=EAEAAAA4sVs41mK6S83sAwwyxK8U", .missing),
        ChangedLink(
            "sec again behind what is read",
            "\(campaign)&\(link)\(String(repeating: "&a", count: LinkLimits.fieldCountMax))&sec=1", .bad),
        ChangedLink("sec again", "\(campaign)&\(link)&sec=8781202", .bad),
        ChangedLink("the signature again", "\(campaign)&\(link)&\(link)", .bad),
        ChangedLink("two targets", "\(campaign)&\(link)&targetUrl=a&targetUrl=b", .bad),
        ChangedLink("another field again, of which the first counts", "\(campaign)&\(link)&expId=9", .good(.link)),
        ChangedLink("the target", "\(campaign)&\(both)&\(target)", .good(.target)),
        ChangedLink("the target in front", "\(target)&\(both)&\(campaign)", .good(.target)),
        ChangedLink(
            "the target raw", "\(campaign)&\(both)&targetUrl=https://www.mywebsite.com/a?b=1", .good(.target)),
        ChangedLink(
            "the target's path in another spelling",
            "\(campaign)&\(both)&targetUrl=https%3A%2F%2Fwww.mywebsite.com/%2561?b=1", .bad),
        ChangedLink(
            "the target's host in capitals and its port spelled out",
            "\(campaign)&\(both)&targetUrl=HTTPS%3a%2F%2FWWW.mywebsite.COM:443/a?b=1", .good(.target)),
        ChangedLink("no target where one is signed", "\(campaign)&\(both)", .bad),
        ChangedLink("an empty target where one is signed", "\(campaign)&\(both)&targetUrl=", .bad),
        ChangedLink("another path", "\(campaign)&\(both)&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fb", .bad),
        ChangedLink("another host", "\(campaign)&\(both)&targetUrl=https%3A%2F%2Fevil.example%2Fa%3Fb%3D1", .bad),
    ])
    func change(_ row: ChangedLink) {
        #expect(SignatureRig.verdict(row.query) == row.verdict)
    }

    @Test("A field is covered to its end, and a target typed with other letters is the one that was signed encoded")
    func wholeValues() throws {
        let long = "sec=1&va=" + String(repeating: "x", count: 400)
        let signed = SignatureRig.query(
            of: try SignatureRig.sign("/tremclk?\(long)&targetUrl=https%3A%2F%2Fb%C3%BCcher.example%2F%C3%A4"))
        #expect(SignatureRig.verdict(signed) == .good(.target))
        #expect(SignatureRig.verdict(signed.replacing("x&tsig", with: "y&tsig")) == .bad)
        for target in ["https://bücher.example/ä", "https://BÜCHER.example/%C3%A4", "https://xn--bcher-kva.example/ä"] {
            let typed = signed.replacing(/targetUrl=.*/, with: "targetUrl=" + target)
            #expect(SignatureRig.verdict(typed) == .good(.target), "\(target)")
        }
    }

    @Test("From its expiry on a signature is expired, and one that was changed is bad all the same")
    func expiry() throws {
        for scope in [SignatureScope.link, .target] {
            let url = "/tremclk?\(Self.campaign)&\(Self.target)"
            let signed = SignatureRig.query(
                of: try SignatureRig.sign(url, scope: scope, expirySeconds: 1_893_456_000))
            #expect(SignatureRig.verdict(signed, nowSeconds: 1_893_455_999) == .good(scope))
            #expect(SignatureRig.verdict(signed, nowSeconds: 1_893_456_000) == .expired)
            #expect(SignatureRig.verdict(signed, nowSeconds: .max) == .expired)
            let changed = signed.replacing("expId=17", with: "expId=18")
            #expect(SignatureRig.verdict(changed, nowSeconds: .max) == .bad)
        }
    }

    @Test("Several targets may be asked about, and only the one that was signed is good")
    func candidates() throws {
        let url = "/tremclk?\(Self.campaign)&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
        let query = Array(SignatureRig.query(of: try SignatureRig.sign(url)).utf8)
        let link = TrackingLink.read(query: query.span)
        var verifier = LinkVerifier()
        func judge(_ target: String) -> SignatureVerdict {
            let bytes = Array(target.utf8)
            return verifier.judge(target: bytes.span)
        }
        #expect(judge("https://www.mywebsite.com/") == .bad)
        let first = verifier.judge(link, of: query.span, keys: SignatureRig.table, nowSeconds: 1)
        #expect(first == .needsTarget)
        for _ in 0..<2 {
            #expect(judge("https://www.mywebsite.com/x") == .bad)
            #expect(judge("") == .bad)
            #expect(judge(String(repeating: "x", count: 100_000)) == .bad)
            #expect(judge("https://www.mywebsite.com/") == .good(.target))
        }
        // The next link, which has no signature, leaves nothing of this one behind.
        let unsigned = Array("sec=8781202".utf8)
        let other = TrackingLink.read(query: unsigned.span)
        let second = verifier.judge(other, of: unsigned.span, keys: SignatureRig.table, nowSeconds: 1)
        #expect(second == .missing)
        #expect(judge("https://www.mywebsite.com/") == .bad)
    }

    @Test("A key that rotated out of use verifies, one that was removed does not")
    func rotation() throws {
        let secrets = (0..<3).map { [UInt8](repeating: $0, count: 32) }
        let keys = (0..<3).map { SignatureRig.key(UInt32($0 + 7), secrets[$0]) }
        let old = SignatureRig.query(of: try SignatureRig.sign("/tremclk?sec=1", key: keys[0]))
        #expect(SignatureRig.verdict(old, keys: SigningKeyTable(keys)) == .good(.link))
        #expect(SignatureRig.verdict(old, keys: SigningKeyTable(keys.reversed())) == .good(.link))
        #expect(SignatureRig.verdict(old, keys: SigningKeyTable(Array(keys.dropFirst()))) == .bad)
        #expect(SignatureRig.verdict(old, keys: SigningKeyTable()) == .bad)
        // The number alone is not the key.
        let again = SignatureRig.key(7, secrets[2])
        #expect(SignatureRig.verdict(old, keys: SigningKeyTable([again])) == .bad)
        let section = Array("1".utf8)
        let newest = SigningKeyTable(keys).newest(for: section.span)?.id
        #expect(newest == 9)
    }

    @Test("A key of one section signs and verifies its links alone, and is passed over for the others'")
    func sections() throws {
        let mine = try SignatureRig.sign("/tremclk?sec=8772046")
        let others = try SignatureRig.sign("/tremclk?sec=8781202")
        #expect(mine.contains("tsig=EAIAAA") && others.contains("tsig=EAEAAA"))
        for url in [mine, others] { #expect(SignatureRig.verdict(SignatureRig.query(of: url)) == .good(.link)) }
        let second = SignatureRig.keys[1]
        #expect(SignatureRig.refusal("/tremclk?sec=8781202", key: second) == .otherSection)
        // The same secret without the section makes a good code, and is no key of that section's.
        let unbound = SignatureRig.key(2, SignatureRig.secrets[1])
        let forged = SignatureRig.query(of: try SignatureRig.sign("/tremclk?sec=8781202", key: unbound))
        #expect(SignatureRig.verdict(forged) == .bad)
        #expect(SignatureRig.verdict(forged, keys: SigningKeyTable([unbound])) == .good(.link))
    }

    @Test("Judging a signature allocates nothing")
    func allocations() throws {
        let links = [
            "sec=8781202", "sec=8781202&tsig=x", "\(Self.campaign)&cuid=a%40b.example&\(Self.both)&\(Self.target)",
            "\(Self.campaign)&\(Self.link)%27", "sec=%38&va=\(String(repeating: "%41", count: 9_000))&\(Self.link)",
        ].map { Array($0.utf8) }
        let target = Array("https://www.mywebsite.com/a?b=1".utf8)
        let keys = SignatureRig.table
        var link = TrackingLink()
        var verifier = LinkVerifier()
        var judged = 0
        func judge(_ query: [UInt8]) {
            link.read(query: query.span)
            let verdict = verifier.judge(link, of: query.span, keys: keys, nowSeconds: 1)
            if verdict == .needsTarget, verifier.judge(target: target.span) == .good(.target) { judged += 1 }
        }
        for query in links {
            judge(query)
            #expect(allocationCount { judge(query) } == 0, "\(String(decoding: query.prefix(80), as: UTF8.self))")
        }
        #expect(judged == 2)
    }
}
