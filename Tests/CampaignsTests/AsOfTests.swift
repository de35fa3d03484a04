import Bytes
import Engagement
import Testing
import TestSupport

@testable import Campaigns

@Suite("A report says as of when it is, and never goes back")
struct AsOfTests {
    private func asOf(_ node: TestNode) throws -> UInt64 {
        try node.store.answer(ReportQuestion(), sections: node.sections).asOfNanoseconds
    }

    @Test("Without a writer nothing is taken back: not by an end that finds nothing new, not by a start")
    func neverBack() throws {
        let node = try TestNode(seed: 81, shards: 2, sections: try testSections())
        try node.append(toShard: 0)
        let last = node.now
        node.pass(nanoseconds: 5_000_000_000)
        node.settle()
        try node.flush()
        let running = try asOf(node)
        #expect(running == node.now)
        for _ in 0..<2 {
            try node.end()
            #expect(try asOf(node) == running, "everything was read before")
        }
        node.start(shards: 1)
        try node.flush()
        #expect(try asOf(node) >= running && running > last)
    }

    @Test("An end that counts the last events is as of them")
    func lastEvents() throws {
        let node = try TestNode(seed: 82, shards: 1, sections: try testSections())
        try node.append(toShard: 0)
        node.settle()
        try node.end()
        #expect(try asOf(node) == node.now + 1)
    }

    @Test("A store that has never counted anything is as of no time")
    func never() throws {
        let node = try TestNode(seed: 83, shards: 1, sections: try testSections())
        try node.end()
        #expect(try asOf(node) == 0)
    }

    @Test("The rules that made the figures are kept with them, whatever rules go on")
    func rules() throws {
        let node = try TestNode(seed: 84, shards: 1, sections: try testSections())
        #expect(try node.store.answer(ReportQuestion(), sections: node.sections).rulesVersion == nil)
        try node.append(toShard: 0)
        node.settle()
        try node.flush()
        var batch = FigureBatch(vocabulary: FigureVocabulary(generation: 9))
        batch.basis = "other rules"
        batch.rulesVersion = "other"
        try node.store.commit(batch)
        #expect(
            try node.store.answer(ReportQuestion(), sections: node.sections).rulesVersion == RuleSet.builtIn.version)
        #expect(try node.journalAnswer(ReportQuestion()).rulesVersion == RuleSet.builtIn.version)
    }
}
