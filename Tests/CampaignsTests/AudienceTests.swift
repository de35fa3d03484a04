import Bytes
import Engagement
import Simulation
import TestSupport
import Testing
import TrackingLinks

@testable import Campaigns

@Suite("The people of a question are those that a report counts")
struct AudienceTests {
    @Test("Members are found and nobody else, whatever their hashes are")
    func hashes() {
        let seed: UInt64 = 18
        var random = SeededGenerator(seed: seed)
        let edges: [UInt64] = [0, 1, 2, .max, .max - 1, 1 << 63]
        for count in [0, 1, 2, 7, 100, 5_000] {
            var members = Set(edges.prefix(count))
            // Some stand in one place, the last ones.
            while members.count < count {
                members.insert(
                    Bool.random(using: &random) ? .random(in: 0...(.max), using: &random) : .max - UInt64(members.count)
                )
            }
            var hashes = PersonHashes(count: count)
            for member in members { hashes.insert(member) }
            for member in members { #expect(hashes.contains(member), "seed \(seed)") }
            for _ in 0..<1_000 {
                let other = UInt64.random(in: 0...(.max), using: &random)
                #expect(hashes.contains(other) == members.contains(other), "seed \(seed)")
            }
            for other in edges { #expect(hashes.contains(other) == members.contains(other), "seed \(seed)") }
        }
    }

    @Test("As many as people and unique say, for each part, link, kind and day")
    func counts() throws {
        let seed: UInt64 = 6
        var random = SeededGenerator(seed: seed)
        let sections = try testSections()
        let node = try TestNode(seed: seed, shards: 2, sections: sections)
        for _ in 0..<400 {
            node.pass(nanoseconds: UInt64.random(in: 0..<400_000_000_000, using: &random))
            try node.append(toShard: Int.random(in: 0..<2, using: &random))
        }
        node.settle()
        while try node.flush().hasMore {}
        var compared = 0
        for by: [ReportColumn] in [
            [.sec], [.sec, .expId], [.sec, .expId, .expVer, .va], [.sec, .expId, .link], [.sec, .day],
        ] {
            let answer = try node.store.answer(ReportQuestion(by: by), sections: sections)
            for row in answer.rows {
                var values: [ReportColumn: String] = [:]
                for (column, value) in zip(by, row.values) { values[column] = value.text }
                // A link that is none belongs to opens, which have no question of their own.
                if by.contains(.link), values[.link] == nil { continue }
                for kind in [TrackingResource.click, .open] {
                    let figures = kind == .click ? row.clicks : row.opens
                    let section = values[.sec] ?? ""
                    let day = values[.day].flatMap { RFC3339.civilDate($0) }
                    let range = SectionRange(
                        ReportQuestion(
                            since: day.map { .day($0) }, until: day.map { .day(CivilDate(dayNumber: $0.dayNumber + 1)) }
                        ),
                        zone: sections.zone(of: section))
                    for (includesMachines, expected) in [(false, figures.people), (true, figures.unique)] {
                        let audience = try node.store.audience(
                            AudienceQuestion(
                                selection: CampaignSelection(
                                    sec: section, expId: values[.expId], expVer: values[.expVer], va: values[.va]),
                                link: values[.link], kinds: [kind], includesMachines: includesMachines, range: range))
                        #expect(UInt64(audience.count) == expected ?? 0, "seed \(seed): \(values) \(kind)")
                        compared += 1
                    }
                }
            }
        }
        #expect(compared > 100)
    }
}
