package import Campaigns

/// All campaigns at a glance.
package struct CampaignsPage: Sendable {
    private let frame: PageFrame
    private let campaigns: ReportAnswer
    private let days: ReportAnswer
    private let notes: [String]

    /// What has to be asked, in the order in which the answers are given.
    package static func questions(
        _ view: PageView, nowNanoseconds now: UInt64
    ) throws(PageView.Problem) -> [ReportQuestion] {
        [
            try view.question(by: [.sec, .expId], nowNanoseconds: now),
            try view.question(by: [.sec, .expId, .day], nowNanoseconds: now, tellsPeople: false),
        ]
    }

    /// - Parameter answers: those to `questions`, all of one state of the store.
    package init(_ answers: [ReportAnswer], frame: PageFrame, notes: [String] = []) {
        self.frame = frame
        campaigns = answers[0]
        days = answers[1]
        self.notes = notes
    }

    /// More rows are for the table's own page.
    private static let rowsMax = 100

    private var count: PageView.Count { frame.view.count }

    /// The document, UTF-8.
    package func bytes() -> [UInt8] {
        let title = frame.view.section.map { "Campaigns of \($0)" } ?? "Campaigns"
        return frame.document(
            title: title,
            content: """
                <h1>\(title)</h1><p class="lead">\(frame.lead)</p>\(frame.choices)\(figures)
                <div class="pair">\(chart(.opens))\(chart(.clicks))</div>
                \(table)
                """,
            footer: frame.basis(campaigns, notes: notes))
    }

    private func sum(_ figures: KeyPath<ReportRow, EngagementFigures>) -> EngagementFigures {
        var sum = EngagementFigures()
        for row in campaigns.rows { sum.add(row[keyPath: figures]) }
        return sum
    }

    private var figures: Markup {
        let (opens, clicks) = (sum(\.opens), sum(\.clicks))
        let sent = campaigns.rows.compactMap(\.sent)
        let unsent = campaigns.rows.count - sent.count
        let messages = sent.isEmpty ? "–" : FigureText.count(sent.reduce(0, &+))
        let whole = opens.total &+ clicks.total
        let machines = whole &- opens.byPeople &- clicks.byPeople
        return KeyFigures(items: [
            (
                "Messages sent", messages,
                unsent == 0 ? "" : "not recorded for \(FigureText.count(UInt64(unsent))) campaigns"
            ),
            (
                "Opens", FigureText.count(opens.events(count)),
                count == .people ? "by people" : "\(FigureText.count(opens.byPeople)) by people"
            ),
            (
                "Clicks", FigureText.count(clicks.events(count)),
                count == .people ? "by people" : "\(FigureText.count(clicks.byPeople)) by people"
            ),
            (
                count == .people ? "Set apart" : "Not by people",
                PageFigure.percent(machines, of: whole) ?? "–",
                "\(PageFigure.fraction(machines, of: whole)) events"
            ),
        ]).markup
    }

    private func chart(_ kind: TimeChart.Kind) -> Markup {
        let series = TimeSeries(days.rows, column: 2, isByHour: false)
        let chart = TimeChart(series: series, kind: kind, classes: count.classes, id: kind.rawValue)
        return """
            <section class="card"><div class="head"><h2>\(kind == .opens ? "Opens" : "Clicks")</h2>\
            \(frame.data("day"))</div>\(chart.figure)</section>
            """
    }

    private struct Campaign {
        let row: ReportRow
        let lastDay: String
        let trend: [UInt64]
    }

    /// The campaigns, those with the latest events first, the larger one of the same day first.
    private var ordered: [Campaign] {
        var ofDay: [[String]: [String: UInt64]] = [:]
        var all: Set<String> = []
        for row in days.rows {
            guard let day = row.values[2].text else { continue }
            all.insert(day)
            ofDay[Self.key(row), default: [:]][day, default: 0] &+=
                row.clicks.events(count) &+ row.opens.events(count)
        }
        let calendar = all.sorted()
        return campaigns.rows.map { row in
            let counts = ofDay[Self.key(row)] ?? [:]
            return Campaign(
                row: row, lastDay: counts.keys.max() ?? "", trend: calendar.map { counts[$0] ?? 0 })
        }.sorted { left, right in
            if left.lastDay != right.lastDay { return left.lastDay > right.lastDay }
            return left.row.clicks.total &+ left.row.opens.total > right.row.clicks.total &+ right.row.opens.total
        }
    }

    private static func key(_ row: ReportRow) -> [String] { row.values.prefix(2).map { $0.text ?? "" } }

    private var table: Markup {
        let ordered = ordered
        guard !ordered.isEmpty else {
            return """
                <section class="card"><h2>No campaign yet</h2>\
                <p class="empty">Nobody opened or clicked in this time. A \
                campaign stands here with its first open or click, within seconds.</p></section>
                """
        }
        let part = count == .people ? "people" : "distinct"
        var table = PageTable(
            caption: caption(ordered), first: "Campaign",
            columns: [
                .number("Sent"), .number("Opened", part), .number("Clicked", part), .number("Click to open", part),
                .number("Set apart", "of all events"), .other("Trend"),
            ])
        for campaign in ordered.prefix(Self.rowsMax) {
            table.rows.append((heading(campaign.row), cells(campaign)))
        }
        return """
            <section class="card"><div class="head"><h2>\(FigureText.count(UInt64(ordered.count))) \
            campaign\(ordered.count == 1 ? "" : "s")</h2>\(frame.data("sec,expId"))</div>\(table.markup)</section>
            """
    }

    private func caption(_ campaigns: [Campaign]) -> String {
        let known = campaigns.contains { $0.row.sent != nil }
        var words = known ? "Rates are of messages delivered, or of those sent where nobody said. " : ""
        words += "The trend is of opens and clicks a day."
        if campaigns.count > Self.rowsMax { words += " The \(Self.rowsMax) latest are shown; the table has all." }
        return words
    }

    private func heading(_ row: ReportRow) -> Markup {
        let campaign = row.values[1]
        let name = PageFigure.words(campaign)
        let linked: Markup =
            frame.isFile
            ? "\(name)"
            : """
            <a href="\(frame.view.address("/campaign") {
                ($0.section, $0.experience) = (row.values[0].text, campaign.text)
                ($0.since, $0.until) = (nil, nil)
            })">\(name)</a>
            """
        let id = campaign.name == nil ? "" : "\(campaign.text ?? "") · "
        return "\(linked)<small>\(id)\(PageFigure.words(row.values[0]))</small>"
    }

    private func cells(_ campaign: Campaign) -> [Markup] {
        let row = campaign.row
        let (opened, clicked) = (row.opens.persons(count), row.clicks.persons(count))
        let whole = row.delivered.flatMap { $0 > 0 ? $0 : nil } ?? row.sent
        let all = row.opens.total &+ row.clicks.total
        func rate(_ part: UInt64?) -> Markup {
            guard let whole, whole > 0 else { return "\(PageFigure.people(part, isComplete: row.uniqueComplete))" }
            return PageFigure.rate(part, of: whole)
        }
        let trend = SmallCharts.trend(
            campaign.trend,
            words: "Opens and clicks a day: at most \(FigureText.count(campaign.trend.max() ?? 0)), "
                + "lately \(FigureText.count(campaign.trend.last ?? 0))")
        return [
            "\(PageFigure.count(row.sent))", rate(opened), rate(clicked), PageFigure.rate(clicked, of: opened),
            PageFigure.rate(all &- row.opens.byPeople &- row.clicks.byPeople, of: all), trend,
        ]
    }
}
