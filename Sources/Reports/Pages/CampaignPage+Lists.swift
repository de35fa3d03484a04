import Campaigns

/// The lists of a campaign's page: its links, who was there with what, and what became of clicks.
extension CampaignPage {
    /// More rows are for the table's own page.
    static let rowsMax = 20
    /// The same of lists that stand two beside each other.
    private static let halfRowsMax = 10

    var links: Markup {
        let rows = (answers[.links]?.rows ?? []).filter { $0.clicks.total > 0 && $0.values.first?.text != nil }
            .sorted { $0.clicks.events(count) > $1.clicks.events(count) }
        guard !rows.isEmpty else { return card("Links", "link", "<p class=\"empty\">No clicks in this time.</p>") }
        let who = count == .people ? "people" : "distinct"
        let sum = rows.reduce(UInt64(0)) { $0 &+ $1.clicks.events(count) }
        var table = PageTable(
            narrow: .rank,
            caption: caption(
                "Ranked by clicks\(count == .people ? " of people" : "").", rows.count, shown: Self.rowsMax,
                by: "link"),
            first: "Link",
            columns: [
                .bar, .number("Clicks"), .spare("Share"), .number("Clicked", who),
                .number("Not by people", "clicks"),
            ])
        for row in rows.prefix(Self.rowsMax) {
            let clicks = row.clicks.events(count)
            table.rows.append(
                (
                    PageFigure.link(row.values.first),
                    [
                        bar(row.clicks, of: rows.map { $0.clicks.events(count) }.max() ?? 0),
                        "\(FigureText.count(clicks))", "\(PageFigure.percent(clicks, of: sum) ?? "–")",
                        "\(PageFigure.people(row.clicks.persons(count), isComplete: row.uniqueComplete))",
                        "\(FigureText.count(row.clicks.total &- row.clicks.byPeople))",
                    ]
                ))
        }
        return card("Links", "link", legend(rows.map(\.clicks)) + table.markup)
    }

    /// The caption of a list, with what it leaves out.
    ///
    /// - Parameters:
    ///   - rows: so many there are.
    ///   - most: so many are shown at most.
    ///   - by: the report that has all.
    func caption(_ words: String, _ rows: Int, shown most: Int, by: String) -> String {
        guard rows > most else { return words }
        let all = frame.isFile ? "tremolo report --by \(by)" : "the table"
        return "\(words) The first \(most) of \(FigureText.count(UInt64(rows))) are shown; \(all) has all."
    }

    /// What the two parts of bars are, where there are two.
    private func legend(_ figures: [EngagementFigures]) -> Markup {
        guard count == .all, figures.contains(where: { $0.total > $0.byPeople }) else { return "" }
        return SmallCharts.legend([("k-human", "by people"), ("k-machine", "not by people")])
    }

    private func bar(_ figures: EngagementFigures, of longest: UInt64) -> Markup {
        let people: (UInt64, String) = (figures.byPeople, "k-human")
        return SmallCharts.bar(
            count == .people ? [people] : [people, (figures.total &- figures.byPeople, "k-machine")], of: longest)
    }

    /// A list by something that opens and clicks have both.
    func facet(_ part: Part, _ title: String, _ first: String) -> Markup {
        guard let answer = answers[part] else { return withoutHours(title) }
        let by = part.columns[0].rawValue
        func events(_ row: ReportRow) -> UInt64 { row.opens.events(count) &+ row.clicks.events(count) }
        let rows = answer.rows.filter { events($0) > 0 }.sorted { events($0) > events($1) }
        guard rows.contains(where: { $0.values.first?.text?.isEmpty == false }) else {
            return card(title, by, "<p class=\"empty\">Not known of any event in this time.</p>")
        }
        var table = PageTable(
            narrow: .rank,
            caption: caption(
                "Ranked by opens and clicks\(count == .people ? " of people" : "").", rows.count,
                shown: Self.halfRowsMax, by: by),
            first: first, columns: [.bar, .number("Opens"), .number("Clicks")])
        for row in rows.prefix(Self.halfRowsMax) {
            var both = row.opens
            both.add(row.clicks)
            table.rows.append(
                (
                    PageFigure.value(row.values.first, absent: "not known"),
                    [
                        bar(both, of: rows.map(events).max() ?? 0), "\(FigureText.count(row.opens.events(count)))",
                        "\(FigureText.count(row.clicks.events(count)))",
                    ]
                ))
        }
        let both = rows.map { row -> EngagementFigures in
            var both = row.opens
            both.add(row.clicks)
            return both
        }
        return card(title, by, legend(both) + table.markup)
    }

    private func withoutHours(_ title: String) -> Markup {
        """
        <section class="card"><h2>\(title)</h2>\
        <p class="empty">Kept by the day: choose a time of whole days.</p></section>
        """
    }

    var repairs: Markup {
        guard let answer = answers[.repairs] else { return withoutHours("Repaired links") }
        let rows = answer.rows.filter { $0.values.first?.text != nil && $0.clicks.total > 0 }
            .sorted { $0.clicks.total > $1.clicks.total }
        guard !rows.isEmpty else {
            return card("Repaired links", "repair", "<p class=\"empty\">No link came damaged in this time.</p>")
        }
        var table = PageTable(
            narrow: .rank,
            caption: caption(
                "What mail systems did to links and was undone; a link may have several.", rows.count,
                shown: Self.halfRowsMax, by: "repair"),
            first: "Repair", columns: [.bar, .number("Clicks")])
        for row in rows.prefix(Self.halfRowsMax) {
            table.rows.append(
                (
                    PageFigure.repair(row.values.first),
                    [
                        SmallCharts.bar([(row.clicks.total, "k-human")], of: rows[0].clicks.total),
                        "\(FigureText.count(row.clicks.total))",
                    ]
                ))
        }
        return card("Repaired links", "repair", table.markup)
    }

    var outcomes: Markup {
        guard let answer = answers[.outcomes] else { return withoutHours("What clicks were answered") }
        let rows = answer.rows.filter { $0.clicks.total &+ $0.clicks.refused > 0 }
        guard !rows.isEmpty else {
            return card("What clicks were answered", "outcome", "<p class=\"empty\">No clicks in this time.</p>")
        }
        let counts = rows.map { $0.clicks.total &+ $0.clicks.refused }
        var table = PageTable(
            narrow: .rank, caption: "All clicks, machines included; refused ones count nowhere else.", first: "Answer",
            columns: [.bar, .number("Clicks")])
        for (row, clicks) in zip(rows, counts) {
            table.rows.append(
                (
                    PageFigure.outcome(row.values.first),
                    [
                        SmallCharts.bar([(clicks, "k-human")], of: counts.max() ?? 0), "\(FigureText.count(clicks))",
                    ]
                ))
        }
        return card("What clicks were answered", "outcome", table.markup)
    }

    var hosts: Markup {
        guard let answer = answers[.hosts] else { return withoutHours("Hosts asked about or refused") }
        let rows = answer.rows.filter { $0.values.first?.text != nil && $0.clicks.asked &+ $0.clicks.refused > 0 }
            .sorted { $0.clicks.asked &+ $0.clicks.refused > $1.clicks.asked &+ $1.clicks.refused }
        guard !rows.isEmpty else {
            return card("Hosts asked about or refused", "host", "<p class=\"empty\">None.</p>")
        }
        var table = PageTable(
            narrow: .rank,
            caption: caption(
                "Where clicks would have led that were not sent straight on: to a host that the section does not list, "
                    + "or by a link that it refuses.", rows.count, shown: Self.halfRowsMax, by: "host"),
            first: "Host",
            columns: [.number("Asked"), .number("Refused")])
        for row in rows.prefix(Self.halfRowsMax) {
            table.rows.append(
                (
                    PageFigure.value(row.values.first),
                    ["\(FigureText.count(row.clicks.asked))", "\(FigureText.count(row.clicks.refused))"]
                ))
        }
        return card("Hosts asked about or refused", "host", table.markup)
    }
}
