import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem
import TestSupport
import Testing

@testable import EdgeServer

@Suite("The nodes of a fleet know the same facts, whatever is lost on the way")
struct FleetFactsTests {
    private let fleet = FakeFleet()

    private func nodes() throws -> (FactsNode, FactsNode) {
        let first = try FactsNode(1, fleet)
        return (first, try FactsNode(2, fleet, keys: first.keys))
    }

    @Test("A refusal at one node holds at the other, and stands in its journal under its own identity")
    func refusal() throws {
        let (one, two) = try nodes()
        one.say(1, .optedOut)
        one.say(2, .optedIn)
        #expect(one.cycle.hasNews)
        try one.turns()
        #expect(!one.cycle.hasNews)
        try two.turns()
        #expect(two.status(1) == .optedOut && two.status(2) == .optedIn)
        #expect(try two.records() == one.records())
        try two.restart()
        #expect(two.status(1) == .optedOut && two.status(2) == .optedIn)
        two.say(1, .optedIn)
        try two.turns()
        try one.turns()
        #expect(one.status(1) == .optedIn)
        #expect(try one.records() == two.records())
    }

    @Test("Sends, names and changes of the key travel byte for byte; what is there twice changes nothing")
    func kinds() throws {
        let (one, two) = try nodes()
        let selection = CampaignSelection(sec: "1", expId: "7")
        let sends = SendsRecord(recordedNanoseconds: 5, sentNanoseconds: 4, sent: 10, selection: selection)
        let name = try #require(
            NameRecord(recordedNanoseconds: 6, level: .experience, selection: selection, name: "Spring"))
        let change = KeyChangeRecord(changedNanoseconds: 7, keyID: 2)
        for (kind, payload) in [
            (RecordKind.sends, sends.payload), (.name, name.payload), (.keyChange, change.payload),
        ] {
            #expect(one.journal.record(kind: kind, version: 1, payloads: [payload]).recorded == 1)
        }
        fleet.losesAnswers = true
        #expect(throws: EdgeError.self) { try one.turns() }
        fleet.losesAnswers = false
        try one.turns()
        try one.restart()
        try Files.remove(one.folder.facts)
        try one.restart()
        try one.turns()
        for _ in 0..<2 {
            try two.turns()
            let records = try AdminRecords(two.folder) { Issue.record("\($0)") }
            #expect(records.sends == [sends] && records.names == [name] && records.keyChanges.count == 1)
            #expect(records.damagedRecords == 0)
        }
        #expect(try two.records() == one.records())
    }

    @Test("While the database is away what is said here holds at once, and travels later")
    func away() throws {
        let (one, two) = try nodes()
        fleet.isAway = true
        one.say(1, .optedOut)
        #expect(one.status(1) == .optedOut)
        #expect(throws: EdgeError.fleet(FakeFleet.away)) { try one.turns() }
        #expect(throws: EdgeError.fleet(FakeFleet.away)) { try two.turns() }
        #expect(one.cycle.hasNews && one.cycle.pushedSequence == 0)
        try one.restart()
        one.say(2, .optedOut)
        fleet.isAway = false
        try one.turns()
        #expect(try two.turns().behind == 0)
        #expect(two.status(1) == .optedOut && two.status(2) == .optedOut)
    }

    @Test("Later records that are seen first wait for those before them")
    func gaps() throws {
        let (one, two) = try nodes()
        for number: UInt64 in 0..<6 { one.say(number, .optedOut) }
        try one.turns()
        fleet.unseen = [RecordIdentity(shard: one.journal.shard, sequence: 2)]
        #expect(try two.turns().behind == 4)
        #expect((0..<6).map { two.status($0) == .optedOut } == [true, true, false, false, false, false])
        #expect(try two.turns().behind == 4)
        fleet.unseen = []
        #expect(try two.turns().behind == 0)
        #expect((0..<6).allSatisfy { two.status($0) == .optedOut })
        #expect(try two.records() == one.records())
    }

    @Test("Whoever was away for long takes everything in parts, each once")
    func catchingUp() throws {
        let (one, two) = try nodes()
        fleet.answerMax = 7
        for number: UInt64 in 0..<100 { one.say(number, number % 2 == 0 ? .optedOut : .optedIn) }
        try one.restart()
        one.say(100, .optedOut)
        try one.turns()
        var turns = 0
        while try two.cycle.turn(fleet).hasMore { turns += 1 }
        #expect(turns > 10)
        #expect(try two.records() == one.records())
        #expect((0...100).allSatisfy { two.status($0) == ($0 % 2 == 0 ? .optedOut : .optedIn) })
        #expect(two.cycle.taker.takenRecords == 101)
    }

    @Test("A server that lost what it had acknowledged is told again")
    func lostRows() throws {
        let (one, two) = try nodes()
        for number: UInt64 in 0..<4 { one.say(number, .optedOut) }
        try one.turns()
        fleet.facts[one.journal.shard]?[2] = nil
        _ = try two.turns()
        #expect(two.status(3) == nil)
        try one.restart()
        try one.turns()
        try two.turns()
        #expect(two.status(3) == .optedOut)
        fleet.facts = [:]
        fleet.shardEnds = [:]
        try one.restart()
        try one.turns()
        #expect(fleet.facts.values.reduce(0) { $0 + $1.count } == 4)
    }

    @Test("A list that is imported at one node is in force at the others, with words behind its time")
    func lists() throws {
        let (one, two) = try nodes()
        two.say(5, .optedOut)
        try two.turns()
        let time = SystemClock.realtimeNanoseconds()
        two.say(4, .optedIn)
        try two.turns()
        try one.turns()
        let digest = try one.list([1, 2, 5], at: time)
        #expect(one.status(5) == .optedIn && one.status(4) == .optedIn && one.status(9) == .optedOut)
        try one.turns()
        try two.turns()
        for node in [one, two] {
            #expect((1...5).map { node.status($0) } == [.optedIn, .optedIn, .optedOut, .optedIn, .optedIn])
            #expect(try node.foundStatuses(1..<6) == [.optedIn, .optedIn, .optedOut, .optedIn, .optedIn])
        }
        // An older list of the other node changes nothing, and a newer one takes its place, file and all.
        let newer = try two.list([9], at: SystemClock.realtimeNanoseconds())
        try two.turns()
        try one.turns()
        #expect(one.status(9) == .optedIn && one.status(1) == .optedOut)
        #expect(try Files.list(one.folder.consent) == ["\(newer).list"], "not \(digest)")
    }

    @Test("A record waits for the list that it names, and a list that was lost is fetched again")
    func missingPieces() throws {
        let (one, two) = try nodes()
        let digest = try one.list([1, 2], at: SystemClock.realtimeNanoseconds())
        one.say(3, .optedIn)
        try one.turns()
        let pieces = fleet.lists
        fleet.lists = [:]
        #expect(try two.turns().behind == 2)
        #expect(two.status(1) == nil)
        fleet.lists = pieces.mapValues { $0.mapValues { $0.dropLast() + [1] } }
        #expect(try two.turns().behind == 2, "a piece that is not what its name says")
        fleet.lists = pieces
        #expect(try two.turns().behind == 0)
        #expect(two.status(1) == .optedIn && two.status(3) == .optedIn)
        try Files.remove(ConsentListFile(folder: two.folder.consent).path(digest))
        try two.restart()
        #expect(two.status(1) == .optedOut && two.book.trouble != nil)
        try two.turns()
        #expect(two.status(1) == .optedIn && two.status(3) == .optedIn && two.book.trouble == nil)
    }

    @Test("Killed between laying in and coming into force, the next start has it in force")
    func killed() throws {
        let (one, two) = try nodes()
        one.say(1, .optedOut)
        try one.turns()
        let shard = one.journal.shard
        var copy = try ShardCopy(shard, journalFolder: two.folder.journal)
        let facts = try fleet.facts(of: shard, from: 0)
        #expect(try copy.append(facts.chain(from: 0), nowNanoseconds: 5))
        #expect(two.status(1) == nil)
        try two.restart()
        #expect(two.status(1) == .optedOut)
        try two.turns()
        #expect(try two.records() == one.records())
    }

    @Test("Whatever call to the disk fails while facts are laid in, they are in force when it works again")
    func failingDisk() throws {
        var failed = 0
        for calls in 0..<12 {
            let fleet = FakeFleet()
            let one = try FactsNode(1, fleet)
            let two = try FactsNode(2, fleet, keys: one.keys)
            for number: UInt64 in 0..<4 { one.say(number, .optedOut) }
            let forgetting = ForgettingRecord(
                recordedNanoseconds: 1, section: "1", person: one.person(9), keepsConsent: false)
            #expect(one.journal.record(kind: .forgetting, version: 1, payloads: [forgetting.payload]).recorded == 1)
            try one.turns()
            two.storage = DyingStorage(after: calls, isOnce: true)
            try two.restart()
            do {
                try two.turns()
            } catch {
                failed += 1
                #expect(try two.turns().behind == 0)
            }
            #expect((0..<4).allSatisfy { two.status($0) == .optedOut }, "\(calls)")
            #expect(two.cycle.forgettings.map(\.record) == [forgetting], "\(calls)")
            #expect(try two.records() == one.records())
        }
        #expect(failed > 4 && failed < 12)
    }

    @Test("What an import has brought is not laid in again, and what is laid in is not imported again")
    func imports() throws {
        let (one, two) = try nodes()
        for number: UInt64 in 0..<3 { one.say(number, .optedOut) }
        func importAll() throws {
            let outcome = try two.imports.run(
                one.folder.path, options: JournalImport.Options(takesOpen: true), isGone: { false }, reply: { _ in })
            #expect(outcome.end == .done, "\(outcome)")
        }
        try importAll()
        for number: UInt64 in 3..<5 { one.say(number, .optedOut) }
        try one.turns()
        try two.turns()
        try importAll()
        for number: UInt64 in 5..<8 { one.say(number, .optedOut) }
        try importAll()
        try one.turns()
        try two.turns()
        one.say(8, .optedOut)
        try one.turns()
        try two.turns()
        #expect(try two.records() == one.records())
        #expect(two.status(8) == .optedOut)
    }

    @Test("What is said here after something was seen from there is later than it, whatever the clocks say")
    func clocks() throws {
        let (one, two) = try nodes()
        let ahead = SystemClock.realtimeNanoseconds() + 3_600_000_000_000
        let record = ConsentRecord(
            recordedNanoseconds: ahead, effectiveNanoseconds: ahead, section: "1",
            change: .person(one.person(1), .optedOut), source: .event)
        #expect(one.journal.record(kind: .consent, version: 1, payloads: [record.payload]).recorded == 1)
        try one.turns()
        try two.turns()
        #expect(two.status(1) == .optedOut)
        two.say(1, .optedIn)
        try two.turns()
        try one.turns()
        #expect(one.status(1) == .optedIn && two.status(1) == .optedIn)
        #expect(try one.foundStatuses(1..<2) == [.optedIn] && two.foundStatuses(1..<2) == [.optedIn])
    }

    @Test("What another node has forgotten is to be done here, once each, also by the next process")
    func forgettings() throws {
        let (one, two) = try nodes()
        let records = (1...3).map { number in
            ForgettingRecord(
                recordedNanoseconds: number, section: "1", person: one.person(number), keepsConsent: false)
        }
        for record in records {
            #expect(one.journal.record(kind: .forgetting, version: 1, payloads: [record.payload]).recorded == 1)
        }
        try one.turns()
        try two.turns()
        #expect(two.cycle.forgettings.map(\.record) == records)
        try two.cycle.didForget()
        #expect(two.cycle.forgettings.map(\.record) == Array(records[1...]))
        try two.restart()
        #expect(two.cycle.forgettings.map(\.record) == Array(records[1...]))
        try two.turns()
        for _ in 0..<2 { try two.cycle.didForget() }
        try two.restart()
        try two.turns()
        #expect(two.cycle.forgettings == [])
        #expect(try FactsCheckpoint.read(two.folder.facts).forgotten == [one.journal.shard: 3])
        #expect(one.cycle.forgettings == [], "who recorded it has done it")
        try one.restart()
        #expect(one.cycle.forgettings == [])
    }

    @Test("A data folder from a backup takes what this node had recorded since, and does what it had forgotten")
    func backup() throws {
        let (one, two) = try nodes()
        func forget(_ person: UInt64) {
            let record = ForgettingRecord(
                recordedNanoseconds: person, section: "1", person: one.person(person), keepsConsent: false)
            #expect(one.journal.record(kind: .forgetting, version: 1, payloads: [record.payload]).recorded == 1)
        }
        one.say(1, .optedOut)
        forget(1)
        try one.turns()
        try one.backUp()
        one.say(2, .optedOut)
        forget(2)
        try one.turns()
        try one.restart()
        one.say(1, .optedIn)
        forget(3)
        one.say(3, .optedOut)
        try one.turns()
        try two.turns()

        try one.putBack()
        #expect(one.status(2) == nil && one.cycle.forgettings == [])
        one.say(4, .optedOut)
        try one.turns()
        #expect((1...4).map { one.status($0) } == [.optedIn, .optedOut, .optedOut, .optedOut])
        #expect(one.cycle.forgettings.map(\.record.recordedNanoseconds) == [2, 3])
        try one.cycle.didForget()
        try one.restart()
        #expect(one.cycle.forgettings.map(\.record.recordedNanoseconds) == [3])
        try one.turns()
        try one.cycle.didForget()
        try one.restart()
        try one.turns()
        try two.turns()
        #expect(one.cycle.forgettings == [] && one.cycle.taker.takenRecords == 0)
        #expect(try one.records() == two.records())
        #expect(try one.foundStatuses(1..<5) == [.optedIn, .optedOut, .optedOut, .optedOut])
    }

    @Test("A forgetting is told once, however often its end is tried")
    func telling() throws {
        let (one, _) = try nodes()
        var plan = ForgettingPlan(tokens: [], receipt: ForgettingReceipt(section: "1", timeNanoseconds: 0))
        plan.told = ForgettingRecord(
            recordedNanoseconds: 7, section: "1", person: one.person(1), keepsConsent: true)
        let again = try #require(ForgettingPlan(plan.contents))
        #expect(again == plan)
        for _ in 0..<3 {
            try ForgettingTelling(one.folder).tell(again) { record in
                one.journal.record(kind: .forgetting, version: 1, payloads: [record.payload])
            }
        }
        #expect(try one.records().count == 1)
        plan.told = nil
        try ForgettingTelling(one.folder).tell(plan) { _ in
            Issue.record("nobody is told")
            return AdminJournal.Outcome()
        }
    }
}
