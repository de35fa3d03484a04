/// A chart of differences between rates: for each a mark where it is seen and a line over where it truly lies, beside
/// the line of no difference.
struct IntervalChart {
    let comparison: VariationComparison
    /// What the picture's things are called, so that no two of a page have one name.
    let id: String

    private static let (rowHeight, top, bottom, edge) = (46.0, 24.0, 40.0, 14.0)

    /// The picture, one for phones and one for desks.
    var figure: Markup {
        """
        <div class="wide">\(picture(width: 560, id: id + "w"))</div>\
        <div class="narrow">\(picture(width: 340, id: id + "n"))</div>
        """
    }

    private var title: String { "Difference in \(comparison.measure.name) to \(comparison.firstName)" }

    private func picture(width: Double, id: String) -> Markup {
        let intervals = comparison.entries.map(\.difference.interval)
        let low = min(0, intervals.map(\.lowerBound).min() ?? 0)
        let high = max(0, intervals.map(\.upperBound).max() ?? 0)
        let step = Self.step(for: (high - low) * 100 / (width < 400 ? 4 : 7))
        let first = (low * 100 / step).rounded(.down) * step
        let last = max((high * 100 / step).rounded(.up) * step, first + step)
        func x(_ rate: Double) -> Double {
            Self.edge + (rate * 100 - first) / (last - first) * (width - 2 * Self.edge)
        }
        let end = Self.top + Self.rowHeight * Double(comparison.entries.count)
        var marks = Markup()
        for tick in 0...Int(((last - first) / step).rounded()) {
            let value = first + Double(tick) * step
            let isZero = abs(value) < step / 1_000
            marks += """
                <line class="\(isZero ? "zero" : "grid")" x1="\(x(value / 100))" y1="\(Self.top - 4)" \
                x2="\(x(value / 100))" y2="\(end)"/>\
                <text class="tick" x="\(x(value / 100))" y="\(end + 15)" text-anchor="middle">\
                \(isZero ? "0" : Self.signed(value, step: step))</text>
                """
        }
        for (index, entry) in comparison.entries.enumerated() {
            marks += row(entry, at: Self.top + Self.rowHeight * Double(index), width: width, x: x)
        }
        return """
            <svg class="chart" viewBox="0 0 \(width) \(end + Self.bottom)" role="img" \
            aria-labelledby="\(id)-t \(id)-d"><title id="\(id)-t">\(title)</title>\
            <desc id="\(id)-d">\(comparison.entries.map(comparison.sentence).joined(separator: " "))</desc>\
            <text class="unit" x="0" y="12">\(TerminalText.cut(title, toColumns: Int(width / 7.4)))</text>\(marks)\
            <text class="tick" x="\(width / 2)" y="\(end + 33)" text-anchor="middle">percentage points</text></svg>
            """
    }

    private func row(
        _ entry: VariationComparison.Entry, at y: Double, width: Double, x: (Double) -> Double
    ) -> Markup {
        let difference = entry.difference
        let (low, high) = (difference.interval.lowerBound, difference.interval.upperBound)
        let range = "\(Self.signed(low)) to \(Self.signed(high))"
        let line = y + 32
        return """
            <text class="name" x="2" y="\(y + 14)">\
            \(TerminalText.cut(entry.name, toColumns: Int((width - 140) / 7.6)))</text>\
            <text class="value" x="\(width - 2)" y="\(y + 14)" text-anchor="end">\(range)</text>\
            <path class="interval" d="M\(x(low)) \(line)H\(x(high))M\(x(low)) \(line - 5)V\(line + 5)\
            M\(x(high)) \(line - 5)V\(line + 5)"/>\
            <circle class="\(difference.isReal ? "real" : "open")" cx="\(x(difference.difference))" cy="\(line)" r="5"/>
            """
    }

    private static func signed(_ rate: Double) -> String {
        (rate > 0 ? "+" : rate < 0 ? "−" : "") + VariationComparison.points(rate)
    }

    /// A tick's words, with as many decimals as its step has.
    private static func signed(_ points: Double, step: Double) -> String {
        let sign = points > 0 ? "+" : "−"
        if step >= 0.1 { return sign + Markup.coordinate(abs(points)) }
        let thousandths = Int((abs(points) * 1_000).rounded())
        let decimals = String(1_000 + thousandths % 1_000).dropFirst()
        return "\(sign)\(thousandths / 1_000).\(decimals)"
    }

    /// 1, 2 or 5 times a power of ten, from a thousandth on.
    private static func step(for least: Double) -> Double {
        ChartScale.step(for: max(least, 0.001) * 1_000) / 1_000
    }
}

extension VariationComparison {
    /// More sentences than this are one in short, and all of them on demand.
    private static let sentencesMax = 3

    /// A sentence for each variation, and the picture.
    var markup: Markup {
        let title = measure == .clickRate ? "Click rate" : "Open rate"
        let sentences = entries.map { "<p class=\"verdict\">\(sentence($0))</p>" as Markup }.joined()
        let picture = IntervalChart(comparison: self, id: measure.rawValue).figure
        let words =
            entries.count > Self.sentencesMax
            ? """
            <p class="verdict">\(summary)</p>\(picture)\
            <details><summary>Each in a sentence</summary>\(sentences)</details>
            """ : sentences + picture
        return "<div><h3>\(title)</h3>\(words)</div>"
    }
}

extension VariationVerdicts {
    /// What can be said, beside each other where there is room, and what it rests on.
    var markup: Markup {
        let notes = exclusions.map { "<p class=\"note\">\($0)</p>" as Markup }.joined()
        guard let obstacle else {
            var methods: [String] = []
            for method in comparisons.map(\.method) where !methods.contains(method) { methods.append(method) }
            return """
                <div class="pair verdicts">\(comparisons.map(\.markup).joined())</div>\
                \(methods.map { "<p class=\"note\">\($0)</p>" as Markup }.joined())\(notes)
                """
        }
        return "<p class=\"note\">\(obstacle)</p>\(notes)"
    }
}
