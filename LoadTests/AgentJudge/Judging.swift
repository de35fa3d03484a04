import Bytes
import Engagement
import TrackingLinks

/// A rule set, and the user agents that it was asked about.
final class Judging {
    let rules: RuleSet
    private(set) var agents: [[UInt8]] = []

    init(rules: RuleSet) {
        self.rules = rules
    }

    /// Keeps a list for the figures.
    func add(_ agents: [[UInt8]]) { self.agents += agents }

    /// True when a click with this user agent is a machine's.
    func isMachine(_ agent: [UInt8]) -> Bool { engagementClass(of: agent) == .machine }

    /// The class at the edge, which remembers nothing.
    func engagementClass(of agent: [UInt8]) -> EngagementClass {
        var evidence = RequestEvidence(kind: .click, method: .get)
        evidence.userAgent = ByteRange(0..<agent.count)
        return rules.verdict(on: evidence, in: agent.span).engagementClass
    }

    /// An event with this user agent as the edge writes it.
    func event(_ agent: [UInt8]) -> [UInt8] {
        var writer = EventWriter()
        var buffer = ByteBuffer(capacity: EventFormat.eventBytesMax)
        let facts = EventFacts(
            timeNanoseconds: 1_754_006_400_000_000_000, kind: .click, outcome: .redirected, reason: 2)
        writer.begin(facts, into: &buffer)
        writer.append(.userAgent, agent.span, into: &buffer)
        return buffer.toArray()
    }
}
