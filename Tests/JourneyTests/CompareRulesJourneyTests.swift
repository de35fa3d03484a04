import Foundation
import TestSupport
import Testing

@Suite("What other rules would change is shown before anyone decides, and nothing is changed", .serialized)
final class CompareRulesJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String
    private let rules: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
        rules = folder.path + "/rules"
        try FileManager.default.copyItem(
            atPath: URL(fileURLWithPath: shippedConfiguration()).deletingLastPathComponent().path + "/rules",
            toPath: rules)
    }

    /// One rule more: Thunderbird is a scanner.
    private func suspectThunderbird() throws {
        try "{ userAgents: [{ contains: \"Thunderbird\", class: \"machine\", reason: \"sus\\u001b[2Jpect\" }] }".write(
            toFile: rules + "/00-suspects.json5", atomically: true, encoding: .utf8)
    }

    private func compare(_ arguments: String...) throws -> CommandResult {
        try tremolo(
            ["report", "--data", data, "--config", shippedConfiguration(), "--compare-rules", rules] + arguments)
    }

    private static let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0"

    /// Three clicks of `a` and an open of `b` with Thunderbird, a click of `a` with another one, a machine's click.
    private func act(_ edge: RunningEdge) throws {
        let client = try BlockingHTTPClient(port: edge.port)
        let target = "sec=8781202&expId=17&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        for (person, agent, count) in [("a", Self.agent, 3), ("a", firefox, 1), ("c", "curl/8", 1)] {
            for _ in 0..<count {
                let reply = try client.get(
                    "/tremclk?cuid=\(person)%40m.example&\(target)", headers: ["User-Agent: \(agent)"])
                #expect(reply.status == 302)
            }
        }
        #expect(
            try client.get(
                "/tremop?cuid=b%40m.example&sec=8781202&expId=17", headers: ["User-Agent: \(Self.agent)"]
            ).status == 200)
        _ = try counted()
    }

    @Test("Each figure before and after, the verdicts that differ with an example, in every format")
    func formats() throws {
        let edge = try start()
        try act(edge)
        try suspectThunderbird()
        let before = try tremolo(["report", "--data", data, "--config", shippedConfiguration(), "--format", "json"])
        let table = try compare("--by", "sec,expId")
        #expect(table.status == 0, "\(table.errors)")
        let lines = table.output.split(separator: "\n").map { line in
            line.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(lines.contains("sec expId before after change"))
        for line in [
            "clicks total 5 5 0", "clicks unique 2 2 0", "clicks people 1 1 0", "clicks human 4 1 -3",
            "clicks machine 1 4 +3", "opens people 1 0 -1", "opens human 1 0 -1", "opens machine 0 1 +1",
        ] { #expect(lines.contains("My website (8781202) 17 \(line)"), "\(line) of \(table.output)") }
        #expect(
            lines.contains {
                $0.hasPrefix("human (") && $0.hasSuffix(") machine (sus\\u{1b}[2Jpect) 3 1 \(Self.agent)")
            }, "\(table.output)")
        #expect(
            table.output.contains("4 events would be of another class, and 0 events of the same for another reason"))
        #expect(!table.output.contains("\u{1B}"))

        let json = try JSONDocument(try compare("--by", "sec,expId", "--format", "json").output)
        let row = try #require(json["rows"].elements.first)
        #expect(row["secName"].string == "My website" && row["expId"].string == "17")
        #expect(row["clicks"]["human"]["before"].int == 4 && row["clicks"]["human"]["after"].int == 1)
        #expect(row["opens"]["people"]["before"].int == 1 && row["opens"]["people"]["after"].int == 0)
        let change = try #require(json["transitions"].elements.first)
        #expect(json["transitions"].elements.count == 1 && change["userAgent"].string == Self.agent)
        #expect(change["from"]["class"].string == "human" && change["to"]["class"].string == "machine")
        #expect(change["clicks"].int == 3 && change["opens"].int == 1)
        #expect(json["rules"].string != json["comparedRules"].string)
        #expect(json["accounting"]["journaled"].int == 6)

        let csv = try compare("--by", "class", "--format", "csv").output.split(separator: "\r\n")
        #expect(csv.first?.hasPrefix("line,class,figure,before,after,change,fromClass,") == true)
        #expect(csv.contains("figure,human,clicks.human,4,1,-3,,,,,,,"))
        #expect(csv.contains("figure,machine,opens.machine,0,1,1,,,,,,,"))
        #expect(
            csv.last?.hasPrefix("verdict,,,,,,human,") == true && csv.last?.contains(",machine,sus") == true, "\(csv)")

        let after = try tremolo(["report", "--data", data, "--config", shippedConfiguration(), "--format", "json"])
        #expect(
            try JSONDocument(before.output)["rows"].elements.count == JSONDocument(after.output)["rows"].elements.count)
        #expect(
            try JSONDocument(before.output)["rows"].elements[0]["clicks"]["human"].int
                == JSONDocument(after.output)["rows"].elements[0]["clicks"]["human"].int)
        #expect(edge.end() == 0)
    }

    @Test("The same rules change nothing; rules that can't be read are named with their place; nobody there is said")
    func edges() throws {
        let edge = try start()
        let empty = try compare()
        #expect(empty.status == 0 && empty.output.hasPrefix("No click and no open matches.\n"))
        try act(edge)
        let same = try compare()
        #expect(same.status == 0 && same.output.contains("No verdict changes.\n"), "\(same.output)")
        #expect(edge.end() == 0)
        let page = try compare("--format", "html")
        #expect(page.status == 64 && page.errors.contains("--format: a comparison is no page") && page.output.isEmpty)
        let without = try compare("--by", "mech,client")
        #expect(without.status == 0, "any combination: \(without.errors)")
        try "{ userAgents: [{ is: 7 }] }".write(
            toFile: rules + "/bad.json5", atomically: true, encoding: .utf8)
        let bad = try compare()
        #expect(bad.status == 78 && bad.errors.contains("rules/bad.json5:1:"), "\(bad.errors)")
        try FileManager.default.removeItem(atPath: rules)
        #expect(try compare().status == 78)
    }
}
