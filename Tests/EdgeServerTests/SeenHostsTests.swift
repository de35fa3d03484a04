import Bytes
import Campaigns
import Settings
import Testing

@testable import EdgeServer

@Suite("What people clicked and no section lists is written down for review")
struct SeenHostsTests {
    private static let moment: UInt64 = 1_795_428_000_000_000_000
    private static let configuration = """
        { sections: {
            "2": { name: "Two", hosts: ["www.shop.example", "*.shop.example", "port.example:8443", "ten.example:80"] },
            "1": {}, "3": {},
          } }
        """

    private func row(
        _ section: String, _ host: String?, _ clicks: UInt64, of name: String = "human", refused: UInt64 = 0,
        sample: String? = nil
    ) -> ReportRow {
        var row = ReportRow(values: [ReportValue(section), ReportValue(host), ReportValue(name)])
        row.clicks = EngagementFigures(human: clicks, refused: refused)
        row.host = host.map { host in
            HostSighting(
                firstSeenNanoseconds: Self.moment, lastSeenNanoseconds: Self.moment + 86_400_000_000_000,
                sample: sample ?? "https://\(host)/a")
        }
        return row
    }

    private func seen(_ rows: [ReportRow], min: UInt64 = 1) throws -> SeenHosts {
        let configuration = try #require(readConfiguration(Self.configuration))
        let question = SeenHosts.question(sections: nil, since: nil)
        let answer = ReportAnswer(asOfNanoseconds: Self.moment, columns: question.by, rows: rows)
        return try SeenHosts(answer, configuration: configuration, clicksMin: min)
    }

    @Test("Clicks of people count, refused ones too; machines, opens and unknown sections bring nothing in")
    func whoCounts() throws {
        let seen = try seen(
            [
                row("1", "b.example", 2), row("1", "a.example", 2), row("1", "c.example", 0, refused: 3),
                row("1", "bot.example", 900, of: "machine"), row("1", "proxy.example", 900, of: "proxy"),
                row("1", "few.example", 1), row("1", nil, 77), row("(unknown)", "u.example", 9),
                row("2", "(other)", 5),
            ], min: 2)
        #expect(seen.sections.map(\.id) == ["2", "1"])
        #expect(seen.sections[1].hosts.map(\.name) == ["c.example", "a.example", "b.example"])
        #expect(seen.sections[1].hosts.map(\.clicks) == [3, 2, 2])
        #expect(seen.sections[0].hosts.isEmpty && seen.sections[0].clicksToOthers == 5)
    }

    @Test("What is listed is left out, ports as the list has them; what can't be listed says why")
    func listed() throws {
        let seen = try seen([
            row("2", "www.shop.example", 9), row("2", "a.b.shop.example", 9), row("2", "shop.example", 1),
            row("2", "port.example", 1), row("2", "port.example:8443", 9), row("2", "www.shop.example:8443", 1),
            row("2", "ten.example", 9), row("2", "*.shop.example", 1), row("2", "x.example.", 1),
            row("2", "x\",\"y.example", 1),
        ])
        let hosts = try #require(seen.sections.first).hosts
        #expect(
            hosts.filter { $0.refusal == nil }.map(\.name) == [
                "port.example", "shop.example", "www.shop.example:8443",
            ])
        #expect(hosts.filter { $0.refusal != nil }.map(\.name) == ["*.shop.example", "x\",\"y.example", "x.example."])
    }

    @Test("The text is a configuration that holds the hosts alone, and nothing from a link leaves its comment")
    func text() throws {
        let odd = "https://a.example/\n\"evil.example\",\u{2028}\"evil.example\",\u{1B}[2J"
        let seen = try seen([
            row("2", "a.example", 1, sample: odd), row("2", "b.example", 3), row("2", "*.c.example", 2),
            row("1", "d.example", 1), row("1", "(other)", 4),
        ])
        let bytes = Array(seen.json5.utf8)
        let reading = ConfigurationReader(checks: .complete).read(bytes.span, fileName: "seen.json5")
        #expect(reading.problems == [])
        #expect(reading.configuration?.section("2")?.hosts == ["b.example", "a.example"])
        #expect(reading.configuration?.section("1")?.hosts == ["d.example"])
        #expect(
            seen.json5.contains(
                "        \"b.example\",  // 3 clicks, 2026-11-23T10:00:00Z to 2026-11-24T10:00:00Z, such as "
                    + "https://b.example/a\n"
            ))
        #expect(seen.json5.contains("// can't be listed: *.c.example: 2 clicks, "))
        #expect(seen.json5.contains("// 4 clicks to hosts that are not told apart"))
        #expect(seen.json5.unicodeScalars.allSatisfy { $0 == "\n" || (0x20...0x7E).contains($0.value) })
        #expect(try self.seen([row("2", "www.shop.example", 9)]).json5.isEmpty)
    }
}
