import Bytes
import Engagement
import Simulation
import Testing
import TestSupport

@testable import Campaigns

@Suite("Timing rules decide what they decide when each event is held against every other")
struct WindowJudgeTests {
    @Test("Random crowds of a few people, programs and addresses", arguments: 1...40 as ClosedRange<UInt64>)
    func equalsModel(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        let eventsPerSecondMax = seed % 3 == 0 ? 4 : Int.max
        var now: UInt64 = 1_774_700_000_000_000_000
        var events: [SeenEvent] = []
        for _ in 0..<200 {
            now += UInt64(number(number(8) == 0 ? 20_000 : number(3) == 0 ? 1_000 : 120)) * 1_000_000
            events.append(
                SeenEvent(
                    time: now, person: number(6) == 0 ? nil : UInt64(number(3)),
                    address: number(9) == 0 ? nil : UInt64(number(4)), agent: "agent \(number(3))",
                    link: number(4) == 0 ? nil : number(4), method: number(6) == 0 ? .head : .get,
                    experience: number(3) == 0 ? "autumn" : "spring"))
        }
        var model = PlainWindows(rules: .windowed, eventsPerSecondMax: eventsPerSecondMax)
        model.sends = (0..<5).map { _ in
            let event = events[number(events.count)]
            return SendsRecord(
                recordedNanoseconds: event.time, sentNanoseconds: event.time - UInt64(number(2_000)) * 1_000_000,
                sent: 5,
                linksInMessage: number(2) == 0 ? 4 : nil,
                selection: CampaignSelection(sec: "utc", expId: number(2) == 0 ? "spring" : nil))
        }
        let judge = EventJudge<Int>(
            rules: .windowed, sections: try testSections(), sends: model.sends,
            limits: FigureLimits(eventsPerSecondMax: eventsPerSecondMax))
        let buffer = PayloadBuffer()
        var found: [String] = []
        for (place, event) in events.enumerated() {
            let payload = event.payload(buffer)
            let isTime = judge.append(place, try EventView(payload.span), in: payload.span, node: 1)
            guard isTime || place == events.count - 1 else { continue }
            for judged in judge.take(isAtEnd: place == events.count - 1) {
                #expect(judged.item == found.count)
                found.append(judge.classifier.reason(of: judged.judgement))
            }
        }
        #expect(found == model.verdicts(on: events).map(\.reason))
    }
}
