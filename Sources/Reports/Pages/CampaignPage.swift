import Bytes
package import Campaigns

/// One campaign: over time, by variation, its links, who was there with what, and what became of links that did not
/// lead straight on.
package struct CampaignPage: Sendable {
    private let frame: PageFrame
    private let answers: [Part: ReportAnswer]
    private let hours: ReportAnswer?
    private let notes: [String]

    private enum Part: CaseIterable {
        case whole, time, variations, links, clients, devices, countries, repairs, outcomes, hosts

        var columns: [ReportColumn] {
            switch self {
            case .whole: [.sec, .expId]
            case .time: [.day]
            case .variations: [.va]
            case .links: [.link]
            case .clients: [.client]
            case .devices: [.device]
            case .countries: [.country]
            case .repairs: [.repair]
            case .outcomes: [.outcome]
            case .hosts: [.host]
            }
        }
    }

    /// What lasted for at most so many days is drawn by the hour.
    private static let hourlyDaysMax = 8

    /// What has to be asked, in the order in which the answers are given.
    ///
    /// - Parameter view: of one section and experience.
    package static func questions(
        _ view: PageView, nowNanoseconds now: UInt64
    ) throws(PageView.Problem) -> [ReportQuestion] {
        guard view.section != nil else { throw .missing("sec") }
        guard view.experience != nil else { throw .missing("expId") }
        var questions: [ReportQuestion] = []
        for part in Part.allCases {
            let question = try view.question(by: part.columns, nowNanoseconds: now, tellsPeople: part != .time)
            // What is kept by the day can't tell of hours: such a part is left out.
            let isKept = !part.columns.contains(where: \.isFacet) || question.isOfWholeDays
            if isKept { questions.append(question) }
        }
        return questions
    }

    /// What has to be asked further, of the same state of the store: hours, where there are few days.
    package static func followUp(_ questions: [ReportQuestion], _ answers: [ReportAnswer]) -> [ReportQuestion] {
        guard let index = questions.firstIndex(where: { $0.by == [.day] }) else { return [] }
        let days = answers[index].rows.compactMap { row in
            row.values.first?.text.flatMap { RFC3339.civilDate($0) }?.dayNumber
        }
        guard let first = days.min(), let last = days.max(), last - first < hourlyDaysMax else { return [] }
        var question = questions[index]
        question.by = [.hour]
        return [question]
    }

    /// - Parameter answers: those to `questions` and to `followUp`, all of one state of the store.
    package init(_ answers: [ReportAnswer], frame: PageFrame, notes: [String] = []) {
        self.frame = frame
        self.notes = notes
        var parts: [Part: ReportAnswer] = [:]
        for answer in answers {
            if let part = Part.allCases.first(where: { $0.columns == answer.columns }) { parts[part] = answer }
        }
        hours = answers.first { $0.columns == [.hour] }
        self.answers = parts
    }

    private var count: PageView.Count { frame.view.count }
    private func rows(_ part: Part) -> [ReportRow] { answers[part]?.rows ?? [] }
    private var whole: ReportRow { rows(.whole).first ?? ReportRow(values: []) }

    /// The document, UTF-8.
    package func bytes() -> [UInt8] {
        let values = whole.values
        let name = values.count > 1 ? PageFigure.words(values[1]) : frame.view.experience ?? ""
        let section = values.first.map { PageFigure.words($0) } ?? frame.view.section ?? ""
        let id = values.count > 1 && values[1].name != nil ? "expId \(values[1].text ?? "") · " : ""
        return frame.document(
            title: name,
            content: """
                <h1>\(name)</h1><p class="lead">\(id)\(section)</p>\(frame.choices)\(figures)
                <div class="pair">\(overTime(.opens))\(overTime(.clicks))</div>
                \(variations)
                \(links)
                <div class="pair">\(facet(.clients, "Mail clients and browsers", "Client"))\
                \(facet(.devices, "Devices", "Device"))</div>
                <div class="pair">\(facet(.countries, "Countries", "Country"))\(repairs)</div>
                <div class="pair">\(outcomes)\(hosts)</div>
                """,
            footer: answers[.whole].map { frame.basis($0, notes: notes) } ?? "")
    }

    private var figures: Markup {
        let row = whole
        let base = RateBase([row])
        let (opened, clicked) = (row.opens.persons(count), row.clicks.persons(count))
        let mailed = base == .opened ? nil : base.whole(row)
        let all = row.opens.total &+ row.clicks.total
        let aside = all &- row.opens.byPeople &- row.clicks.byPeople
        let who = count == .people ? "people" : "distinct, machines included"
        func figure(_ name: String, _ part: UInt64?, _ whole: UInt64?) -> (String, String, String) {
            guard let percent = PageFigure.percent(part, of: whole) else {
                return (name, PageFigure.people(part, isComplete: row.uniqueComplete), who)
            }
            return ("\(name) rate", percent, PageFigure.fraction(part, of: whole))
        }
        let ofWhat = base == .delivered ? "\(PageFigure.count(row.delivered)) delivered" : ""
        let toOpen: (String, String, String) = (
            "Click to open", PageFigure.percent(clicked, of: opened) ?? "–", PageFigure.fraction(clicked, of: opened)
        )
        let sent = (
            "Messages sent", PageFigure.count(row.sent),
            row.sent == nil ? "not recorded in this time" : ofWhat
        )
        let machines = (
            count == .people ? "Set apart" : "Not by people", PageFigure.percent(aside, of: all) ?? "–",
            "\(PageFigure.fraction(aside, of: all)) events"
        )
        // Without a number of messages the rate of clicks to opens is the only one there is.
        return mailed == nil
            ? KeyFigures(items: [figure("Opened", opened, nil), figure("Clicked", clicked, nil), toOpen, machines])
                .markup
            : KeyFigures(items: [sent, figure("Open", opened, mailed), figure("Click", clicked, mailed), machines])
                .markup
    }

    private func overTime(_ kind: TimeChart.Kind) -> Markup {
        let isByHour = hours != nil
        let series = TimeSeries(hours?.rows ?? rows(.time), column: 0, isByHour: isByHour)
        let chart = TimeChart(series: series, kind: kind, classes: count.classes, id: kind.rawValue)
        return card(kind == .opens ? "Opens" : "Clicks", isByHour ? "hour" : "day", chart.figure)
    }

    private func card(_ title: String, _ by: String, _ content: Markup, isCut: Bool = false) -> Markup {
        """
        <section class="card"><div class="head"><h2>\(title)</h2>\(frame.data(by))</div>\(content)</section>
        """
    }

    // MARK: Variations

    private var variations: Markup {
        let rows = rows(.variations)
        guard rows.count > 1 else { return "" }
        let base = RateBase(rows)
        var table = PageTable(
            caption: "Rates are of \(base.name).", first: "Variation",
            columns: [
                .number("Sent"), .number("Opened", "people"), .number("Clicked", "people"),
                .number("Open rate"), .number("Click rate"),
            ])
        for row in rows.prefix(Self.rowsMax) {
            let whole = base.whole(row)
            table.rows.append(
                (
                    PageFigure.value(row.values.first, absent: "(without va)"),
                    [
                        "\(PageFigure.count(row.sent))",
                        "\(PageFigure.people(row.opens.people, isComplete: row.uniqueComplete))",
                        "\(PageFigure.people(row.clicks.people, isComplete: row.uniqueComplete))",
                        base == .opened ? "–" : PageFigure.rate(row.opens.people, of: whole),
                        PageFigure.rate(row.clicks.people, of: whole),
                    ]
                ))
        }
        return card("Variations", "va", verdicts(rows) + table.markup)
    }

    private func verdicts(_ rows: [ReportRow]) -> Markup {
        let comparisons = [VariationComparison.Measure.clickRate, .openRate].compactMap {
            VariationComparison(rows, measure: $0)
        }
        return comparisons.isEmpty
            ? "<p class=\"empty\">The variations can’t be compared yet: it takes opens or sends of two of them.</p>"
            : "<div class=\"pair verdicts\">\(comparisons.map(\.markup).joined())</div>"
    }

    // MARK: Lists

    /// More rows are for the table's own page.
    private static let rowsMax = 20

    private var links: Markup {
        let rows = rows(.links).filter { $0.clicks.total > 0 && $0.values.first?.text != nil }
            .sorted { $0.clicks.events(count) > $1.clicks.events(count) }
        guard !rows.isEmpty else { return card("Links", "link", "<p class=\"empty\">No clicks yet.</p>") }
        let who = count == .people ? "people" : "distinct"
        let sum = rows.reduce(UInt64(0)) { $0 &+ $1.clicks.events(count) }
        var table = PageTable(
            narrow: .rank, caption: caption("Ranked by clicks\(count == .people ? " of people" : "").", rows.count),
            first: "Link",
            columns: [
                .bar, .number("Clicks"), .spare("Share"), .number("Clicked", who),
                .number(count == .people ? "Set apart" : "Not by people", "clicks"),
            ])
        for row in rows.prefix(Self.rowsMax) {
            let clicks = row.clicks.events(count)
            table.rows.append(
                (
                    PageFigure.value(row.values.first),
                    [
                        bar(row.clicks, of: rows.map { $0.clicks.events(count) }.max() ?? 0),
                        "\(FigureText.count(clicks))", "\(PageFigure.percent(clicks, of: sum) ?? "–")",
                        "\(PageFigure.people(row.clicks.persons(count), isComplete: row.uniqueComplete))",
                        "\(FigureText.count(row.clicks.total &- row.clicks.byPeople))",
                    ]
                ))
        }
        return card("Links", "link", table.markup)
    }

    private func caption(_ words: String, _ rows: Int) -> String {
        guard rows > Self.rowsMax else { return words }
        return "\(words) The first \(Self.rowsMax) of \(FigureText.count(UInt64(rows))) are shown; the table has all."
    }

    private func bar(_ figures: EngagementFigures, of longest: UInt64) -> Markup {
        let people: (UInt64, String) = (figures.byPeople, "k-human")
        return SmallCharts.bar(
            count == .people ? [people] : [people, (figures.total &- figures.byPeople, "k-machine")], of: longest)
    }

    /// A list by something that opens and clicks have both.
    private func facet(_ part: Part, _ title: String, _ first: String) -> Markup {
        guard let answer = answers[part] else { return withoutHours(title) }
        let by = part.columns[0].rawValue
        func events(_ row: ReportRow) -> UInt64 { row.opens.events(count) &+ row.clicks.events(count) }
        let rows = answer.rows.filter { events($0) > 0 }.sorted { events($0) > events($1) }
        guard rows.contains(where: { $0.values.first?.text?.isEmpty == false }) else {
            return card(title, by, "<p class=\"empty\">Not known of any event in this time.</p>")
        }
        var table = PageTable(
            narrow: .rank,
            caption: caption("Ranked by opens and clicks\(count == .people ? " of people" : "").", rows.count),
            first: first, columns: [.bar, .number("Opens"), .number("Clicks")])
        for row in rows.prefix(Self.rowsMax / 2) {
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
        return card(title, by, table.markup)
    }

    private func withoutHours(_ title: String) -> Markup {
        """
        <section class="card"><h2>\(title)</h2>\
        <p class="empty">Kept by the day: choose a time of whole days.</p></section>
        """
    }

    private var repairs: Markup {
        guard let answer = answers[.repairs] else { return withoutHours("Repaired links") }
        let rows = answer.rows.filter { $0.values.first?.text != nil && $0.clicks.total > 0 }
            .sorted { $0.clicks.total > $1.clicks.total }
        guard !rows.isEmpty else {
            return card("Repaired links", "repair", "<p class=\"empty\">No link came damaged.</p>")
        }
        var table = PageTable(
            narrow: .rank,
            caption: caption("What mail systems did to links and was undone; a link may have several.", rows.count),
            first: "Repair", columns: [.bar, .number("Clicks")])
        for row in rows.prefix(Self.rowsMax / 2) {
            table.rows.append(
                (
                    PageFigure.value(row.values.first),
                    [
                        SmallCharts.bar([(row.clicks.total, "k-human")], of: rows[0].clicks.total),
                        "\(FigureText.count(row.clicks.total))",
                    ]
                ))
        }
        return card("Repaired links", "repair", table.markup)
    }

    private var outcomes: Markup {
        guard let answer = answers[.outcomes] else { return withoutHours("What clicks were answered") }
        let rows = answer.rows.filter { $0.clicks.total &+ $0.clicks.refused > 0 }
        guard !rows.isEmpty else {
            return card("What clicks were answered", "outcome", "<p class=\"empty\">No clicks yet.</p>")
        }
        let counts = rows.map { $0.clicks.total &+ $0.clicks.refused }
        var table = PageTable(
            narrow: .rank, caption: "All clicks, machines included; refused ones count nowhere else.", first: "Answer",
            columns: [.bar, .number("Clicks")])
        for (row, clicks) in zip(rows, counts) {
            table.rows.append(
                (
                    PageFigure.value(row.values.first),
                    [
                        SmallCharts.bar([(clicks, "k-human")], of: counts.max() ?? 0), "\(FigureText.count(clicks))",
                    ]
                ))
        }
        return card("What clicks were answered", "outcome", table.markup)
    }

    private var hosts: Markup {
        guard let answer = answers[.hosts] else { return withoutHours("Hosts that are not listed") }
        let rows = answer.rows.filter { $0.values.first?.text != nil && $0.clicks.asked &+ $0.clicks.refused > 0 }
            .sorted { $0.clicks.asked &+ $0.clicks.refused > $1.clicks.asked &+ $1.clicks.refused }
        guard !rows.isEmpty else {
            return card("Hosts asked about or refused", "host", "<p class=\"empty\">None.</p>")
        }
        var table = PageTable(
            narrow: .rank, caption: caption("Where links lead that the section does not list.", rows.count),
            first: "Host",
            columns: [.number("Asked"), .number("Refused")])
        for row in rows.prefix(Self.rowsMax / 2) {
            table.rows.append(
                (
                    PageFigure.value(row.values.first),
                    ["\(FigureText.count(row.clicks.asked))", "\(FigureText.count(row.clicks.refused))"]
                ))
        }
        return card("Hosts asked about or refused", "host", table.markup)
    }
}

extension ReportQuestion {
    /// True when no bound cuts a day.
    var isOfWholeDays: Bool { [since, until].allSatisfy { $0?.isWholeDay ?? true } }
}
