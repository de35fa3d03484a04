internal import Bytes
internal import TrackingLinks

/// Reads the files of a rule set. The first problem ends it, with its file and place.
///
/// A file is an object with any of the lists `requests`, `userAgents`, `clients`, `devices` and `timing`; files count in the
/// order of their names, rules in their order in the file. What user agents are compared with is read in
/// `RulesReader+Agents`.
struct RulesReader {
    private(set) var classRules: [ClassRule] = []
    private(set) var clientRules: [FamilyRule] = []
    private(set) var deviceRules: [FamilyRule] = []
    private(set) var timingRules: [TimingRule] = []
    private var exactPlaces: [ExactKey: (file: String, place: TextPlace)] = [:]
    /// The reasons that timing rules look near, and where they stand.
    private var nearReasons: [(reason: String, file: String, place: TextPlace)] = []
    private var file = ""

    private struct ExactKey: Hashable {
        let text: String
        let kind: TrackingResource
        let hasReferer: Bool
    }

    private static let lists = ["requests", "userAgents", "clients", "devices", "timing"]
    private static let rulesMax = 60_000
    static let patternBytesMax = EventField.userAgent.limitBytes

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
            guard Self.lists.contains(member.key) else {
                throw .rules(file: file, at: member.keyPlace, .unknownKey(member.key))
            }
            guard let rules = member.value.array else { throw problem(.notAList, member.value) }
            for rule in rules {
                switch member.key {
                case "requests": try append(requestRule(rule), rule)
                case "userAgents": try append(agentRule(rule), rule)
                case "clients": clientRules.append(try familyRule(rule))
                case "timing": try append(try timingRule(rule), rule)
                default: deviceRules.append(try familyRule(rule))
                }
            }
        }
    }

    private mutating func append(_ rule: ClassRule, _ value: JSON5Value) throws(EngagementError) {
        guard classRules.count + timingRules.count < Self.rulesMax else {
            throw problem(.tooManyRules(limit: Self.rulesMax), value)
        }
        if case .userAgent(.exact(let text)) = rule.subject {
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
        classRules.append(rule)
    }

    private mutating func append(_ rule: TimingRule, _ value: JSON5Value) throws(EngagementError) {
        guard classRules.count + timingRules.count < Self.rulesMax else {
            throw problem(.tooManyRules(limit: Self.rulesMax), value)
        }
        if case .near(let reason) = rule.pattern { nearReasons.append((reason, file, value.place)) }
        timingRules.append(rule)
    }

    /// Looks at what only all files together can tell.
    func finish() throws(EngagementError) {
        let reasons = Set(classRules.map(\.reason))
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
        try checkKeys(of: value, ["header", "begins", "class", "reason", "kind"])
        let name = try text(of: value, "header")
        guard let header = RequestEvidence.headers.first(where: { $0.name == name }) else {
            throw problem(.unknownHeader(name), value)
        }
        let token = try text(of: value, "begins")
        guard !token.isEmpty else { throw problem(.emptyPattern, value) }
        return try classRule(value, on: .header(header.field, token: token))
    }

    func classRule(
        _ value: JSON5Value, on subject: ClassRule.Subject
    ) throws(EngagementError) -> ClassRule {
        let found = try classAndKind(value)
        return ClassRule(
            subject: subject, engagementClass: found.engagementClass, reason: try text(of: value, "reason"),
            kind: found.kind)
    }

    /// What a rule gives, and to clicks or opens alone.
    func classAndKind(
        _ value: JSON5Value
    ) throws(EngagementError) -> (engagementClass: EngagementClass, kind: TrackingResource?) {
        let className = try text(of: value, "class")
        guard let engagementClass = EngagementClass(name: className), engagementClass != .unknown else {
            throw problem(.unknownClass(className), value)
        }
        guard value["kind"] != nil else { return (engagementClass, nil) }
        let name = try text(of: value, "kind")
        let kind = TrackingResource.allCases.first { "\($0.name)" == name }
        guard let kind else { throw problem(.unknownKind(name), value) }
        return (engagementClass, kind)
    }

    func text(of value: JSON5Value, _ key: String) throws(EngagementError) -> String {
        guard let member = value[key] else { throw problem(.missingKey(key), value) }
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
