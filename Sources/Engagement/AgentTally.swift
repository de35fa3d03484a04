/// The outcomes of the rules that hold for one user agent, being collected: of each kind, the first in the rules' order
/// counts.
struct AgentTally: Sendable {
    private(set) var rules = AgentRules()
    /// The place of the first rule of each family.
    private var places = InlineArray<3, UInt16>(repeating: .max)

    mutating func add(_ outcome: AgentOutcome) {
        switch outcome {
        case .rule(let number, let scope): rules.add(number, scope: scope)
        case .name(let family, let place): places[family.rawValue] = min(places[family.rawValue], place)
        }
    }

    /// The place of the rule that names a family, or nil.
    func place(of family: AgentFamily) -> UInt16? {
        places[family.rawValue] == .max ? nil : places[family.rawValue]
    }

    /// Lets other outcomes decide the classes that these leave open, and the names where they come first.
    func completed(by others: AgentTally) -> AgentTally {
        var tally = self
        tally.rules = rules.completed(by: others.rules)
        for family in places.indices { tally.places[family] = min(places[family], others.places[family]) }
        return tally
    }
}
