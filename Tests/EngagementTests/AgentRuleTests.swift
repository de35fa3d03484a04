import Bytes
import Engagement
import TestSupport
import Testing
import TrackingLinks

@Suite("Rules on user agents hold as they are written")
struct AgentRuleTests {
    struct Row: CustomTestStringConvertible {
        let rule: String
        let userAgent: String
        let holds: Bool
        var testDescription: String { "\(rule) \(holds ? "holds" : "does not hold") for \(userAgent)" }

        init(_ rule: String, _ userAgent: String, _ holds: Bool) {
            self.rule = rule
            self.userAgent = userAgent
            self.holds = holds
        }
    }

    @Test(arguments: [
        Row("word: '*bot'", "Googlebot/2.1", true),
        Row("word: '*bot'", "bingbot", true),
        Row("word: '*bot'", "AhrefsBot;", true),
        Row("word: '*bot'", "MyBOT2", true),
        Row("word: '*bot'", "Banca Caboto", false),
        Row("word: '*bot'", "Cabotage/1.0", false),
        Row("word: '*bot'", "Caboto Googlebot", true),
        Row("word: '*bot'", "botüber", false),
        Row("word: 'bot'", "robot", false),
        Row("word: 'bot'", "(Bot)", true),
        Row("word: 'bot*'", "Bottle", true),
        Row("word: '*bot*'", "Cabotage", true),
        Row("word: 'java'", "Java/1.8", true),
        Row("word: 'java'", "java8", true),
        Row("word: 'java'", "JavaScript", false),
        Row("word: '008/'", "1008/", false),
        Row("word: '008/'", "x008/2", true),
        Row("word: 'a b'", "x a b/", true),
        Row("word: ['one', 'two']", "the TWO", true),
        Row("word: ['one', 'two']", "none", false),
        Row("word: '+http'", "bot (+http://a.example)", true),
        Row("word: '+http'", "bot (+https://a.example)", false),
        Row("word: '*bot', unless: 'cubot'", "CUBOT X30", false),
        Row("word: '*bot', unless: 'cubot'", "bot of CUBOT", false),
        Row("word: '*bot', unless: 'cubot'", "acubot", true),
        Row("word: '*bot', unless: ['a*', 'b']", "xbot Ab", false),
        Row("begins: 'java/'", "Java/1", true),
        Row("begins: 'java/'", "x java/1", false),
        Row("begins: 'java/', unless: 'phone'", "Java/1 phone", false),
        Row("begins: 'java/', unless: 'phone'", "Java/1 telephone", true),
        Row("contains: 'Bot'", "Robot Bot", true),
        Row("contains: 'Bot'", "bot", false),
        Row("contains: ['Version/', 'Safari/']", "Safari/1 Version/2", true),
        Row("contains: ['Version/', 'Safari/']", "Safari/1 version/2", false),
        Row("contains: 'Bot', unless: 'x'", "Bot x", false),
        Row("contains: 'Bot', unless: 'x'", "Bot xy", true),
        Row("contains: ['aa', 'aa']", "aa", true),
        Row("contains: 'aba'", "ababa", true),
        Row("unless: ['mozilla*', 'android']", "scooter", true),
        Row("unless: ['mozilla*', 'android']", "Mozilla/5.0", false),
        Row("is: 'x'", "X", false),
    ])
    func holds(_ row: Row) throws {
        let rules = try ruleSet("{ userAgents: [{ \(row.rule), class: 'machine', reason: 'r' }] }")
        #expect((verdict(on: row.userAgent, by: rules) == "r") == row.holds)
    }

    @Test func whatIsSaidOfPeopleComesBeforeTheWordsOfMachinesWhateverTheFilesAreCalled() throws {
        let rules = try ruleSet(
            "{ machines: [{ word: '*bot', reason: 'declared' }, { is: 'whole', reason: 'whole' }] }",
            "{ userAgents: [{ word: 'mail', class: 'human', reason: 'mail-client' }] }",
            "{ machines: [{ word: 'x*', reason: 'later' }] }")
        #expect(verdict(on: "a mail bot", by: rules) == "mail-client")
        #expect(verdict(on: "xbot", by: rules) == "declared")
        #expect(verdict(on: "xylophone", by: rules) == "later")
        #expect(verdict(on: "whole", by: rules) == "whole")
        #expect(rules.verdict(on: evidence("xbot"), in: Array("xbot".utf8).span).engagementClass == .machine)
    }

    @Test func theFirstRuleDecidesWhereverItsTextStands() throws {
        let rules = try ruleSet(
            "{ userAgents: ["
                + "{ contains: ['z', 'a'], class: 'proxy', reason: 'first' },"
                + "{ word: 'b', class: 'machine', reason: 'second' },"
                + "{ contains: 'a', class: 'human', reason: 'third' }] }")
        #expect(verdict(on: "a b z", by: rules) == "first")
        #expect(verdict(on: "a b", by: rules) == "second")
        #expect(verdict(on: "a", by: rules) == "third")
    }

    @Test func namesComeFromTheFirstRuleThatHolds() throws {
        let rules = try ruleSet(
            "{ clients: [{ word: 'one', unless: 'two', name: 'One' }, { word: ['one', 'two'], name: 'Two' }],"
                + " platforms: [{ is: 'two', name: 'Whole' }, { contains: 'two', name: 'Part' }] }")
        let classifier = Classifier(rules: rules)
        func names(_ userAgent: String) throws -> [String] {
            let payload = SampleEvent.open(userAgent: userAgent).payload
            let judgement = classifier.judge(try EventView(payload.span), in: payload.span)
            return [
                classifier.client(of: judgement), classifier.device(of: judgement), classifier.platform(of: judgement),
            ]
        }
        #expect(try names("one") == ["One", "unknown", "unknown"])
        #expect(try names("one two") == ["Two", "unknown", "Part"])
        #expect(try names("two") == ["Two", "unknown", "Whole"])
        #expect(try names("none") == ["unknown", "unknown", "unknown"])
    }

    @Test func everythingIsFoundThatALookAtEachPlaceFinds() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let words = (0..<Int.random(in: 1...8, using: &random)).map { _ in text(1...5, &random) }
            let list = words.map { "'*\($0)*'" }.joined(separator: ", ")
            let rules = try ruleSet("{ machines: [{ word: [\(list)], reason: 'r' }] }")
            for _ in 0..<20 {
                let agent = text(0...30, &random)
                let expected = words.contains { agent.lowercased().contains($0.lowercased()) }
                guard (verdict(on: agent, by: rules) == "r") == expected else {
                    Issue.record("seed \(seed): \(words) in \(agent)")
                    return
                }
            }
        }
    }

    @Test func whatIsLongerThanAnEventKeepsAndAnyBytesAreRead() throws {
        let rules = try shippedRules()
        let longest = Array(repeating: UInt8(ascii: "b"), count: 4_096)
        for bytes in [longest, Array(0...255), Array(repeating: 0xFF, count: 512), []] {
            var evidence = RequestEvidence(kind: .click, method: .get)
            evidence.userAgent = ByteRange(0..<bytes.count)
            #expect(rules.verdict(on: evidence, in: bytes.span).engagementClass != .unknown)
        }
    }

    private func text(_ lengths: ClosedRange<Int>, _ random: inout SeededGenerator) -> String {
        String((0..<Int.random(in: lengths, using: &random)).map { _ in "aAbB/1".randomElement(using: &random) ?? "a" })
    }

    private func ruleSet(_ texts: String...) throws -> RuleSet {
        try RuleSet(
            files: texts.enumerated().map { RuleFile(name: "\($0).json5", bytes: Array($1.utf8)) })
    }

    private func evidence(_ userAgent: String) -> RequestEvidence {
        var evidence = RequestEvidence(kind: .click, method: .get)
        evidence.userAgent = ByteRange(0..<userAgent.utf8.count)
        return evidence
    }

    private func verdict(on userAgent: String, by rules: RuleSet) -> String {
        let bytes = Array(userAgent.utf8)
        return rules.reason(ofRule: rules.verdict(on: evidence(userAgent), in: bytes.span).ruleNumber)
    }
}
