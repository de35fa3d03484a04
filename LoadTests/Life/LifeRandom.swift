import LoadEngine

extension LoadRandom {
    /// True so often.
    mutating func chance(_ probability: Double) -> Bool { unit() < probability }

    /// Any number of a range, all alike.
    mutating func between(_ low: Double, _ high: Double) -> Double { low + unit() * (high - low) }

    /// Any whole number of a range, all alike.
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(unit() * Double(range.count))
    }

    /// Any element of a list that has some.
    mutating func pick<Element>(_ list: [Element]) -> Element { list[number(0...list.count - 1)] }

    /// So many different numbers below `count`.
    mutating func places(_ wanted: Int, of count: Int) -> [Int] {
        Array(Array(0..<count).shuffled(using: &self).prefix(wanted))
    }
}
