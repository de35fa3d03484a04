import Bytes
import Campaigns
import ClickHouse
import Engagement
import Foundation
import Journal
import Simulation
import TestSupport

/// A node of a fleet: a journal of random events that is counted into a store and shipped to ClickHouse, step by step,
/// by what the edge does both with.
final class FleetJournal {
    /// How figures are made.
    struct Basis {
        var sections: SectionDirectory
        var rules = RuleSet.waiting(seconds: 60)
        var limits = FigureLimits(recordsPerCommitMax: 60)
    }

    let folder: TemporaryFolder
    let node: UInt64
    private(set) var basis: Basis
    private(set) var store: SQLiteCampaignStore
    private(set) var now: UInt64 = 1_774_700_000_000_000_000
    /// Payloads of events with their order times, in the order in which they were written.
    private(set) var events: [(payload: [UInt8], orderTime: UInt64)] = []
    /// Lines for the operator.
    private(set) var troubles: [String] = []
    private var random: RandomEvents
    private var writers: [ShardWriter] = []
    private let synchronizer = JournalSynchronizer()
    private var aggregator: Aggregator<SQLiteCampaignStore>
    private var shipper: EventShipper?
    private(set) var checkpoint = ShippingCheckpoint(generation: 1, figures: "1")
    private let client: ClickHouseClient

    init(node: UInt64, seed: UInt64, _ basis: Basis, client: ClickHouseClient) throws {
        folder = try TemporaryFolder()
        self.node = node
        self.basis = basis
        self.client = client
        random = RandomEvents(seed: seed, sections: basis.sections)
        store = try SQLiteCampaignStore(writing: folder.path + "/store.sqlite")
        for number in 0..<2 as Range<UInt16> {
            let writer = ShardWriter(
                shard: ShardIdentity(node: node, epoch: 1 << 16, shard: number),
                journalFolder: folder.path + "/journal",
                limits: JournalLimits(segmentBytes: 20_000, waitingLimitBytes: 1 << 20))
            synchronizer.register(writer.segments)
            writers.append(writer)
        }
        let live = LiveShards(Dictionary(uniqueKeysWithValues: writers.map { ($0.shard, $0.progress) }))
        aggregator = try Self.aggregator(store, folder.path, node, basis, live: live)
    }

    private static func aggregator(
        _ store: SQLiteCampaignStore, _ folder: String, _ node: UInt64, _ basis: Basis, live: LiveShards
    ) throws -> Aggregator<SQLiteCampaignStore> {
        try Aggregator(
            store: store, journalFolder: folder + "/journal", node: node, live: live, rules: basis.rules,
            sections: basis.sections, limits: basis.limits
        ) { _ in }
    }

    // MARK: Events

    /// Writes some events, lets them be counted, and ships what is counted now and then.
    func live(events count: Int) throws {
        for _ in 0..<count {
            now += UInt64.random(in: 0..<400_000_000_000, using: &random.random)
            let age =
                Int.random(in: 0..<6, using: &random.random) == 0
                ? UInt64.random(in: 0..<7_200_000_000_000, using: &random.random) : 0
            append(age: age)
            switch Int.random(in: 0..<12, using: &random.random) {
            case 0: try advance()
            case 1: try ship(once: true)
            case 2: shipper = nil
            default: break
            }
        }
    }

    private func append(age: UInt64) {
        let writer = writers[Int.random(in: writers.indices, using: &random.random)]
        let floor = max(writer.floorNanoseconds, aggregator.closedNanoseconds)
        let isLate = now - age < floor
        let (payload, _) = random.next(time: now - age, lateUnder: isLate ? floor : nil)
        append(payload, orderTime: isLate ? floor : now - age, to: writer)
    }

    /// Writes an event of one's own making, now.
    func append(_ facts: EventFacts, _ fields: [(EventField, String)]) {
        var facts = facts
        now += 1
        facts.timeNanoseconds = now
        append(PayloadBuffer().write(facts, fields), orderTime: now, to: writers[0])
    }

    private func append(_ payload: [UInt8], orderTime: UInt64, to writer: ShardWriter) {
        precondition(writer.beginRecord(kind: .event, version: 1, maximumPayloadBytes: payload.count))
        writer.appendPayload { $0.append(payload.span) }
        writer.endRecord(orderNanoseconds: orderTime)
        events.append((payload, orderTime))
    }

    /// Writes a fact, which the node's store counts.
    func append(_ kind: RecordKind, version: UInt8, _ payload: [UInt8]) {
        precondition(writers[0].beginRecord(kind: kind, version: version, maximumPayloadBytes: payload.count))
        writers[0].appendPayload { $0.append(payload.span) }
        writers[0].endRecord()
    }

    // MARK: Counting and shipping

    private func advance() throws {
        for writer in writers {
            _ = writer.commit(nowNanoseconds: now)
            writer.promise(nothingBefore: now)
        }
        synchronizer.syncNow()
        _ = try aggregator.advance()
    }

    /// Ends the journal: everything is counted and shipped.
    func end() throws {
        for writer in writers { writer.finish(nowNanoseconds: now) }
        aggregator = try Self.aggregator(store, folder.path, node, basis, live: [:])
        while try aggregator.advance().hasMore {}
        try ship(once: false)
    }

    private func ship(once: Bool) throws {
        let figures = ShippedFigures(
            counted: aggregator.counted, rules: basis.rules, sections: basis.sections, countries: nil,
            limits: basis.limits)
        let reading = try SQLiteCampaignStore(reading: folder.path + "/store\(basisNumber).sqlite")
        let shipper: EventShipper
        if let known = self.shipper {
            shipper = known
        } else {
            shipper = try EventShipper(
                checkpoint, figures, expired: [:], store: reading, journalFolder: folder.path + "/journal"
            ) { [weak self] in self?.troubles.append($0) }
            self.shipper = shipper
        }
        while true {
            let step = try shipper.step(figures, store: reading) { rows throws(FleetError) in
                do throws(ClickHouseError) {
                    try client.insert(into: "events", columns: FleetSchema.events.columnNames, rows)
                } catch {
                    throw .server(error)
                }
            } save: {
                checkpoint = $0
            }
            if once || !step.hasMore { break }
        }
    }

    private var basisNumber = ""

    /// Ships everything anew from the beginning, with that generation.
    func shipAgain(generation: UInt64) throws {
        checkpoint = ShippingCheckpoint(generation: generation, figures: "\(generation)")
        shipper = nil
        try ship(once: false)
    }

    /// Counts the ended journal anew on another basis, and ships it with that generation.
    func rebuild(_ basis: Basis, generation: UInt64) throws {
        self.basis = basis
        basisNumber = "-\(generation)"
        store = try SQLiteCampaignStore(writing: folder.path + "/store\(basisNumber).sqlite")
        aggregator = try Self.aggregator(store, folder.path, node, basis, live: [:])
        while try aggregator.advance().hasMore {}
        try shipAgain(generation: generation)
    }
}
