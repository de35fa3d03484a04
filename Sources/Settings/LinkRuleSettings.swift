import Bytes

/// The rules of one section for links that were sent already.
package struct LinkRuleSettings: Equatable, Sendable {
    /// A beginning of links that is another now.
    package struct Rewrite: Equatable, Sendable {
        /// The beginning of the URL.
        package var from = ""
        /// What stands in its place.
        package var to = ""
    }

    /// Links that lead to a URL from a time on.
    package struct Expire: Equatable, Sendable {
        /// The beginning of their URL.
        package var from = ""
        /// The last moment at which they lead where they say.
        package var after = Deadline.past
        /// The URL.
        package var to = ""
    }

    /// Something that is wrong with a rule.
    package struct Problem: Equatable, Sendable {
        /// The value, as a path such as `rewrite[3].from`.
        package let path: String
        /// What is wrong, and what to do.
        package let why: String

        /// Names a problem.
        package init(path: String, why: String) {
            (self.path, self.why) = (path, why)
        }
    }

    /// Links that lead to another place.
    package var rewrite: [Rewrite] = []
    /// Links that end.
    package var expire: [Expire] = []
    /// Dead links: hosts, paths, or beginnings of URLs.
    package var kill: [String] = []

    /// No rule.
    package init() {}
}

extension LinkRuleSettings: SettingsGroup {
    static let schema: [Setting<LinkRuleSettings>] = [
        Setting("kill", \.kill, .list(of: .rulePattern, limit: SettingsLimits.linkRulesMax)),
        Setting(
            "expire", \.expire, .list(of: .rule(with: ["from", "after", "to"]), limit: SettingsLimits.linkRulesMax)),
        Setting("rewrite", \.rewrite, .list(of: .rule(with: ["from", "to"]), limit: SettingsLimits.linkRulesMax)),
    ]
}

extension LinkRuleSettings.Rewrite: SettingsGroup {
    static let schema: [Setting<LinkRuleSettings.Rewrite>] = [
        Setting("from", \.from, .text), Setting("to", \.to, .text),
    ]
}

extension LinkRuleSettings.Expire: SettingsGroup {
    static let schema: [Setting<LinkRuleSettings.Expire>] = [
        Setting("from", \.from, .text), Setting("after", \.after, .deadline), Setting("to", \.to, .text),
    ]
}

extension SettingKind where Value: SettingsGroup {
    /// A rule, which is none without each of these settings.
    fileprivate static func rule(with names: [String]) -> SettingKind {
        SettingKind(isScalar: false) { value, reading in
            guard let members = reading.members(value) else { return nil }
            let missing = names.filter { name in !members.contains { $0.key == name } }
            for name in missing {
                let _: Value? = reading.note(.needs(name, because: "a rule is none without it"), at: value)
            }
            var model = Value()
            reading.group(value, into: &model)
            return missing.isEmpty ? model : nil
        } encode: {
            .group($0.members)
        }
    }
}

extension SettingKind where Value == String {
    /// A host, a path or the beginning of a URL, whose place is remembered.
    fileprivate static let rulePattern = SettingKind { value, reading in
        reading.remember(value)
        return reading.printableText(value)
    } encode: {
        .quoted($0)
    }
}
