import Bytes
import Engagement
import Journal
import Testing
import TestSupport

@testable import Campaigns

@Suite("Sends and names stand beside the figures that they belong to")
struct AdminFactsTests {
    private func node() throws -> TestNode {
        let node = try TestNode(seed: 51, shards: 1, sections: try testSections())
        for _ in 0..<120 {
            node.pass(nanoseconds: 1_000_000_000)
            try node.append(toShard: 0)
        }
        return node
    }

    private func send(
        _ node: TestNode, _ selection: CampaignSelection, sent: UInt64, delivered: UInt64? = nil, at time: UInt64? = nil
    ) {
        let record = SendsRecord(
            recordedNanoseconds: node.now, sentNanoseconds: time ?? node.now, sent: sent, delivered: delivered,
            selection: selection)
        node.append(kind: .sends, version: EventFormat.sendsVersion, bytesMax: SendsRecord.bytesMax) {
            record.append(to: &$0)
        }
    }

    private func name(
        _ node: TestNode, _ level: NameRecord.Level, _ selection: CampaignSelection, _ name: String, at time: UInt64
    ) throws {
        let record = try #require(
            NameRecord(recordedNanoseconds: time, level: level, selection: selection, name: name))
        node.append(kind: .name, version: EventFormat.nameVersion, bytesMax: NameRecord.bytesMax) {
            record.append(to: &$0)
        }
    }

    private func rows(_ node: TestNode, _ question: ReportQuestion) throws -> [ReportRow] {
        node.settle()
        while try node.flush().hasMore {}
        let rows = try node.store.answer(question, sections: node.sections).rows
        let again = try node.rebuilt().answer(question, sections: node.sections).rows
        #expect(rows == again)
        return rows
    }

    @Test("A rate has its denominator where sends are known, and is null elsewhere")
    func rates() throws {
        let node = try node()
        send(node, CampaignSelection(sec: "berlin", expId: "w2"), sent: 1_000, delivered: 900)
        send(node, CampaignSelection(sec: "berlin", expId: "w2"), sent: 500, delivered: 450)
        send(node, CampaignSelection(sec: "york"), sent: 70)
        let bySection = try rows(node, ReportQuestion(by: [.sec]))
        let berlin = try #require(bySection.first { $0.values[0].text == "berlin" })
        #expect(berlin.sent == 1_500)
        #expect(berlin.delivered == 1_350)
        #expect(berlin.openRate == Double(try #require(berlin.opens.people)) / 1_500)
        #expect(berlin.clickRate == Double(try #require(berlin.clicks.people)) / 1_500)
        let york = try #require(bySection.first { $0.values[0].text == "york" })
        #expect(york.sent == 70)
        #expect(york.delivered == nil, "not known, so not zero")
        let utc = try #require(bySection.first { $0.values[0].text == "utc" })
        #expect(utc.sent == nil)
        #expect(utc.openRate == nil)
        #expect(utc.clickThroughRate == Double(utc.clicks.total) / Double(utc.opens.total))

        let byLink = try rows(node, ReportQuestion(sections: ["berlin"], by: [.link]))
        #expect(byLink.allSatisfy { $0.sent == nil }, "messages have many links")
        let byExperience = try rows(node, ReportQuestion(sections: ["berlin"], by: [.expId]))
        #expect(byExperience.first { $0.values[0].text == "w2" }?.sent == 1_500)
        #expect(byExperience.filter { $0.values[0].text != "w2" }.allSatisfy { $0.sent == nil })
    }

    @Test("Sends of a campaign that nobody opened make a row of their own")
    func sendsWithoutEvents() throws {
        let node = try node()
        send(node, CampaignSelection(sec: "quiet", expId: "7"), sent: 10)
        let quiet = try rows(node, ReportQuestion(sections: ["quiet"], by: [.expId]))
        #expect(quiet.map { $0.values[0].text } == ["7"])
        #expect(quiet.first?.sent == 10)
        #expect(quiet.first?.opens.total == 0)
        #expect(quiet.first?.openRate == 0)
    }

    @Test("Sends count on the section's day of sending")
    func sendsByDay() throws {
        let node = try node()
        let midnight = try #require(RFC3339.nanoseconds("2026-03-27T23:30:00Z"))
        send(node, CampaignSelection(sec: "berlin"), sent: 3, at: midnight)
        send(node, CampaignSelection(sec: "utc"), sent: 4, at: midnight)
        let days = try rows(node, ReportQuestion(by: [.day])).filter { $0.sent != nil }
        #expect(days.map { $0.values[0].text } == ["2026-03-27", "2026-03-28"])
        #expect(days.map(\.sent) == [4, 3])
        let date = try #require(CivilDate(year: 2026, month: 3, day: 28))
        let since = try rows(node, ReportQuestion(since: .day(date), by: [.sec])).filter { $0.sent != nil }
        #expect(since.map { $0.values[0].text } == ["berlin"])
    }

    @Test("The name that was given last shows beside the id it belongs to, and an empty one takes it away")
    func names() throws {
        let node = try node()
        let experience = CampaignSelection(sec: "berlin", expId: "w2")
        let anyVersion = CampaignSelection(sec: "berlin", expId: "w2", va: "w2")
        let oneVersion = CampaignSelection(sec: "berlin", expId: "w2", expVer: "w3", va: "w2")
        try name(node, .experience, experience, "Spring", at: 5)
        try name(node, .experience, experience, "Summer", at: 9)
        try name(node, .experience, experience, "Winter", at: 7)
        try name(node, .variation, anyVersion, "Red", at: 5)
        try name(node, .variation, oneVersion, "Dark red", at: 5)
        try name(node, .section, CampaignSelection(sec: "york"), "New York", at: 5)
        try name(node, .section, CampaignSelection(sec: "utc"), "Gone", at: 5)
        try name(node, .section, CampaignSelection(sec: "utc"), "", at: 6)

        let bySection = try rows(node, ReportQuestion(by: [.sec]))
        #expect(
            Dictionary(uniqueKeysWithValues: bySection.map { ($0.values[0].text, $0.values[0].name) })
                == ["(unknown)": nil, "berlin": "Berlin shop", "utc": nil, "york": "New York"])
        let inSection = try rows(node, ReportQuestion(by: [.sec, .expId]))
        #expect(inSection.first { $0.values.map(\.text) == ["berlin", "w2"] }?.values[1].name == "Summer")
        #expect(inSection.first { $0.values.map(\.text) == ["york", "w2"] }?.values[1].name == nil)
        let everywhere = try rows(node, ReportQuestion(by: [.expId]))
        #expect(everywhere.allSatisfy { $0.values[0].name == nil }, "an id of several sections names nothing")
        let variations = try rows(
            node, ReportQuestion(sections: ["berlin"], experience: "w2", by: [.expVer, .va]))
        for row in variations where row.values[1].text == "w2" {
            #expect(row.values[1].name == (row.values[0].text == "w3" ? "Dark red" : "Red"))
        }
    }
}
