/// Numbers as people read them: digits in groups of three, rates as percent with one decimal. The same everywhere,
/// whatever the locale of the machine is, because reports are compared and mailed.
package enum FigureText {
    /// Such as `1,234,567`.
    package static func count(_ value: UInt64) -> String {
        let digits = String(value)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Such as `12.3% (123/1,000)`: one decimal, half away from zero. A rate above 0 never reads as `0.0%`, nor one
    /// below 1 as `100.0%`: it says `<0.1%` and `>99.9%`.
    package static func rate(_ rate: Rate) -> String {
        "\(percent(rate)) (\(count(rate.part))/\(count(rate.whole)))"
    }

    /// The rate's percentage alone, such as `12.3%`. Exact: it is computed on whole numbers.
    package static func percent(_ rate: Rate) -> String {
        let (high, low) = rate.part.multipliedFullWidth(by: 1_000)
        let half = rate.whole / 2 + rate.whole % 2
        // Above this the percentage has no fraction that could matter, and the division below could overflow.
        guard high < rate.whole else { return ">999999999%" }
        let (tenths, rest) = rate.whole.dividingFullWidth((high, low))
        let rounded = rest >= half ? tenths &+ 1 : tenths
        if rounded == 0, rate.part > 0 { return "<0.1%" }
        if rounded == 1_000, rate.part < rate.whole { return ">99.9%" }
        return "\(count(rounded / 10)).\(rounded % 10)%"
    }

    /// A figure of a table; `–` for one that is not known, `≥` in front of a lower bound.
    package static func text(_ figure: Figure) -> String {
        switch figure {
        case .count(let value): value.map(count) ?? unknown
        case .people(let value, let isComplete): value.map { (isComplete ? "" : "≥") + count($0) } ?? unknown
        case .rate(let value): value.map(rate) ?? unknown
        }
    }

    /// What stands for a figure that is not known.
    package static let unknown = "–"
}
