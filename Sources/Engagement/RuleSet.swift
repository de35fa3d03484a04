internal import Bytes
internal import TrackingLinks

/// The rules that tell people from machines, and programs from each other: data, with a version.
///
/// A class is decided by the first that says something of: the rules on method and headers in their order; the rule for
/// exactly this user agent; the other rules of `userAgents` in their order; those of `machines` in theirs. Where none
/// does, the class is `human`: what nothing speaks against is a person. A user agent alone never makes a browser or
/// mail client a machine, and nothing that a rule decides is dropped: it is counted beside the rest. What is `human`
/// then, timing rules may still call something else, by the events beside it.
///
/// A rule set is immutable and may be shared by threads. `verdict(on:in:)` allocates nothing and is what the edge uses
/// for an event without consent; the aggregator asks a `Classifier`, which remembers what it found out about a user
/// agent.
package final class RuleSet: Sendable {
    /// The version that stands beside each verdict: 16 hex digits of the hash of all rule files.
    package let version: String

    /// The rules on events beside each other, in their order.
    package let timingRules: [TimingRule]
    /// How far `timingRules` look before and behind an event, in nanoseconds; 0 without any.
    package let windowNanoseconds: UInt64

    /// Listed networks by address; their numbers are places in `networkLabels`.
    package let networks: NetworkTable
    /// The labels of listed networks by number; the first is for none.
    package let networkLabels: [String]

    /// What follows from each network alone, for clicks and for opens.
    private let networkRules: [(click: UInt16, open: UInt16)]
    private let networkNumbers: TextTable
    private let requestRules: [CompiledRequestRule]
    private let agents: AgentMatcher
    private let classes: [EngagementClass]
    private let reasons: [String]
    private let clients: FamilyTable
    private let devices: FamilyTable
    private let firstTimingRule: UInt16
    private let platforms: FamilyTable

    /// The number of the verdict that no rule gave.
    static let defaultRule: UInt16 = 0
    /// The number of the verdict on an event without evidence.
    static let notKeptRule: UInt16 = 1

    /// A set of rules, each kind in the order in which they are asked.
    init(
        classRules: [ClassRule], networks: ListedNetworks = ListedNetworks(), clientRules: [FamilyRule] = [],
        deviceRules: [FamilyRule] = [],
        platformRules: [FamilyRule] = [], timingRules: [TimingRule] = [], version: String
    ) {
        self.version = version
        self.timingRules = timingRules
        windowNanoseconds = TimingRule.windowNanoseconds(of: timingRules)
        classes = [.human, .unknown] + classRules.map(\.engagementClass) + timingRules.map(\.engagementClass)
        reasons = ["default", "evidence-not-kept"] + classRules.map(\.reason) + timingRules.map(\.reason)
        firstTimingRule = UInt16(2 + classRules.count)
        self.networks = NetworkTable(networks.ranges)
        networkLabels = networks.labels
        var networkNumbers = TextTable(capacity: networks.labels.count)
        for (number, label) in networks.labels.enumerated().dropFirst() {
            networkNumbers.insert(label, number: UInt16(number))
        }
        self.networkNumbers = networkNumbers
        var networkRules = [(click: UInt16, open: UInt16)](
            repeating: (Self.defaultRule, Self.defaultRule), count: networks.labels.count)
        clients = FamilyTable(clientRules)
        devices = FamilyTable(deviceRules)
        platforms = FamilyTable(platformRules)

        var requestRules: [CompiledRequestRule] = []
        var agentRules: [(pattern: TextPattern, outcome: AgentOutcome)] = []
        for (index, rule) in classRules.enumerated() {
            let number = UInt16(index + 2)
            switch rule.subject {
            case .method(let method):
                requestRules.append(CompiledRequestRule(test: .method(method), kind: rule.kind, number: number))
            case .header(let field, let token):
                let bytes = token.utf8.map(\.asciiLowercased)
                requestRules.append(
                    CompiledRequestRule(test: .header(field, token: bytes), kind: rule.kind, number: number))
            case .decoy:
                requestRules.append(CompiledRequestRule(test: .decoy, kind: rule.kind, number: number))
            case .network(let network):
                let known = networkRules[Int(network)]
                if rule.kind != .open, known.click == Self.defaultRule { networkRules[Int(network)].click = number }
                if rule.kind != .click, known.open == Self.defaultRule { networkRules[Int(network)].open = number }
            case .userAgent(let pattern):
                let scope = AgentScope(kind: rule.kind, withoutReferer: rule.withoutReferer)
                agentRules.append((pattern, .rule(number, scope)))
            }
        }
        for (family, rules) in [
            (AgentFamily.client, clientRules), (.device, deviceRules), (.platform, platformRules),
        ] {
            for (place, rule) in rules.enumerated() { agentRules.append((rule.pattern, .name(family, UInt16(place)))) }
        }
        self.requestRules = requestRules
        self.networkRules = networkRules
        agents = AgentMatcher(agentRules)
    }

    /// The class of a request, and the rule that gave it. O(bytes + rules) at worst; allocates nothing.
    ///
    /// - Parameters:
    ///   - evidence: where in `bytes` the headers lie.
    ///   - bytes: what the ranges of `evidence` belong to.
    package func verdict(
        on evidence: RequestEvidence, in bytes: Span<UInt8>
    ) -> (engagementClass: EngagementClass, ruleNumber: UInt16) {
        var number = requestRule(for: evidence, in: bytes)
        if number == Self.defaultRule {
            let agent = bytes.extracting((evidence.userAgent ?? .empty).offsets)
            number = agents.tally(of: agent).rules.number(for: evidence)
        }
        if number == Self.defaultRule { number = networkRule(evidence.network, for: evidence.kind) }
        return (engagementClass(ofRule: number), number)
    }

    /// The word for what decided, by the number that a verdict gave; `default` where nothing did.
    package func reason(ofRule number: UInt16) -> String {
        Int(number) < reasons.count ? reasons[Int(number)] : reasons[0]
    }

    /// The number of a timing rule among all rules.
    package func ruleNumber(ofTimingRule index: Int) -> UInt16 { firstTimingRule + UInt16(index) }

    /// The numbers of the rules on an event alone that have a reason.
    package func ruleNumbers(withReason reason: String) -> Set<UInt16> {
        Set((Self.notKeptRule + 1..<max(firstTimingRule, Self.notKeptRule + 1)).filter { reasons[Int($0)] == reason })
    }

    /// The class that a rule gives.
    package func engagementClass(ofRule number: UInt16) -> EngagementClass {
        Int(number) < classes.count ? classes[Int(number)] : .human
    }

    /// What a network alone says of a request from it, or the default's number.
    func networkRule(_ network: UInt16, for kind: TrackingResource) -> UInt16 {
        guard Int(network) < networkRules.count else { return Self.defaultRule }
        return kind == .click ? networkRules[Int(network)].click : networkRules[Int(network)].open
    }

    /// The network that an event came from, as these rules list it: 0 for none.
    ///
    /// The label that the edge stored was found by the whole address. It holds while the rules list its network there,
    /// by the innermost range around what is kept of the address or by a smaller one in that; otherwise the cut address
    /// alone is asked, which no range can decide that is smaller than the cut.
    package func network(of event: EventView, in payload: Span<UInt8>) -> UInt16 {
        guard !networks.isEmpty else { return 0 }
        if let label = event.range(of: .network),
            let number = networkNumbers.number(of: payload.extracting(label.offsets)),
            event.address.map({ networks.mayHold($0, network: number) }) ?? true
        {
            return number
        }
        return event.address.flatMap { networks.network(of: $0) } ?? 0
    }

    /// The first rule on method or headers that holds, or the default's number.
    func requestRule(for evidence: RequestEvidence, in bytes: Span<UInt8>) -> UInt16 {
        // By index: an iterator over rules that own memory allocates when it isn't optimised.
        for index in requestRules.indices where requestRules[index].holds(for: evidence, in: bytes) {
            return requestRules[index].number
        }
        return Self.defaultRule
    }

    /// What the rules say of a user agent; a missing one is empty. Allocates nothing.
    func findings(onUserAgent agent: Span<UInt8>) -> AgentFindings {
        let tally = agents.tally(of: agent)
        return AgentFindings(
            rules: tally.rules, clientNumber: clients.number(ofRule: tally.place(of: .client)),
            deviceNumber: devices.number(ofRule: tally.place(of: .device)),
            platformNumber: platforms.number(ofRule: tally.place(of: .platform)))
    }

    /// The names of programs by their number; the first is `unknown`.
    var clientNames: [String] { clients.names }

    /// The names of kinds of device by their number; the first is `unknown`.
    var deviceNames: [String] { devices.names }

    /// The names of platforms by their number; the first is `unknown`.
    var platformNames: [String] { platforms.names }

    /// The names of rules by their number: one for each verdict that this set can give.
    package var ruleReasons: [String] { reasons }
}
