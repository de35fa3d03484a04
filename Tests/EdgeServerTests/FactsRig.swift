import Bytes
import Campaigns
import ClickHouse
import Engagement
import Foundation
import Journal
import LinuxSystem
import Settings
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

/// The database of a fleet, as a test wants it: away, late, or with a loss of memory.
final class FakeFleet: FleetFacts {
    var facts: [ShardIdentity: [UInt64: FleetFact]] = [:]
    var shardEnds: [ShardIdentity: UInt64] = [:]
    var lists: [Bytes16: [UInt32: [UInt8]]] = [:]
    var listCounts: [Bytes16: UInt32] = [:]
    /// It does not answer.
    var isAway = false
    /// Inserts are done and their answers are lost.
    var losesAnswers = false
    /// Records that nobody sees yet.
    var unseen: Set<RecordIdentity> = []
    /// Facts of one answer.
    var answerMax = 2_000
    private(set) var inserts = 0

    static let away = FleetError.server(.unanswered([.init(endpoint: "10.0.0.1:8123", reason: "it is away")]))

    private func answer() throws(FleetError) {
        if isAway { throw Self.away }
    }

    func check() throws(FleetError) { try answer() }

    func ends() throws(FleetError) -> [ShardIdentity: UInt64] {
        try answer()
        return shardEnds
    }

    func facts(of shard: ShardIdentity, from sequence: UInt64) throws(FleetError) -> [FleetFact] {
        try answer()
        let found = (facts[shard] ?? [:]).values.filter {
            $0.record.sequence >= sequence
                && !unseen.contains(RecordIdentity(shard: shard, sequence: $0.record.sequence))
        }
        return Array(found.sorted { $0.record.sequence < $1.record.sequence }.prefix(answerMax))
    }

    func counts(of node: UInt64) throws(FleetError) -> [ShardIdentity: UInt64] {
        try answer()
        return facts.filter { $0.key.node == node }.mapValues { UInt64($0.count) }
    }

    func insert(_ facts: [FleetFact], of shard: ShardIdentity) throws(FleetError) {
        try answer()
        inserts += 1
        for fact in facts { self.facts[shard, default: [:]][fact.record.sequence] = fact }
        if losesAnswers { throw Self.away }
        shardEnds[shard] = max(shardEnds[shard] ?? 0, (facts.last?.record.sequence ?? 0) + 1)
    }

    func pieces(of list: Bytes16) throws(FleetError) -> FleetPieces {
        try answer()
        var pieces = FleetPieces()
        pieces.count = listCounts[list]
        pieces.numbers = Set((lists[list] ?? [:]).keys)
        return pieces
    }

    func piece(_ number: UInt32, of list: Bytes16) throws(FleetError) -> [UInt8]? {
        try answer()
        return lists[list]?[number]
    }

    func insert(piece bytes: [UInt8], _ number: UInt32, of list: Bytes16, count: UInt32) throws(FleetError) {
        try answer()
        lists[list, default: [:]][number] = bytes
        listCounts[list] = count
    }
}

/// A node of a fleet without its workers: its folder, its facts and its statuses, and the turns that a test gives it.
final class FactsNode {
    let folder: DataFolder
    let node: UInt64
    let fleet: FakeFleet
    let keys: KeySet
    private let temporary: TemporaryFolder
    private var epoch: UInt64 = 1
    private(set) var journal: AdminJournal
    private(set) var book: ConsentBook
    private(set) var imports: ImportRunner
    var cycle: FactsCycle
    private(set) var synchronizer = JournalSynchronizer()
    /// What the next process lays records into.
    var storage: any JournalStorage = LinuxStorage()

    init(_ node: UInt64, _ fleet: FakeFleet, keys: KeySet? = nil) throws {
        temporary = try TemporaryFolder()
        folder = DataFolder(path: temporary.path + "/data")
        self.node = node
        self.fleet = fleet
        try Files.makeDirectories(folder.journal)
        self.keys = try keys ?? KeyFolder.readOrMake(folder.path + "/keys", journalIsEmpty: true)
        (journal, book, imports, cycle) = try Self.start(
            folder, node, epoch, self.keys, synchronizer, storage)
    }

    private static func start(
        _ folder: DataFolder, _ node: UInt64, _ epoch: UInt64, _ keys: KeySet, _ synchronizer: JournalSynchronizer,
        _ storage: any JournalStorage
    ) throws -> (AdminJournal, ConsentBook, ImportRunner, FactsCycle) {
        let journal = AdminJournal(
            shard: ShardIdentity(node: node, epoch: epoch << 16, shard: ShardIdentity.adminShard),
            journalFolder: folder.journal, limits: JournalLimits(), closed: ClosedWatermark(),
            synchronizer: synchronizer)
        let book = try ConsentBook(
            folder, keys: keys, journal: journal, onTrouble: { Issue.record("\($0)") }, onMissingList: { _ in })
        let imports = ImportRunner(
            folder, keyFolder: folder.path + "/keys", minimumFree: ByteSize(bytes: 0), log: ServerLog(),
            writes: { $0 == journal.shard })
        let place = FactsTaker.Place(
            folder: folder, own: journal.shard, limits: JournalLimits(), consent: book, imports: imports,
            storage: storage)
        return (journal, book, imports, FactsCycle(place, journal: journal) { Issue.record("\($0)") })
    }

    /// A process that was killed is followed by another.
    func restart() throws {
        epoch += 1
        synchronizer = JournalSynchronizer()
        (journal, book, imports, cycle) = try Self.start(
            folder, node, epoch, keys, synchronizer, storage)
    }

    /// The data folder as it is, but for what stands in memory.
    func backUp() throws {
        try FileManager.default.copyItem(atPath: folder.path, toPath: temporary.path + "/backup")
    }

    /// A process that was killed is followed by one with the data folder as it was backed up.
    func putBack() throws {
        try FileManager.default.removeItem(atPath: folder.path)
        try FileManager.default.moveItem(atPath: temporary.path + "/backup", toPath: folder.path)
        try restart()
    }

    /// Does what the thread does, until there is nothing more to do.
    @discardableResult
    func turns() throws -> FactsTaker.Look {
        while true {
            let look = try cycle.turn(fleet)
            if !look.hasMore { return look }
        }
    }

    func person(_ number: UInt64) -> Bytes16 { Bytes16(littleEndian: number * 4 + 2, 7) }

    func say(_ number: UInt64, _ status: ConsentStatus, section: String = "1") {
        let outcome = book.record([
            ConsentBook.Statement(section: section, person: person(number), status: status, source: .event)
        ])
        #expect(outcome.recorded == 1 && outcome.failure == nil)
    }

    func status(_ number: UInt64, section: String = "1") -> ConsentStatus? {
        book.status(of: person(number), in: section)
    }

    func list(_ people: [UInt64], section: String = "1", at time: UInt64) throws -> Bytes16 {
        let keys = people.map { ConsentKey(person($0)) }.sorted()
        let digest = try ConsentListFile(folder: folder.consent).write(
            keys.span, keyMark: ConsentBook.keyMark(section, self.keys))
        try book.use(digest, people: UInt64(people.count), of: section, effectiveNanoseconds: time)
        return digest
    }

    /// The statuses that a start would find.
    func foundStatuses(_ people: Range<UInt64>) throws -> [ConsentStatus?] {
        let found = try ConsentBook(
            folder, keys: keys, journal: journal, onTrouble: { Issue.record("\($0)") }, onMissingList: { _ in })
        return people.map { found.status(of: person($0), in: "1") }
    }

    /// Every record of an `admin` shard that is here, but those of the key's changes.
    func records() throws -> Set<String> {
        var records: Set<String> = []
        _ = try AdminRecords.forEach(in: folder, onTrouble: { Issue.record("\($0)") }) {
            record, payload, identity throws(EngagementError) in
            #expect(records.insert("\(identity) \(record.kind.rawValue) \(payload.toArray())").inserted)
        }
        return records
    }
}
