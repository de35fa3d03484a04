import Campaigns
import Bytes

/// What every page has around its content: the head with the one style sheet, the way to the other pages, the choices
/// of the view, and what the figures rest on.
package struct PageFrame: Sendable {
    /// Where a page stands.
    package enum Place: Equatable, Sendable {
        /// On the admin listener: pages and tables link to each other. The path is the page's own.
        case server(path: String)
        /// In a file of its own, which links to nothing.
        case file
    }

    /// Where it stands.
    let place: Place
    /// The view that it shows.
    let view: PageView
    /// When it is made, nanoseconds since 1970 UTC: nothing later is drawn. Nil where that does not matter.
    let nowNanoseconds: UInt64?

    /// - Parameters:
    ///   - place: where the page stands.
    ///   - view: what it shows.
    ///   - nowNanoseconds: when it is made, nanoseconds since 1970 UTC.
    package init(_ place: Place, view: PageView, nowNanoseconds: UInt64? = nil) {
        self.place = place
        self.view = view
        self.nowNanoseconds = nowNanoseconds
    }

    var isFile: Bool { place == .file }

    /// The whole document.
    func document(title: String, content: Markup, footer: Markup = "") -> [UInt8] {
        let policy: Markup = isFile ? "<meta http-equiv=\"Content-Security-Policy\" content=\"\(filePolicy)\">" : ""
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">\(policy)\
            <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">\
            <title>\(title) · Tremolo</title><style>\(sheet)</style></head>
            <body><div class="page">\(top)<main>
            \(content)
            </main><footer>\(footer)</footer></div></body></html>

            """
        return Array(page.text.utf8)
    }

    /// A document may not say by itself who frames it.
    private var filePolicy: String {
        PageStyle.policy.split(separator: ";").filter { !$0.contains("frame-ancestors") }.joined(separator: ";")
    }

    private var sheet: Markup { Markup(trusted: PageStyle.sheet) }

    private var top: Markup {
        guard case .server(let path) = place else { return "<header class=\"top\"><strong>Tremolo</strong></header>" }
        func link(_ address: String, _ words: String, isHere: Bool) -> Markup {
            "<a href=\"\(address)\"\(isHere ? " aria-current=\"page\"" as Markup : "")>\(words)</a>"
        }
        let overview = view.address("/") { ($0.section, $0.experience, $0.by, $0.until) = (nil, nil, nil, nil) }
        return """
            <header class="top"><strong>Tremolo</strong><nav aria-label="Pages">\
            \(link(overview, "Campaigns", isHere: path == "/"))\(link("/health", "Health", isHere: path == "/health"))\
            </nav></header>
            """
    }

    /// The visible choices: whose events, and of which time.
    var choices: Markup {
        guard case .server(let path) = place else {
            return """
                <p class="view"><span>Counted: <b>\(Self.name(view.count))</b></span>\
                <span>Time: <b>\(view.rangeWords)</b></span></p>
                """
        }
        let counts = PageView.Count.allCases.map { count in
            choice(Self.name(count), view.address(path) { $0.count = count }, isHere: count == view.count)
        }
        let ranges = [("0d", "Today"), ("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"), ("all", "All time")]
            .map { since, words in
                choice(
                    words,
                    view.address(path) {
                        $0.since = since
                        $0.until = nil
                    }, isHere: view.effectiveSince == since && view.until == nil)
            }
        return """
            <div class="view"><span class="choice" role="group" aria-label="Whose events count">\
            \(counts.joined())</span>\
            <span class="choice" role="group" aria-label="Time">\(ranges.joined())</span>\(dates(path))</div>
            """
    }

    private func choice(_ words: String, _ address: String, isHere: Bool) -> Markup {
        "<a href=\"\(address)\"\(isHere ? " aria-current=\"true\"" as Markup : "")>\(words)</a>"
    }

    private func dates(_ path: String) -> Markup {
        let kept = [
            ("sec", view.section), ("expId", view.experience), ("by", view.by),
            ("count", view.count == .people ? nil : view.count.rawValue),
        ].compactMap { name, value -> Markup? in
            value.map { "<input type=\"hidden\" name=\"\(name)\" value=\"\($0)\">" }
        }
        func day(_ text: String?) -> String { text.flatMap { RFC3339.civilDate($0) }?.text ?? "" }
        return """
            <form action="\(path)" method="get">\(kept.joined())<label>from \
            <input type="date" name="since" value="\(day(view.since))"></label><label>before \
            <input type="date" name="until" value="\(day(view.until))"></label><button>Show</button></form>
            """
    }

    /// The view in words.
    var lead: String {
        let words = view.rangeWords.prefix(1).uppercased() + view.rangeWords.dropFirst()
        return "\(words) · \(whose)"
    }

    /// The view in words behind what was selected, each with a way to its page.
    ///
    /// - Parameters:
    ///   - scope: of an answer of the view.
    ///   - isHeaded: true where the experience's name is the page's heading.
    func lead(_ scope: ReportScope, isHeaded: Bool = false) -> Markup {
        var parts: [Markup] = []
        if let sections = scope.sections {
            let names = sections.map { section in
                link("/", named: section) { ($0.section, $0.experience, $0.by) = (section.text, nil, nil) }
            }
            parts.append("Section\(names.count == 1 ? "" : "s") \(names.joined(", "))")
        }
        if let experience = scope.experience {
            // A campaign's page is of one section.
            let name: Markup =
                isHeaded
                ? "\(PageFigure.words(ReportValue(experience.text)))"
                : view.section == nil
                    ? Self.named(experience) : link("/campaign", named: experience) { $0.by = nil }
            parts.append("experience \(name)")
        }
        return (parts + ["\(parts.isEmpty ? lead : view.rangeWords + " · " + whose)"]).joined(" · ")
    }

    private func link(_ path: String, named value: ReportValue, _ change: (inout PageView) -> Void) -> Markup {
        guard case .server(let here) = place, here != path else { return Self.named(value) }
        return "<a href=\"\(view.address(path, change))\">\(Self.named(value))</a>"
    }

    /// A name with its id behind it, or the id.
    private static func named(_ value: ReportValue) -> Markup {
        let id = value.text ?? ""
        return value.name.map { "\(TerminalText.escape($0)) (\(TerminalText.escape(id)))" }
            ?? "\(PageFigure.words(value))"
    }

    private var whose: String { "events \(view.count == .people ? "of people" : "of everybody, machines included")" }

    /// How a choice of whose events is called.
    static func name(_ count: PageView.Count) -> String { count == .people ? "People" : "Everything" }

    /// Ways to the same figures as data; nothing in a file.
    ///
    /// - Parameter by: the table's columns, as a report's `--by` takes them.
    func data(_ by: String, isCut: Bool = false) -> Markup {
        guard !isFile else { return "" }
        let all: Markup =
            isCut || view.by != nil ? "" : "<a href=\"\(view.address("/table") { $0.by = by })\">table</a> · "
        return """
            <span class="data">\(all)<a href="\(view.address("/table.csv") { $0.by = by })">CSV</a> · \
            <a href="\(view.address("/table.json") { $0.by = by })">JSON</a></span>
            """
    }

    /// What the figures rest on, for the foot of a page.
    func basis(_ answer: ReportAnswer, notes: [String]) -> Markup {
        let sentences = TableNotes(answer, notes: notes).pageSentences
        return sentences.map { "<p>\($0)</p>" as Markup }.joined()
    }
}
