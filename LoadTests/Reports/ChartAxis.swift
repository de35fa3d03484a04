/// One axis of a chart: from where to where, how, and what is written at it.
package struct ChartAxis: Sendable {
    /// A place on the axis and what is written there.
    package struct Tick: Equatable, Sendable {
        /// The value.
        package var value: Double
        /// The words; empty for a line without.
        package var label: String

        package init(value: Double, label: String) {
            self.value = value
            self.label = label
        }
    }

    /// What the axis shows.
    package var title: String
    /// True when equal steps are equal factors.
    package var isLogarithmic: Bool
    /// The least value, above 0 on a logarithmic axis.
    package var low: Double
    /// The greatest value, above `low`.
    package var high: Double
    /// The places that are marked, ascending.
    package var ticks: [Tick]

    package init(title: String, isLogarithmic: Bool, low: Double, high: Double, ticks: [Tick]) {
        self.title = title
        self.isLogarithmic = isLogarithmic
        self.low = low
        self.high = high
        self.ticks = ticks
    }

    /// A linear axis from 0 to a round number at or above `highest`, with round numbers on it.
    package static func linear(_ title: String, upTo highest: Double, format: (Double) -> String) -> ChartAxis {
        let step = roundStep(max(highest, 1e-9) / 5)
        var ticks: [Tick] = []
        var index = 0.0
        while ticks.last.map({ $0.value < highest }) ?? true {
            ticks.append(Tick(value: index * step, label: format(index * step)))
            index += 1
        }
        return ChartAxis(title: title, isLogarithmic: false, low: 0, high: (index - 1) * step, ticks: ticks)
    }

    /// A logarithmic axis that holds some values above 0, with 1, 2 and 5 of each power of ten marked, or only 1 where
    /// that would be too many.
    package static func logarithmic(
        _ title: String, holding values: [Double], format: (Double) -> String
    ) -> ChartAxis {
        let positive = values.filter { $0 > 0 && $0.isFinite }
        let least = positive.min() ?? 1
        let greatest = max(positive.max() ?? 10, least * 1.5)
        var decade = 1.0
        while decade > least { decade /= 10 }
        while decade * 10 <= least { decade *= 10 }
        let isWide = greatest / least > 3_000
        var marks: [Double] = []
        var power = decade
        while power <= greatest * 10 {
            for factor in isWide ? [1.0] : [1, 2, 5] { marks.append(power * factor) }
            power *= 10
        }
        let low = marks.last { $0 <= least } ?? decade
        let high = marks.first { $0 >= greatest } ?? greatest
        let ticks = marks.filter { $0 >= low && $0 <= high }.map { Tick(value: $0, label: format($0)) }
        return ChartAxis(title: title, isLogarithmic: true, low: low, high: high, ticks: ticks)
    }

    /// 0 at `low`, 1 at `high`; values outside stand at the ends.
    func position(of value: Double) -> Double {
        let bounded = min(max(value, low), high)
        if isLogarithmic {
            return Logarithm.natural(bounded / low) / Logarithm.natural(high / low)
        }
        return (bounded - low) / (high - low)
    }

    /// 1, 2 or 5 times a power of ten, at or above a number.
    private static func roundStep(_ value: Double) -> Double {
        var power = 1.0
        while power > value { power /= 10 }
        while power * 10 <= value { power *= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= value } ?? power * 10
    }
}
