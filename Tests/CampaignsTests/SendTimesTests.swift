import Bytes
import Engagement
import Simulation
import Testing
import TestSupport
import TrackingLinks

@testable import Campaigns

@Suite("What is known of sends is what going through all of them finds")
struct SendTimesTests {
    private static let start: UInt64 = 1_774_700_000_000_000_000

    private struct Place {
        let version: String
        let variation: String
    }

    private static let places = ["1", "2"].flatMap { version in
        ["a", "b"].map { Place(version: version, variation: $0) }
    }

    /// Sightings of one event of each place, at a moment.
    private func sightings(at time: UInt64, _ vocabulary: inout FigureVocabulary) throws -> [Sighting] {
        var folding = EventFolding(rules: .builtIn, sections: try testSections(), countries: nil)
        var buffer = ByteBuffer(capacity: LinkKey.bytesMax)
        return try Self.places.map { place in
            let payload = PayloadBuffer().write(
                EventFacts(timeNanoseconds: time, kind: .click, outcome: .redirected, reason: 1),
                [(.sec, "utc"), (.expId, "spring"), (.expVer, place.version), (.va, place.variation)])
            let view = try EventView(payload.span)
            let event = folding.fold(
                view, in: payload.span, node: 1, vocabulary: &vocabulary, buffer: &buffer)
            return Sighting(event, isHuman: true, vocabulary)
        }
    }

    @Test("Random sends, in any order and more than once", arguments: 1...30 as ClosedRange<UInt64>)
    func equalsModel(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func number(_ count: Int) -> UInt64 { UInt64(Int.random(in: 0..<count, using: &random)) }
        let records = (0..<12).map { _ in
            let recorded = Self.start + number(20)
            return SendsRecord(
                recordedNanoseconds: recorded, sentNanoseconds: number(4) == 0 ? recorded : Self.start + number(20),
                sent: 1, linksInMessage: number(2) == 0 ? UInt32(1 + number(9)) : nil,
                selection: CampaignSelection(
                    sec: number(9) == 0 ? "york" : "utc", expId: number(3) == 0 ? nil : "spring",
                    expVer: number(2) == 0 ? nil : "\(1 + number(2))",
                    va: number(2) == 0 ? nil : ["a", "b"][Int(number(2))]))
        }
        var times = SendTimes()
        for record in records { times.add(record) }
        let steps = times.stepCount
        for record in records.shuffled(using: &random) { times.add(record) }
        #expect(times.stepCount == steps, "seed \(seed)")
        var vocabulary = FigureVocabulary()
        for moment in 0..<24 as Range<UInt64> {
            let time = Self.start + moment
            let events = try sightings(at: time, &vocabulary)
            times.prepare(&vocabulary, for: events)
            for (event, place) in zip(events, Self.places) {
                let covering = records.filter { record in
                    let selection = record.selection
                    return selection.sec == "utc" && (selection.expVer ?? place.version) == place.version
                        && (selection.va ?? place.variation) == place.variation
                }
                let told = covering.filter { $0.recordedNanoseconds <= time }.compactMap(\.linksInMessage).max()
                #expect(times.links(in: event) == told, "seed \(seed) at \(moment)")
                let known = covering.filter { $0.recordedNanoseconds < time + 3 }
                let first = known.map(\.sentNanoseconds).min()
                let isTold = known.contains { $0.sentNanoseconds == first && $0.isTimeTold }
                let isSoon = first.map { $0 <= time && time - $0 <= 5 } ?? false
                #expect(
                    times.wasSent(event, within: 5, knownIn: 3) == (isTold && isSoon), "seed \(seed) at \(moment)")
            }
        }
    }

    @Test("Fifty thousand batches of one message are one thing to know")
    func batches() {
        var times = SendTimes()
        for batch in 0..<50_000 as Range<UInt64> {
            let time = Self.start + batch * 1_000_000_000
            times.add(
                SendsRecord(
                    recordedNanoseconds: time + 1, sentNanoseconds: time, sent: 1, linksInMessage: 6,
                    selection: CampaignSelection(sec: "utc", expId: "spring")))
        }
        #expect(times.stepCount == 1)
    }
}
