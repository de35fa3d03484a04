import Bytes
import Engagement
import Journal
import Simulation
import Testing
import TestSupport

@testable import Campaigns

@Suite("Figures judged by what stands beside each event depend on the events alone")
struct WindowFiguresTests {
    private static let rules = RuleSet.windowed

    /// A short story: few people, addresses and links, so that something happens everywhere.
    private struct Story {
        var random: SeededGenerator
        let crowd: Int
        /// Each has messages of its own, so that there are first sends in each.
        var round = 0

        init(seed: UInt64, crowd: Int) {
            random = SeededGenerator(seed: seed)
            self.crowd = crowd
        }

        mutating func event(at time: UInt64) -> SeenEvent {
            SeenEvent(
                time: time, person: number(6) == 0 ? nil : UInt64(number(3)),
                address: number(9) == 0 ? nil : UInt64(number(4)), agent: "agent \(number(3))",
                link: number(4) == 0 ? nil : number(4), method: number(6) == 0 ? .head : .get,
                experience: (number(3) == 0 ? "autumn" : "spring") + " \(round)")
        }

        mutating func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    }

    /// A node, its story and what it wrote.
    private final class World {
        var story: Story
        let node: TestNode
        var model: PlainWindows
        var events: [SeenEvent] = []
        let buffer = PayloadBuffer()
        let shards: Int

        init(seed: UInt64) throws {
            story = Story(seed: seed, crowd: seed % 3 == 0 ? 4 : .max)
            shards = 1 + Int(seed % 3)
            node = try TestNode(
                seed: seed, shards: shards, sections: try testSections(),
                limits: FigureLimits(eventsPerSecondMax: story.crowd), rules: WindowFiguresTests.rules)
            model = PlainWindows(rules: WindowFiguresTests.rules, eventsPerSecondMax: story.crowd)
        }

        func happen() throws {
            // Bursts with rests between.
            let rest = story.number(8) == 0 ? 20_000 : story.number(3) == 0 ? 1_000 : 120
            node.pass(nanoseconds: UInt64(story.number(rest)) * 1_000_000)
            let shard = story.number(shards)
            var event = story.event(at: node.now)
            if story.number(12) == 0 { event.time -= UInt64(story.number(4_000)) * 1_000_000 }
            event.floor = node.floor(ofShard: shard, for: event.time)
            node.append(event.payload(buffer), orderTime: event.orderTime, toShard: shard)
            events.append(event)
        }

        func send(isOfAll: Bool) {
            let record = SendsRecord(
                recordedNanoseconds: node.now, sentNanoseconds: node.now - UInt64(story.number(1_400)) * 1_000_000,
                sent: 5, linksInMessage: story.number(2) == 0 ? 4 : nil,
                selection: CampaignSelection(sec: "utc", expId: isOfAll ? nil : "spring \(story.round)"))
            if story.number(2) == 0 {
                node.append(kind: .sends, version: 1, bytesMax: SendsRecord.bytesMax) { record.append(to: &$0) }
            } else {
                layIn(record)
            }
            model.sends.append(record)
        }

        /// Another node of the fleet has recorded it.
        private func layIn(_ record: SendsRecord) {
            do throws(JournalError) {
                var copy = try ShardCopy(
                    ShardIdentity(node: 9, epoch: 1, shard: ShardIdentity.adminShard),
                    journalFolder: node.journalFolder)
                let sent = ShardCopy.Record(
                    sequence: copy.nextSequence, kind: .sends, version: 1, payload: record.payload)
                let isLaid = try copy.append([sent], nowNanoseconds: node.now)
                #expect(isLaid)
            } catch {
                Issue.record("\(error)")
            }
        }

        /// Somebody follows a link of the message that was sent last, which is too soon.
        func follow() throws {
            node.pass(nanoseconds: 5_000_000)
            var event = SeenEvent(time: node.now, person: 99, link: 9, experience: "spring \(story.round)")
            event.floor = node.floor(ofShard: 0, for: event.time)
            node.append(event.payload(buffer), orderTime: event.orderTime, toShard: 0)
            events.append(event)
        }

        /// How many events the model judged alone because their second is crowded.
        var crowded: UInt64 { UInt64(model.crowded(events).count) }

        /// Counts by class, link and experience, as the model has them.
        func expected() -> [String: UInt64] {
            var counts: [String: UInt64] = [:]
            for (event, verdict) in zip(events, model.verdicts(on: events)) {
                let link = event.link.map { "https://www.example.com/\($0)" } ?? "-"
                counts["\(verdict.engagementClass.name) \(link) \(event.experience)", default: 0] += 1
            }
            return counts
        }

        func found(_ store: SQLiteCampaignStore) throws -> [String: UInt64] {
            Self.counts(try store.answer(Self.question, sections: node.sections))
        }

        static let question = ReportQuestion(by: [.class, .link, .expId])

        static func counts(_ answer: ReportAnswer) -> [String: UInt64] {
            var counts: [String: UInt64] = [:]
            for row in answer.rows {
                let total = row.clicks.total + row.opens.total
                if total > 0 { counts[row.values.map { $0.text ?? "-" }.joined(separator: " ")] = total }
            }
            return counts
        }
    }

    @Test(
        "Whatever the flushes, shards, restarts and crowds, and so does a rebuild",
        arguments: 1...24 as ClosedRange<UInt64>)
    func figures(_ seed: UInt64) throws {
        let world = try World(seed: seed)
        let node = world.node
        for round in 0..<5 {
            world.story.round = round
            world.send(isOfAll: false)
            try world.follow()
            for _ in 0..<60 {
                try world.happen()
                switch world.story.number(12) {
                case 0: node.restartAggregator()
                case 1, 2: try node.flush()
                case 3: node.sync()
                case 4, 5: node.commit(shard: world.story.number(world.shards))
                case 6 where world.story.number(3) == 0: node.start(shards: world.shards)
                case 7 where world.story.number(2) == 0: world.send(isOfAll: world.story.number(6) == 0)
                default: break
                }
            }
            node.settle()
            while try node.flush().hasMore {}
            #expect(try world.found(node.store) == world.expected(), "round \(round)")
        }
        let expected = world.expected()
        #expect(Set(expected.keys.map { $0.prefix(5) }).isSuperset(of: ["human", "machi", "prefe"]))
        let rebuilt = try node.rebuilt()
        #expect(try world.found(rebuilt) == expected)
        try node.end()
        #expect(try world.found(node.store) == expected)
        // What is known of crowds is said when windows close; here all of them.
        node.pass(nanoseconds: NodeWindows.silenceNanoseconds + 1_000_000_000)
        try node.end()
        let stores = [node.store, try node.rebuilt()]
        for store in stores {
            #expect(try world.found(store) == expected)
            #expect(try store.crowdedEvents() == world.crowded)
            #expect(try store.answer(World.question, sections: node.sections).crowdedEvents == world.crowded)
        }
        #expect((world.crowded > 0) == (seed % 3 == 0))
        #expect(node.troubles == [])
    }

    @Test("An answer from the journal says the same", arguments: 1...6 as ClosedRange<UInt64>)
    func fromJournal(_ seed: UInt64) throws {
        let world = try World(seed: seed)
        for _ in 0..<300 { try world.happen() }
        let answer = JournalAnswer(
            World.question, rules: Self.rules, sections: world.node.sections,
            limits: FigureLimits(eventsPerSecondMax: world.story.crowd))
        for event in world.events.sorted(by: { $0.orderTime < $1.orderTime }) {
            let payload = event.payload(world.buffer)
            answer.add(try EventView(payload.span), in: payload.span, node: 7)
        }
        let found = answer.answer()
        #expect(World.counts(found) == world.expected())
        #expect(found.crowdedEvents == world.crowded)
    }

    @Test(
        "What expires takes its neighbours' evidence along only when nothing looks at it any more",
        arguments: 1...6 as ClosedRange<UInt64>)
    func expiry(_ seed: UInt64) throws {
        let world = try World(seed: seed)
        let node = world.node
        var expired = 0
        for _ in 0..<8 {
            for index in 0..<80 {
                try world.happen()
                if index % 20 == 19 {
                    node.settle()
                    while try node.flush().hasMore {}
                }
            }
            expired += try node.expire(retention: UInt64(world.story.number(60)) * 1_000_000_000).count
            if world.story.number(2) == 0 { node.restartAggregator() }
            node.settle()
            while try node.flush().hasMore {}
            #expect(try world.found(node.store) == world.expected())
        }
        #expect(expired > 1)
        #expect(try world.found(node.rebuilt()) == world.expected())
        node.pass(nanoseconds: NodeWindows.silenceNanoseconds + 1_000_000_000)
        try node.end()
        for store in [node.store, try node.rebuilt()] {
            #expect(try world.found(store) == world.expected())
            #expect(try store.crowdedEvents() == world.crowded)
        }
        #expect(node.troubles == [])
    }

    @Test("A node that is silent for a day has no open window left, and nothing of it is needed any more")
    func silence() throws {
        let world = try World(seed: 1)
        for _ in 0..<40 { try world.happen() }
        try world.node.end()
        let open = try world.node.store.answer(ReportQuestion(), sections: world.node.sections).accounting
        #expect(open.pending > 0)
        world.node.pass(nanoseconds: NodeWindows.silenceNanoseconds + 1_000_000_000)
        try world.node.end()
        let closed = try world.node.store.answer(ReportQuestion(), sections: world.node.sections).accounting
        #expect(closed.pending == 0 && closed.counted == 40)
        let needed = try world.node.store.checkpoints().map { $0.contextPosition == $0.position }
        #expect(needed.allSatisfy { $0 })
        #expect(try world.found(world.node.store) == world.expected())
    }
}
