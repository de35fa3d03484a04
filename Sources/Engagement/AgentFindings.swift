internal import TrackingLinks

/// Which requests a rule on a user agent is for.
struct AgentScope: Equatable, Sendable {
    /// Clicks or opens alone; nil: both.
    let kind: TrackingResource?
    /// Requests without a `Referer` alone.
    let withoutReferer: Bool
}

/// What the rules say of one user agent: a rule, or the default, for clicks and for opens, each with a `Referer` and
/// without.
struct AgentRules: Equatable, Sendable {
    private var click = RuleSet.defaultRule
    private var open = RuleSet.defaultRule
    private var referredClick = RuleSet.defaultRule
    private var referredOpen = RuleSet.defaultRule

    /// The rule for a request with this user agent.
    func number(for evidence: RequestEvidence) -> UInt16 {
        switch evidence.kind {
        case .click: evidence.hasReferer ? referredClick : click
        case .open: evidence.hasReferer ? referredOpen : open
        }
    }

    /// Lets a rule decide what it is for, where no earlier one does. Rules may come in any order.
    mutating func add(_ number: UInt16, scope: AgentScope) {
        if scope.kind != .open {
            click = Self.earlier(click, number)
            if !scope.withoutReferer { referredClick = Self.earlier(referredClick, number) }
        }
        if scope.kind != .click {
            open = Self.earlier(open, number)
            if !scope.withoutReferer { referredOpen = Self.earlier(referredOpen, number) }
        }
    }

    /// Lets other rules decide what these leave open.
    func completed(by others: AgentRules) -> AgentRules {
        var rules = self
        if click == RuleSet.defaultRule { rules.click = others.click }
        if open == RuleSet.defaultRule { rules.open = others.open }
        if referredClick == RuleSet.defaultRule { rules.referredClick = others.referredClick }
        if referredOpen == RuleSet.defaultRule { rules.referredOpen = others.referredOpen }
        return rules
    }

    private static func earlier(_ first: UInt16, _ second: UInt16) -> UInt16 {
        first == RuleSet.defaultRule ? second : min(first, second)
    }
}

/// What a rule on a user agent decides when it holds.
enum AgentOutcome: Equatable, Sendable {
    /// The class, by the rule's number.
    case rule(UInt16, AgentScope)
    /// A name, by the rule's place among those of its family.
    case name(AgentFamily, UInt16)
}

/// What a user agent gives names for.
enum AgentFamily: Int, CaseIterable, Sendable {
    /// The program that fetched.
    case client
    /// The kind of device that it ran on.
    case device
    /// The system that it ran on.
    case platform
}

/// All that is to know of one user agent.
struct AgentFindings: Equatable, Sendable {
    /// The rules that decide its class.
    var rules = AgentRules()
    /// The number of the program's name; 0 when no rule names it.
    var clientNumber: UInt16 = 0
    /// The number of the device's name.
    var deviceNumber: UInt16 = 0
    /// The number of the platform's name.
    var platformNumber: UInt16 = 0
}
