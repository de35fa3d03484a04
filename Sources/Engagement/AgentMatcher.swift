internal import Bytes

/// All rules on user agents, made ready to be asked at once.
///
/// Whole user agents are looked up in a table, everything else is found in one pass of a `TextAutomaton`. A pass costs
/// a step for each byte, a look at each place where a text of a rule ends, and one at each rule that asks for more than
/// one text: O(bytes + rules), whatever the bytes are. It allocates nothing.
struct AgentMatcher: Sendable {
    /// The most texts that rules with several of them may have together: those of `contains` with more than one part,
    /// and one for each `unless`, with one for the `word` beside it.
    static let groupsMax = 1_024

    private typealias Groups = InlineArray<16, UInt64>

    private let automaton: TextAutomaton
    /// The searches for the automaton's texts, those for one text together.
    private let searches: [AgentSearch]
    /// Where the searches of a text begin, and behind the last one where all end.
    private let searchStarts: [Int32]
    private let spellings: [UInt8]
    private let compounds: [CompoundAgentRule]
    private let wholes: TextTable
    private let wholeTallies: [AgentTally]

    /// Makes the rules ready; within a family, and among the rules for classes, they are told apart by their numbers.
    init(_ rules: [(pattern: TextPattern, outcome: AgentOutcome)]) {
        var plan = AgentSearchPlan()
        for rule in rules { plan.add(rule.pattern, rule.outcome) }
        automaton = TextAutomaton(plan.texts)
        searches = plan.searches.flatMap { $0 }
        searchStarts = plan.searches.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
        spellings = plan.spellings
        compounds = plan.compounds
        var wholes = TextTable(capacity: plan.wholes.count)
        var wholeTallies: [AgentTally] = []
        for (text, tally) in plan.wholes {
            wholes.insert(text, number: UInt16(wholeTallies.count))
            wholeTallies.append(tally)
        }
        self.wholes = wholes
        self.wholeTallies = wholeTallies
    }

    /// What the rules say of a user agent. Those on the whole of it decide the class before all others.
    func tally(of agent: Span<UInt8>) -> AgentTally {
        var tally = AgentTally()
        var groups = Groups(repeating: 0)
        var place = 0
        for offset in agent.indices {
            place = automaton.place(after: place, agent[offset])
            var text = automaton.text(endingAt: place)
            while let found = text {
                for index in Int(searchStarts[found])..<Int(searchStarts[found + 1])
                where holds(searches[index], in: agent, endingAt: offset) {
                    switch searches[index].goal {
                    case .outcome(let outcome): tally.add(outcome)
                    case .group(let group): groups[Int(group) >> 6] |= 1 << UInt64(group & 63)
                    }
                }
                text = automaton.text(shorterThan: found)
            }
        }
        for index in compounds.indices where holds(compounds[index], groups) { tally.add(compounds[index].outcome) }
        guard let whole = wholes.number(of: agent) else { return tally }
        return wholeTallies[Int(whole)].completed(by: tally)
    }

    private func holds(_ search: AgentSearch, in agent: Span<UInt8>, endingAt last: Int) -> Bool {
        let first = last + 1 - Int(search.byteCount)
        if search.isAtStart, first > 0 { return false }
        if search.isBoundBefore, first > 0, Self.goOn(agent[first - 1], agent[first]) { return false }
        if search.isBoundAfter, last + 1 < agent.count, Self.goOn(agent[last], agent[last + 1]) { return false }
        guard let spelling = search.spelling else { return true }
        for offset in 0..<Int(search.byteCount) where agent[first + offset] != spellings[Int(spelling) + offset] {
            return false
        }
        return true
    }

    private func holds(_ rule: CompoundAgentRule, _ groups: Groups) -> Bool {
        // Counted by hand: without the optimiser an iterator over a range of these allocates.
        var group = rule.required.lowerBound
        while group < rule.required.upperBound {
            guard Self.contains(groups, group) else { return false }
            group += 1
        }
        guard let forbidden = rule.forbidden else { return true }
        return !Self.contains(groups, forbidden)
    }

    private static func contains(_ groups: Groups, _ group: UInt16) -> Bool {
        groups[Int(group) >> 6] >> UInt64(group & 63) & 1 != 0
    }

    /// True when two neighbours are of one word: both letters or both digits. What is not ASCII is a letter.
    private static func goOn(_ first: UInt8, _ second: UInt8) -> Bool {
        isLetter(first) ? isLetter(second) : first.isASCIIDigit && second.isASCIIDigit
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte >= 0x80 }
}
