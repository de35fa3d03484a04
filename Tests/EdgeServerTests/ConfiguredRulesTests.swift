import Bytes
import Settings
import Testing
import TrackingLinks

@testable import EdgeServer

@Suite("Rules and dates of a section are compiled in its own time zone")
struct ConfiguredRulesTests {
    private func problems(_ links: String) -> [String] {
        let bytes = Array("{ sections: { a: { links: { \(links) } } } }".utf8)
        let reading = ConfigurationReader(checks: .complete).read(bytes.span, fileName: "t.json5")
        return reading.problems.map(\.description)
    }

    @Test("Every rule that can't be used is named, with what to do")
    func refused() {
        let all = problems(
            """
            kill: ["a.example", "A.example", "b c"],
            expire: [{ from: "https://a.example/?x", after: "2026-12-31", to: "https://a.example/" },
                     { from: "https://a.example/", after: "2026-12-31", to: "mailto:a" }],
            rewrite: [{ from: "https://a.example/x", to: "https://b.example/?y" }]
            """)
        let starts = [
            "t.json5:1:49: sections.a.links.kill[1]: another rule of this list",
            "t.json5:1:62: sections.a.links.kill[2]: it is no host",
            "t.json5:2:18: sections.a.links.expire[0].from: it has a query",
            "t.json5:3:65: sections.a.links.expire[1].to: no redirect",
            "t.json5:4:46: sections.a.links.rewrite[0].to: it has a query",
        ]
        #expect(all.count == starts.count, "\(all)")
        for (line, start) in zip(all, starts) { #expect(line.hasPrefix(start), "\(line)") }
    }

    @Test("A day ends when the section's clocks show the next one; a moment is the same everywhere")
    func zones() throws {
        let configuration = try #require(
            readConfiguration(
                """
                { sections: {
                    b: { timezone: "Europe/Berlin", otherwise: "observe", observeUntil: "2026-12-31" },
                    u: { otherwise: "observe", observeUntil: "2026-12-31" },
                    m: { timezone: "Asia/Tokyo", otherwise: "observe", observeUntil: "2026-12-31T12:00:00Z" },
                    e: { timezone: "Asia/Tokyo", links: {
                         expire: [{ from: "https://a.example/", after: "2026-12-31", to: "https://b.example/" }] } },
                } }
                """))
        let table = try EdgeSections.table(configuration)
        let ends = ["b", "u", "m", "e"].map { id in
            let bytes = Array(id.utf8)
            let number = table.number(of: bytes.span)
            return table.policy(of: number).nextChange(after: 0).map { RFC3339.string($0, fractionDigits: 0) }
        }
        #expect(
            ends == ["2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z", "2026-12-31T12:00:00Z", "2026-12-31T15:00:00Z"])
    }
}
