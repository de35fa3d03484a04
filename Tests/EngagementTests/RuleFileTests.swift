import Bytes
import Engagement
import Testing
import TrackingLinks

@Suite("A rules file is read whole, or its first mistake is named with its place")
struct RuleFileTests {
    struct Mistake: CustomTestStringConvertible {
        let text: String
        let column: Int
        let problem: RulesProblem
        var testDescription: String { text }

        init(_ text: String, _ column: Int, _ problem: RulesProblem) {
            self.text = text
            self.column = column
            self.problem = problem
        }
    }

    @Test(arguments: [
        Mistake("[]", 1, .notAnObject),
        Mistake("{ robots: [] }", 3, .unknownKey("robots")),
        Mistake("{ userAgents: {} }", 15, .notAList),
        Mistake("{ userAgents: ['x'] }", 16, .notAnObject),
        Mistake("{ userAgents: [{ is: 'x', class: 'machine' }] }", 16, .missingKey("reason")),
        Mistake("{ userAgents: [{ is: 'x', reason: 'r' }] }", 16, .missingKey("class")),
        Mistake("{ userAgents: [{ is: 'x', class: 'bot', reason: 'r' }] }", 16, .unknownClass("bot")),
        Mistake("{ userAgents: [{ is: 'x', class: 'unknown', reason: 'r' }] }", 16, .unknownClass("unknown")),
        Mistake("{ userAgents: [{ class: 'machine', reason: 'r' }] }", 16, .notOneTest),
        Mistake("{ userAgents: [{ is: 'x', begins: 'x', class: 'machine', reason: 'r' }] }", 16, .notOneTest),
        Mistake("{ userAgents: [{ begins: '', class: 'machine', reason: 'r' }] }", 16, .emptyPattern),
        Mistake("{ userAgents: [{ contains: [], class: 'machine', reason: 'r' }] }", 16, .emptyPattern),
        Mistake("{ userAgents: [{ contains: ['a', ''], class: 'machine', reason: 'r' }] }", 16, .emptyPattern),
        Mistake("{ userAgents: [{ contains: [1], class: 'machine', reason: 'r' }] }", 29, .notText),
        Mistake("{ userAgents: [{ is: 1, class: 'machine', reason: 'r' }] }", 22, .notText),
        Mistake("{ userAgents: [{ is: 'x', class: 'machine', reason: 'r', kind: 'view' }] }", 16, .unknownKind("view")),
        Mistake(
            "{ userAgents: [{ is: 'x', class: 'machine', reason: 'r', without: 'Accept' }] }", 16,
            .unknownAbsence("Accept")),
        Mistake("{ userAgents: [{ is: 'x', klass: 'machine', reason: 'r' }] }", 27, .unknownKey("klass")),
        Mistake("{ userAgents: [{ word: [], class: 'machine', reason: 'r' }] }", 16, .emptyPattern),
        Mistake("{ userAgents: [{ word: '*', class: 'machine', reason: 'r' }] }", 16, .emptyPattern),
        Mistake("{ userAgents: [{ word: ['a', '**'], class: 'machine', reason: 'r' }] }", 16, .emptyPattern),
        Mistake("{ userAgents: [{ word: 1, class: 'machine', reason: 'r' }] }", 24, .notText),
        Mistake("{ userAgents: [{ word: 'x', begins: 'x', class: 'machine', reason: 'r' }] }", 16, .notOneTest),
        Mistake("{ userAgents: [{ unless: [], class: 'machine', reason: 'r' }] }", 16, .emptyPattern),
        Mistake("{ userAgents: [{ is: 'x', unless: 'y', class: 'machine', reason: 'r' }] }", 16, .exceptionToWhole),
        Mistake("{ machines: [{ word: 'x', class: 'human', reason: 'r' }] }", 27, .unknownKey("class")),
        Mistake("{ machines: [{ word: 'x' }] }", 14, .missingKey("reason")),
        Mistake("{ machines: [{ reason: 'r' }] }", 14, .notOneTest),
        Mistake("{ platforms: [{ word: 'x' }] }", 15, .missingKey("name")),
        Mistake("{ requests: [{ method: 'POST', class: 'machine', reason: 'r' }] }", 14, .unknownMethod("POST")),
        Mistake(
            "{ requests: [{ header: 'Accept', begins: 'x', class: 'machine', reason: 'r' }] }", 14,
            .unknownHeader("Accept")),
        Mistake("{ requests: [{ decoy: false, class: 'machine', reason: 'r' }] }", 23, .notTrue("decoy")),
        Mistake(
            "{ requests: [{ decoy: true, kind: 'click', class: 'machine', reason: 'r' }] }", 29, .unknownKey("kind")),
        Mistake("{ requests: [{ header: 'Purpose', begins: '', class: 'machine', reason: 'r' }] }", 14, .emptyPattern),
        Mistake("{ userAgents: [{ is: 'x', class: 'machine', reason: '' }] }", 53, .emptyReason),
        Mistake("{ requests: [{ method: 'HEAD', class: 'machine', reason: '' }] }", 58, .emptyReason),
        Mistake("{ machines: [{ word: 'x', reason: '' }] }", 35, .emptyReason),
        Mistake("{ clients: [{ is: 'x' }] }", 13, .missingKey("name")),
        Mistake("{ devices: [{ is: 'x', class: 'human' }] }", 24, .unknownKey("class")),
        Mistake(
            "{ clients: [{ is: '\(String(repeating: "x", count: 513))', name: 'n' }] }", 19, .tooLong(limitBytes: 512)),
    ])
    func isNamed(_ row: Mistake) {
        let error = EngagementError.rules(file: "a.json5", at: TextPlace(line: 1, column: row.column), row.problem)
        #expect(throws: error) { try ruleSet(["a.json5": row.text]) }
    }

    @Test func aFileThatIsNotJSON5IsNamed() {
        #expect {
            try ruleSet(["a.json5": "{ userAgents: ["])
        } throws: { error in
            if case .rulesSyntax(file: "a.json5", _) = error as? EngagementError { true } else { false }
        }
    }

    @Test func twoRulesForOneUserAgentAreRefusedAcrossFiles() {
        let first = "{ userAgents: [{ is: 'x', class: 'machine', reason: 'r' }] }"
        let second = "{ userAgents: [\n  { is: 'x', class: 'proxy', reason: 'r', kind: 'open' }] }"
        let problem = RulesProblem.repeated(firstFile: "a.json5", firstAt: TextPlace(line: 1, column: 16))
        #expect(throws: EngagementError.rules(file: "b.json5", at: TextPlace(line: 2, column: 3), problem)) {
            try ruleSet(["b.json5": second, "a.json5": first])
        }
    }

    @Test func aRuleMayBeForClicksOrOpensAlone() throws {
        let rules = try ruleSet([
            "a.json5": """
            { userAgents: [
                { is: 'x', class: 'machine', reason: 'on click', kind: 'click' },
                { is: 'x', class: 'proxy', reason: 'on open', kind: 'open' },
                { contains: 'y', class: 'prefetch', reason: 'only opens', kind: 'open' },
            ] }
            """
        ])
        #expect(reason(of: "x", .click, by: rules) == "on click")
        #expect(reason(of: "x", .open, by: rules) == "on open")
        #expect(reason(of: "xyz", .open, by: rules) == "only opens")
        #expect(reason(of: "xyz", .click, by: rules) == "default")
    }

    @Test func aRuleMayBeForRequestsWithoutARefererAlone() throws {
        let rules = try ruleSet([
            "a.json5": """
            { userAgents: [
                { is: 'x', class: 'prefetch', reason: 'unreferred', kind: 'open', without: 'Referer' },
                { begins: 'x', class: 'machine', reason: 'any' },
            ] }
            """
        ])
        #expect(reason(of: "x", .open, by: rules) == "unreferred")
        #expect(reason(of: "x", .open, hasReferer: true, by: rules) == "any")
        #expect(reason(of: "x", .click, by: rules) == "any")
    }

    @Test func theFirstRuleOfSeveralDecidesAndAWholeUserAgentComesFirst() throws {
        let rules = try ruleSet([
            "b.json5": "{ userAgents: [{ begins: 'Tool', class: 'human', reason: 'later file' }] }",
            "a.json5": """
            { userAgents: [
                { begins: 'tool/1', class: 'machine', reason: 'first' },
                { begins: 'tool/', class: 'proxy', reason: 'second' },
                { is: 'tool/1.5', class: 'prefetch', reason: 'whole' },
                { contains: ['Tab', 'let'], class: 'machine', reason: 'parts' },
            ] }
            """,
        ])
        #expect(reason(of: "Tool/1.0", .click, by: rules) == "first")
        #expect(reason(of: "tool/2.0", .click, by: rules) == "second")
        #expect(reason(of: "tool/1.5", .click, by: rules) == "whole")
        #expect(reason(of: "Toolbox", .click, by: rules) == "later file")
        #expect(reason(of: "a Tablet", .click, by: rules) == "parts")
        #expect(reason(of: "a tablet", .click, by: rules) == "default")
    }

    @Test func theVersionIsMadeOfNamesAndBytes() throws {
        let text = "{ userAgents: [] }"
        let version = try ruleSet(["a.json5": text]).version
        #expect(version.count == 16)
        #expect(try ruleSet(["a.json5": text]).version == version)
        #expect(try ruleSet(["b.json5": text]).version != version)
        #expect(try ruleSet(["a.json5": text + " "]).version != version)
        let files = try shippedRuleFiles()
        #expect(try RuleSet(files: files).version == RuleSet(files: files.reversed()).version)
    }

    @Test func moreTextThanCanBeLookedForAtOnceIsRefused() throws {
        let word = String(repeating: "x", count: 500)
        func rules(_ count: Int) -> String {
            "{ machines: [\n"
                + (0..<count).map { "{ word: '\($0 + 100)\(word)', reason: 'r' }" }.joined(separator: ",\n") + "] }"
        }
        _ = try ruleSet(["a.json5": rules(129)])
        let error = EngagementError.rules(
            file: "a.json5", at: TextPlace(line: 131, column: 1), .tooMuchText(limitBytes: 65_000))
        #expect(throws: error) { try ruleSet(["a.json5": rules(130)]) }
    }

    @Test func moreRulesOfSeveralPartsThanCanBeKeptInMindAreRefused() throws {
        func rules(_ count: Int) -> String {
            "{ clients: [\n"
                + Array(repeating: "{ word: 'a', unless: 'b', name: 'n' }", count: count).joined(separator: ",\n")
                + "] }"
        }
        _ = try ruleSet(["a.json5": rules(512)])
        let error = EngagementError.rules(
            file: "a.json5", at: TextPlace(line: 514, column: 1), .tooManyParts(limit: 1_024))
        #expect(throws: error) { try ruleSet(["a.json5": rules(513)]) }
    }

    @Test func everyProblemSaysWhatToDo() {
        let problems: [RulesProblem] = [
            .notAnObject, .notAList, .notText, .unknownKey("k"), .missingKey("k"), .notOneTest, .unknownClass("c"),
            .unknownKind("k"), .unknownMethod("m"), .unknownHeader("h"), .unknownAbsence("h"), .emptyPattern,
            .tooLong(limitBytes: 1),
            .repeated(firstFile: "f", firstAt: TextPlace(line: 1, column: 1)), .tooManyRules(limit: 1),
            .exceptionToWhole,
            .tooMuchText(limitBytes: 1), .tooManyParts(limit: 1),
        ]
        #expect(Set(problems.map(\.description)).count == problems.count)
    }

    private func ruleSet(_ files: [String: String]) throws -> RuleSet {
        try RuleSet(files: files.map { RuleFile(name: $0.key, bytes: Array($0.value.utf8)) })
    }

    private func reason(
        of userAgent: String, _ kind: TrackingResource, hasReferer: Bool = false, by rules: RuleSet
    ) -> String {
        let bytes = Array(userAgent.utf8)
        var evidence = RequestEvidence(kind: kind, method: .get)
        evidence.hasReferer = hasReferer
        evidence.userAgent = ByteRange(0..<bytes.count)
        let verdict = rules.verdict(on: evidence, in: bytes.span)
        return rules.reason(ofRule: verdict.ruleNumber)
    }
}
