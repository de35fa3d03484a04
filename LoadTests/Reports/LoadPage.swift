import LoadEngine

/// A report as one HTML page that needs nothing else: the table's figures, the percentile curve of all servers, and of
/// each the timeline. Of several rounds the charts show the one with the middle throughput.
package struct LoadPage: Sendable {
    private let report: LoadReport

    /// Makes the page of a report.
    package init(_ report: LoadReport) {
        self.report = report
    }

    /// The page.
    package var text: String {
        let shown = report.servers.compactMap { server in Self.middle(server.rounds).map { (server.server.name, $0) } }
        var parts = [
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
            "<title>tremolo-load: \(Markup.escaped(report.scenario.name))</title><style>\(Self.style)</style></head>",
            "<body><main><h1>tremolo-load: \(Markup.escaped(report.scenario.name))</h1>",
            "<p>\(Markup.escaped(report.scenario.about))</p>",
            "<p class=\"\(report.isRight ? "right" : "wrong")\">\(verdict)</p>",
            "<pre>\(Markup.escaped(LoadTable(report).text))</pre>",
            LoadCharts.percentiles(shown.map { ($0.0, $0.1.loop.latency) }).svg,
        ]
        for (name, run) in shown {
            parts.append(LoadCharts.timeline(name, run.loop.seconds).svg)
            parts.append(LoadCharts.throughput(name, run.loop.seconds).svg)
        }
        parts.append("<h2>Command</h2><pre>\(Markup.escaped(report.command.joined(separator: " ")))</pre>")
        parts.append("</main></body></html>")
        return parts.joined(separator: "\n") + "\n"
    }

    private var verdict: String {
        report.isRight ? "Every answer was as expected." : "Not everything was as expected: see below."
    }

    /// The run with the middle throughput.
    private static func middle(_ rounds: [RunFigures]) -> RunFigures? {
        let sorted = rounds.sorted { $0.requestsPerSecond < $1.requestsPerSecond }
        return sorted.isEmpty ? nil : sorted[sorted.count / 2]
    }

    private static let style =
        "body{font:15px/1.5 system-ui,sans-serif;margin:0;color:#1b1d21;background:#fff}"
        + "main{max-width:1000px;margin:0 auto;padding:24px 16px}h1{font-size:24px}h2{font-size:18px}"
        + "pre{overflow-x:auto;background:#f4f5f7;padding:12px;border-radius:6px;font-size:12.5px;line-height:1.45}"
        + "svg{display:block;max-width:100%;height:auto;margin:24px 0}.right{color:#1a7f5a}.wrong{color:#a61e4d;"
        + "font-weight:600}@media(prefers-color-scheme:dark){body{color:#eceef2;background:#16181d}"
        + "pre{background:#22252c}.right{color:#5fd0a2}.wrong{color:#f080a8}}"
}
