import Bytes
import Testing
import TrackingLinks

@Suite("A click goes where its section allows, and an open always gets the image")
struct TargetPolicyTests {
    static let listed = "https://www.mywebsite.com/cart?x=1#top"
    static let unlisted = "https://evil.example/cart?x=1#top"
    static let fallback = "https://www.mywebsite.com/"

    @Test(arguments: UnlistedPolicy.allCases)
    func aListedHostIsRedirectedTo(_ otherwise: UnlistedPolicy) throws {
        let given = answer(target: Self.listed, policy: try Sections.policy(otherwise))
        let expected = Answer(
            outcome: .redirected, reason: .listed, host: "www.mywebsite.com", destination: Self.listed,
            storedTarget: "https://www.mywebsite.com/cart", storedDestination: "https://www.mywebsite.com/cart")
        #expect(given == expected)
    }

    @Test func anUnlistedHostGetsWhatTheSectionChose() throws {
        var expected = Answer(
            outcome: .asked, reason: .unlistedHost, host: "evil.example", destination: Self.unlisted,
            storedTarget: "https://evil.example/cart")
        #expect(answer(target: Self.unlisted, policy: try Sections.policy(.ask)) == expected)

        expected.outcome = .refused
        expected.destination = nil
        #expect(answer(target: Self.unlisted, policy: try Sections.policy(.refuse)) == expected)
        #expect(answer(target: Self.unlisted, policy: try Sections.policy(.fallback, fallback: nil)) == expected)

        expected.outcome = .fallback
        expected.destination = Self.fallback
        expected.storedDestination = Self.fallback
        #expect(answer(target: Self.unlisted, policy: try Sections.policy(.fallback)) == expected)

        expected.outcome = .redirected
        expected.reason = .observedHost
        expected.destination = Self.unlisted
        expected.storedDestination = expected.storedTarget
        #expect(answer(target: Self.unlisted, policy: try Sections.policy(.observe)) == expected)
    }

    struct Unlistable: CustomTestStringConvertible {
        var testDescription: String { target }
        var target: String
        var host: String
        var link: String?
    }

    static let unlistable = [
        Unlistable(target: "https://ｗｗｗ.mywebsite.com/", host: "%EF%BD%97%EF%BD%97%EF%BD%97.mywebsite.com", link: nil),
        Unlistable(target: "https://www。mywebsite.com/", host: "www%E3%80%82mywebsite.com", link: nil),
    ]

    @Test(arguments: unlistable)
    func aHostThatABrowserWouldMapFurtherIsNeverListed(_ row: Unlistable) throws {
        for otherwise in [UnlistedPolicy.ask, .observe] {
            let given = answer(target: row.target, policy: try Sections.policy(otherwise))
            #expect(given.outcome == .asked)
            #expect(given.reason == .unlistableHost)
            #expect(given.host == row.host)
            #expect(given.destination == row.link)
        }
        #expect(answer(target: row.target, policy: try Sections.policy(.refuse)).outcome == .refused)
        #expect(answer(target: row.target, policy: try Sections.policy(.fallback)).destination == Self.fallback)
    }

    @Test(arguments: UnlistedPolicy.allCases)
    func aClickWithoutAUsableTargetGoesToTheFallback(_ otherwise: UnlistedPolicy) throws {
        let sections = [try Sections.policy(otherwise), try Sections.policy(otherwise, fallback: nil)]
        for (policy, hasFallback) in zip(sections, [true, false]) {
            var expected = Answer(outcome: hasFallback ? .fallback : .refused, reason: .missingTarget)
            expected.destination = hasFallback ? Self.fallback : nil
            expected.storedDestination = expected.destination
            #expect(answer(query: Array("sec=1".utf8), policy: policy) == expected)
            #expect(answer(query: Array("targetUrl=".utf8), policy: policy) == expected)
            expected.repairs = .lostEquals
            #expect(answer(query: Array("targetUrl&sec=1".utf8), policy: policy) == expected)

            expected.repairs = []
            expected.reason = .unusable(.otherScheme)
            expected.storedTarget = "javascript:alert(1)"
            #expect(answer(target: "javascript:alert(1)", policy: policy) == expected)
        }
    }

    @Test func anUnknownSectionListsNothing() throws {
        for otherwise in UnlistedPolicy.allCases {
            let table = SectionTable(sections: [], unknown: Sections.unknown(otherwise))
            let policy = table.policy(of: nil)
            let given = answer(target: Self.listed, policy: policy)
            #expect(given.reason == .unknownSection)
            #expect(given.outcome == (otherwise == .ask || otherwise == .observe ? .asked : .refused))
            #expect(answer(target: "//evil.example", policy: policy).reason == .unusable(.notAbsolute))
        }
    }

    @Test func anUnknownSectionMayHaveAFallback() throws {
        let unknown = SectionPolicy(otherwise: .fallback, fallback: try FallbackURL(Self.fallback), isKnown: false)
        let given = answer(target: Self.listed, policy: unknown)
        #expect(given.outcome == .fallback && given.reason == .unknownSection)
        #expect(given.destination == Self.fallback)
    }

    @Test(arguments: ["", "targetUrl=https://evil.example/", "%%%&&&===", "cuid=*|EMAIL|*", "sec=%zz"])
    func anOpenGetsTheImage(_ query: String) throws {
        let given = answer(.open, query: Array(query.utf8), policy: try Sections.policy(.refuse, fallback: nil))
        #expect(given.outcome == .pixel)
        #expect(given.reason == .open)
        #expect(given.destination == nil)
        #expect(given.repairs == notes(on: query))
    }

    @Test func aTargetThatGrowsPastTheLimitIsUnusable() throws {
        let policy = try Sections.policy()
        let room = LinkLimits.targetBytesMax - "https://www.mywebsite.com/".utf8.count
        let longest = "https://www.mywebsite.com/" + String(repeating: "a", count: room)
        #expect(answer(target: longest, policy: policy).destination == longest)
        let grows = "https://www.mywebsite.com/" + String(repeating: "<", count: room / 3 + 1)
        let given = answer(target: grows, policy: policy)
        #expect(given.reason == .unusable(.tooLong))
        #expect(given.destination == Self.fallback)
        #expect(answer(target: longest + "a", policy: policy).reason == .unusable(.tooLong))
    }

    @Test func notesOfTheTargetJoinThoseOfTheFields() throws {
        let query = Array("cuid=%&cuid=a&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F%C3%A9%".utf8)
        let given = answer(query: query, policy: try Sections.policy())
        #expect(given.repairs == [.brokenEscape, .repeatedField, .rawNonASCII])
        #expect(given.destination == "https://www.mywebsite.com/%C3%A9%")
    }

    @Test func aScratchIsUsedAgain() throws {
        let sections = SectionTable(sections: [], unknown: Sections.unknown(.ask))
        var scratch = LinkScratch()
        for _ in 0..<3 {
            let query = Array("targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa".utf8)
            let link = TrackingLink.read(query: query.span)
            let decision = TargetPolicy.decide(
                .click, link, of: query.span, section: nil, in: sections, edge: query.span.extracting(0..<0),
                nowNanoseconds: 0, scratch: &scratch)
            #expect(decision.destination == ByteRange(0..<27))
            #expect(decision.storedTarget == ByteRange(0..<27))
        }
    }

    @Test(arguments: ["", "www.mywebsite.com", "ftp://a.example/", "https://u@a.example/", "https://ﬀ.example/"])
    func aFallbackIsCheckedWhenItIsConfigured(_ text: String) {
        #expect(throws: TargetRefusal.self) { try FallbackURL(text) }
    }

    @Test func aFallbackIsNormalisedAndBounded() throws {
        let policy = try Sections.policy(fallback: "HTTPS://Other.Example:443?q=é#x", linkQuery: ["q"])
        let given = answer(query: [], policy: policy)
        #expect(given.destination == "https://other.example/?q=%C3%A9#x")
        #expect(given.storedDestination == "https://other.example/?q=%C3%A9")
        let grows = "https://a.example/" + String(repeating: "\"", count: LinkLimits.targetBytesMax / 2)
        #expect(throws: TargetRefusal.tooLong) { try FallbackURL(grows) }
    }

    @Test func sectionsAreFoundByTheirId() throws {
        let table = SectionTable(
            sections: [
                ("a", try Sections.policy(.ask)), ("A", try Sections.policy(.refuse)), ("a", try Sections.policy()),
            ],
            unknown: Sections.unknown(.ask))
        #expect(table.count == 2)
        let rows: [(query: String, number: Int?)] = [
            ("sec=a", 0), ("sec=A", 1), ("sec=%61", 0), ("sec=%41&sec=a", 1), ("sec=", nil), ("", nil), ("sec=b", nil),
            ("sec=%", nil), ("sec=a%00", nil), ("sec=%61" + String(repeating: "%61", count: 64), nil),
        ]
        for row in rows {
            let query = Array(row.query.utf8)
            let number = table.number(for: TrackingLink.read(query: query.span), of: query.span)
            #expect(number == row.number, "\(row.query)")
        }
    }
}
