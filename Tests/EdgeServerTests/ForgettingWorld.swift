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

/// A data folder of a random story: few people, addresses and links within moments, so that timing rules decide much,
/// under two event keys; its server has ended.
final class ForgettingWorld {
    static let node: UInt64 = 7
    static let rules = RuleSet.windowed
    static let questions = [
        ReportQuestion(), ReportQuestion(by: [.class, .link, .expId]), ReportQuestion(by: [.sec, .day, .kind]),
        ReportQuestion(by: [.expId, .expVer, .va, .link]), ReportQuestion(by: [.sec, .hour]),
        ReportQuestion(by: [.host]),
        ReportQuestion(by: [.client]), ReportQuestion(by: [.outcome]),
    ]

    let folder: TemporaryFolder
    private let elsewhere: TemporaryFolder
    let data: DataFolder
    let keys: KeySet
    let sections = SectionDirectory(["1": SectionDirectory.Facts(), "2": SectionDirectory.Facts()])
    let limits: FigureLimits
    private(set) var payloads: [[UInt8]] = []
    /// Which person each event is of; nil for nobody.
    private(set) var people: [Int?] = []
    private var random: SeededGenerator
    private var now: UInt64 = 1_774_700_000_000_000_000
    private let crowd: Int

    init(seed: UInt64, events: Int = 220) throws {
        random = SeededGenerator(seed: seed)
        crowd = seed % 3 == 0 ? 4 : .max
        limits = FigureLimits(
            keysPerSectionDay: seed % 2 == 0 ? 9 : 500, hostsPerSectionDay: 40, peoplePerSectionDay: 40,
            eventsPerSecondMax: crowd)
        folder = try TemporaryFolder()
        elsewhere = try TemporaryFolder()
        data = DataFolder(path: folder.path)
        try Files.makeDirectories(data.journal)
        for (purpose, id) in [(KeyPurpose.root, UInt32(0)), (.event, 1), (.event, 2)] {
            try KeyFolder.make(purpose, id: id, in: folder.path + "/keys")
        }
        keys = try KeyFolder.read(folder.path + "/keys")
        let writers = (0..<3).map { shard in
            ShardWriter(
                shard: ShardIdentity(node: Self.node, epoch: 1 << 16, shard: UInt16(shard)),
                journalFolder: data.journal, limits: JournalLimits(segmentBytes: 10_000, waitingLimitBytes: 1 << 20))
        }
        for _ in 0..<events {
            let rest = number(8) == 0 ? 20_000 : number(3) == 0 ? 1_000 : 120
            now += UInt64(number(rest)) * 1_000_000 + 1
            let writer = writers[number(3)]
            let payload = event()
            #expect(writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: payload.count))
            writer.appendPayload { $0.append(payload.span) }
            writer.endRecord(orderNanoseconds: now)
            _ = writer.commit(nowNanoseconds: now)
            payloads.append(payload)
        }
        for writer in writers { writer.finish(nowNanoseconds: now) }
    }

    func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    /// A person of section 1, as keys make it.
    func person(_ number: Int, section: String = "1", identifiers: [String] = []) -> EventPerson {
        EventPerson(
            section: section, person: Self.bytes(number), type: .email, keys: keys,
            identifiers: identifiers.map { Array($0.utf8) })
    }

    private static func bytes(_ number: Int) -> Bytes16 { Bytes16(littleEndian: UInt64(number) + 1, 99) }

    private func event() -> [UInt8] {
        let isOpen = number(4) == 0
        var facts = EventFacts(
            timeNanoseconds: now, kind: isOpen ? .open : .click, outcome: isOpen ? .pixel : .redirected, reason: 1)
        facts.method = number(6) == 0 ? .head : .get
        facts.httpVersion = 11
        facts.headerPresence = HeaderPresence(rawValue: 7)
        facts.headerOrderHash = 0x5EC2_E7
        facts.flags = .identifierGiven
        let who = number(6) == 0 ? nil : number(3)
        people.append(who)
        facts.subject = who.map { keys.eventKeys[number(8) == 0 ? 1 : 0].subject(of: Self.bytes($0)) }
        let address = UInt64(number(4))
        if number(9) > 0 { facts.addressHash = AddressHash(keyDay: 20_000, value: 0xADD7_E550_0000_0000 + address) }
        var fields: [(EventField, String)] = [
            (.sec, number(9) == 0 ? "2" : "1"), (.expId, number(3) == 0 ? "autumn" : "spring"),
            (.expVer, "v\(number(2))"), (.expVisitId, "visit-of-\(who ?? 9)"), (.va, "[\(number(3))]"),
            (.cuidType, "planted-type"),
        ]
        if !isOpen { fields.append((.target, "https://www\(number(3)).example.com/\(number(4))")) }
        fields.append((.userAgent, "planted agent \(number(3))"))
        fields.append((.refererHost, "planted.referer"))
        fields.append((.acceptLanguage, "planted-language"))
        return PayloadBuffer().write(facts, fields)
    }

    // MARK: Counting

    /// Counts everything into the store in use, or into a rebuilt one beside it.
    func count(rebuilding: Bool = false) throws -> SQLiteCampaignStore {
        let stores = StoreFolder(data)
        let path = rebuilding ? elsewhere.path + "/rebuilt-\(random.next()).sqlite" : try stores.current()
        if rebuilding { try stores.begin(path, node: Self.node) }
        let store = try StoreFolder.open(path)
        let aggregator = try Aggregator(
            store: store, journalFolder: data.journal, node: Self.node, live: [:], rules: Self.rules,
            sections: sections, limits: limits, expiry: try stores.expiry(), onTrouble: { Issue.record("\($0)") })
        while try aggregator.advance().hasMore {}
        counted = aggregator.counted
        return store
    }

    private(set) var counted = CountedJournal()

    /// Lets the first half of the closed segments expire.
    func expire() throws {
        var closed = ClosedSegments(journalFolder: data.journal)
        let inventory = try closed.look(live: [])
        let store = try count()
        let ends = inventory.shards.values.joined().map(\.endedNanoseconds).sorted()
        let plan = RetentionPlan(
            inventory, counted: counted, limits: RetentionLimits(retentionNanoseconds: 1), space: nil,
            nowNanoseconds: ends[ends.count / 2])
        let sealed = try SQLiteCampaignStore.sealed(data.sealed)
        try sealed.claim(by: Self.node)
        let world = RetentionRun.World(
            journalFolder: data.journal, node: Self.node, live: [], rules: Self.rules, sections: sections,
            limits: limits)
        let run = RetentionRun(
            plan, world, sealed: sealed, synchronizeStore: { () throws(StoreError) in try store.synchronize() },
            onTrouble: { Issue.record("\($0)") })
        while try run.step(counted).hasMore {}
    }

    /// What the questions are answered with.
    func answers(_ store: SQLiteCampaignStore) throws -> [[ReportRow]] {
        try Self.questions.map { try store.answer($0, sections: sections).rows }
    }

    // MARK: Forgetting

    func plan(_ person: EventPerson) throws -> ForgettingPlan {
        let search = ForgettingSearch(data, person, threads: 2)
        let findings = try search.look(live: [:]) { _, _ in }
        return try ForgettingDecision.plan(
            findings, of: search.person, in: data,
            by: ForgettingDecision.Judges(rules: Self.rules, sections: sections, countries: nil, limits: limits),
            ForgettingReceipt(section: person.section, timeNanoseconds: 1))
    }

    /// Forgets a person as a server does that has everything counted.
    @discardableResult
    func forget(_ person: EventPerson, changing: (inout ForgettingPlan) -> Void = { _ in }) throws -> ForgettingReceipt
    {
        var plan = try plan(person)
        changing(&plan)
        let work = ForgettingWork(data)
        try work.begin(plan)
        let receipt = try work.carryOut(plan)
        try work.end()
        return receipt
    }

    /// Every event of the journal, by its time.
    func events() throws -> [UInt64: [UInt8]] {
        var events: [UInt64: [UInt8]] = [:]
        let stream = EventStream(data) { Issue.record("\($0)") }
        try stream.lookForShards()
        while let item = try stream.next() { events[item.view.timeNanoseconds] = item.payload }
        return events
    }

    /// Whether some bytes stand in any file of the folder but the keys.
    func files(holding bytes: [UInt8]) throws -> [String] {
        var found: [String] = []
        for path in try allFiles(folder.path) where !path.contains("/keys/") {
            let contents = try Files.readAll(path, limitBytes: 1 << 28)
            if contents.holds(bytes) { found.append(path) }
        }
        return found
    }

    private func allFiles(_ path: String) throws -> [String] {
        try Files.list(path).flatMap { name -> [String] in
            let path = path + "/" + name
            let kind = try Files.statusOfLink(path).kind
            return kind == .folder ? try allFiles(path) : kind == .file ? [path] : []
        }
    }
}

extension [UInt8] {
    /// True when the bytes stand in these.
    func holds(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, count >= bytes.count else { return false }
        var place = 0
        while let found = self[place...].firstIndex(of: first), found + bytes.count <= count {
            if self[found..<found + bytes.count].elementsEqual(bytes) { return true }
            place = found + 1
        }
        return false
    }
}
