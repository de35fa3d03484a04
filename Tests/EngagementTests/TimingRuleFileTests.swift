import Bytes
import Engagement
import Testing

@Suite("A timing rule that can't be meant is refused with its place")
struct TimingRuleFileTests {
    private static let reasons = "requests: [{ method: 'HEAD', class: 'machine', reason: 'probe' }],"

    /// Reads one timing rule; `^` stands before the place of the mistake.
    private func problem(with rule: String) throws -> RulesProblem? {
        let marked = "{ \(Self.reasons) timing: [\(rule)] }"
        let column = marked.split(separator: "^", maxSplits: 1)[0].utf8.count + 1
        let text = marked.filter { $0 != "^" }
        do throws(EngagementError) {
            _ = try RuleSet(files: [RuleFile(name: "t.json5", bytes: Array(text.utf8))])
            return nil
        } catch {
            guard case .rules(file: "t.json5", let place, let problem) = error else { throw error }
            #expect(place == TextPlace(line: 1, column: column), "\(rule)")
            return problem
        }
    }

    @Test(
        "A time that would do nothing, or hold more than memory has",
        arguments: ["0", "-1", "1e-10", "0.0009", "60.001", "3600", "'1'", "true"])
    func span(_ seconds: String) throws {
        #expect(
            try problem(with: "{ near: 'probe', by: ['person'], seconds: ^\(seconds), class: 'machine', reason: 'r' }")
                == .notASpan(longestSeconds: 60))
    }

    @Test("The shortest and the longest time are taken", arguments: ["0.001", "60"])
    func longest(_ seconds: String) throws {
        #expect(
            try problem(with: "{ near: 'probe', by: ['person'], seconds: \(seconds), class: 'machine', reason: 'r' }")
                == nil)
    }

    @Test("A reason says something")
    func reason() throws {
        #expect(
            try problem(with: "{ near: 'probe', by: ['person'], seconds: 1, class: 'machine', reason: ^'' }")
                == .emptyReason)
    }

    @Test("Links are counted beside different ones of another field, where they can differ")
    func links() throws {
        let end = "seconds: 1, class: 'machine', reason: 'r' }"
        #expect(try problem(with: "{ near: 'probe', links: ^2, by: ['person'], \(end)") == .needless("links"))
        #expect(try problem(with: "{ afterSend: true, links: ^2, \(end)") == .needless("links"))
        #expect(
            try problem(with: "{ distinct: 'link', atLeast: 3, links: ^2, by: ['person'], \(end)") == .needless("links")
        )
        #expect(
            try problem(with: "{ distinct: 'agent', atLeast: 3, links: ^1, by: ['person'], \(end)") == .notACount)
        #expect(
            try problem(with: "^{ distinct: 'agent', atLeast: 3, links: 2, by: ['person', 'link'], \(end)")
                == .countsWhatIsCommon("link"))
        #expect(try problem(with: "{ distinct: 'agent', atLeast: 3, links: 2, by: ['person'], \(end)") == nil)
        #expect(
            try problem(with: "{ distinct: 'agent', atLeast: 3, linksEach: ^2, by: ['person'], \(end)")
                == .needless("linksEach"))
        #expect(
            try problem(with: "^{ distinct: 'person', atLeast: 3, linksEach: 2, by: ['address', 'link'], \(end)")
                == .countsWhatIsCommon("link"))
        #expect(try problem(with: "{ distinct: 'person', atLeast: 3, linksEach: 2, by: ['address'], \(end)") == nil)
    }
}
