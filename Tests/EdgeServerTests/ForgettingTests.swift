import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem
import Simulation
import TestSupport
import Testing
import TrackingLinks

@testable import EdgeServer

@Suite("Who is forgotten is nobody's any more, and no figure changes")
struct ForgettingTests {
    /// What nobody may find of a person: the pseudonyms as they stand in events, and their halves as stores count by
    /// them, in both orders of bytes.
    private static func traces(_ person: EventPerson) -> [[UInt8]] {
        person.subjects.flatMap { subject in
            let bytes = subject.pseudonym.withSpan { $0.toArray() }
            return [bytes, Array(bytes[..<8]), Array(bytes[..<8].reversed())]
        }
    }

    private static func expectGone(_ person: EventPerson, _ world: ForgettingWorld, _ comment: Comment) throws {
        for trace in traces(person) { #expect(try world.files(holding: trace) == [], comment) }
    }

    @Test(
        "Report and rebuild stay as they were, whatever the timing rules see, after one and after everybody",
        arguments: 1...18 as ClosedRange<UInt64>)
    func figures(_ seed: UInt64) throws {
        let world = try ForgettingWorld(seed: seed)
        var before: [[ReportRow]] = []
        do { before = try world.answers(try world.count()) }
        for number in [1, 0, 2] {
            let person = world.person(number)
            let receipt = try world.forget(person)
            #expect(receipt.events > 0)
            let comment: Comment = "seed \(seed), person \(number)"
            #expect(try world.answers(try world.count()) == before, comment)
            #expect(try world.answers(try world.count(rebuilding: true)) == before, comment)
            try Self.expectGone(person, world, comment)
        }
    }

    @Test(
        "Where half of the journal has expired the sealed figures forget too", arguments: 1...8 as ClosedRange<UInt64>)
    func sealed(_ seed: UInt64) throws {
        let world = try ForgettingWorld(seed: seed, events: 400)
        try world.expire()
        var before: [[ReportRow]] = []
        do { before = try world.answers(try world.count()) }
        #expect(try world.files(holding: Self.traces(world.person(0))[1]).contains(world.data.sealed))
        for number in 0..<3 {
            try world.forget(world.person(number))
            #expect(try world.answers(try world.count()) == before, "seed \(seed)")
            #expect(try world.answers(try world.count(rebuilding: true)) == before, "seed \(seed)")
            try Self.expectGone(world.person(number), world, "seed \(seed)")
        }
    }

    @Test("A verdict that is not kept beside the forgotten ones is found out")
    func sabotage() throws {
        var found = 0
        for seed in 1...12 as ClosedRange<UInt64> {
            let world = try ForgettingWorld(seed: seed)
            var before: [[ReportRow]] = []
            do { before = try world.answers(try world.count()) }
            try world.forget(world.person(0)) { plan in
                for place in plan.segments.indices { plan.segments[place].changes.removeAll { !$0.isForgotten } }
            }
            if try world.answers(try world.count(rebuilding: true)) != before { found += 1 }
        }
        #expect(found > 0)
    }

    @Test("A forgotten event keeps what is listed and nothing else; others keep everything")
    func records() throws {
        let world = try ForgettingWorld(seed: 5)
        let before = try world.events()
        let person = world.person(1)
        try world.forget(person)
        let after = try world.events()
        #expect(after.count == before.count)
        var tokens: Set<String> = []
        var forgotten = 0
        for (time, payload) in before {
            let view = try EventView(payload.span)
            let left = try #require(after[time])
            let now = try EventView(left.span)
            guard person.isIn(view, payload.span) else {
                #expect((now.keptClass == nil ? left : now.withoutKeptVerdict(left.span)) == payload)
                continue
            }
            forgotten += 1
            let kept = ForgottenEventTable.kept
            for field in EventField.allCases {
                let range = now.range(of: field)
                if kept.contains(field) {
                    #expect(
                        range.map { Array(left[$0.offsets]) }
                            == view.range(of: field).map { Array(payload[$0.offsets]) })
                } else if field.rawValue < EventField.frozenReason.rawValue {
                    #expect(range == nil, "\(field)")
                }
            }
            #expect(now.flags.subtracting([.subject, .late]) == .forgotten && now.method == .notKept)
            #expect(now.headerOrderHash == 0 && now.headerPresence == [] && now.httpVersion == 0)
            #expect(now.address == nil && now.addressHash == nil && now.frozenClass != nil)
            #expect(now.kind == view.kind && now.outcome == view.outcome && now.repairs == view.repairs)
            tokens.insert(try #require(now.subject).pseudonym.hex)
            for word in ["planted", "visit-of"] { #expect(!left.holds(Array(word.utf8))) }
        }
        #expect(forgotten > 20 && tokens.count == 2, "one token for each event key")
    }

    @Test("Killed before any call to the disk, it is finished by the next one, and figures are the same")
    func kills() throws {
        var call = 0
        while true {
            let world = try ForgettingWorld(seed: 11, events: 90)
            var before: [[ReportRow]] = []
            do { before = try world.answers(try world.count()) }
            let count = try world.events().count
            let person = world.person(0)
            let plan = try world.plan(person)
            try ForgettingWork(world.data).begin(plan)
            let storage = DyingStorage(after: call)
            let isKilled = (try? ForgettingWork(world.data, storage: storage).carryOut(plan)) == nil
            // Neither none nor both: each event is there once, as it was or forgotten.
            #expect(try world.events().count == count, "call \(call)")
            let work = ForgettingWork(world.data)
            let unfinished = try #require(try work.unfinished())
            #expect(unfinished.segments.count == plan.segments.count)
            _ = try work.carryOut(unfinished)
            // And again, as if it had been killed before its plan was removed.
            _ = try work.carryOut(unfinished)
            try work.end()
            #expect(try work.unfinished() == nil)
            #expect(try world.answers(try world.count()) == before, "call \(call)")
            #expect(try world.answers(try world.count(rebuilding: true)) == before, "call \(call)")
            try Self.expectGone(person, world, "call \(call)")
            guard isKilled else { break }
            call += call < 12 ? 1 : 9
        }
        #expect(call > 40)
    }

    @Test("A pseudonym under a key that was made meanwhile is looked for in what was read already too")
    func addedKey() throws {
        let world = try ForgettingWorld(seed: 6)
        try Files.remove(world.folder.path + "/keys/event-2.key")
        let few = try KeyFolder.read(world.folder.path + "/keys")
        let all = world.person(0)
        let person = EventPerson(section: "1", person: all.person, type: .email, keys: few)
        let search = ForgettingSearch(world.data, person, threads: 2)
        func found(_ search: ForgettingSearch) throws -> [UInt64] {
            try search.look(live: [:]) { _, _ in }.flatMap(\.matches).map(\.timeNanoseconds).sorted()
        }
        let first = try found(search)
        search.add(person.subjects(under: few))
        #expect(try found(search) == first)
        search.add(person.subjects(under: world.keys))
        let both = try found(search)
        #expect(first.count < both.count && search.person.subjects.count == 2)
        let complete = try found(ForgettingSearch(world.data, all, threads: 2))
        #expect(both == complete)
    }

    @Test("A segment without the person stays the file that it is")
    func untouched() throws {
        let world = try ForgettingWorld(seed: 3)
        let plan = try world.plan(world.person(1, section: "2"))
        let changed = Set(
            plan.segments.map { "\($0.shard.folder)/\(JournalPath.segmentName(firstSequence: $0.firstSequence))" })
        var inodes: [String: UInt64] = [:]
        for shard in try JournalDirectory.scan(world.data.journal) {
            for first in shard.segments {
                inodes[shard.segmentPath(first)] = try Files.status(shard.segmentPath(first)).inode
            }
        }
        _ = try ForgettingWork(world.data).carryOut(plan)
        for (path, inode) in inodes {
            let isChanged = changed.contains { path.hasSuffix($0) }
            #expect((try Files.status(path).inode != inode) == isChanged, "\(path)")
        }
    }

    @Test("What a damaged record, or a write that was cut off, holds of the person is erased; damage stays damage")
    func remains() throws {
        let world = try ForgettingWorld(seed: 8)
        let person = world.person(0)
        let shard = try JournalDirectory.scan(world.data.journal)[0]
        let path = shard.segmentPath(shard.segments[0])
        var bytes = try Files.readAll(path, limitBytes: 1 << 20)
        let trace = person.subjects[0].pseudonym.withSpan { $0.toArray() }
        let place = try #require(bytes.indices.first { bytes[$0...].starts(with: trace) })
        bytes[place + 30] ^= 0xFF
        // A half record at the end of the shard.
        let last = shard.segmentPath(try #require(shard.segments.last))
        let tail = try Files.readAll(last, limitBytes: 1 << 20) + [1, 2, 3] + trace + [4]
        try Files.replaceDurably(path, contents: bytes.span)
        try Files.replaceDurably(last, contents: tail.span)
        func damages() throws -> [SegmentDamage] {
            let reader = ShardReader(shard: shard.identity, journalFolder: world.data.journal)
            var damages: [SegmentDamage] = []
            while true {
                switch try reader.next() {
                case .damaged(let damage): damages.append(damage)
                case .record: break
                case .end: return damages
                }
            }
        }
        let before = try damages()
        #expect(before.count == 1)
        try world.forget(person)
        let after = try damages()
        #expect(
            after.map(\.firstSequence) == before.map(\.firstSequence)
                && after.map(\.missingSequences) == before.map(\.missingSequences))
        for trace in Self.traces(person) { #expect(try world.files(holding: trace) == []) }
    }

    @Test("Copies that nobody reads are named, what a killed import has left goes, and stores set aside forget too")
    func beside() throws {
        let world = try ForgettingWorld(seed: 4)
        var before: [[ReportRow]] = []
        do { before = try world.answers(try world.count()) }
        let person = world.person(2)
        let shard = try JournalDirectory.scan(world.data.journal)[0]
        let segment = try Files.readAll(shard.segmentPath(shard.segments[0]), limitBytes: 1 << 20)
        let copy = shard.path + "/00000000000000000000.restored"
        try Files.replaceDurably(copy, contents: segment.span)
        try Files.replaceDurably(world.data.journal + "/importing", contents: segment.span)
        let aside = world.folder.path + "/campaigns-1.sqlite.behind"
        let store = try Files.readAll(world.folder.path + "/campaigns-1.sqlite", limitBytes: 1 << 24)
        try Files.replaceDurably(aside, contents: store.span)
        // One that was set aside because it is damaged.
        let damaged = Array("no database at all".utf8)
        try Files.replaceDurably(world.data.sealed + ".aside", contents: damaged.span)
        let receipt = try world.forget(person)
        let named = receipt.notes.map { String($0.prefix { $0 != ":" }) }
        #expect(Set(named) == [copy, world.data.sealed + ".aside"] && named.count == 2)
        for trace in Self.traces(person) {
            let files = try world.files(holding: trace)
            #expect(files == [copy] || files == [])
        }
        #expect(try world.answers(try world.count()) == before)
    }

    @Test("Words in which the identifier stands lose it, also when another process finishes it; those of others stay")
    func words() throws {
        let world = try ForgettingWorld(seed: 9)
        let before = try world.events()
        let person = world.person(0, identifiers: ["AUTUMN", "www1.example.com"])
        let plan = try world.plan(person)
        #expect(plan.needsRebuild)
        let contents = plan.contents
        for word in ["autumn", "www1.example.com"] {
            for form in [word, Hexadecimal.string(of: word.utf8.span)] {
                #expect(!contents.holds(Array(form.utf8)), "\(form)")
            }
        }
        let read = try #require(ForgettingPlan(contents))
        #expect((read.segments == plan.segments) as Bool, "the plan is another one when it is read back")
        _ = try ForgettingWork(world.data).carryOut(read)
        let after = try world.events()
        var (masked, left) = (0, 0)
        for (time, payload) in before {
            let view = try EventView(payload.span)
            let was = Event(view, in: payload.span).texts
            let now = try #require(after[time])
            let texts = Event(try EventView(now.span), in: now.span).texts
            if person.isIn(view, payload.span) {
                #expect(texts[.expId] == (was[.expId] == "autumn" ? "(email)" : was[.expId]))
                #expect(texts[.target] == was[.target]?.replacing("www1.example.com", with: "(email)"))
                masked += 1
            } else {
                #expect(texts[.expId] == was[.expId] && texts[.target] == was[.target])
                left += 1
            }
        }
        #expect(masked > 20 && left > 20)
        let other = try world.plan(world.person(1, identifiers: ["somebody", "customer-7"]))
        #expect(!other.needsRebuild)
    }

    @Test("Words about a plan survive its file; what is no plan is refused")
    func planFile() throws {
        let world = try ForgettingWorld(seed: 2)
        var plan = try world.plan(world.person(0))
        plan.needsRebuild = true
        // A receipt tells microseconds.
        plan.receipt = ForgettingReceipt(section: "1", timeNanoseconds: 1_774_700_000_000_001_000)
        plan.receipt.events = 3
        plan.receipt.lastNanoseconds = 1_774_700_000_000_000_000
        plan.receipt.notes = ["a \"note\""]
        plan.verdicts[0].country = "DE"
        let read = ForgettingPlan(plan.contents)
        #expect((read == plan) as Bool, "the plan is another one when it is read back")
        #expect(ForgettingPlan([]) == nil && ForgettingPlan(Array("{}".utf8)) == nil)
        let work = ForgettingWork(world.data)
        try work.begin(plan)
        #expect(try Files.status(world.data.forgetting + "/plan").permissions & 0o777 == 0o600)
        try Files.replaceDurably(world.data.forgetting + "/plan", contents: Array("{".utf8).span)
        #expect(throws: EdgeError.damagedPlan(path: world.data.forgetting + "/plan")) { try work.unfinished() }
    }
}

/// The fields that the issue lists.
enum ForgottenEventTable {
    static let kept: Set<EventField> = [
        .sec, .expId, .expVer, .mech, .smech, .va, .pExpId, .pExpVer, .pMech, .pSmech, .pVa, .label, .target, .link,
        .location,
    ]
}
