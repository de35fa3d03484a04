import Bytes
import TestSupport
import Testing
import TrackingLinks

/// A rule for links in a test, in the words of the settings.
enum TestRule: Sendable {
    case kill(String)
    case expire(String, after: UInt64, to: String)
    case rewrite(String, to: String)

    static func compile(_ rules: [TestRule]) throws(LinkRuleError) -> LinkRules {
        var builder = LinkRulesBuilder()
        for rule in rules {
            switch rule {
            case .kill(let pattern): try builder.kill(pattern)
            case .expire(let from, let after, let to):
                try builder.expire(from, afterNanoseconds: after, to: try RuleDestination(to))
            case .rewrite(let from, let to):
                try builder.rewrite(from, to: try RuleDestination(to, carriesRest: true))
            }
        }
        return builder.rules
    }
}

/// Where a link leads by rules: its new URL, `dead`, or `same`.
func destination(of link: String, _ rules: LinkRules, at now: UInt64 = 0) throws -> String {
    let given = Array(link.utf8)
    var url = ByteBuffer(capacity: Target.maximumNormalisedCount(of: given.count) + LinkLimits.targetBytesMax)
    let target = try Target.read(given.span, into: &url)
    let verdict = url.withSpan { rules.verdict(for: target, of: $0, nowNanoseconds: now) }
    switch verdict {
    case .none: return "same"
    case .kill: return "dead"
    case .expired, .rewrite:
        let end = url.count
        guard let led = rules.append(verdict, for: target, in: &url) else {
            #expect(url.count == end)
            return "too long"
        }
        let text = url.withSpan(of: end..<url.count) { $0.toString() }
        // What is said of the new URL is what reading it gives.
        var again = ByteBuffer(capacity: Target.maximumNormalisedCount(of: text.utf8.count))
        let bytes = Array(text.utf8)
        let read = try Target.read(bytes.span, into: &again)
        #expect(again.withSpan { $0.toString() } == text)
        let pairs: [(ByteRange?, ByteRange?)] = [
            (led.host, read.host), (led.path, read.path), (led.query, read.query), (led.fragment, read.fragment),
        ]
        for (one, other) in pairs {
            #expect(
                one.map { url.withSpan(of: $0.offsets) { $0.toString() } }
                    == other.map { again.withSpan(of: $0.offsets) { $0.toString() } }, "\(text)")
        }
        #expect(led.scheme == read.scheme && led.port == read.port && led.hostKind == read.hostKind)
        return text
    }
}

struct RuledLink: CustomTestStringConvertible, Sendable {
    let rules: [TestRule]
    let link: String
    let expected: String
    var now: UInt64 = 0
    var testDescription: String { "\(link) by \(rules)" }

    init(_ rules: [TestRule], _ link: String, _ expected: String, at now: UInt64 = 0) {
        (self.rules, self.link, self.expected, self.now) = (rules, link, expected, now)
    }

    private static let dead: [TestRule] = [.kill("https://a.example/x/y")]
    private static let moved: [TestRule] = [.rewrite("https://a.example/x", to: "https://b.example/n")]
    private static let ended: [TestRule] = [.expire("https://a.example/s", after: 100, to: "https://a.example/o?e=1#f")]

    static let table: [RuledLink] = [
        // What a prefix is about.
        RuledLink(dead, "https://a.example/x/y", "dead"), RuledLink(dead, "https://a.example/x/y/", "dead"),
        RuledLink(dead, "https://a.example/x/y/z?q#f", "dead"), RuledLink(dead, "https://a.example/x/y?q", "dead"),
        RuledLink(dead, "https://a.example/x/y#f", "dead"), RuledLink(dead, "https://a.example/x/yz", "same"),
        RuledLink(dead, "https://a.example/x", "same"), RuledLink(dead, "https://a.example/X/y", "same"),
        RuledLink(dead, "https://b.example/x/y", "same"), RuledLink(dead, "http://A.EXAMPLE:80/x/y", "dead"),
        RuledLink(dead, "https://a.example:8443/x/y", "same"), RuledLink(dead, "https://a.example./x/y", "dead"),
        RuledLink([.kill("https://a.example/x/")], "https://a.example/x", "dead"),
        RuledLink([.kill("http://a.example:8080/x")], "https://a.example:8080/x", "dead"),
        RuledLink([.kill("https://a.example")], "https://a.example/", "dead"),
        RuledLink([.kill("https://[2001:DB8::1]/x")], "https://[2001:db8:0::1]/x", "dead"),
        // Another spelling of the same path.
        RuledLink(dead, "https://a.example/%78/%79", "dead"), RuledLink(dead, "https://a.example//x///y", "dead"),
        RuledLink(dead, "https://a.example/./x/%2e/y", "dead"), RuledLink(dead, "https://a.example/x/z/../y", "dead"),
        RuledLink(dead, "https://a.example/q/%2E%2e/x/y", "dead"),
        RuledLink(dead, "https://a.example/x/.%2E/x/y", "dead"),
        RuledLink(dead, "https://a.example/../../x/y", "dead"), RuledLink(dead, "https://a.example/x/y/..", "same"),
        RuledLink(dead, "https://a.example/x/y/../y", "dead"), RuledLink(dead, "https://a.example/x//../y", "dead"),
        RuledLink(dead, "https://a.example/x/...", "same"), RuledLink(dead, "https://a.example/x%2Fy", "same"),
        RuledLink(
            dead,
            "https://a.example/" + String(repeating: "q/", count: 900) + String(repeating: "../", count: 900)
                + "x/y", "dead"),
        RuledLink(dead, "https://a.example/" + String(repeating: "/", count: 900) + "x/y", "dead"),
        RuledLink([.kill("https://a.example/caf%c3%a9")], "https://a.example/café", "dead"),
        RuledLink([.kill("https://a.example/q/../b%7E")], "https://a.example/b~", "dead"),
        RuledLink([.kill("https://a.example/b%2fc")], "https://a.example/b%2Fc", "dead"),
        RuledLink([.kill("https://a.example/b%2fc")], "https://a.example/b/c", "same"),
        RuledLink([.kill("https://a.example/b%00/c")], "https://a.example/b%2Fc", "same"),
        // Hosts and paths.
        RuledLink([.kill("a.example")], "https://A.example/any", "dead"),
        RuledLink([.kill("a.example")], "https://a.example.:8443/", "dead"),
        RuledLink([.kill("a.example")], "https://b.a.example/", "same"),
        RuledLink([.kill("a.example:8443")], "https://a.example:8443/", "dead"),
        RuledLink([.kill("a.example:8443")], "https://a.example/", "same"),
        RuledLink([.kill("a.example:443")], "https://a.example/", "dead"),
        RuledLink([.kill("a.example:443")], "http://a.example/", "same"),
        RuledLink([.kill("*.a.example")], "https://c.b.a.example/", "dead"),
        RuledLink([.kill("*.a.example")], "https://a.example/", "same"),
        RuledLink([.kill("*.a.example")], "https://ba.example/", "same"),
        RuledLink([.kill("[2001:db8::1]")], "https://[2001:db8::1]:1/", "dead"),
        RuledLink([.kill("/old")], "https://any.example:99/old/page", "dead"),
        RuledLink([.kill("/old")], "https://any.example/older", "same"),
        RuledLink([.kill("/")], "https://any.example/", "dead"),
        // Rewriting carries the rest over.
        RuledLink(moved, "https://a.example/x", "https://b.example/n"),
        RuledLink(moved, "https://a.example/x/", "https://b.example/n/"),
        RuledLink(moved, "http://a.example/x/y/z?q=1&r#f", "https://b.example/n/y/z?q=1&r#f"),
        RuledLink(moved, "https://a.example/x?q=1", "https://b.example/n?q=1"),
        RuledLink(moved, "https://a.example/x#f", "https://b.example/n#f"),
        RuledLink(moved, "https://a.example/xy", "same"), RuledLink(moved, "https://a.example/x/../y", "same"),
        RuledLink(moved, "https://a.example/q/../x/y/../z", "https://b.example/n/y/../z"),
        RuledLink(moved, "https://a.example/x/../x//y", "https://b.example/n//y"),
        RuledLink(
            [.rewrite("https://a.example/x", to: "https://b.example/n/")], "https://a.example/x/y",
            "https://b.example/n/y"),
        RuledLink(
            [.rewrite("https://a.example/", to: "https://b.example")], "https://a.example/x?q",
            "https://b.example/x?q"),
        RuledLink(
            [.rewrite("https://a.example/", to: "https://b.example")], "https://a.example//c.example/",
            "https://b.example//c.example/"),
        RuledLink(
            [.rewrite("https://a.example", to: "http://b.example:81/n")], "https://a.example", "http://b.example:81/n"),
        RuledLink(
            [.rewrite("https://a.example", to: "https://b.example/n")], "https://a.example/?q",
            "https://b.example/n?q"),
        RuledLink(
            moved, "https://a.example/x?" + String(repeating: "q", count: LinkLimits.targetBytesMax - 20),
            "https://b.example/n?" + String(repeating: "q", count: LinkLimits.targetBytesMax - 20)),
        RuledLink(
            [.rewrite("https://a.example/x", to: "https://longer.example/n")],
            "https://a.example/x?" + String(repeating: "q", count: LinkLimits.targetBytesMax - 20), "too long"),
        // Expiring.
        RuledLink(ended, "https://a.example/s/x?q#g", "same", at: 99),
        RuledLink(ended, "https://a.example/s/x?q#g", "https://a.example/o?e=1#f", at: 100),
        // The longest prefix; a chain is not followed; kill, expire, rewrite.
        RuledLink(
            moved + [.rewrite("https://a.example/x/y", to: "https://c.example/")], "https://a.example/x/y/z",
            "https://c.example/z"),
        RuledLink(
            [.rewrite("https://a.example/x/y", to: "https://c.example/")] + moved, "https://a.example/x/z",
            "https://b.example/n/z"),
        RuledLink(
            moved + [.rewrite("https://b.example/n", to: "https://c.example/")], "https://a.example/x",
            "https://b.example/n"),
        RuledLink(moved + [.kill("b.example")], "https://a.example/x", "https://b.example/n"),
        RuledLink(
            [.rewrite("https://a.example/s/x", to: "https://b.example/")] + ended, "https://a.example/s/x/y",
            "https://b.example/y", at: 99),
        RuledLink(
            [.rewrite("https://a.example/s/x", to: "https://b.example/")] + ended, "https://a.example/s/x/y",
            "https://a.example/o?e=1#f", at: 100),
        RuledLink(
            ended + [.expire("https://a.example/s/x", after: 200, to: "https://c.example/")], "https://a.example/s/x",
            "https://a.example/o?e=1#f", at: 150),
        RuledLink(
            ended + [.expire("https://a.example/s/x", after: 200, to: "https://c.example/")], "https://a.example/s/x",
            "https://c.example/", at: 200),
        RuledLink(ended + [.kill("https://a.example/s/x/y")], "https://a.example/s/x/y", "dead", at: 100),
        RuledLink(ended + [.kill("/s")], "https://a.example/s/x/y", "dead", at: 100),
        RuledLink([], "https://a.example/", "same"),
    ]
}

struct BadRule: CustomTestStringConvertible, Sendable {
    let rules: [TestRule]
    let error: LinkRuleError
    var testDescription: String { "\(rules)" }

    init(_ error: LinkRuleError, _ rules: TestRule...) { (self.error, self.rules) = (error, rules) }

    static let table: [BadRule] = [
        BadRule(.unusable(.notAbsolute), .rewrite("/x", to: "https://b.example")),
        BadRule(.unusable(.notAbsolute), .rewrite("https://a.example", to: "b.example")),
        BadRule(.unusable(.otherScheme), .expire("https://a.example", after: 1, to: "javascript:alert(1)")),
        BadRule(.unusable(.userInfo), .kill("https://u@a.example/")),
        BadRule(.prefixHasQuery, .kill("https://a.example/x?y")), BadRule(.prefixHasQuery, .kill("/x#y")),
        BadRule(.prefixHasQuery, .rewrite("https://a.example/x?", to: "https://b.example")),
        BadRule(.destinationHasQuery, .rewrite("https://a.example/x", to: "https://b.example?q")),
        BadRule(.destinationHasQuery, .rewrite("https://a.example/x", to: "https://b.example#f")),
        BadRule(.notAHost, .kill("")), BadRule(.notAHost, .kill("a.example/x")), BadRule(.notAHost, .kill("a b")),
        BadRule(.notAHost, .kill("u@a.example")), BadRule(.notAHost, .kill("a.example?")),
        BadRule(.notAHost, .kill("a.example:99999")), BadRule(.notAHost, .kill("*.")),
        BadRule(.misplacedWildcard, .kill("a.*.example")), BadRule(.misplacedWildcard, .kill("*.192.0.2.1")),
        BadRule(.tooDeep, .kill("/" + String(repeating: "a/", count: 33))),
        BadRule(.repeated, .kill("a.example"), .kill("A.EXAMPLE.")), BadRule(.repeated, .kill("/x"), .kill("/%78/")),
        BadRule(
            .repeated, .rewrite("https://a.example/x", to: "https://b.example"),
            .rewrite("http://A.example:80/q/../x/", to: "https://c.example")),
        BadRule(
            .repeated, .expire("https://a.example/x", after: 1, to: "https://b.example"),
            .expire("https://a.example/x", after: 2, to: "https://b.example")),
    ]
}

@Suite("Rules lead links that were sent already elsewhere, or nowhere")
struct LinkRulesTests {
    @Test("A link leads where its rule says, however it is spelled", arguments: RuledLink.table)
    func links(_ row: RuledLink) throws {
        #expect(try destination(of: row.link, TestRule.compile(row.rules), at: row.now) == row.expected)
    }

    @Test("A rule that can't be used is refused with its reason", arguments: BadRule.table)
    func refusals(_ row: BadRule) {
        #expect(throws: row.error) { try TestRule.compile(row.rules) }
    }

    @Test("What was decided holds until the next time at which a rule or the end of observing changes it")
    func nextChange() throws {
        let rules = try TestRule.compile([
            .expire("https://a.example/1", after: 300, to: "https://b.example"),
            .expire("https://a.example/2", after: 100, to: "https://b.example"),
        ])
        #expect([0, 99, 100, 299, 300].map { rules.nextChange(after: $0) } == [100, 100, 300, 300, nil])
        let policy = SectionPolicy(otherwise: .observe, observeUntilNanoseconds: 200, rules: rules)
        #expect([0, 100, 199, 200, 300].map { policy.nextChange(after: $0) } == [100, 200, 200, 300, nil])
        #expect([0, 199, 200].map { policy.observes(atNanoseconds: $0) } == [true, true, false])
        #expect(!SectionPolicy(otherwise: .ask, observeUntilNanoseconds: 200).observes(atNanoseconds: 0))
        #expect(SectionPolicy(otherwise: .ask).nextChange(after: 0) == nil)
    }

    @Test("Thousands of rules answer as each of them alone does")
    func many() throws {
        var builder = LinkRulesBuilder()
        for number in 0..<5_000 {
            try builder.rewrite(
                "https://h\(number % 50).example/p/\(number)", to: try RuleDestination("https://n.example/\(number)"))
            try builder.kill("https://h\(number % 50).example/dead/\(number)")
        }
        for number in stride(from: 0, to: 5_000, by: 37) {
            let host = "https://h\(number % 50).example"
            #expect(try destination(of: "\(host)/p/\(number)/z", builder.rules) == "https://n.example/\(number)/z")
            #expect(try destination(of: "\(host)/dead/\(number)", builder.rules) == "dead")
            #expect(try destination(of: "\(host)/p/\(number)x", builder.rules) == "same")
            #expect(try destination(of: "https://h.example/p/\(number)", builder.rules) == "same")
        }
    }

    /// Odd spellings of a path that browsers and most servers take for the same.
    private static func respell(_ segments: [String], _ generator: inout SeededGenerator) -> String {
        var text = ""
        for segment in segments {
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                text +=
                    ["/.", "/%2e", "/", "/q/..", "/q/r/.%2e/%2E.", "/q//../.."].randomElement(using: &generator) ?? ""
            }
            text += "/"
            for byte in segment.utf8 {
                let hex = String(byte, radix: 16, uppercase: Bool.random(using: &generator))
                text += Bool.random(using: &generator) ? String(UnicodeScalar(byte)) : "%\(hex)"
            }
        }
        return text
    }

    @Test("No other spelling of a path gets around a rule, and what is behind it is carried over whole")
    func spellings() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let names = ["a", "b-c", "d.e", "f_~", "0"]
        for _ in 0..<2_000 {
            let segments = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                names.randomElement(using: &generator) ?? "a"
            }
            let path = "/" + segments.joined(separator: "/")
            let rules = try TestRule.compile([.rewrite("https://a.example\(path)", to: "https://b.example/n")])
            let spelled = Self.respell(segments, &generator)
            let rest = ["", "/", "/z", "/z/../y?q", "?q=/..", "#f"].randomElement(using: &generator) ?? ""
            let led = try destination(of: "https://a.example\(spelled)\(rest)", rules)
            #expect(led == "https://b.example/n\(rest)", "\(path) as \(spelled)\(rest), seed \(seed)")
            #expect(try destination(of: "https://a.example\(spelled)x\(rest)", rules) == "same", "seed \(seed)")
        }
    }

    /// Whether a path begins with a prefix, found the slow way: an array of segments, as the standard tells it.
    private static func begins(_ path: String, with prefix: String) -> Bool {
        func segments(_ path: String) -> [[UInt8]] {
            var kept: [String] = []
            for segment in path.replacing("\\", with: "/").split(separator: "/", omittingEmptySubsequences: false)
                .dropFirst()
            {
                switch segment.lowercased().replacing("%2e", with: ".") {
                case ".": break
                case "..": _ = kept.popLast()
                default: kept.append(String(segment))
                }
            }
            return kept.filter { !$0.isEmpty }.map { segment in
                var buffer = ByteBuffer(capacity: 256)
                let bytes = Array(segment.replacing("%2F", with: "\u{1}").replacing("%5C", with: "\u{2}").utf8)
                PercentCoding.decode(bytes.span, into: &buffer)
                return buffer.toArray()
            }
        }
        return segments(path).starts(with: segments(prefix))
    }

    @Test("A rule is about a path when resolving and decoding it segment by segment says so")
    func oracle() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "/", "/", "/", "a", "b", "%61", ".", "..", "%2E", "%2e.", "\\", "%2F", "%5C", "%00", "%", "%zz", "é",
        ]
        var matches = 0
        for _ in 0..<4_000 {
            func path(_ count: ClosedRange<Int>) -> String {
                "/"
                    + (0..<Int.random(in: count, using: &generator)).map { _ in
                        pieces.randomElement(using: &generator) ?? "/"
                    }.joined()
            }
            let (prefix, link) = (path(0...4), path(0...14))
            let rules = try TestRule.compile([.kill("https://a.example\(prefix)")])
            let isDead = try destination(of: "https://a.example\(link)", rules) == "dead"
            #expect(isDead == Self.begins(link, with: prefix), "\(prefix) and \(link), seed \(seed)")
            if isDead { matches += 1 }
        }
        #expect(matches > 100)
    }

    @Test("Asking rules and writing where they lead allocates nothing")
    func allocations() throws {
        let rules = try TestRule.compile([
            .kill("*.dead.example"), .kill("/gone"), .rewrite("https://a.example/x", to: "https://b.example/n"),
            .expire("https://a.example/s", after: 1, to: "https://c.example/"),
        ])
        for link in ["https://a.example/q/../%78/y?z", "https://a.example/s", "https://b.a.example/a/b/c/d"] {
            let given = Array(link.utf8)
            var url = ByteBuffer(
                capacity: Target.maximumNormalisedCount(of: given.count) + LinkLimits.targetBytesMax)
            let target = try Target.read(given.span, into: &url)
            let end = url.count
            func ask() {
                url.truncate(to: end)
                let verdict = url.withSpan { rules.verdict(for: target, of: $0, nowNanoseconds: 2) }
                _ = rules.append(verdict, for: target, in: &url)
                _ = rules.nextChange(after: 0)
            }
            ask()
            #expect(allocationCount { for _ in 0..<10 { ask() } } == 0, "\(link)")
        }
    }
}
