import Bytes
import ClickHouse
import Engagement
import Journal
import LinuxSystem
import Simulation
import TestSupport
import Testing

@testable import Campaigns

@Suite("Rows say what the embedded store counted, whatever was sent twice, cut off or forgotten by a kill")
struct EventShipperTests {
    /// A node that ships into a table in memory, over a line that loses answers.
    private final class World {
        let node: TestNode
        var random: SeededGenerator
        var table = ShippedTable()
        var saved: ShippingCheckpoint
        /// One in so many inserts and saves fails; 0 for none.
        var troubleEvery = 4
        private(set) var failures = 0
        private var shipper: EventShipper?

        init(_ node: TestNode, seed: UInt64) {
            self.node = node
            random = SeededGenerator(seed: seed)
            saved = ShippingCheckpoint(generation: 1, figures: "a")
        }

        func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

        /// Forgets the process.
        func kill() { shipper = nil }

        /// Everything is counted anew: another generation.
        func countAnew() {
            saved = ShippingCheckpoint(generation: saved.generation + 1, figures: "b")
            kill()
        }

        private var fails: Bool { troubleEvery > 0 && number(troubleEvery) == 0 }

        private static let lost = FleetError.server(.unanswered([]))

        /// One step, which may fail.
        func ship(rules: RuleSet? = nil) throws -> Bool {
            let figures = ShippedFigures(
                counted: node.counted, rules: rules ?? node.rules, sections: node.sections, countries: nil,
                limits: node.limits)
            do throws(FleetError) {
                let current: EventShipper
                if let shipper {
                    current = shipper
                } else {
                    current = try EventShipper(
                        saved, figures, expired: [:], store: node.store, journalFolder: node.journalFolder
                    ) { Issue.record("\($0)") }
                }
                shipper = current
                let step = try current.step(
                    figures, store: node.store,
                    insert: { (rows) throws(FleetError) in try insert(rows) },
                    save: { (checkpoint) throws(FleetError) in
                        if fails { throw Self.lost }
                        let read = ShippingCheckpoint(text: checkpoint.text)
                        #expect(read == checkpoint, "it is read back as it was written")
                        saved = checkpoint
                    })
                return step.hasMore
            } catch {
                failures += 1
                kill()
                return true
            }
        }

        private func insert(_ rows: borrowing RowBinaryWriter) throws(FleetError) {
            let lands = fails ? number(rows.rowCount + 1) : rows.rowCount
            do {
                try table.insert(rows, atMost: lands)
            } catch {
                Issue.record("\(error)")
            }
            // All of it may have landed though nobody hears of it.
            if lands < rows.rowCount || fails { throw Self.lost }
        }
    }

    /// Events of few people, addresses and links, close together: rules decide something everywhere.
    private static func happen(_ world: World, _ buffer: PayloadBuffer, shards: Int) {
        let node = world.node
        node.pass(nanoseconds: UInt64(world.number(world.number(8) == 0 ? 20_000 : 200)) * 1_000_000)
        let shard = world.number(shards)
        var event = SeenEvent(
            time: node.now, person: world.number(6) == 0 ? nil : UInt64(world.number(3)),
            address: world.number(9) == 0 ? nil : UInt64(world.number(4)), agent: "agent \(world.number(3))",
            link: world.number(4) == 0 ? nil : world.number(4), method: world.number(6) == 0 ? .head : .get)
        if world.number(12) == 0 { event.time -= UInt64(world.number(4_000)) * 1_000_000 }
        event.floor = node.floor(ofShard: shard, for: event.time)
        node.append(event.payload(buffer), orderTime: event.orderTime, toShard: shard)
    }

    /// Everything that is journaled is counted and closed, and all of it is shipped.
    private static func settle(_ world: World) throws {
        world.node.pass(nanoseconds: 7_200_000_000_000)
        world.node.settle()
        while try world.node.flush().hasMore {}
        var tries = 0
        while try world.ship() {
            tries += 1
            try #require(tries < 10_000, "it comes to its end")
        }
    }

    /// The rows say what the store says, but for what only a store knows of limits that were reached.
    private static func compare(_ world: World, _ when: String) throws {
        let model = try world.table.model(world.node.sections)
        for question in StoreEqualsModelTests.kept + StoreEqualsModelTests.ranged {
            var stored = try world.node.store.answer(question, sections: world.node.sections).rows
            for place in stored.indices { stored[place].uniqueComplete = true }
            #expect(model.rows(question) == stored, "\(when): \(question)")
        }
    }

    @Test("Judged by what stands beside each event", arguments: 1...12 as ClosedRange<UInt64>)
    func windows(_ seed: UInt64) throws {
        let shards = 1 + Int(seed % 3)
        let node = try TestNode(
            seed: seed, shards: shards, sections: try testSections(),
            limits: FigureLimits(eventsPerSecondMax: seed % 4 == 0 ? 4 : 25_000), rules: .windowed)
        let world = World(node, seed: seed)
        let buffer = PayloadBuffer()
        for _ in 0..<400 {
            Self.happen(world, buffer, shards: shards)
            switch world.number(14) {
            case 0: node.restartAggregator()
            case 1, 2: try node.flush()
            case 3: node.sync()
            case 4, 5: node.commit(shard: world.number(shards))
            case 6 where world.number(4) == 0: node.start(shards: shards)
            case 7, 8: _ = try world.ship()
            case 9: world.kill()
            default: break
            }
        }
        try Self.settle(world)
        try Self.compare(world, "seed \(seed)")
        #expect(world.table.rows.count == 400 && world.table.received > 400 && world.failures > 0)
        let classes = Set(world.table.rows.values.map(\.fact.engagementClass))
        #expect(classes.count >= (seed % 4 == 0 ? 2 : 3), "rules have decided something")

        // Lost rows come back as they were, from wherever they are shipped again.
        let before = world.table.rows
        world.troubleEvery = 0
        for _ in 0..<5 {
            let lost = try #require(before.values.randomElement(using: &world.random))
            world.saved = try world.saved.rewound(
                to: lost.fact.timeNanoseconds, rules: node.rules, journalFolder: node.journalFolder)
            world.kill()
            world.table = ShippedTable()
            try Self.settle(world)
            #expect(!world.table.rows.isEmpty)
            for (identity, row) in before where row.fact.timeNanoseconds >= lost.fact.timeNanoseconds {
                #expect(world.table.rows[identity] == row, "\(identity)")
            }
            for (identity, row) in world.table.rows { #expect(before[identity] == row, "\(identity)") }
        }
    }

    @Test("Past every limit, in the words that the store counts by", arguments: 21...26 as ClosedRange<UInt64>)
    func limits(_ seed: UInt64) throws {
        let shards = 1 + Int(seed % 3)
        let node = try TestNode(
            seed: seed, shards: shards, sections: try testSections(),
            limits: FigureLimits(keysPerSectionDay: 9, hostsPerSectionDay: 5, peoplePerSectionDay: 12),
            rules: .waiting(seconds: seed % 2 == 0 ? 0 : 1_800))
        let world = World(node, seed: seed)
        for _ in 0..<300 {
            node.pass(nanoseconds: 301_000_000_000)
            try node.append(toShard: world.number(shards))
            switch world.number(12) {
            case 0: node.restartAggregator()
            case 1, 2:
                node.settle()
                try node.flush()
            case 3, 4: _ = try world.ship()
            case 5: world.kill()
            default: break
            }
        }
        try Self.settle(world)
        try Self.compare(world, "seed \(seed)")
        let rows = world.table.rows.values
        #expect(rows.count == 300)
        #expect(rows.contains { $0.fact.words[1] == "(other)" } && rows.contains { $0.fact.traits[3] == "(other)" })
        #expect(rows.contains { $0.fact.person == FleetEventRows.Person.capped.rawValue })
    }

    @Test("Shipped again as another generation, the newer rows count, late answers of older ones or not")
    func generations() throws {
        let node = try TestNode(seed: 31, shards: 2, sections: try testSections())
        let world = World(node, seed: 31)
        for _ in 0..<200 {
            node.pass(nanoseconds: 60_000_000_000)
            try node.append(toShard: world.number(2))
        }
        try Self.settle(world)
        let first = world.table
        world.countAnew()
        world.troubleEvery = 2
        try Self.settle(world)
        #expect(world.table.rows.values.allSatisfy { $0.generation == 2 } && world.table.rows.count == 200)
        #expect(world.table.rows.mapValues(\.fact) == first.rows.mapValues(\.fact))
        try Self.compare(world, "again")
    }

    @Test("A checkpoint that is cut or altered anywhere is none")
    func damagedCheckpoint() throws {
        var checkpoint = ShippingCheckpoint(generation: 3, revision: 9, figures: "campaigns-2.sqlite 00ff")
        let shard = ShardIdentity(node: .max, epoch: 5, shard: 2)
        checkpoint.shards[shard] = ShippingCheckpoint.Place(nextSequence: 77, neededFrom: 70)
        checkpoint.watermarks[.max] = .max
        checkpoint.count(shard, day: 20_000)
        let text = checkpoint.text
        #expect(ShippingCheckpoint(text: text) == checkpoint)
        for count in text.indices { #expect(ShippingCheckpoint(text: Array(text.prefix(count))) == nil) }
        for place in text.indices {
            var altered = text
            altered[place] ^= 1
            #expect(ShippingCheckpoint(text: altered) == nil, "\(place)")
        }
        let folder = try TemporaryFolder()
        #expect(try ShippingCheckpoint.readIfThere(folder.path + "/none") == nil)
        try checkpoint.write(folder.path + "/checkpoint")
        #expect(try ShippingCheckpoint.readIfThere(folder.path + "/checkpoint") == checkpoint)
        let cut = Array(text.prefix(20))
        try Files.replaceDurably(folder.path + "/checkpoint", contents: cut.span)
        #expect(throws: UnreadableCheckpoint(reason: "it is damaged")) {
            try ShippingCheckpoint.readIfThere(folder.path + "/checkpoint")
        }
    }
}
