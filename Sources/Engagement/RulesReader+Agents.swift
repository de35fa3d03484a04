internal import Bytes

/// The rules that look at user agents.
extension RulesReader {
    private static let tests = ["is", "begins", "contains", "word"]

    /// A rule of `userAgents`: it gives any class.
    mutating func agentRule(_ value: JSON5Value) throws(EngagementError) -> ClassRule {
        try checkKeys(of: value, Self.tests + ["unless", "class", "reason", "kind", "without"])
        var rule = try classRule(value, on: .userAgent(pattern(value)))
        if value["without"] != nil {
            let name = try text(of: value, "without")
            guard name == "Referer" else { throw problem(.unknownAbsence(name), value) }
            rule.withoutReferer = true
        }
        try checkRepetition(of: rule, value)
        return rule
    }

    /// A rule of `machines`: its class goes without saying.
    mutating func machineRule(_ value: JSON5Value) throws(EngagementError) -> ClassRule {
        try checkKeys(of: value, Self.tests + ["unless", "reason", "kind"])
        let rule = ClassRule(
            subject: .userAgent(try pattern(value)), engagementClass: .machine, reason: try reason(of: value),
            kind: try kind(of: value))
        try checkRepetition(of: rule, value)
        return rule
    }

    /// A rule that names a program, a device or a platform.
    mutating func familyRule(_ value: JSON5Value) throws(EngagementError) -> FamilyRule {
        try checkKeys(of: value, Self.tests + ["unless", "name"])
        return FamilyRule(pattern: try pattern(value), name: try text(of: value, "name"))
    }

    private mutating func pattern(_ value: JSON5Value) throws(EngagementError) -> TextPattern {
        let pattern = TextPattern(test: try test(value), unless: try words(of: value, "unless"))
        if case .exact = pattern.test, !pattern.unless.isEmpty { throw problem(.exceptionToWhole, value) }
        textBytes += AgentSearchPlan.byteCount(of: pattern)
        guard textBytes <= TextAutomaton.bytesMax else {
            throw problem(.tooMuchText(limitBytes: TextAutomaton.bytesMax), value)
        }
        groupCount += AgentSearchPlan.groupCount(of: pattern)
        guard groupCount <= AgentMatcher.groupsMax else {
            throw problem(.tooManyParts(limit: AgentMatcher.groupsMax), value)
        }
        return pattern
    }

    private func test(_ value: JSON5Value) throws(EngagementError) -> TextPattern.Test {
        let given = Self.tests.filter { value[$0] != nil }
        if given.isEmpty, value["unless"] != nil { return .any }
        guard given.count == 1 else { throw problem(.notOneTest, value) }
        if value["is"] != nil { return .exact(try text(of: value, "is")) }
        if value["begins"] != nil {
            let prefix = try text(of: value, "begins")
            guard !prefix.isEmpty else { throw problem(.emptyPattern, value) }
            return .prefix(prefix)
        }
        if value["word"] != nil {
            return .words(try words(of: value, "word"))
        }
        let parts = try texts(of: value, "contains")
        guard !parts.isEmpty, !parts.contains("") else { throw problem(.emptyPattern, value) }
        return .contains(parts)
    }

    /// The words under a key, one or a list of them; none without the key.
    private func words(of value: JSON5Value, _ key: String) throws(EngagementError) -> [WordPattern] {
        guard value[key] != nil else { return [] }
        var words: [WordPattern] = []
        guard value[key]?.array?.isEmpty != true else { throw problem(.emptyPattern, value) }
        for text in try texts(of: value, key) {
            guard let word = WordPattern(text) else { throw problem(.emptyPattern, value) }
            words.append(word)
        }
        return words
    }

    /// The texts under a key, one or a list of them.
    private func texts(of value: JSON5Value, _ key: String) throws(EngagementError) -> [String] {
        guard let list = value[key]?.array else { return [try text(of: value, key)] }
        var texts: [String] = []
        for member in list { texts.append(try text(member)) }
        return texts
    }
}
