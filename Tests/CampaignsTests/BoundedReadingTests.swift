import Simulation
import TestSupport
import Testing

@testable import Campaigns

@Suite("Whoever reads a store beside a server takes bounded time and room")
struct BoundedReadingTests {
    private func node() throws -> TestNode {
        let node = try TestNode(seed: 3, shards: 1, sections: try testSections())
        for _ in 0..<300 {
            node.pass(nanoseconds: 40_000_000_000)
            try node.append(toShard: 0)
        }
        node.settle()
        try node.flush()
        return node
    }

    @Test("More rows than are wanted are refused")
    func rows() throws {
        let node = try node()
        let question = ReportQuestion(by: [.sec, .hour, .link])
        let count = try node.store.answer(question, sections: node.sections).rows.count
        #expect(count > 3)
        let reader = try SQLiteCampaignStore(reading: node.folder.path + "/store.sqlite")
        reader.limitReading(untilNanoseconds: .max, rows: count)
        #expect(try reader.answer(question, sections: node.sections).rows.count == count)
        reader.limitReading(untilNanoseconds: .max, rows: count - 1)
        #expect(throws: ReportError.tooManyRows(max: count - 1)) {
            try reader.answer(question, sections: node.sections)
        }
    }

    @Test("A question that takes longer than it may ends, and the connection answers on")
    func time() throws {
        let node = try node()
        let file = node.folder.path + "/store.sqlite"
        let reader = try SQLiteCampaignStore(reading: file)
        reader.limitReading(untilNanoseconds: 1, rows: .max)
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        #expect(throws: StoreError.interrupted(file: file)) { try reader.database.number(endless, during: .read) }
        reader.limitReading(untilNanoseconds: .max, rows: .max)
        #expect(try reader.answer(ReportQuestion(), sections: node.sections).rows.count == 1)
    }

    @Test("What is asked further is answered behind the first, and people are left out where nobody looks at them")
    func further() throws {
        let node = try node()
        let days = ReportQuestion(by: [.day], tellsPeople: false)
        let answers = try node.store.answers([days], sections: node.sections) { first in
            first[0].rows.isEmpty ? [] : [ReportQuestion(by: [.hour]), ReportQuestion()]
        }
        try #require(answers.map(\.columns) == [[.day], [.hour], []])
        #expect(answers[0].rows.allSatisfy { $0.clicks.people == nil && $0.opens.unique == nil })
        #expect(answers[2].rows[0].opens.people != nil)
        let sums = answers.map { answer in answer.rows.reduce(UInt64(0)) { $0 + $1.opens.total + $1.clicks.total } }
        #expect(sums[0] == sums[1] && sums[1] == sums[2] && sums[0] > 0)
    }
}
