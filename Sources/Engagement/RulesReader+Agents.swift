internal import Bytes

/// The rules that look at user agents.
extension RulesReader {
    func agentRule(_ value: JSON5Value) throws(EngagementError) -> ClassRule {
        try checkKeys(of: value, ["is", "begins", "contains", "class", "reason", "kind", "without"])
        var rule = try classRule(value, on: .userAgent(pattern(value)))
        if value["without"] != nil {
            let name = try text(of: value, "without")
            guard name == "Referer" else { throw problem(.unknownAbsence(name), value) }
            rule.withoutReferer = true
        }
        return rule
    }

    func familyRule(_ value: JSON5Value) throws(EngagementError) -> FamilyRule {
        try checkKeys(of: value, ["is", "begins", "contains", "name"])
        return FamilyRule(pattern: try pattern(value), name: try text(of: value, "name"))
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
}
