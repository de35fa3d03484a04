import Engagement
import Testing

@testable import EdgeServer

@Suite("A fact that no report could show is not taken, because facts never expire")
struct FactCheckTests {
    @Test(
        "A selection that names nothing",
        arguments: [
            (CampaignSelection(sec: ""), EventField.sec), (CampaignSelection(sec: "bad id!"), .sec),
            (CampaignSelection(sec: String(repeating: "x", count: 65)), .sec),
            (CampaignSelection(sec: "1", expVer: "2"), .expVer), (CampaignSelection(sec: "1", va: "[7]"), .va),
            (CampaignSelection(sec: "1", expId: String(repeating: "x", count: 257)), .expId),
            (CampaignSelection(sec: "1", expId: "1", va: String(repeating: "é", count: 129)), .va),
        ])
    func refused(selection: CampaignSelection, field: EventField) {
        #expect(EdgeCommands.problem(with: selection)?.field == field)
        let sends = SendsRecord(recordedNanoseconds: 1, sentNanoseconds: 1, sent: 1, selection: selection)
        #expect(EdgeCommands.problem(with: sends)?.hasPrefix("\(field.name): ") == true)
    }

    @Test(
        arguments: [
            CampaignSelection(sec: "8781202"), CampaignSelection(sec: "a_-9", expId: "17"),
            CampaignSelection(sec: "1", expId: "17", expVer: "2", va: "[7]"),
            CampaignSelection(sec: "1", expId: "1", va: ""),
        ])
    func taken(selection: CampaignSelection) {
        #expect(EdgeCommands.problem(with: selection) == nil)
    }
}
