/// Charts without a text of their own, which stand in a cell beside their number.
enum SmallCharts {
    /// A bar as long as its part of the longest.
    ///
    /// - Parameter parts: what stands behind each other in it, each with its class of style.
    static func bar(_ parts: [(value: UInt64, style: String)], of longest: UInt64) -> Markup {
        var start = 0.0
        let rectangles = parts.filter { $0.value > 0 }.map { part -> Markup in
            let width = longest == 0 ? 0 : Double(part.value) / Double(longest) * 100
            defer { start += width }
            return "<rect class=\"\(part.style)\" x=\"\(start)\" width=\"\(max(width, 0.5))\" height=\"8\"/>"
        }
        return """
            <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">\
            \(rectangles.joined())</svg>
            """
    }

    /// What the colours of bars are.
    static func legend(_ parts: [(style: String, words: String)]) -> Markup {
        let items = parts.map { part -> Markup in
            """
            <li><svg class="swatch" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">\
            <rect class="\(part.style)" width="14" height="14" rx="2"/></svg>\(part.words)</li>
            """
        }
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }

    /// A line of values at equal distances, the last one marked.
    ///
    /// - Parameter words: what it is, for whoever does not see it.
    static func trend(_ values: [UInt64], words: String) -> Markup {
        let highest = Double(max(1, values.max() ?? 1))
        let step = values.count > 1 ? 104.0 / Double(values.count - 1) : 0
        let points = values.enumerated().map { index, value in
            (x: 4 + step * Double(index), y: 24 - Double(value) / highest * 20)
        }
        guard let first = points.first, let last = points.last else { return "–" }
        let line = points.map { "\($0.x) \($0.y)" as Markup }.reduce(Markup()) { $0.isEmpty ? $1 : $0 + "L" + $1 }
        return """
            <svg class="trend" viewBox="0 0 112 28" width="112" height="28" role="img" aria-label="\(words)">\
            <path class="area" d="M\(first.x) 25L\(line)L\(last.x) 25Z"/><path class="line" d="M\(line)"/>\
            <circle cx="\(last.x)" cy="\(last.y)" r="2.5"/></svg>
            """
    }
}
