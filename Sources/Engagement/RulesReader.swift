internal import Bytes
internal import TrackingLinks

/// Reads the files of a rule set. The first problem ends it, with its file and place.
///
/// A file is an object with any of the lists `requests`, `userAgents`, `clients` and `devices`; files count in the
/// order of their names, rules in their order in the file.
struct RulesReader {
    private(set) var classRules: [ClassRule] = []
    private(set) var clientRules: [FamilyRule] = []
    private(set) var deviceRules: [FamilyRule] = []
    private var exactPlaces: [ExactKey: (file: String, place: TextPlace)] = [:]
    private var file = ""

    private struct ExactKey: Hashable {
        let text: String
        let kind: TrackingResource
        let hasReferer: Bool
    }

    private static let lists = ["requests", "userAgents", "clients", "devices"]
    private static let rulesMax = 60_000
    private static let patternBytesMax = EventField.userAgent.limitBytes

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
                default: deviceRules.append(try familyRule(rule))
                }
            }
        }
    }

    private mutating func append(_ rule: ClassRule, _ value: JSON5Value) throws(EngagementError) {
        guard classRules.count < Self.rulesMax else { throw problem(.tooManyRules(limit: Self.rulesMax), value) }
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

    private func agentRule(_ value: JSON5Value) throws(EngagementError) -> ClassRule {
        try checkKeys(of: value, ["is", "begins", "contains", "class", "reason", "kind", "without"])
        var rule = try classRule(value, on: .userAgent(pattern(value)))
        if value["without"] != nil {
            let name = try text(of: value, "without")
            guard name == "Referer" else { throw problem(.unknownAbsence(name), value) }
            rule.withoutReferer = true
        }
        return rule
    }

    private func familyRule(_ value: JSON5Value) throws(EngagementError) -> FamilyRule {
        try checkKeys(of: value, ["is", "begins", "contains", "name"])
        return FamilyRule(pattern: try pattern(value), name: try text(of: value, "name"))
    }

    private func classRule(
        _ value: JSON5Value, on subject: ClassRule.Subject
    ) throws(EngagementError) -> ClassRule {
        let className = try text(of: value, "class")
        guard let engagementClass = EngagementClass(name: className), engagementClass != .unknown else {
            throw problem(.unknownClass(className), value)
        }
        var kind: TrackingResource?
        if value["kind"] != nil {
            let name = try text(of: value, "kind")
            kind = TrackingResource.allCases.first { "\($0.name)" == name }
            if kind == nil { throw problem(.unknownKind(name), value) }
        }
        return ClassRule(
            subject: subject, engagementClass: engagementClass, reason: try text(of: value, "reason"), kind: kind)
    }

    private func pattern(_ value: JSON5Value) throws(EngagementError) -> TextPattern {
        guard ["is", "begins", "contains"].filter({ value[$0] != nil }).count == 1 else {
            throw problem(.notOneTest, value)
        }
        if value["is"] != nil { return .exact(try text(of: value, "is")) }
        if value["begins"] != nil {
            let prefix = try text(of: value, "begins")
            guard !prefix.isEmpty else { throw problem(.emptyPattern, value) }
            return .prefix(prefix)
        }
        var parts: [String] = []
        for part in value["contains"]?.array ?? [] {
            guard let string = part.string else { throw problem(.notText, part) }
            parts.append(string)
        }
        if value["contains"]?.array == nil { parts = [try text(of: value, "contains")] }
        guard !parts.isEmpty, !parts.contains("") else { throw problem(.emptyPattern, value) }
        return .contains(parts)
    }

    private func text(of value: JSON5Value, _ key: String) throws(EngagementError) -> String {
        guard let member = value[key] else { throw problem(.missingKey(key), value) }
        guard let text = member.string else { throw problem(.notText, member) }
        guard text.utf8.count <= Self.patternBytesMax else {
            throw problem(.tooLong(limitBytes: Self.patternBytesMax), member)
        }
        return text
    }

    private func checkKeys(of value: JSON5Value, _ known: [String]) throws(EngagementError) {
        guard let members = value.members else { throw problem(.notAnObject, value) }
        for member in members where !known.contains(member.key) {
            throw .rules(file: file, at: member.keyPlace, .unknownKey(member.key))
        }
    }

    private func problem(_ problem: RulesProblem, _ value: JSON5Value) -> EngagementError {
        .rules(file: file, at: value.place, problem)
    }
}
