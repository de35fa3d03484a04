/// Lines over two axes as one SVG, complete in itself: it can stand in a page or be a file. Colours follow the reader's
/// light or dark scheme; a name ends each line's entry in the legend, so that colour is not all that tells lines apart.
package struct LineChart: Sendable {
    /// One line.
    package struct Series: Sendable {
        /// What the legend calls it.
        package var name: String
        /// Its points, x ascending.
        package var points: [(x: Double, y: Double)]
        /// Which colour, from 0; lines of one thing share it.
        package var colour: Int
        /// Which stroke, from 0: whole, dashed, dotted.
        package var stroke: Int

        package init(name: String, points: [(x: Double, y: Double)], colour: Int, stroke: Int = 0) {
            self.name = name
            self.points = points
            self.colour = colour
            self.stroke = stroke
        }
    }

    /// The heading.
    package var title: String
    /// The axis from left to right.
    package var horizontal: ChartAxis
    /// The axis from bottom to top.
    package var vertical: ChartAxis
    /// The lines.
    package var series: [Series]
    /// Height in pixels; the width is 760.
    package var height: Double

    package init(
        title: String, horizontal: ChartAxis, vertical: ChartAxis, series: [Series], height: Double = 380
    ) {
        self.title = title
        self.horizontal = horizontal
        self.vertical = vertical
        self.series = series
        self.height = height
    }

    private static let width = 760.0
    private static let left = 78.0
    private static let right = 20.0
    private static let bottom = 52.0

    /// Rows that the legend takes; a row holds about 100 characters.
    private var legendRows: [[Series]] {
        var rows: [[Series]] = []
        var used = Double.infinity
        for line in series {
            let needed = Self.legendWidth(line)
            if used + needed > Self.width - Self.left - Self.right {
                rows.append([])
                used = 0
            }
            rows[rows.count - 1].append(line)
            used += needed
        }
        return rows
    }

    private var top: Double { 40 + 20 * Double(legendRows.count) }

    /// The SVG.
    package var svg: String {
        let height = NumberText.plain(self.height)
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 \(height)\" width=\"760\" "
                + "height=\"\(height)\" role=\"img\" aria-label=\"\(Markup.escaped(title))\">",
            "<style>\(Self.style)</style>",
            "<rect class=\"ground\" width=\"760\" height=\"\(height)\"/>",
            text(title, x: 16, y: 24, class: "title", anchor: "start"),
        ]
        lines += legend + horizontalMarks + verticalMarks + series.map(path)
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private func x(_ value: Double) -> Double {
        Self.left + horizontal.position(of: value) * (Self.width - Self.left - Self.right)
    }

    private func y(_ value: Double) -> Double {
        top + (1 - vertical.position(of: value)) * (height - top - Self.bottom)
    }

    private static func legendWidth(_ line: Series) -> Double { 46 + textWidth(line.name) }

    /// The width of a label at most, in pixels: digits and small letters at 12 pixels.
    private static func textWidth(_ words: String) -> Double { 6.6 * Double(words.count) }

    private var legend: [String] {
        var marks: [String] = []
        for (row, lines) in legendRows.enumerated() {
            var x = Self.left
            let y = 44 + 20 * Double(row)
            for line in lines {
                marks.append(
                    "<line class=\"c\(line.colour % 6) d\(line.stroke % 3)\" x1=\"\(NumberText.plain(x))\" "
                        + "y1=\"\(NumberText.plain(y - 4))\" x2=\"\(NumberText.plain(x + 24))\" "
                        + "y2=\"\(NumberText.plain(y - 4))\"/>")
                marks.append(text(line.name, x: x + 30, y: y, class: "label", anchor: "start"))
                x += Self.legendWidth(line)
            }
        }
        return marks
    }

    private var horizontalMarks: [String] {
        let low = height - Self.bottom
        var marks: [String] = []
        for tick in horizontal.ticks {
            let x = x(tick.value)
            marks.append(rule(x, top, x, low))
            marks.append(horizontalLabel(tick.label, x: x, y: low + 18))
        }
        let middle = (Self.left + Self.width - Self.right) / 2
        marks.append(text(horizontal.title, x: middle, y: low + 40, class: "label", anchor: "middle"))
        return marks
    }

    /// A label below its place, or ending at the picture's edge where its second half has no room.
    private func horizontalLabel(_ words: String, x: Double, y: Double) -> String {
        let edge = Self.width - 4
        guard x + Self.textWidth(words) / 2 > edge else {
            return text(words, x: x, y: y, class: "label", anchor: "middle")
        }
        return text(words, x: edge, y: y, class: "label", anchor: "end")
    }

    private var verticalMarks: [String] {
        var marks: [String] = []
        for tick in vertical.ticks {
            let y = y(tick.value)
            marks.append(rule(Self.left, y, Self.width - Self.right, y))
            marks.append(text(tick.label, x: Self.left - 8, y: y + 4, class: "label", anchor: "end"))
        }
        return marks + [text(vertical.title, x: Self.width - Self.right, y: 24, class: "label", anchor: "end")]
    }

    private func path(_ line: Series) -> String {
        // A point that can't be drawn ends a stretch: nothing is known there, and a line would say something.
        let stretches = line.points.split { !$0.y.isFinite || (vertical.isLogarithmic && $0.y <= 0) }
        return stretches.map { stretch(Array($0), line) }.joined(separator: "\n")
    }

    private func stretch(_ points: [(x: Double, y: Double)], _ line: Series) -> String {
        let places = points.map { "\(NumberText.plain(x($0.x))),\(NumberText.plain(y($0.y)))" }
        if places.count == 1, let only = points.first {
            return "<circle class=\"p\(line.colour % 6)\" cx=\"\(NumberText.plain(x(only.x)))\" "
                + "cy=\"\(NumberText.plain(y(only.y)))\" r=\"3\"/>"
        }
        return
            "<polyline class=\"c\(line.colour % 6) d\(line.stroke % 3)\" points=\"\(places.joined(separator: " "))\"/>"
    }

    private func rule(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        "<line class=\"rule\" x1=\"\(NumberText.plain(x1))\" y1=\"\(NumberText.plain(y1))\" "
            + "x2=\"\(NumberText.plain(x2))\" y2=\"\(NumberText.plain(y2))\"/>"
    }

    private func text(_ words: String, x: Double, y: Double, class name: String, anchor: String) -> String {
        "<text class=\"\(name)\" x=\"\(NumberText.plain(x))\" y=\"\(NumberText.plain(y))\" "
            + "text-anchor=\"\(anchor)\">\(Markup.escaped(words))</text>"
    }

    private static let style: String = {
        let light = ["#2166ac", "#c2570c", "#1a7f5a", "#7b4fb5", "#a61e4d", "#5c5f66"]
        let dark = ["#74b2f0", "#f0a060", "#5fd0a2", "#c0a0f0", "#f080a8", "#b0b4bc"]
        func colours(_ values: [String]) -> String {
            values.enumerated().map { ".c\($0){stroke:\($1)}.p\($0){fill:\($1)}" }.joined()
        }
        return "text{font:12px system-ui,sans-serif}.title{font-size:15px;font-weight:600;fill:#1b1d21}"
            + ".label{fill:#4a4e57}.rule{stroke:#e2e4e8}.ground{fill:#fff}polyline{fill:none;stroke-width:2;"
            + "stroke-linejoin:round}line{stroke-width:2}.rule{stroke-width:1}.d1{stroke-dasharray:7 4}"
            + ".d2{stroke-dasharray:2 3}" + colours(light)
            + "@media(prefers-color-scheme:dark){.title{fill:#eceef2}.label{fill:#b4b9c4}.rule{stroke:#333842}"
            + ".ground{fill:#16181d}" + colours(dark) + "}"
    }()
}

/// Text that stands in HTML and SVG.
enum Markup {
    /// The text with everything escaped that markup would take for its own.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
