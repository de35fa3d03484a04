import Engagement
import Foundation
import Journal
import Simulation
import TestSupport
import Testing

@testable import Campaigns

@Suite("What is imported is counted once, whenever and in whatever parts it comes")
struct ImportedFiguresTests {
    /// A node whose aggregator runs, and two others whose segments come as somebody copies them.
    private final class Fleet {
        let main: TestNode
        let others: [TestNode]
        let copies: TemporaryFolder
        var random: SeededGenerator
        private(set) var taken: UInt64 = 0

        init(seed: UInt64, windowSeconds: Int) throws {
            let sections = try testSections()
            let first = try TestNode(seed: seed, shards: 2, sections: sections, rules: .waiting(seconds: windowSeconds))
            others = try (8...9).map { node in
                try TestNode(
                    seed: seed + node, shards: 2, sections: sections, rules: .waiting(seconds: windowSeconds),
                    startNanoseconds: first.now - 7_200_000_000_000 * (node - 8), node: node)
            }
            main = first
            copies = try TemporaryFolder()
            random = SeededGenerator(seed: seed)
            for node in [main] + others {
                try FileManager.default.createDirectory(
                    atPath: node.journalFolder, withIntermediateDirectories: true)
            }
        }

        /// Copies segments of another node, some of them in part, or all of all nodes.
        func copy(everything: Bool) throws {
            for node in everything ? others : [others[Int.random(in: 0...1, using: &random)]] {
                for path in try FileManager.default.subpathsOfDirectory(atPath: node.journalFolder)
                where path.split(separator: "/").count == 3 {
                    guard everything || Int.random(in: 0..<3, using: &random) > 0 else { continue }
                    let bytes = try Data(contentsOf: URL(fileURLWithPath: node.journalFolder + "/" + path))
                    let isWhole = everything || Int.random(in: 0..<3, using: &random) > 0
                    let length = isWhole ? bytes.count : Int.random(in: 0...bytes.count, using: &random)
                    let copy = URL(fileURLWithPath: copies.path + "/\(node.node)/journal/" + path)
                    try FileManager.default.createDirectory(
                        at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try bytes.prefix(length).write(to: copy)
                }
            }
        }

        /// Imports what was copied; the aggregator reads on in the middle of it.
        func take() throws {
            var asked = 0
            let between = Int.random(in: 1..<40, using: &random)
            let observer = JournalImport.Observer(
                onRemark: { _ in },
                isStopped: { [main] in
                    asked += 1
                    if asked % between == 0, (try? main.flush()) == nil { Issue.record("a flush failed") }
                    return false
                })
            let work = JournalImport(
                into: main.journalFolder, options: JournalImport.Options(takesOpen: true),
                writes: { [main] in $0.node == main.node }, expiredBelow: { _ in 0 }, observer: observer)
            do {
                let tally = try work.run(from: copies.path)
                taken += tally.takenSegments
            } catch {
                #expect(error == .noSegment(folder: copies.path))
            }
        }

        func step() throws {
            let node = ([main] + others)[Int.random(in: 0...2, using: &random)]
            switch Int.random(in: 0..<24, using: &random) {
            case 0, 9: node.start(shards: 2)
            case 1: main.restartAggregator()
            case 2, 3: try main.flush()
            case 4: node.sync()
            case 5, 6: node.commit(shard: Int.random(in: 0...1, using: &random))
            case 7, 8:
                try copy(everything: false)
                try take()
            default:
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    node.pass(nanoseconds: UInt64.random(in: 0..<100_000_000_000, using: &random))
                    try node.append(toShard: Int.random(in: 0...1, using: &random))
                }
            }
        }
    }

    static let questions: [ReportQuestion] = [
        ReportQuestion(), ReportQuestion(by: [.sec, .kind]), ReportQuestion(by: [.class, .link]),
        ReportQuestion(by: [.sec, .hour]), ReportQuestion(by: [.expId, .expVer, .day]), ReportQuestion(by: [.host]),
    ]

    @Test("Figures, people and accounting are those of one list of all events, and a rebuild's", arguments: 0..<3)
    func figures(_ number: UInt64) throws {
        let seed = 2_026 + number
        let windows = [0, 60, 3_600]
        let fleet = try Fleet(seed: seed, windowSeconds: windows[Int(number % 3)])
        for _ in 0..<260 { try fleet.step() }
        for node in fleet.others { try node.end() }
        fleet.main.settle()
        #expect(fleet.taken > 10, "\(fleet.taken), seed \(seed)")
        try fleet.copy(everything: true)
        try fleet.take()
        try fleet.take()
        while try fleet.main.flush().hasMore {}
        for node in fleet.others { fleet.main.model.events += node.model.events }
        try compare(fleet, fleet.main.store, "as they came, seed \(seed)")
        try fleet.main.end()
        try compare(fleet, fleet.main.store, "at the end, seed \(seed)")
        try compare(fleet, try fleet.main.rebuilt(), "rebuilt, seed \(seed)")
        #expect(fleet.main.troubles == [], "seed \(seed)")
    }

    private func compare(_ fleet: Fleet, _ store: SQLiteCampaignStore, _ when: String) throws {
        for question in Self.questions {
            let answer = try store.answer(question, sections: fleet.main.sections)
            #expect(answer.rows == fleet.main.model.rows(question), "\(when): \(question.by)")
        }
        let accounting = try store.answer(ReportQuestion(), sections: fleet.main.sections).accounting
        let count = UInt64(fleet.main.model.events.count)
        #expect(accounting.journaled == count && accounting.received == count, "\(when)")
        #expect(accounting.damaged == 0 && accounting.lost == 0, "\(when)")
    }

    @Test("Facts of two nodes stand beside each other: sends add up once each, the newest name counts")
    func facts() throws {
        let sections = try testSections()
        let main = try TestNode(seed: 1, shards: 1, sections: sections)
        let other = try TestNode(seed: 2, shards: 1, sections: sections, node: 8)
        for (node, sent, recorded) in [(main, UInt64(10), UInt64(2)), (other, 30, 3)] {
            let selection = CampaignSelection(sec: "berlin", expId: "7")
            let sends = SendsRecord(
                recordedNanoseconds: node.now, sentNanoseconds: node.now, sent: sent, selection: selection)
            node.append(kind: .sends, version: EventFormat.sendsVersion, bytesMax: SendsRecord.bytesMax) {
                sends.append(to: &$0)
            }
            let name = try #require(
                NameRecord(
                    recordedNanoseconds: recorded, level: .experience, selection: selection, name: "of \(node.node)"))
            node.append(kind: .name, version: EventFormat.nameVersion, bytesMax: NameRecord.bytesMax) {
                name.append(to: &$0)
            }
            node.settle()
        }
        for _ in 0..<3 {
            let work = JournalImport(
                into: main.journalFolder, options: JournalImport.Options(takesOpen: true),
                writes: { $0.node == main.node }, expiredBelow: { _ in 0 },
                observer: JournalImport.Observer(onRemark: { Issue.record("\($0)") }))
            _ = try work.run(from: other.journalFolder)
            try main.flush()
        }
        for store in [main.store, try main.rebuilt()] {
            let rows = try store.answer(
                ReportQuestion(sections: ["berlin"], by: [.sec, .expId]), sections: sections
            ).rows
            let row = try #require(rows.first)
            #expect(rows.count == 1 && row.sent == 40 && row.values[1].name == "of 8")
        }
    }

    @Test("A time that leaves none behind it is counted, and the next cycle too")
    func lastTime() throws {
        let node = try TestNode(seed: 3, shards: 1, sections: try testSections())
        node.pass(nanoseconds: .max - node.now)
        try node.append(toShard: 0)
        node.settle()
        try node.end()
        try node.end()
        let accounting = try node.store.answer(ReportQuestion(), sections: node.sections).accounting
        #expect(accounting.counted + accounting.pending == 1)
    }
}
