internal import Bytes
internal import TrackingLinks

/// Reads the files of a rule set. The first problem ends it, with its file and place.
///
/// A file is an object with any of the lists of `List`; files count in the order of their names, rules in their order
/// in the file. What user agents are compared with is read in `RulesReader+Agents`.
struct RulesReader {
    /// What a file may have.
    private enum List: String {
        case requests, userAgents, machines, networks, clients, devices, platforms, timing
    }

    let withinNanosecondsMax: UInt64
    /// The rules of `requests` and `userAgents`.
    private(set) var classRules: [ClassRule] = []
    /// The rules of `machines`, which are asked after those.
    private(set) var machineRules: [ClassRule] = []
    /// What follows from networks alone, asked after all others.
    private(set) var networkRules: [ClassRule] = []
    var networks = ListedNetworks()
    private(set) var clientRules: [FamilyRule] = []
    private(set) var deviceRules: [FamilyRule] = []
    private(set) var timingRules: [TimingRule] = []
    private(set) var platformRules: [FamilyRule] = []
    private var ruleCount = 0
    var textBytes = 0
    var groupCount = 0
    private var exactPlaces: [ExactKey: (file: String, place: TextPlace)] = [:]
    /// The reasons that timing rules look near, and where they stand.
    private var nearReasons: [(reason: String, file: String, place: TextPlace)] = []
    private var file = ""

    private struct ExactKey: Hashable {
        let text: String
        let kind: TrackingResource
        let hasReferer: Bool
    }

    /// Rules and spellings of whole user agents, two a rule at most, have 16-bit numbers.
    private static let rulesMax = 30_000
    static let patternBytesMax = EventField.userAgent.limitBytes

    init(withinNanosecondsMax: UInt64) {
        self.withinNanosecondsMax = withinNanosecondsMax
    }

    /// Reads one more file.
    mutating func read(_ ruleFile: RuleFile) throws(EngagementError) {
        file = ruleFile.name
        let document: JSON5Value
        do {
            document = try JSON5.parse(ruleFile.bytes.span)
        } catch {
            throw .rulesSyntax(file: file, error)
        }
        guard let members = document.members else { throw problem(.notAnObject, document) }
        for member in members {
            guard let list = List(rawValue: member.key) else {
                throw .rules(file: file, at: member.keyPlace, .unknownKey(member.key))
            }
            guard let rules = member.value.array else { throw problem(.notAList, member.value) }
            for rule in rules { try append(rule, to: list) }
        }
    }

    private mutating func append(_ value: JSON5Value, to list: List) throws(EngagementError) {
        guard ruleCount < Self.rulesMax else { throw problem(.tooManyRules(limit: Self.rulesMax), value) }
        ruleCount += 1
        switch list {
        case .requests: classRules.append(try requestRule(value))
        case .userAgents: classRules.append(try agentRule(value))
        case .machines: machineRules.append(try machineRule(value))
        case .networks: if let rule = try network(value) { networkRules.append(rule) }
        case .clients: clientRules.append(try familyRule(value))
        case .devices: deviceRules.append(try familyRule(value))
        case .platforms: platformRules.append(try familyRule(value))
        case .timing: append(try timingRule(value), value)
        }
    }

    /// Refuses a second rule for one whole user agent.
    mutating func checkRepetition(of rule: ClassRule, _ value: JSON5Value) throws(EngagementError) {
        guard case .userAgent(let pattern) = rule.subject, case .exact(let text) = pattern.test else { return }
        for kind in TrackingResource.allCases where rule.kind == nil || rule.kind == kind {
            for hasReferer in rule.withoutReferer ? [false] : [false, true] {
                let key = ExactKey(text: text, kind: kind, hasReferer: hasReferer)
                if let first = exactPlaces[key] {
                    throw problem(.repeated(firstFile: first.file, firstAt: first.place), value)
                }
                exactPlaces[key] = (file, value.place)
            }
        }
    }

    private mutating func append(_ rule: TimingRule, _ value: JSON5Value) {
        if case .near(let reason) = rule.pattern { nearReasons.append((reason, file, value.place)) }
        timingRules.append(rule)
    }

    /// Looks at what only all files together can tell.
    func finish() throws(EngagementError) {
        let reasons = Set((classRules + machineRules + networkRules).map(\.reason))
        for near in nearReasons where !reasons.contains(near.reason) {
            throw .rules(file: near.file, at: near.place, .unknownReason(near.reason))
        }
    }

    private func requestRule(_ value: JSON5Value) throws(EngagementError) -> ClassRule {
        if value["method"] != nil {
            try checkKeys(of: value, ["method", "class", "reason", "kind"])
            let name = try text(of: value, "method")
            guard let method = RequestMethod.allCases.first(where: { $0.name == name }) else {
                throw problem(.unknownMethod(name), value)
            }
            return try classRule(value, on: .method(method))
        }
        if let decoy = value["decoy"] {
            try checkKeys(of: value, ["decoy", "class", "reason"])
            guard decoy.bool == true else { throw problem(.notTrue("decoy"), decoy) }
            return try classRule(value, on: .decoy)
        }
        try checkKeys(of: value, ["header", "begins", "class", "reason", "kind"])
        let name = try text(of: value, "header")
        guard let header = RequestEvidence.headers.first(where: { $0.name == name }) else {
            throw problem(.unknownHeader(name), value)
        }
        let token = try text(of: value, "begins")
        guard !token.isEmpty else { throw problem(.emptyPattern, value) }
        return try classRule(value, on: .header(header.field, token: token))
    }

    func classRule(_ value: JSON5Value, on subject: ClassRule.Subject) throws(EngagementError) -> ClassRule {
        ClassRule(
            subject: subject, engagementClass: try engagementClass(of: value), reason: try reason(of: value),
            kind: try kind(of: value))
    }

    func engagementClass(of value: JSON5Value) throws(EngagementError) -> EngagementClass {
        let name = try text(of: value, "class")
        guard let engagementClass = EngagementClass(name: name), engagementClass != .unknown else {
            throw problem(.unknownClass(name), value)
        }
        return engagementClass
    }

    func kind(of value: JSON5Value) throws(EngagementError) -> TrackingResource? {
        guard value["kind"] != nil else { return nil }
        let name = try text(of: value, "kind")
        guard let kind = TrackingResource.allCases.first(where: { "\($0.name)" == name }) else {
            throw problem(.unknownKind(name), value)
        }
        return kind
    }

    func text(of value: JSON5Value, _ key: String) throws(EngagementError) -> String {
        guard let member = value[key] else { throw problem(.missingKey(key), value) }
        return try self.text(member)
    }

    func reason(of value: JSON5Value) throws(EngagementError) -> String {
        guard let member = value["reason"] else { throw problem(.missingKey("reason"), value) }
        let reason = try text(member)
        guard !reason.isEmpty else { throw problem(.emptyReason, member) }
        return reason
    }

    func text(_ member: JSON5Value) throws(EngagementError) -> String {
        guard let text = member.string else { throw problem(.notText, member) }
        guard text.utf8.count <= Self.patternBytesMax else {
            throw problem(.tooLong(limitBytes: Self.patternBytesMax), member)
        }
        return text
    }

    func checkKeys(of value: JSON5Value, _ known: [String]) throws(EngagementError) {
        guard let members = value.members else { throw problem(.notAnObject, value) }
        for member in members where !known.contains(member.key) {
            throw .rules(file: file, at: member.keyPlace, .unknownKey(member.key))
        }
    }

    func problem(_ problem: RulesProblem, _ value: JSON5Value) -> EngagementError {
        .rules(file: file, at: value.place, problem)
    }
}
