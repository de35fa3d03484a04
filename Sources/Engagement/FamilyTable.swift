/// The names that the rules of one family give.
struct FamilyTable: Sendable {
    /// The names by number; the first is for what no rule names.
    let names: [String]
    /// The name's number by the rule's place.
    private let numbers: [UInt16]

    init(_ rules: [FamilyRule]) {
        var names = ["unknown"]
        numbers = rules.map { rule in
            let index = names.firstIndex(of: rule.name) ?? names.count
            if index == names.count { names.append(rule.name) }
            return UInt16(index)
        }
        self.names = names
    }

    /// The number of the name that a rule gives; no rule, no name.
    func number(ofRule place: UInt16?) -> UInt16 {
        place.map { numbers[Int($0)] } ?? 0
    }
}
