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

    @Test("Without a time of its own, a send is alike where as many of the same were sent in the day before")
    func alike() {
        let hour: UInt64 = 3_600_000_000_000
        let recorded = RecordedSends([send(10, at: 100 * hour), send(10, at: 99 * hour), send(20, at: 100 * hour)])
        #expect(recorded.alikeWithinADay(of: send(10, at: 101 * hour)) == 100 * hour)
        #expect(recorded.alikeWithinADay(of: send(10, at: 123 * hour)) == 100 * hour)
        #expect(recorded.alikeWithinADay(of: send(10, at: 124 * hour)) == nil)
        #expect(recorded.alikeWithinADay(of: send(10, at: 98 * hour)) == nil)
        #expect(recorded.alikeWithinADay(of: send(11, at: 101 * hour)) == nil)
        #expect(recorded.alikeWithinADay(of: send(10, at: 101 * hour, CampaignSelection(sec: "1"))) == nil)
    }

    @Test("A time that is mistyped by a century is refused, a send that is planned is not")
    func times() {
        let day: UInt64 = 86_400_000_000_000
        let now: UInt64 = 20_000 * day
        for (time, isTaken) in [
            (now, true), (now + 366 * day, true), (now + 367 * day, false), (10_957 * day, true),
            (10_957 * day - 1, false), (0, false), (UInt64.max, false),
        ] {
            let problem = EdgeCommands.problem(with: send(10, at: time, recorded: now))
            #expect((problem == nil) == isTaken, "\(time): \(problem ?? "taken")")
        }
    }

    @Test func withinTheList() {
        let rows = [send(1), send(2, at: 9), send(1), send(3), send(2, at: 9, links: 1)]
        #expect(
            RecordedSends([]).standings(of: rows) == [.new, .new, .same(row: 0), .other(row: 0), .other(row: 1)])
    }
}
