import Bytes
import TestSupport
import Testing
import TrackingLinks

@Suite("A section's signatures, rules and dates decide, in their order")
struct SectionChoiceTests {
    private static let target = "https://elsewhere.example/a.?x=1"
    private static let secret = [UInt8](repeating: 7, count: 32)

    private static func policy(
        _ signatures: SignaturePolicy, otherwise: UnlistedPolicy = .ask, hosts: [String] = ["www.mywebsite.com"],
        observeUntil: UInt64? = nil, rules: LinkRules = LinkRules()
    ) throws -> SectionPolicy {
        SectionPolicy(
            hosts: try HostList(patterns: hosts), otherwise: otherwise, observeUntilNanoseconds: observeUntil,
            rules: rules, signatures: signatures)
    }

    private static func keys() -> SigningKeyTable {
        SigningKeyTable([SigningKey(id: 1, secret: secret.span)])
    }

    /// A link of the section 1 to the target, signed.
    private static func signed(
        _ scope: SignatureScope, to target: String = target, expirySeconds: UInt64? = nil
    ) throws -> String {
        var link = LinkBuilder(base: "", resource: .click)
        link.append(.sec, "1")
        link.append(.expId, "17")
        link.append(.targetUrl, target)
        var signer = LinkSigner(keys: keys())
        let url = Array(link.text.utf8)
        let signed = try signer.sign(url.span, scope: scope, expirySeconds: expirySeconds)
        return String(decoding: signed.dropFirst("/tremclk?".utf8.count), as: UTF8.self)
    }

    private static func given(_ query: String, _ policy: SectionPolicy, now: UInt64 = 0, edge: String = "") -> Answer {
        var scratch = LinkScratch()
        return answer(
            query: Array(query.utf8),
            sections: SectionTable(
                sections: [("1", policy)], unknown: Sections.unknown(.ask), signingKeys: keys()), edge: edge, now: now,
            scratch: &scratch)
    }

    @Test func aSignatureOverTheTargetNeedsNoList() throws {
        for signatures in [SignaturePolicy.accept, .require] {
            let given = Self.given(try Self.signed(.target), try Self.policy(signatures))
            #expect(given.outcome == .redirected && given.reason == .signed)
            #expect(given.destination == Self.target && given.repairs.isEmpty)
        }
        let off = Self.given(try Self.signed(.target), try Self.policy(.off))
        #expect(off.outcome == .asked && off.reason == .unlistedHost)
    }

    @Test func aSignatureOverTheLinkLeavesTheHostToTheList() throws {
        let query = try Self.signed(.link)
        for signatures in [SignaturePolicy.accept, .require] {
            let given = Self.given(query, try Self.policy(signatures))
            #expect(given.outcome == .asked && given.reason == .unlistedHost)
            let listed = Self.given(query, try Self.policy(signatures, hosts: ["elsewhere.example"]))
            #expect(listed.outcome == .redirected && listed.reason == .listed)
        }
    }

    struct Bad: CustomTestStringConvertible {
        var testDescription: String { name }
        var name: String
        var reason: DecisionReason
        var repairs: LinkRepair
        var now: UInt64 = 0
        var query: @Sendable () throws -> String
    }

    static let bad = [
        Bad(name: "none", reason: .unsigned, repairs: []) { "sec=1&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F" },
        Bad(name: "of another campaign", reason: .badSignature, repairs: .badSignature) {
            try signed(.link, to: "https://www.mywebsite.com/").replacing("expId=17", with: "expId=18")
        },
        Bad(name: "of another target", reason: .badSignature, repairs: .badSignature) {
            try signed(.target, to: "https://www.mywebsite.com/").replacing("com%2F", with: "com%2Fx")
        },
        Bad(name: "repeated target", reason: .badSignature, repairs: [.badSignature, .repeatedField]) {
            try signed(.target, to: "https://www.mywebsite.com/") + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
        },
        Bad(name: "expired", reason: .expiredSignature, repairs: .badSignature, now: 10_000_000_000) {
            try signed(.target, to: "https://www.mywebsite.com/", expirySeconds: 10)
        },
    ]

    @Test(arguments: bad)
    func withoutAGoodSignature(_ row: Bad) throws {
        let query = try row.query()
        for (otherwise, outcome) in [
            (UnlistedPolicy.ask, Outcome.asked), (.refuse, .refused), (.fallback, .refused), (.observe, .asked),
        ] {
            let policy = try Self.policy(.require, otherwise: otherwise, observeUntil: .max)
            let given = Self.given(query, policy, now: row.now)
            #expect(given.outcome == outcome && given.reason == row.reason)
        }
        let accepted = Self.given(query, try Self.policy(.accept), now: row.now)
        #expect(accepted.outcome == .redirected && accepted.reason == .listed)
        #expect(accepted.repairs == row.repairs)
    }

    /// Damage that is undone leaves a signature good; what may be damage is left alone where the signature says so.
    @Test(arguments: [SignatureScope.link, .target])
    func damageBreaksNoSignature(_ scope: SignatureScope) throws {
        let policy = try Self.policy(.require, hosts: ["elsewhere.example"])
        let query = try Self.signed(scope, to: "https://elsewhere.example/cart?x=1&y=2")
        for damage in Damage.all {
            let given = Self.given(damage.apply(query), policy)
            #expect(given.destination == "https://elsewhere.example/cart?x=1&y=2", "\(damage.name)")
            #expect(given.reason == (scope == .link ? .listed : .signed), "\(damage.name)")
        }
        // The full stop is the target's own, and its link says so only by its signature.
        let full = try Self.signed(.target).replacing("a.%3F", with: "a%2E%3F")
        #expect(Self.given(full, policy).destination == Self.target)
        let stop = try Self.signed(.target, to: "https://elsewhere.example/Inc.").replacing("Inc%2E", with: "Inc.")
        let kept = Self.given(stop, policy)
        #expect(kept.destination == "https://elsewhere.example/Inc." && kept.repairs.isEmpty)
    }

    @Test func aSectionObservesUntilItsDate() throws {
        let policy = try Self.policy(.off, otherwise: .observe, observeUntil: 100)
        let query = "sec=1&targetUrl=https%3A%2F%2Felsewhere.example%2F"
        var scratch = LinkScratch()
        let sections = SectionTable(sections: [("1", policy)], unknown: Sections.unknown(.ask))
        // The same scratch: what is remembered ends with the date.
        for (now, outcome) in [(UInt64(0), Outcome.redirected), (99, .redirected), (100, .asked), (101, .asked)] {
            let given = answer(query: Array(query.utf8), sections: sections, now: now, scratch: &scratch)
            #expect(given.outcome == outcome, "at \(now)")
        }
        let uncertain = Self.given("sec=1&targetUrl=https%3A%2F%2F\u{FF41}.example%2F", policy)
        #expect(uncertain.outcome == .asked && uncertain.reason == .unlistableHost)
    }

    @Test func rulesComeBeforeListsAndSignatures() throws {
        let rules = try Self.rules()
        let expected: [(target: String, now: UInt64, reason: DecisionReason, destination: String?)] = [
            ("https://old.example/shop/a?x=1#f", 0, .rewrittenLink, "https://new.example/s/a?x=1#f"),
            ("https://www.mywebsite.com/sale/x", 0, .listed, "https://www.mywebsite.com/sale/x"),
            ("https://www.mywebsite.com/sale/x", 50, .expiredLink, "https://www.mywebsite.com/over"),
            ("https://www.mywebsite.com/gone/x", 0, .killedLink, nil),
            ("https://dead.example/", 0, .killedLink, nil),
        ]
        for signatures in [SignaturePolicy.off, .require] {
            let policy = try Self.policy(signatures, rules: rules)
            for row in expected {
                let query =
                    signatures == .off
                    ? "sec=1&targetUrl=" + Self.encoded(row.target) : try Self.signed(.target, to: row.target)
                let given = Self.given(query, policy, now: row.now)
                let reason = signatures == .require && row.reason == .listed ? .signed : row.reason
                #expect(given.reason == reason && given.destination == row.destination, "\(row.target)")
            }
        }
        let ruled = Self.given(
            "sec=1&targetUrl=https%3A%2F%2Fold.example%2Fshop%2Fa", try Self.policy(.off, rules: rules))
        #expect(ruled.storedTarget == "https://old.example/shop/a")
        #expect(ruled.storedDestination == "https://new.example/s/a")
    }

    private static func rules() throws -> LinkRules {
        try TestRule.compile([
            .rewrite("https://old.example/shop", to: "https://new.example/s"),
            .expire("https://www.mywebsite.com/sale", after: 50, to: "https://www.mywebsite.com/over"),
            .kill("/gone"), .kill("dead.example"),
        ])
    }

    @Test func aLinkInsideOfALinkNeedsTheSignaturesOfBothSections() throws {
        let inner = try Self.signed(.target)
        let edge = "trem.example.com"
        let nested = "sec=1&targetUrl=https%3A%2F%2Ftrem.example.com%2Ftremclk%3F" + Self.encoded(inner)
        let policy = try Self.policy(.require)
        #expect(Self.given(nested, policy, edge: edge).reason == .unsigned)
        let accepting = Self.given(nested, try Self.policy(.accept), edge: edge)
        #expect(accepting.reason == .signed && accepting.destination == Self.target)
        let outer = try Self.signed(.target, to: "https://trem.example.com/tremclk?" + inner)
        let both = Self.given(outer, policy, edge: edge)
        #expect(both.reason == .signed && both.destination == Self.target && both.repairs == .nestedLink)
    }

    private static func encoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        return written(capacity: 3 * bytes.count) { PercentCoding.encode(bytes.span, into: &$0) }
    }
}
