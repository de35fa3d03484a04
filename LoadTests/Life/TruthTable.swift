/// What came of a `TruthCheck`, as text for a person.
package struct TruthTable {
    private var rows: [[String]] = []

    /// The table of several rule sets, by their names.
    package init(_ checks: [(name: String, check: TruthCheck)]) {
        rows.append(["rules", "patterns", "kind", "people", "kept", "machines", "found", "precision"])
        for (name, check) in checks {
            for family in Truth.Family.allCases {
                for kind in LifeRequest.Kind.allCases {
                    let confusion = check.confusion(family, kind)
                    rows.append([
                        name, family.rawValue, kind.rawValue + "s", "\(confusion.people.total)",
                        Self.percent(confusion.peopleKept), "\(confusion.machines.total)",
                        Self.percent(confusion.recall), Self.percent(confusion.precision),
                    ])
                }
            }
        }
    }

    /// The table of one rule set's patterns: which were found, which not.
    package init(patternsOf check: TruthCheck) {
        rows.append(["what it was", "patterns", "kind", "requests", "called a machine"])
        let ordered = check.patterns.sorted {
            ($0.key.isPerson ? 0 : 1, $0.key.pattern, $0.key.family.rawValue)
                < ($1.key.isPerson ? 0 : 1, $1.key.pattern, $1.key.family.rawValue)
        }
        for (truth, kinds) in ordered {
            for kind in LifeRequest.Kind.allCases {
                guard let count = kinds[kind] else { continue }
                rows.append([
                    (truth.isPerson ? "a person " : "a machine: ") + truth.pattern, truth.family.rawValue,
                    kind.rawValue + "s", "\(count.total)", Self.percent(count.machineShare),
                ])
            }
        }
    }

    /// The lines, each with its end. What begins with a digit or says that there is none stands at the right.
    package var text: String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.enumerated().map { place, row in
            let cells = row.enumerated().map { column, cell in
                let room = String(repeating: " ", count: widths[column] - cell.count)
                let isNumber = rows.dropFirst().contains { $0[column].first?.isNumber == true }
                return isNumber ? room + cell : cell + room
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            let rule = place == 0 ? widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ") + "\n" : ""
            return line + "\n" + rule
        }.joined()
    }

    /// A tenth of a percent, such as `99.5%`; a dash where there is nothing.
    private static func percent(_ share: Double?) -> String {
        guard let share else { return "–" }
        let tenths = Int(share * 1_000)
        return "\(tenths / 10).\(tenths % 10)%"
    }
}
