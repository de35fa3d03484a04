import Campaigns

/// The few large figures at the head of a page.
struct KeyFigures {
    typealias Item = (name: String, value: String, more: String)

    let items: [Item]

    var markup: Markup {
        let cells = items.map { item -> Markup in
            """
            <div><dt>\(item.name)</dt><dd class="big">\(item.value)</dd><dd class="more">\(item.more)</dd></div>
            """
        }
        return "<dl class=\"figures\">\(cells.joined())</dl>"
    }

    /// What part of all opens and clicks people's figures leave out.
    static func others(_ rows: [ReportRow]) -> Item {
        var all = EngagementFigures()
        for row in rows {
            all.add(row.opens)
            all.add(row.clicks)
        }
        let others = all.total &- all.byPeople
        return (
            "Not by people", PageFigure.percent(others, of: all.total) ?? "–",
            "\(PageFigure.fraction(others, of: all.total)) events: machines, fetches ahead"
                + (all.unknown > 0 ? ", not known" : "")
        )
    }
}
