/// A vertical scale from 0: round ticks that whole numbers can stand at.
struct ChartScale: Equatable {
    /// The highest tick; at least 1, and at least the highest value.
    let top: Double
    /// The ticks from 0 to `top`.
    let ticks: [Double]

    /// - Parameters:
    ///   - highest: the highest value.
    ///   - count: so many steps are wanted; one more or less is given.
    init(highest: UInt64, steps count: Int = 4) {
        let step = Self.step(for: Double(highest) / Double(max(count, 1)))
        let steps = max(1, Int((Double(highest) / step).rounded(.up)))
        top = step * Double(steps)
        ticks = (0...steps).map { step * Double($0) }
    }

    /// 1, 2 or 5 times a power of ten, at least `least`, and at least 1.
    static func step(for least: Double) -> Double {
        var power = 1.0
        while power * 10 <= least { power *= 10 }
        for factor in [1.0, 2, 5] where power * factor >= least { return power * factor }
        return power * 10
    }

    /// Such as `250`, `12k`, `1.5M`: short, and exact for round numbers.
    static func label(_ value: Double) -> String {
        for (unit, name) in [(1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        where value >= unit {
            return Markup.coordinate(value / unit) + name
        }
        return Markup.coordinate(value)
    }
}
