import LoadEngine
import LoadReports

/// What a row is to reach, and how that is read off its measurements.
struct Goal: Sendable {
    /// Where the number comes from.
    enum Source {
        /// A figure of one subject by the same or another figure of another, each round by its own.
        case ratio(String, of: String, to: String)
        /// A figure of one subject less that of another, each round by its own.
        case difference(String, of: String, less: String)
        /// A figure of one subject.
        case figure(String, of: String)
    }

    /// Which side of the bound is right; nil: the number is shown, and nothing was asked of it.
    enum Bound {
        case atMost(Double)
        case atLeast(Double)
    }

    /// What is judged, in words.
    var text: String
    var source: Source
    var bound: Bound?
    var unit = FigureUnit.ratio

    /// The number of each round.
    func rounds(in row: MeasuredRow) -> [Double] {
        switch source {
        case .figure(let figure, let subject):
            return row.subject(subject)?.values(figure) ?? []
        case .ratio(let figure, let one, let other):
            return Self.pairs(figure, one, other, in: row).filter { $1 > 0 }.map { $0 / $1 }
        case .difference(let figure, let one, let other):
            return Self.pairs(figure, one, other, in: row).map { $0 - $1 }
        }
    }

    /// What two subjects had of a figure, round by round.
    private static func pairs(
        _ figure: String, _ one: String, _ other: String, in row: MeasuredRow
    ) -> [(Double, Double)] {
        guard let one = row.subject(one), let other = row.subject(other) else { return [] }
        return zip(one.rounds, other.rounds).compactMap { first, second in
            guard let first = first[figure], let second = second[figure] else { return nil }
            return (first, second)
        }
    }

    /// The bound in words.
    var boundText: String {
        switch bound {
        case .atMost(let bound): "at most \(unit.text(bound))"
        case .atLeast(let bound): "at least \(unit.text(bound))"
        case nil: "shown"
        }
    }

    /// The median and its ends, as a cell.
    func reachedText(in row: MeasuredRow) -> String {
        guard let spread = Spread(rounds(in: row)) else { return "not measured" }
        guard spread.min < spread.max else { return unit.text(spread.median) }
        return "\(unit.text(spread.median)) (\(unit.text(spread.min)) to \(unit.text(spread.max)))"
    }

    /// `met`, or by how much of the bound it was missed; with a word where the rounds lie on both sides of the bound.
    func verdict(in row: MeasuredRow) -> String {
        guard let bound else { return "" }
        guard let reached = Spread(rounds(in: row)) else { return "not measured" }
        let (missed, limit) =
            switch bound {
            case .atMost(let bound): (reached.median / bound - 1, bound)
            case .atLeast(let bound): (1 - reached.median / bound, bound)
            }
        let verdict = missed <= 0 ? "met" : "missed by \(NumberText.short(missed * 100))%"
        return reached.min < limit && limit < reached.max ? verdict + ", rounds on both sides" : verdict
    }
}

/// How a figure is written.
enum FigureUnit {
    case ratio, microseconds, milliseconds, perSecond, count, decimal, share, bytes, mebibytes

    /// The number with its unit.
    func text(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        return switch self {
        case .ratio: NumberText.decimal(value, 2)
        case .microseconds: NumberText.time(value * 1e3)
        case .milliseconds: NumberText.time(value * 1e6)
        case .perSecond, .count: NumberText.decimal(value, 0)
        case .decimal: NumberText.short(value)
        case .share: NumberText.decimal(value * 100, 1) + "%"
        case .bytes: NumberText.decimal(value, 0) + " B"
        case .mebibytes: NumberText.decimal(value / 1_048_576, 1) + " MiB"
        }
    }
}
