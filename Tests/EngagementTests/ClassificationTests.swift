import Bytes
import Engagement
import Foundation
import TestSupport
import Testing
import TrackingLinks

@Suite("Machines are told from people by method, headers and whole user agents")
struct ClassificationTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let event: SampleEvent
        let engagementClass: EngagementClass
        let reason: String

        init(_ name: String, _ event: SampleEvent, _ engagementClass: EngagementClass, _ reason: String) {
            testDescription = name
            self.event = event
            self.engagementClass = engagementClass
            self.reason = reason
        }
    }

    static let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    static let gmail = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    static let edge12 =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 "
        + "Safari/537.36 Edge/12.246"

    @Test(arguments: [
        Row("a browser's click", .click(userAgent: firefox), .human, "default"),
        Row("a browser's open", .open(userAgent: firefox), .human, "default"),
        Row("HEAD", .click(userAgent: firefox, method: .head), .machine, "head-request"),
        Row("HEAD by a proxy", .open(userAgent: gmail, method: .head), .machine, "head-request"),
        Row("no user agent", .click(userAgent: nil), .machine, "empty-user-agent"),
        Row("an empty user agent", .click(userAgent: ""), .machine, "empty-user-agent"),
        Row("a decoy", .click(userAgent: firefox).with(.label, DecoyLink.label), .machine, "decoy-link"),
        Row("a decoy and a tool", .click(userAgent: "curl/8").with(.label, DecoyLink.label), .machine, "decoy-link"),
        Row(
            "HEAD of a decoy", .click(userAgent: firefox, method: .head).with(.label, DecoyLink.label), .machine,
            "head-request"),
        Row(
            "a longer label", .click(userAgent: firefox).with(.label, "tremolo-decoys"), .human, "default"),
        Row("a label in capitals", .click(userAgent: firefox).with(.label, "Tremolo-decoy"), .human, "default"),
        Row("an open with the label", .open(userAgent: firefox).with(.label, DecoyLink.label), .human, "default"),
        Row("curl", .click(userAgent: "curl/8.5.0"), .machine, "tool"),
        Row("wget", .open(userAgent: "Wget/1.21.3"), .machine, "tool"),
        Row("wget in small letters", .open(userAgent: "wget/1.21.3"), .machine, "tool"),
        Row("curl somewhere inside", .click(userAgent: firefox + " curl/8"), .human, "default"),
        Row("Gmail's proxy", .open(userAgent: gmail), .proxy, "gmail-image-proxy"),
        Row("Gmail's prefetch", .open(userAgent: edge12 + " Mozilla/5.0"), .prefetch, "gmail-prefetch"),
        Row("real Edge 12", .open(userAgent: edge12), .human, "default"),
        Row("Apple's proxy", .open(userAgent: "Mozilla/5.0"), .prefetch, "apple-mpp"),
        Row("Apple's proxy's string on a click", .click(userAgent: "Mozilla/5.0"), .human, "default"),
        Row(
            "Apple's proxy's string with a Referer", .open(userAgent: "Mozilla/5.0").withHeaders(.referer),
            .human, "default"),
        Row(
            "a phone of the make CUBOT", .click(userAgent: "Mozilla/5.0 (Linux; Android 10; CUBOT X30)"), .human,
            "default"),
        Row(
            "Sec-Purpose", .click(userAgent: firefox).with(.secPurpose, "prefetch;prerender"), .prefetch,
            "prefetch-header"),
        Row(
            "Sec-Purpose in capitals", .click(userAgent: firefox).with(.secPurpose, "Prefetch;anonymous-client-ip"),
            .prefetch, "prefetch-header"),
        Row("Purpose", .click(userAgent: firefox).with(.purpose, "prefetch"), .prefetch, "prefetch-header"),
        Row("X-Moz", .click(userAgent: firefox).with(.xMoz, "prefetch"), .prefetch, "prefetch-header"),
        Row("X-Purpose", .open(userAgent: firefox).with(.xPurpose, "preview"), .prefetch, "preview-header"),
        Row(
            "X-Purpose with a colon", .open(userAgent: firefox).with(.xPurpose, ": preview"), .prefetch,
            "preview-header"),
        Row("a longer word", .click(userAgent: firefox).with(.purpose, "prefetched"), .human, "default"),
        Row("an empty header", .click(userAgent: firefox).with(.purpose, ""), .human, "default"),
        Row("do not track", .click(userAgent: firefox).with(.dnt, "1").with(.secGPC, "1"), .human, "default"),
        Row(
            "a curl that prefetches", .click(userAgent: "curl/8").with(.purpose, "prefetch"), .prefetch,
            "prefetch-header"),
    ])
    func isJudged(_ row: Row) throws {
        let rules = try shippedRules()
        let judged = try judge(row.event, by: rules)
        #expect(judged.engagementClass == row.engagementClass)
        #expect(judged.reason == row.reason)
    }

    @Test func theCollectedUserAgentsAreJudgedAsTheirSourcesSay() throws {
        struct Collection: Decodable {
            struct Agent: Decodable {
                let `class`: String
                let ua: String
            }
            let agents: [Agent]
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: fixture("machines/user-agents.json")))
        let collection = try JSONDecoder().decode(Collection.self, from: data)
        let rules = try shippedRules()
        #expect(collection.agents.count > 25)
        for agent in collection.agents {
            let expected: EngagementClass =
                switch agent.class {
                case "gmail-image-proxy", "yahoo-image-proxy", "seznam-image-proxy", "rambler-image-proxy": .proxy
                case "gmail-prefetch": .prefetch
                case "security-scanner", "link-probe", "link-preview", "apple-calendar-daemon", "empty": .machine
                default: .human
                }
            for event in [SampleEvent.open(userAgent: agent.ua), .click(userAgent: agent.ua)] {
                let isApple = agent.class == "apple-mpp" && event.facts.kind == .open
                let expected = isApple ? .prefetch : expected
                #expect(try judge(event, by: rules).engagementClass == expected, "\(agent.class): \(agent.ua)")
                // The edge sees the user agent before it is masked, and gives the same class.
                let bytes = Array(agent.ua.utf8)
                var evidence = RequestEvidence(kind: event.facts.kind, method: .get)
                evidence.userAgent = ByteRange(0..<bytes.count)
                let verdict = rules.verdict(on: evidence, in: bytes.span)
                #expect(verdict.engagementClass == expected, "at the edge: \(agent.class): \(agent.ua)")
            }
        }
    }

    @Test func withoutEvidenceNobodyCanTell() throws {
        let rules = try shippedRules()
        var event = SampleEvent()
        event.facts.flags = .anonymous
        #expect(try judge(event, by: rules).engagementClass == .unknown)
        #expect(try judge(event, by: rules).reason == "evidence-not-kept")
    }

    @Test func aFrozenVerdictStandsWhateverTheRulesSay() throws {
        let payload = try fixtureBytes("engagement/event-v1-forgotten.bin")
        let classifier = Classifier(rules: .builtIn)
        let view = try EventView(payload.span)
        let judgement = classifier.judge(view, in: payload.span)
        #expect(judgement.engagementClass == .prefetch)
        #expect(classifier.reason(of: judgement) == "apple-mpp")
        #expect(classifier.client(of: judgement) == "Apple Mail")
        #expect(classifier.device(of: judgement) == "unknown")
    }

    @Test func theMemoryNeverChangesAVerdict() throws {
        let classifier = Classifier(rules: .builtIn)
        for round in 0..<2 {
            for number in 0..<5_000 {
                let agent = number.isMultiple(of: 3) ? "curl/\(number)" : "Browser/\(number)"
                let payload = SampleEvent.click(userAgent: agent).payload
                let judgement = classifier.judge(try EventView(payload.span), in: payload.span)
                let expected: EngagementClass = number.isMultiple(of: 3) ? .machine : .human
                guard judgement.engagementClass == expected else {
                    Issue.record("\(agent) in round \(round)")
                    return
                }
            }
        }
    }

    @Test func withoutFilesToolsAndPrefetchingAreStillKnown() throws {
        #expect(try judge(.click(userAgent: "curl/8.5.0"), by: .builtIn).engagementClass == .machine)
        #expect(try judge(.click(userAgent: nil), by: .builtIn).engagementClass == .machine)
        #expect(try judge(.click(userAgent: Self.firefox), by: .builtIn).engagementClass == .human)
        #expect(try judge(.click(userAgent: Self.firefox, method: .head), by: .builtIn).engagementClass == .machine)
        let prefetch = SampleEvent.click(userAgent: Self.firefox).with(.secPurpose, "prefetch")
        #expect(try judge(prefetch, by: .builtIn).engagementClass == .prefetch)
    }

    private func judge(
        _ event: SampleEvent, by rules: RuleSet
    ) throws -> (engagementClass: EngagementClass, reason: String) {
        let payload = event.payload
        let classifier = Classifier(rules: rules)
        let judgement = classifier.judge(try EventView(payload.span), in: payload.span)
        return (judgement.engagementClass, classifier.reason(of: judgement))
    }
}
