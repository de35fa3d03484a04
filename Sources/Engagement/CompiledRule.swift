internal import Bytes
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

    /// True when nothing is left to be decided.
    var isComplete: Bool {
        click != RuleSet.defaultRule && open != RuleSet.defaultRule && referredClick != RuleSet.defaultRule
            && referredOpen != RuleSet.defaultRule
    }

    /// The rule for a request with this user agent.
    func number(for evidence: RequestEvidence) -> UInt16 {
        switch evidence.kind {
        case .click: evidence.hasReferer ? referredClick : click
        case .open: evidence.hasReferer ? referredOpen : open
        }
    }

    /// Lets a rule decide what no earlier one did.
    mutating func add(_ number: UInt16, scope: AgentScope) {
        if scope.kind != .open {
            if click == RuleSet.defaultRule { click = number }
            if !scope.withoutReferer, referredClick == RuleSet.defaultRule { referredClick = number }
        }
        if scope.kind != .click {
            if open == RuleSet.defaultRule { open = number }
            if !scope.withoutReferer, referredOpen == RuleSet.defaultRule { referredOpen = number }
        }
    }
}

/// A rule on a method or a header, made ready.
struct CompiledRequestRule: Sendable {
    enum Test: Sendable {
        case method(RequestMethod)
        /// The token in small letters.
        case header(EventField, token: [UInt8])
    }

    let test: Test
    let kind: TrackingResource?
    let number: UInt16

    func holds(for evidence: RequestEvidence, in bytes: Span<UInt8>) -> Bool {
        guard kind == nil || kind == evidence.kind else { return false }
        switch test {
        case .method(let method):
            return method == evidence.method
        case .header(let field, let token):
            guard let range = evidence.range(of: field) else { return false }
            return Self.beginsWithToken(bytes.extracting(range.offsets), token.span)
        }
    }

    /// True when the value's first token is `token`, whatever stands behind it: `prefetch;prerender` begins with
    /// `prefetch`.
    ///
    /// Colons before it are passed over: one client sends the value with the header's own colon in it.
    private static func beginsWithToken(_ value: Span<UInt8>, _ token: Span<UInt8>) -> Bool {
        var start = 0
        while start < value.count, [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ":")].contains(value[start]) {
            start += 1
        }
        guard value.count - start >= token.count else { return false }
        for offset in token.indices where value[start + offset].asciiLowercased != token[offset] { return false }
        guard value.count - start > token.count else { return true }
        let next = value[start + token.count]
        return !next.isASCIILetter && !next.isASCIIDigit && next != UInt8(ascii: "-") && next != UInt8(ascii: "_")
    }
}

/// A rule on a user agent's beginning or parts, made ready.
struct CompiledAgentRule: Sendable {
    let pattern: CompiledPattern
    let scope: AgentScope
    let number: UInt16
}

/// The rules on whole user agents, being collected.
struct ExactAgents {
    private(set) var table: TextTable
    private(set) var verdicts: [AgentRules] = []

    init(capacity: Int) {
        table = TextTable(capacity: capacity)
    }

    /// Adds a rule. Events keep a user agent with its email addresses masked, so both spellings are known.
    mutating func insert(_ text: String, scope: AgentScope, number: UInt16) {
        for spelling in Set([text, Self.masked(text)]) {
            let bytes = Array(spelling.utf8)
            if let index = table.number(of: bytes.span) {
                verdicts[Int(index)].add(number, scope: scope)
            } else {
                var rules = AgentRules()
                rules.add(number, scope: scope)
                table.insert(spelling, number: UInt16(verdicts.count))
                verdicts.append(rules)
            }
        }
    }

    private static func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var buffer = ByteBuffer(capacity: EmailMask.maximumCount(masking: bytes.count) + 1)
        EmailMask.append(bytes.span, into: &buffer)
        return buffer.withSpan { $0.toString() }
    }
}

/// Names by pattern: the first rule that matches decides.
struct FamilyTable: Sendable {
    /// The names by number; the first is for what no rule names.
    let names: [String]
    private let patterns: [(pattern: CompiledPattern, number: UInt16)]

    init(_ rules: [FamilyRule]) {
        var names = ["unknown"]
        patterns = rules.map { rule in
            let index = names.firstIndex(of: rule.name) ?? names.count
            if index == names.count { names.append(rule.name) }
            return (CompiledPattern(rule.pattern), UInt16(index))
        }
        self.names = names
    }

    /// The number of the first rule's name that matches, or 0.
    func number(for text: Span<UInt8>) -> UInt16 {
        for (pattern, number) in patterns where pattern.matches(text) { return number }
        return 0
    }
}
