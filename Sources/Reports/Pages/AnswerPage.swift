package import Campaigns

/// One answer as a page: the chart that fits its columns, and all of its rows.
package struct AnswerPage: Sendable {
    private let answer: ReportAnswer
    private let frame: PageFrame
    private let notes: [String]

    /// - Parameters:
    ///   - answer: to any question.
    ///   - frame: where the page stands; its view says whose events are drawn.
    ///   - notes: what a person should know beside, a sentence each.
    package init(_ answer: ReportAnswer, frame: PageFrame, notes: [String] = []) {
        self.answer = answer
        self.frame = frame
        self.notes = notes
    }

    private var count: PageView.Count { frame.view.count }

    /// More rows are in CSV and JSON.
    private static let rowsMax = 5_000
    /// So many rows are drawn.
    private static let barsMax = 20

    /// The document, UTF-8.
    package func bytes() -> [UInt8] {
        let by = answer.columns.map(\.rawValue).joined(separator: ",")
        let title = by.isEmpty ? "Report" : "Report by \(answer.columns.map(\.rawValue).joined(separator: ", "))"
        return frame.document(
            title: title,
            content: """
                <h1>\(title)</h1><p class="lead">\(frame.lead(answer.scope))</p>\(frame.choices)\(charts)
                <section class="card"><div class="head"><h2>\(FigureText.count(UInt64(answer.rows.count))) \
                row\(answer.rows.count == 1 ? "" : "s")</h2>\(frame.data(by, isCut: true))</div>\(table)</section>
                """,
            footer: frame.basis(answer, notes: notes))
    }

    private var charts: Markup {
        guard !answer.rows.isEmpty else { return "" }
        if let column = answer.columns.firstIndex(where: { $0 == .hour || $0 == .day }) {
            return overTime(column)
        }
        guard answer.columns == [.va], answer.rows.count > 1, answer.scope.experience != nil else { return bars }
        let verdicts = VariationVerdicts(answer.rows, isCut: !answer.scope.earlierSends.isEmpty)
        return "<section class=\"card\"><h2>Variations</h2>\(verdicts.markup)</section>" + bars
    }

    private func overTime(_ column: Int) -> Markup {
        let series = TimeSeries(
            answer.rows, column: column, isByHour: answer.columns[column] == .hour, scope: answer.scope,
            nowNanoseconds: frame.nowNanoseconds)
        let cards = [TimeChart.Kind.opens, .clicks].map { kind -> Markup in
            let chart = TimeChart(
                series: series, kind: kind, classes: count.classes, id: kind.rawValue, zoneName: answer.scope.zoneName)
            return "<section class=\"card\"><h2>\(kind == .opens ? "Opens" : "Clicks")</h2>\(chart.figure)</section>"
        }
        return "<div class=\"pair\">\(cards.joined())</div>"
    }

    /// The largest rows.
    private var bars: Markup {
        guard answer.rows.count > 1, !answer.columns.contains(.kind), !answer.columns.contains(.class) else {
            return ""
        }
        func events(_ row: ReportRow) -> UInt64 { row.opens.events(count) &+ row.clicks.events(count) }
        let rows = answer.rows.filter { events($0) > 0 && $0.values.contains { $0.text != nil } }.sorted {
            events($0) > events($1)
        }
        guard let longest = rows.first.map(events) else { return "" }
        var table = PageTable(
            caption: "The largest by opens and clicks\(count == .people ? " of people" : "")"
                + (rows.count > Self.barsMax ? ": the first \(Self.barsMax) of \(rows.count)." : "."),
            first: answer.columns.map(\.rawValue).joined(separator: ", "),
            columns: [.bar, .number("Opens"), .number("Clicks")])
        for row in rows.prefix(Self.barsMax) {
            let parts: [(UInt64, String)] = [
                (row.opens.byPeople &+ row.clicks.byPeople, "k-human"),
                (events(row) &- row.opens.byPeople &- row.clicks.byPeople, "k-machine"),
            ]
            table.rows.append(
                (
                    zip(row.values, answer.columns).map { value, column in
                        row.values.count == 1 ? PageFigure.value(value, column) : "\(PageFigure.words(value))"
                    }.joined(" · "),
                    [
                        SmallCharts.bar(parts, of: longest), "\(FigureText.count(row.opens.events(count)))",
                        "\(FigureText.count(row.clicks.events(count)))",
                    ]
                ))
        }
        let legend =
            rows.contains { events($0) > $0.opens.byPeople &+ $0.clicks.byPeople }
            ? SmallCharts.legend([("k-human", "by people"), ("k-machine", "not by people")]) : ""
        return "<section class=\"card\">\(legend)\(table.markup)</section>"
    }

    /// The figures that say something, as in the table for a terminal, whatever the view counts.
    private var table: Markup {
        guard !answer.rows.isEmpty else { return "<p class=\"empty\">No click and no open matches.</p>" }
        let figures = FigureColumn.all.filter { column in
            ["clicks.total", "clicks.people", "opens.total", "opens.people"].contains(column.path)
                || answer.rows.contains { column.figure($0).saysSomething }
        }
        let texts = answer.columns.map { "<th scope=\"col\">\($0.rawValue)</th>" as Markup }
        let heads = figures.map { column -> Markup in
            let group = column.group == .clicks || column.group == .opens ? "\(column.group.rawValue) " : ""
            return "<th scope=\"col\" class=\"n\">\(group)\(column.heading)</th>"
        }
        let rows = answer.rows.prefix(Self.rowsMax).map { row -> Markup in
            let values = row.values.map { "<td>\(PageFigure.value($0))</td>" as Markup }
            let isCut = answer.scope.cutsSends(of: row.values, answer.columns)
            let cells = figures.map { column -> Markup in
                let isKnown = !isCut || !column.isOfMessages
                return "<td class=\"n\">\(isKnown ? FigureText.text(column.figure(row)) : FigureText.unknown)</td>"
            }
            return "<tr>\(values.joined())\(cells.joined())</tr>\n"
        }
        let earlier: Markup =
            answer.scope.earlierSends.isEmpty || !figures.contains(where: \.isOfMessages)
            ? ""
            : """
            <p class="note">Where messages were sent before this time there is no rate of them: who opened may \
            have had one of those.</p>
            """
        let cut: Markup =
            answer.rows.count > Self.rowsMax
            ? "<p class=\"note\">The first \(Self.rowsMax) rows are shown; CSV and JSON have all.</p>" : ""
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="All figures"><table><thead><tr>\(texts.joined())\
            \(heads.joined())</tr></thead><tbody>
            \(rows.joined())</tbody></table></div>\(cut)\(earlier)
            """
    }
}
