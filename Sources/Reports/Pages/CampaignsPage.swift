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

    private var scope: ReportScope { campaigns.scope }

    /// The document, UTF-8.
    package func bytes() -> [UInt8] {
        let title =
            scope.sections.map { "Campaigns of \(VariationComparison.list($0.map { PageFigure.words($0) }))" }
            ?? "Campaigns"
        return frame.document(
            title: title,
            content: """
                <h1>\(title)</h1><p class="lead">\(frame.lead(scope))</p>\(frame.choices)\(figures)
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
        let messages = sent.isEmpty ? "–" : FigureText.count(sent.reduce(0, &+))
        let unsent = campaigns.rows.filter { $0.sent == nil }
        let earlier = unsent.count { scope.cutsSends(of: $0.values, campaigns.columns) }
        let unknown = unsent.count - earlier
        let missing = [
            earlier == 0 ? nil : "\(PageFigure.count(earlier, "campaign")) sent before this time",
            unknown == 0 ? nil : "no send recorded of \(PageFigure.count(unknown, "campaign"))",
        ]
        func events(_ name: String, _ figures: EngagementFigures) -> KeyFigures.Item {
            (
                name, FigureText.count(figures.events(count)),
                count == .people ? "by people" : "\(FigureText.count(figures.byPeople)) by people"
            )
        }
        return KeyFigures(items: [
            ("Messages sent", messages, missing.compactMap(\.self).joined(separator: "; ")),
            events("Opens", opens), events("Clicks", clicks), KeyFigures.others(campaigns.rows),
        ]).markup
    }

    private func chart(_ kind: TimeChart.Kind) -> Markup {
        let series = TimeSeries(days.rows, column: 2, isByHour: false, scope: days.scope)
        let chart = TimeChart(
            series: series, kind: kind, classes: count.classes, id: kind.rawValue, zoneName: days.scope.zoneName)
        return """
            <section class="card"><div class="head"><h2>\(kind == .opens ? "Opens" : "Clicks")</h2>\
            \(frame.data("day"))</div>\(chart.figure)</section>
            """
    }

    private struct Campaign {
        let row: ReportRow
        let lastDay: String
        let trend: TimeSeries
    }

    /// The campaigns, those with the latest events first, the larger one of the same day first.
    private var ordered: [Campaign] {
        var ofCampaign: [[String]: [ReportRow]] = [:]
        for row in days.rows where row.values[2].text != nil { ofCampaign[Self.key(row), default: []].append(row) }
        // All trends are of the same days, up to the last one of the time that is shown.
        var scope = days.scope
        let all = TimeSeries(days.rows, column: 2, isByHour: false, scope: scope, reachesEnd: true)
        (scope.firstDay, scope.lastDay) = (Int(all.domain.lowerBound), Int(all.domain.upperBound) - 1)
        return campaigns.rows.map { row in
            let rows = ofCampaign[Self.key(row)] ?? []
            let active = rows.filter { events($0) > 0 }.compactMap { $0.values[2].text }
            return Campaign(
                row: row, lastDay: active.max() ?? "",
                trend: TimeSeries(rows, column: 2, isByHour: false, scope: scope, reachesEnd: true))
        }.sorted { left, right in
            if left.lastDay != right.lastDay { return left.lastDay > right.lastDay }
            return left.row.clicks.total &+ left.row.opens.total > right.row.clicks.total &+ right.row.opens.total
        }
    }

    private func events(_ row: ReportRow) -> UInt64 { row.clicks.events(count) &+ row.opens.events(count) }

    private static func key(_ row: ReportRow) -> [String] { row.values.prefix(2).map { $0.text ?? "" } }

    private var table: Markup {
        let ordered = ordered
        guard !ordered.isEmpty else {
            return """
                <section class="card"><h2>No campaign in this time</h2>\
                <p class="empty">Nothing was sent, opened or clicked in this time. \
                A campaign stands here with its first open or click, within seconds.</p></section>
                """
        }
        let part = count == .people ? "people" : "distinct"
        var table = PageTable(
            caption: caption(ordered), first: "Campaign",
            columns: [
                .number("Sent"), .number("Opened", part), .number("Clicked", part), .number("Click to open", part),
                .number("Not by people", "of all events"), .other("Trend"),
            ])
        for campaign in ordered.prefix(Self.rowsMax) {
            table.rows.append((heading(campaign.row), cells(campaign)))
        }
        return """
            <section class="card"><div class="head"><h2>\(PageFigure.count(ordered.count, "campaign"))</h2>\
            \(frame.data("sec,expId"))</div>\(table.markup)</section>
            """
    }

    private func caption(_ campaigns: [Campaign]) -> String {
        let known = campaigns.contains { $0.row.sent != nil }
        var words = known ? "Rates are of messages delivered, or of those sent where nobody said. " : ""
        if !scope.earlierSends.isEmpty {
            words += "Where messages were sent before this time there is no rate: who opened may have had one of them. "
        }
        words += "The trend is of opens and clicks a \(campaigns.first?.trend.unit.name ?? "day")."
        if campaigns.count > Self.rowsMax {
            words += " The \(Self.rowsMax) latest are shown; "
            words += frame.isFile ? "tremolo report --by sec,expId has all." : "the table has all."
        }
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
        let earlier = scope.earlierSends[
            ReportScope.Campaign(section: row.values[0].text ?? "", experience: row.values[1].text ?? "")]
        let whole = earlier == nil ? RateBase([row]).whole(row) : nil
        let all = row.opens.total &+ row.clicks.total
        func rate(_ part: UInt64?) -> Markup {
            guard let whole, whole > 0 else { return "\(PageFigure.people(part, isComplete: row.uniqueComplete))" }
            return PageFigure.rate(part, of: whole)
        }
        let days = campaign.trend.values(events)
        let trend = SmallCharts.trend(
            days,
            words: "Opens and clicks a \(campaign.trend.unit.name): at most "
                + "\(FigureText.count(days.max() ?? 0)), in the last \(FigureText.count(days.last ?? 0))")
        let sent: Markup =
            earlier.map { "\(PageFigure.count(row.sent))<small>\(FigureText.count($0)) before</small>" }
            ?? "\(PageFigure.count(row.sent))"
        return [
            sent, rate(opened), rate(clicked), PageFigure.rate(clicked, of: opened),
            PageFigure.rate(all &- row.opens.byPeople &- row.clicks.byPeople, of: all), trend,
        ]
    }

    private func events(_ bucket: TimeSeries.Bucket) -> UInt64 {
        bucket.clicks.events(count) &+ bucket.opens.events(count)
    }
}
