package import Campaigns
import Bytes

/// How the node is, and where every event went.
package struct HealthPage: Sendable {
    /// What there is to tell.
    package struct Standing: Equatable, Sendable {
        /// True while the edge is able to accept.
        package var isReady: Bool
        /// The parts in trouble, and what it is.
        package var troubles: [(part: String, trouble: String)]
        /// What the store says, and what the workers hold; nil when the store can't be read.
        package var accounting: ReportAccounting?
        /// Up to when figures tell, nanoseconds since 1970 UTC; 0 when nothing was counted yet.
        package var asOfNanoseconds: UInt64
        /// Other facts of the node, each with its name.
        package var facts: [(name: String, value: String)]
        /// True for whoever may have the configuration read again.
        package var mayAct: Bool

        package init(
            isReady: Bool, troubles: [(part: String, trouble: String)], accounting: ReportAccounting?,
            asOfNanoseconds: UInt64, facts: [(name: String, value: String)], mayAct: Bool
        ) {
            self.isReady = isReady
            self.troubles = troubles
            self.accounting = accounting
            self.asOfNanoseconds = asOfNanoseconds
            self.facts = facts
            self.mayAct = mayAct
        }

        package static func == (left: Standing, right: Standing) -> Bool {
            left.isReady == right.isReady && left.troubles.elementsEqual(right.troubles, by: ==)
                && left.accounting == right.accounting && left.asOfNanoseconds == right.asOfNanoseconds
                && left.facts.elementsEqual(right.facts, by: ==) && left.mayAct == right.mayAct
        }
    }

    private let standing: Standing
    private let frame: PageFrame

    package init(_ standing: Standing, frame: PageFrame) {
        self.standing = standing
        self.frame = frame
    }

    /// The document, UTF-8.
    package func bytes() -> [UInt8] {
        frame.document(
            title: "Health",
            content: """
                <h1>Health</h1><p class="lead">How this node is, and where every event went</p>\(state)
                \(accounting)
                <div class="pair"><section class="card"><div class="head"><h2>This node</h2>\(Self.links)</div>\
                \(facts)</section>\(actions)</div>
                """)
    }

    private var state: Markup {
        let troubles = standing.troubles.map {
            "<p><b>\($0.part)</b>: \(TerminalText.escape($0.trouble))</p>" as Markup
        }
        let head: Markup =
            !standing.isReady
            ? "<p class=\"verdict trouble\">Not ready: no new requests should be sent here.</p>"
            : troubles.isEmpty
                ? "<p class=\"verdict ok\">Ready, and nothing is wrong.</p>"
                : "<p class=\"verdict trouble\">Ready; something needs a person.</p>"
        return "<section class=\"card\">\(head)\(troubles.joined())</section>"
    }

    private static let links: Markup =
        "<span class=\"data\"><a href=\"/health.csv\">CSV</a> · <a href=\"/health.json\">JSON</a></span>"

    private static let meanings: [(name: String, meaning: String)] = [
        ("counted", "in the figures for good"),
        ("pending", "journaled, in windows that are still open: provisional"),
        ("damaged", "damaged in the journal before they were counted"),
        ("expired", "counted, and their records deleted since"),
        ("waiting", "in memory, because the journal can’t be written"),
        ("lost", "found no room to wait"),
    ]

    private var accounting: Markup {
        guard let accounting = standing.accounting else {
            return """
                <section class="card"><h2>Accounting</h2>\
                <p class="empty">The store can’t be read now. Clicks and opens \
                are answered and recorded all the same.</p></section>
                """
        }
        let events = Dictionary(
            accounting.entries.map { ($0.name, $0.events) }, uniquingKeysWith: { first, _ in first })
        let received = accounting.received
        var table = PageTable(
            narrow: .fold, caption: asOf, first: "Events",
            columns: [.bar, .number("Events"), .number("Share"), .other("Meaning")])
        for (name, meaning) in Self.meanings {
            let count = events[name] ?? 0
            table.rows.append(
                (
                    "\(name)",
                    [
                        SmallCharts.bar([(count, "k-human")], of: received), "\(FigureText.count(count))",
                        "\(PageFigure.percent(count, of: received) ?? "–")", "\(meaning)",
                    ]
                ))
        }
        return """
            <section class="card"><div class="head"><h2>\(FigureText.count(received)) events received: \
            where each of them is</h2>\(Self.links)</div>\(table.markup)</section>
            """
    }

    private var asOf: String {
        standing.asOfNanoseconds == 0
            ? "Nothing was counted yet." : "As of \(RFC3339.string(standing.asOfNanoseconds, fractionDigits: 0))."
    }

    private var facts: Markup {
        let rows = standing.facts.map {
            "<tr><th scope=\"row\">\($0.name)</th><td class=\"v\">\($0.value)</td></tr>" as Markup
        }
        return "<table><tbody>\(rows.joined())</tbody></table>"
    }

    private var actions: Markup {
        let content: Markup =
            standing.mayAct
            ? """
            <p class="note">Reads the configuration again and puts into force what can change without a restart. \
            With a problem in it, nothing changes.</p>\
            <form action="/reload" method="post"><button>Read the configuration again</button></form>
            """
            : "<p class=\"empty\">Actions need the operator’s token.</p>"
        return "<section class=\"card\"><h2>Actions</h2>\(content)</section>"
    }

    /// Everything that the page tells, as CSV: of the node, of each trouble, of the accounting and of each fact a line.
    package func csv() -> [UInt8] {
        var lines = [("node", "asOf", asOfText ?? ""), ("node", "ready", "\(standing.isReady)")]
        lines += standing.troubles.map { ("trouble", $0.part, $0.trouble) }
        lines += (standing.accounting?.entries ?? []).map { ("accounting", $0.name, "\($0.events)") }
        lines += standing.facts.map { ("fact", $0.name, $0.value) }
        let text = lines.map { subject, name, value in
            [subject, name, value].map(CSVCell.text).joined(separator: ",") + "\r\n"
        }
        return Array(("subject,name,value\r\n" + text.joined()).utf8)
    }

    private var asOfText: String? {
        standing.asOfNanoseconds == 0 ? nil : RFC3339.string(standing.asOfNanoseconds)
    }

    /// Everything that the page tells, as one JSON object.
    package func json() -> [UInt8] {
        var writer = JSONWriter(layout: .compact)
        writer.beginObject()
        writer.key("asOf")
        if let asOfText { writer.string(asOfText) } else { writer.null() }
        writer.key("ready")
        writer.bool(standing.isReady)
        writer.key("accounting")
        if let accounting = standing.accounting {
            writer.beginObject()
            for entry in accounting.entries {
                writer.key(entry.name)
                writer.number(entry.events)
            }
            writer.endObject()
        } else {
            writer.null()
        }
        // Parts and facts come in an order, and no name stands for two.
        for (key, pairs) in [
            ("troubles", standing.troubles.map { ($0.part, $0.trouble) }),
            ("facts", standing.facts.map { ($0.name, $0.value) }),
        ] {
            writer.key(key)
            writer.beginObject()
            for (name, value) in pairs {
                writer.key(name)
                writer.string(value)
            }
            writer.endObject()
        }
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }
}
