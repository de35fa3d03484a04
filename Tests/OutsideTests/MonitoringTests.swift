import Foundation
import TestSupport
import Testing

@Suite(
    "Prometheus takes the metrics, and the examples ask for nothing that is not there",
    .enabled(if: OutsideProgram.isAskedFor))
struct MonitoringTests {
    private static let promtool = "/usr/bin/promtool"
    private static let examples = OutsideProgram.root.appendingPathComponent("Config/examples").path

    @Test("promtool finds nothing wrong with the metrics of a server that has answered")
    func metrics() throws {
        let folder = try TemporaryFolder()
        // One that ships, or would, has the most metrics.
        let configuration = folder.path + "/tremolo.json5"
        let text = try String(contentsOfFile: OutsideProgram.configuration, encoding: .utf8)
        let shipping = text.replacing("endpoints: []", with: "endpoints: [\"http://127.0.0.1:1\"]")
        #expect(shipping != text)
        try shipping.write(toFile: configuration, atomically: true, encoding: .utf8)
        let edge = try RunningEdge(data: folder.path + "/data", configuration: configuration)
        let client = try BlockingHTTPClient(port: edge.port)
        _ = try client.get("/tremclk?sec=8781202&cuid=a&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F%26amp%3Bx")
        _ = try client.get("/tremop?sec=8781202&cuid=a")
        _ = try client.get("/nothing")
        let page = try Self.page(edge)
        let checked = try run([Self.promtool, "check", "metrics"], input: page)
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
        #expect((checked.output + checked.errors).isEmpty, "\(checked.output)\(checked.errors)")
        let names = Set(
            page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { "\($0.split(separator: " ")[2])" })
        for file in ["prometheus-alerts.yml", "grafana-dashboard.json"] {
            let text = try String(contentsOfFile: "\(Self.examples)/\(file)", encoding: .utf8)
            let asked = Set(
                text.matches(of: /\b(?:tremolo|process)_[a-z_]+/).map { match in
                    String(match.output).replacing(/_bucket$/, with: "")
                })
            #expect(asked.count > 10 && asked.isSubset(of: names), "\(file): \(asked.subtracting(names).sorted())")
        }
        #expect(edge.end() == 0)
    }

    @Test("promtool reads the alert rules, and each question of the Grafana dashboard")
    func questions() throws {
        let alerts = try run([Self.promtool, "check", "rules", Self.examples + "/prometheus-alerts.yml"])
        #expect(alerts.status == 0, "\(alerts.output)\(alerts.errors)")
        let dashboard = try JSONDocument(
            String(contentsOfFile: Self.examples + "/grafana-dashboard.json", encoding: .utf8))
        var rules = "groups:\n  - name: dashboard\n    rules:\n"
        var count = 0
        for panel in dashboard["panels"].elements {
            #expect(panel["title"].string?.isEmpty == false)
            for target in panel["targets"].elements {
                let question = try #require(target["expr"].string)
                    .replacing("$__rate_interval", with: "5m").replacing("$instance", with: ".*")
                let encoder = JSONEncoder()
                encoder.outputFormatting = .withoutEscapingSlashes
                let quoted = String(decoding: try encoder.encode(question), as: UTF8.self)
                rules += "      - { record: \"a:b\(count)\", expr: \(quoted) }\n"
                count += 1
            }
        }
        #expect(count > 20)
        let folder = try TemporaryFolder()
        try rules.write(toFile: folder.path + "/rules.yml", atomically: true, encoding: .utf8)
        let checked = try run([Self.promtool, "check", "rules", folder.path + "/rules.yml"])
        #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    }

    /// The metrics, once every part of the server has told of itself.
    private static func page(_ edge: RunningEdge) throws -> String {
        let deadline = Date() + 120
        while true {
            let client = try BlockingHTTPClient(port: edge.adminPort)
            try client.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
            let text = try client.receive().text
            if text.contains("tremolo_disk_free_bytes"), text.contains("tremolo_rules_info") { return text }
            try #require(Date() < deadline, "\(text)")
            usleep(50_000)
        }
    }
}
