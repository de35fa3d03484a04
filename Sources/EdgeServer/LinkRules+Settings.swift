import Bytes
import Campaigns
import Settings
import TrackingLinks

extension LinkRules {
    /// What is wrong with rules as they are configured.
    static func problems(_ settings: LinkRuleSettings) -> [LinkRuleSettings.Problem] {
        var problems: [LinkRuleSettings.Problem] = []
        _ = compile(settings, zone: .utc) { problems.append($0) }
        return problems
    }

    /// Compiles the rules of a configuration that was checked.
    ///
    /// - Parameter zone: that of the section's days.
    /// - Throws: `EdgeError.configuration` where a rule is wrong after all.
    init(_ settings: LinkRuleSettings, zone: TimeZoneRules, of section: String) throws(EdgeError) {
        var problem: LinkRuleSettings.Problem?
        self = Self.compile(settings, zone: zone) { problem = problem ?? $0 }
        if let problem {
            throw .configuration(place: "sections.\(section).links.\(problem.path)", reason: problem.why)
        }
    }

    private static func compile(
        _ settings: LinkRuleSettings, zone: TimeZoneRules, onProblem: (LinkRuleSettings.Problem) -> Void
    ) -> LinkRules {
        var builder = LinkRulesBuilder()
        func take<Value>(_ path: String, _ work: () throws(LinkRuleError) -> Value) -> Value? {
            do throws(LinkRuleError) {
                return try work()
            } catch {
                onProblem(LinkRuleSettings.Problem(path: path, why: "\(error)"))
                return nil
            }
        }
        for (index, rule) in settings.rewrite.enumerated() {
            let path = "rewrite[\(index)]"
            let to = take("\(path).to") { () throws(LinkRuleError) in try RuleDestination(rule.to, carriesRest: true) }
            guard let to else { continue }
            _ = take("\(path).from") { () throws(LinkRuleError) in try builder.rewrite(rule.from, to: to) }
        }
        for (index, rule) in settings.expire.enumerated() {
            let path = "expire[\(index)]"
            let to = take("\(path).to") { () throws(LinkRuleError) in try RuleDestination(rule.to) }
            guard let to else { continue }
            let after = rule.after.nanoseconds(in: zone)
            _ = take("\(path).from") { () throws(LinkRuleError) in
                try builder.expire(rule.from, afterNanoseconds: after, to: to)
            }
        }
        for (index, pattern) in settings.kill.enumerated() {
            _ = take("kill[\(index)]") { () throws(LinkRuleError) in try builder.kill(pattern) }
        }
        return builder.rules
    }
}

extension Deadline {
    /// The first moment behind it, nanoseconds since 1970 UTC.
    ///
    /// - Parameter zone: whose days count.
    func nanoseconds(in zone: TimeZoneRules) -> UInt64 {
        switch moment {
        case .instant(let nanoseconds):
            return nanoseconds
        case .endOfDay(let day):
            return UInt64(max(0, zone.startSeconds(ofDay: Int32(clamping: day.dayNumber + 1)))) * 1_000_000_000
        }
    }
}
