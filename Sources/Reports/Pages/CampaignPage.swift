import Bytes
package import Campaigns

/// One campaign: over time, by variation, its links, who was there with what, and what became of links that did not
/// lead straight on.
package struct CampaignPage: Sendable {
    let frame: PageFrame
    let answers: [Part: ReportAnswer]
    private let hours: ReportAnswer?
    private let notes: [String]

    enum Part: CaseIterable {
        case whole, time, variations, links, clients, devices, countries, repairs, outcomes, hosts
        /// All of its time, asked only where nothing is in the one that is shown.
        case life

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
            case .life: [.expId]
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
        for part in Part.allCases where part != .life {
            let question = try view.question(by: part.columns, nowNanoseconds: now, tellsPeople: part != .time)
            // What is kept by the day can't tell of hours: such a part is left out.
            let isKept = !part.columns.contains(where: \.isFacet) || question.isOfWholeDays
            if isKept { questions.append(question) }
        }
        return questions
    }

    /// What has to be asked further, of the same state of the store: hours, where there are few days, and whether there
    /// is such a campaign at all, where there is nothing.
    package static func followUp(_ questions: [ReportQuestion], _ answers: [ReportAnswer]) -> [ReportQuestion] {
        var further: [ReportQuestion] = []
        if let index = questions.firstIndex(where: { $0.by == [.day] }), isShort(answers[index]) {
            var question = questions[index]
            question.by = [.hour]
            further.append(question)
        }
        if let index = questions.firstIndex(where: { $0.by == Part.whole.columns }), answers[index].rows.isEmpty {
            var question = questions[index]
            (question.by, question.since, question.until, question.tellsPeople) = (Part.life.columns, nil, nil, false)
            further.append(question)
        }
        return further
    }

    /// True where hours can be told apart: of the range that is asked for, else of the days that have something.
    private static func isShort(_ answer: ReportAnswer) -> Bool {
        let days = answer.rows.compactMap { row in
            row.values.first?.text.flatMap { RFC3339.civilDate($0) }?.dayNumber
        }
        guard let first = days.min(), let last = days.max() else { return false }
        guard let start = answer.scope.firstDay else { return last - first < hourlyDaysMax }
        return max(last, answer.scope.lastDay ?? last) - min(first, start) < hourlyDaysMax
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

    var count: PageView.Count { frame.view.count }
    private func rows(_ part: Part) -> [ReportRow] { answers[part]?.rows ?? [] }
    private var scope: ReportScope { answers[.whole]?.scope ?? ReportScope() }
    private var whole: ReportRow {
        rows(.whole).first
            ?? ReportRow(
                values: [], clicks: EngagementFigures(unique: 0, people: 0),
                opens: EngagementFigures(unique: 0, people: 0))
    }

    /// True where messages were sent before the time that is shown: then there is no denominator in it.
    private var isCut: Bool { !scope.earlierSends.isEmpty }

    /// True where nothing was ever sent, opened, clicked or named under these ids.
    package var isUnknown: Bool {
        answers[.whole] != nil && rows(.whole).isEmpty && rows(.life).isEmpty && scope.experience?.name == nil
            && !isCut
    }

    /// The document, UTF-8.
    package func bytes() -> [UInt8] {
        guard !isUnknown else { return unknown }
        let name = scope.experience.map { PageFigure.words($0) } ?? frame.view.experience ?? ""
        return frame.document(
            title: name,
            content: """
                <h1>\(name)</h1><p class="lead">\(frame.lead(scope, isHeaded: true))</p>\(frame.choices)\(figures)
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

    private var unknown: [UInt8] {
        MessagePage(
            "There is no such campaign",
            [
                "Nothing was ever sent, opened or clicked of section “\(frame.view.section ?? "")”, experience "
                    + "“\(frame.view.experience ?? "")”.",
                "A campaign stands here with its first open or click, within seconds.",
            ], frame: frame
        ).bytes()
    }

    private var figures: Markup {
        let row = whole
        let base = RateBase([row])
        let (opened, clicked) = (row.opens.persons(count), row.clicks.persons(count))
        let mailed = isCut ? nil : base.whole(row)
        let who = count == .people ? "people" : "distinct, machines included"
        func figure(_ name: String, _ part: UInt64?, _ whole: UInt64?) -> KeyFigures.Item {
            guard let percent = PageFigure.percent(part, of: whole) else {
                return (name, PageFigure.people(part, isComplete: row.uniqueComplete), who)
            }
            return ("\(name) rate", percent, PageFigure.fraction(part, of: whole))
        }
        let others = KeyFigures.others([row])
        // Without a number of messages the rate of clicks to opens is the only one there is.
        if row.sent == nil, !isCut {
            let toOpen: KeyFigures.Item = (
                "Click to open", PageFigure.percent(clicked, of: opened) ?? "–",
                PageFigure.fraction(clicked, of: opened)
            )
            return KeyFigures(items: [figure("Opened", opened, nil), figure("Clicked", clicked, nil), toOpen, others])
                .markup
        }
        let earlier = scope.earlierSends.values.reduce(0, &+)
        let sent: KeyFigures.Item = (
            "Messages sent", PageFigure.count(row.sent),
            isCut
                ? "\(FigureText.count(earlier)) before this time: no rates"
                : base == .delivered ? "\(PageFigure.count(row.delivered)) delivered" : ""
        )
        let names = mailed == nil ? ("Opened", "Clicked") : ("Open", "Click")
        return KeyFigures(
            items: [sent, figure(names.0, opened, mailed), figure(names.1, clicked, mailed), others]
        ).markup
    }

    private func overTime(_ kind: TimeChart.Kind) -> Markup {
        let isByHour = hours != nil
        let series = TimeSeries(
            hours?.rows ?? rows(.time), column: 0, isByHour: isByHour, scope: scope,
            nowNanoseconds: frame.nowNanoseconds)
        let chart = TimeChart(
            series: series, kind: kind, classes: count.classes, id: kind.rawValue, zoneName: hours?.scope.zoneName)
        return card(kind == .opens ? "Opens" : "Clicks", isByHour ? "hour" : "day", chart.figure)
    }

    func card(_ title: String, _ by: String, _ content: Markup) -> Markup {
        """
        <section class="card"><div class="head"><h2>\(title)</h2>\(frame.data(by))</div>\(content)</section>
        """
    }

    // MARK: Variations

    private var variations: Markup {
        let all = rows(.variations)
        guard all.count > 1 else { return "" }
        // Whoever asks for an image with a variation of their own takes no place of those that were sent.
        let rows = all.filter { $0.sent ?? 0 > 0 } + all.filter { $0.sent ?? 0 == 0 }
        let base = isCut ? RateBase.opened : RateBase(rows)
        let rates = base == .opened ? [("Click to open", "")] : [("Open rate", ""), ("Click rate", "")]
        var table = PageTable(
            caption: caption(
                base == .opened ? "Click to open is clicked over opened." : "Rates are of \(base.name).", rows.count,
                shown: Self.rowsMax, by: "va"),
            first: "Variation",
            columns: [.number("Sent"), .number("Opened", "people"), .number("Clicked", "people")]
                + rates.map { .number($0.0) })
        for row in rows.prefix(Self.rowsMax) {
            let whole = base.whole(row)
            let rates =
                base == .opened
                ? [PageFigure.rate(row.clicks.people, of: row.opens.people)]
                : [PageFigure.rate(row.opens.people, of: whole), PageFigure.rate(row.clicks.people, of: whole)]
            table.rows.append(
                (
                    PageFigure.value(row.values.first, absent: "(without va)"),
                    [
                        "\(PageFigure.count(row.sent))",
                        "\(PageFigure.people(row.opens.people, isComplete: row.uniqueComplete))",
                        "\(PageFigure.people(row.clicks.people, isComplete: row.uniqueComplete))",
                    ] + rates
                ))
        }
        return card("Variations", "va", VariationVerdicts(rows, isCut: isCut).markup + table.markup)
    }
}

extension ReportQuestion {
    /// True when no bound cuts a day.
    var isOfWholeDays: Bool { [since, until].allSatisfy { $0?.isWholeDay ?? true } }
}
