import Engagement
import Testing

@testable import EdgeServer

@Suite("A send that would count twice is found")
struct RecordedSendsTests {
    private func send(
        _ sent: UInt64, at time: UInt64 = 5, recorded: UInt64 = 1, delivered: UInt64? = nil, links: UInt32? = nil,
        _ selection: CampaignSelection = CampaignSelection(sec: "1", expId: "17")
    ) -> SendsRecord {
        SendsRecord(
            recordedNanoseconds: recorded, sentNanoseconds: time, sent: sent, delivered: delivered,
            linksInMessage: links, selection: selection)
    }

    @Test func againstTheJournal() {
        let recorded = RecordedSends([send(10), send(20), send(7, at: 6, delivered: 5, links: 3)])
        let rows = [
            send(10, recorded: 99), send(20), send(30), send(10, at: 4), send(7, at: 6, delivered: 5, links: 3),
            send(7, at: 6, delivered: 5), send(7, at: 6, delivered: 4, links: 3),
            send(10, CampaignSelection(sec: "1")), send(10, CampaignSelection(sec: "1", expId: "17", va: "[7]")),
        ]
        #expect(
            recorded.standings(of: rows) == [
                .same(row: nil), .same(row: nil), .other(row: nil), .new, .same(row: nil), .other(row: nil),
                .other(row: nil), .new, .new,
            ])
    }

    @Test func withinTheList() {
        let rows = [send(1), send(2, at: 9), send(1), send(3), send(2, at: 9, links: 1)]
        #expect(
            RecordedSends([]).standings(of: rows) == [.new, .new, .same(row: 0), .other(row: 0), .other(row: 1)])
    }
}
