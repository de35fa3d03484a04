import Campaigns

/// A chart of events over time: a column a stretch of time, one class on top of the other, and where messages were
/// sent.
///
/// The picture is as wide as its `width` says in units of a text of 12, and a page shows one for phones and one for
/// desks: text that shrinks with a picture can't be read.
struct TimeChart {
    /// What is counted.
    enum Kind: String {
        case opens, clicks
    }

    let series: TimeSeries
    let kind: Kind
    let classes: [ClassSeries]
    /// What the picture's things are called, so that no two of a page have one name.
    let id: String
    /// Whose clock tells the hours; nil where sections differ.
    let zoneName: String?

    private static let (left, right, top, bottom, plotHeight) = (46.0, 10.0, 48.0, 26.0, 170.0)

    /// The pictures with their legend; a sentence where there is nothing to draw.
    var figure: Markup {
        guard highest > 0 else { return "<p class=\"empty\">No \(kind.rawValue) in this time.</p>" }
        // What nobody belongs to needs no word.
        let present = classes.filter { one in one == .human || series.buckets.contains { one.value(figures($0)) > 0 } }
        return """
            \(ClassSeries.legend(present, id: id))\
            <div class="wide">\(picture(width: 560, id: id + "w"))</div>\
            <div class="narrow">\(picture(width: 340, id: id + "n"))</div>
            """
    }

    private func figures(_ bucket: TimeSeries.Bucket) -> EngagementFigures {
        kind == .opens ? bucket.opens : bucket.clicks
    }

    private func total(_ bucket: TimeSeries.Bucket) -> UInt64 {
        classes.reduce(0) { $0 &+ $1.value(figures(bucket)) }
    }

    private var highest: UInt64 { series.buckets.map(total).max() ?? 0 }

    private func picture(width: Double, id: String) -> Markup {
        let scale = ChartScale(highest: highest)
        let plotWidth = width - Self.left - Self.right
        let plot = Plot(
            left: Self.left, top: Self.top, width: plotWidth, height: Self.plotHeight,
            first: series.domain.lowerBound, span: series.domain.upperBound - series.domain.lowerBound,
            highest: scale.top)
        return """
            <svg class="chart" viewBox="0 0 \(width) \(Self.top + Self.plotHeight + Self.bottom)" role="img" \
            aria-labelledby="\(id)-t \(id)-d"><title id="\(id)-t">\(title)</title>\
            <desc id="\(id)-d">\(description)</desc>\
            <defs>\(classes.compactMap { $0.pattern(id) }.joined())</defs>\
            <text class="unit" x="0" y="12">\(title)</text>\
            \(grid(scale, plot))\(sendMarks(plot))\(columns(plot, id))\(timeMarks(plot))</svg>
            """
    }

    /// Such as `Opens an hour (Europe/Berlin)`.
    private var title: String {
        let article: String =
            switch series.unit {
            case .hour: zoneName.map { "an hour (\($0))" } ?? "an hour of each section’s clock"
            case .days(1), .days(7): "a \(series.unit.name)"
            case .days: "in \(series.unit.name)"
            }
        return "\(kind == .opens ? "Opens" : "Clicks") \(article)"
    }

    private var description: String {
        guard let first = series.buckets.first, let last = series.buckets.last,
            let most = series.buckets.max(by: { total($0) < total($1) })
        else { return "" }
        var words = "From \(first.label) to \(last.label). "
        words += "Most are in \(most.label): \(FigureText.count(total(most)))."
        let sum = series.buckets.reduce(UInt64(0)) { $0 &+ total($1) }
        words += " All together: \(FigureText.count(sum))."
        for bucket in series.buckets.filter({ $0.sent ?? 0 > 0 }).prefix(3) {
            words += " \(FigureText.count(bucket.sent ?? 0)) messages were sent in \(bucket.label)."
        }
        return words
    }

    private struct Plot {
        let left: Double
        let top: Double
        let width: Double
        let height: Double
        let first: Double
        let span: Double
        let highest: Double

        var right: Double { left + width }
        var low: Double { top + height }
        func x(_ position: Double) -> Double { left + (position - first) / span * width }
        func y(_ value: Double) -> Double { low - value / highest * height }
    }

    private func grid(_ scale: ChartScale, _ plot: Plot) -> Markup {
        scale.ticks.map { tick -> Markup in
            let y = plot.y(tick)
            return """
                <line class="\(tick == 0 ? "base" : "grid")" x1="\(plot.left)" y1="\(y)" x2="\(plot.right)" y2="\(y)"/>\
                <text class="tick" x="\(plot.left - 6)" y="\(y + 4)" text-anchor="end">\(ChartScale.label(tick))</text>
                """
        }.joined()
    }

    /// A column is no wider than this, however few there are.
    private static let columnWidthMax = 48.0

    /// A path a class: of each column its part of it.
    private func columns(_ plot: Plot, _ id: String) -> Markup {
        let pixels = plot.width / plot.span * (series.buckets.first?.width ?? 1)
        let gap = pixels >= 6 ? max(min(4, pixels * 0.2), pixels - Self.columnWidthMax) : pixels >= 3 ? 1 : 0
        var paths = Markup()
        for (index, one) in classes.enumerated() {
            var path = Markup()
            for bucket in series.buckets {
                let figures = figures(bucket)
                let value = one.value(figures)
                guard value > 0 else { continue }
                let below = classes[..<index].reduce(UInt64(0)) { $0 &+ $1.value(figures) }
                let (y, low) = (plot.y(Double(below &+ value)), plot.y(Double(below)))
                let (x, end) = (plot.x(bucket.position) + gap / 2, plot.x(bucket.position + bucket.width) - gap / 2)
                path += "M\(x) \(y)H\(end)V\(low)H\(x)Z"
            }
            if !path.isEmpty { paths += "<path \(one.fill(id)) d=\"\(path)\"/>" }
        }
        return paths
    }

    private func timeMarks(_ plot: Plot) -> Markup {
        let most = Int(plot.width / 62)
        let range = Int(plot.first.rounded(.up))...Int(plot.first + plot.span - 0.01)
        let ticks: [TimeAxis.Tick] =
            switch series.unit {
            case .hour: TimeAxis.hourTicks(range, most: most, offsetSeconds: series.offsetSeconds)
            case .days: TimeAxis.dayTicks(range, most: most)
            }
        // A day's words stand under its middle, where that is not under its beginning; an hour's under its beginning.
        let day = plot.width / plot.span
        let middle = series.unit == .days(1) && day >= 16 ? day / 2 : 0
        return ticks.map { tick -> Markup in
            let x = plot.x(tick.position) + middle
            // A label that would leave the picture ends at its edge.
            let isLast = x + 22 > plot.right
            return """
                <line class="base" x1="\(x)" y1="\(plot.low)" x2="\(x)" y2="\(plot.low + 5)"/>\
                <text class="tick" x="\(isLast ? plot.right : x)" y="\(plot.low + 19)" \
                text-anchor="\(isLast ? "end" : x - 20 < 0 ? "start" : "middle")">\(tick.label)</text>
                """
        }.joined()
    }

    /// A line where messages were sent, and above all of them how many: of sends that stand too close for words of
    /// their own in one place.
    private func sendMarks(_ plot: Plot) -> Markup {
        var labels: [SendLabel] = []
        var marks = Markup()
        for send in series.sends {
            let x = plot.x(send.position)
            marks += """
                <line class="send" x1="\(x)" y1="\(plot.top - 8)" x2="\(x)" y2="\(plot.low)"/>\
                <path class="sent" d="M\(x - 4) \(plot.top - 13)H\(x + 4)L\(x) \(plot.top - 6)Z"/>
                """
            var label = SendLabel(x: x, counts: [send.sent])
            while let last = labels.last, label.start(in: plot.right) < last.start(in: plot.right) + last.width + 10 {
                label = SendLabel(x: last.x, counts: last.counts + label.counts)
                labels.removeLast()
            }
            labels.append(label)
        }
        let words = labels.map { label -> Markup in
            let start = label.start(in: plot.right)
            return "<text class=\"send-label\" x=\"\(start)\" y=\"\(plot.top - 18)\">\(label.text)</text>"
        }
        return marks + words.joined()
    }

    /// The words of one send, or of several side by side.
    private struct SendLabel {
        /// Where the first one stands.
        let x: Double
        let counts: [UInt64]

        var text: String {
            guard counts.count > 3 else {
                return counts.map { ChartScale.label(Double($0)) }.joined(separator: " + ") + " sent"
            }
            return "\(ChartScale.label(counts.reduce(0) { $0 + Double($1) })) sent, \(counts.count) times"
        }

        var width: Double { Double(text.count) * 7.2 }

        /// Where the words begin so that they end in the picture.
        func start(in right: Double) -> Double { max(0, min(x - 4, right - width)) }
    }
}
