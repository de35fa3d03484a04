import ClickHouse
import Foundation
import TestSupport
import Testing

@Suite(
    "Every event of every node is in ClickHouse once, whatever happens to the line, the server and the nodes",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct ShippingTests {
    private static func awaitAll(_ world: FleetWorld, _ count: Int) throws {
        try eventually("\(count) events in ClickHouse") {
            try world.number("SELECT count() FROM events FINAL") == UInt64(count)
        }
    }

    @Test("Without tables it says what to do, and ships all once they are there; a newer program's tables are left")
    func schema() throws {
        var random = SeededGenerator(seed: 1)
        let world = try FleetWorld(nodes: 1, seed: 1, makesTables: false)
        let node = world.nodes[0]
        try node.start()
        let count = try node.visit(100, &random)
        try eventually("a word on the tables") {
            try node.trouble("shipping")?.contains("run tremolo store init") == true
        }
        #expect(try node.command("report").status == 0)
        let made = try node.command("store", "init")
        #expect(made.status == 0 && made.errors.contains("made the table events"))
        let again = try node.command("store", "init")
        #expect(again.status == 0 && !again.errors.contains("made the table"))
        try Self.awaitAll(world, count)
        #expect(try world.shippedEvents() == world.journaledEvents())
        try eventually("it is well") { try node.trouble("shipping") == nil }

        // Tables of an older version lack a column.
        try world.client().run("ALTER TABLE events DROP COLUMN sample")
        let more = try node.visit(50, &random)
        try eventually("a word on the column") { try node.trouble("shipping") != nil }
        let added = try node.command("store", "init")
        #expect(added.status == 0 && added.errors.contains("added the column events.sample"), "\(added.errors)")
        try Self.awaitAll(world, count + more)
        #expect(try world.shippedEvents() == world.journaledEvents())

        // Tables that only have more are good enough; those that have not are not.
        try world.client().run("INSERT INTO schema VALUES (98, 1)")
        #expect(try node.command("report", "--store", "clickhouse").status == 0)
        try world.client().run("INSERT INTO schema VALUES (99, 99)")
        #expect(try node.command("report", "--store", "clickhouse").status == 78)
        let refused = try node.command("store", "init")
        #expect(refused.status == 78 && refused.errors.contains("use a newer program"), "\(refused.errors)")
        #expect(node.end() == 0)
    }

    @Test("A wrong password is said without being shown, and keeps nobody waiting")
    func password() throws {
        var random = SeededGenerator(seed: 2)
        let world = try FleetWorld(nodes: 1, seed: 2)
        let node = world.nodes[0]
        let wrong = URL(fileURLWithPath: node.configuration).deletingLastPathComponent().path + "/wrong"
        try "not-the-password\n".write(toFile: wrong, atomically: true, encoding: .utf8)
        try node.write(endpoint: world.server.endpoint, password: wrong)
        try node.start()
        try node.visit(20, &random)
        try eventually("a word on the login") {
            try node.trouble("shipping")?.contains("clickhouse.passwordFile") == true
        }
        let audit = try node.command("store", "init")
        #expect(audit.status == 77, "\(audit.errors)")
        let report = try JSONDocument(try node.command("report", "--format", "json").output)
        #expect(report["accounting"]["counted"].int == 20)
        for text in [try node.trouble("shipping") ?? "", audit.errors, node.edge?.logSoFar ?? ""] {
            #expect(!text.contains("not-the-password"))
        }
        #expect(node.end() == 0)
    }

    @Test("What a server lost that it had acknowledged is shipped again: found by an audit, or by the next start")
    func lostRows() throws {
        var random = SeededGenerator(seed: 3)
        let world = try FleetWorld(nodes: 1, seed: 3)
        let node = world.nodes[0]
        try node.start()
        var count = try node.visit(300, &random)
        try Self.awaitAll(world, count)
        let whole = try node.command("store", "audit", "--format", "json")
        #expect(whole.status == 0)
        #expect(try JSONDocument(whole.output)["missing"].int == 0)
        let month = try world.number("SELECT toUInt64(toYYYYMM(max(day))) FROM events")

        // While it runs: an audit finds out.
        try world.client().run("ALTER TABLE events DROP PARTITION \(month)")
        let audit = try node.command("store", "audit", "--format", "json")
        #expect(audit.status == 65 && audit.errors.contains("\(count) events are missing"), "\(audit.errors)")
        #expect(try JSONDocument(audit.output)["missing"].int == count)
        try Self.awaitAll(world, count)
        #expect(try node.command("store", "audit").status == 0)

        // While nobody runs: an audit leaves word, and a start finds out by itself.
        count += try node.visit(100, &random)
        try Self.awaitAll(world, count)
        #expect(node.end() == 0)
        try world.client().run("ALTER TABLE events DROP PARTITION \(month)")
        #expect(try node.command("store", "audit").status == 65)
        try node.start()
        try Self.awaitAll(world, count)
        #expect(node.end() == 0)
        try world.client().run("ALTER TABLE events DROP PARTITION \(month)")
        try node.start()
        try Self.awaitAll(world, count)
        #expect(try world.shippedEvents() == world.journaledEvents())
        #expect(node.edge?.logSoFar.contains("event=shipping-again") == true)
        #expect(node.end() == 0)
    }

    @Test("Counted anew, and with its own account of it lost, a node's rows are the newer ones and none is twice")
    func generations() throws {
        var random = SeededGenerator(seed: 4)
        let world = try FleetWorld(nodes: 1, seed: 4)
        let node = world.nodes[0]
        try node.start()
        let count = try node.visit(200, &random)
        try Self.awaitAll(world, count)
        #expect(try world.number("SELECT max(generation) FROM events") == 1)
        #expect(try node.command("rebuild").status == 0)
        try eventually("rows of the next generation") {
            try world.number("SELECT countIf(generation = 3) FROM events FINAL") == UInt64(count)
        }
        #expect(try world.shippedEvents() == world.journaledEvents())
        #expect(node.end() == 0)
        try FileManager.default.removeItem(atPath: node.data + "/clickhouse.checkpoint")
        try node.start()
        try eventually("rows of a later generation") {
            try world.number("SELECT countIf(generation = 5) FROM events FINAL") == UInt64(count)
        }
        #expect(try world.shippedEvents() == world.journaledEvents())
        #expect(node.end() == 0)
    }

    @Test("Months that have had their time go from ClickHouse")
    func retention() throws {
        var random = SeededGenerator(seed: 5)
        let world = try FleetWorld(nodes: 1, seed: 5)
        let node = world.nodes[0]
        try node.start()
        let count = try node.visit(50, &random)
        try Self.awaitAll(world, count)
        // Rows of long ago, as if they had been shipped then.
        let columns = "day, node, epoch, shard, sequence, generation, timeNanoseconds, localDay, localHour, utcOffset, "
        try world.client().run(
            """
            INSERT INTO events (\(columns) kind, outcome, class, repairs, person, subject, sec)
            SELECT toDate('2024-01-15'), 1, 1, 1, number, 1, 1, toDate('2024-01-15'), 0, 0, 'click', 'redirected',
                'human', 0, 'none', '', 'one' FROM system.numbers LIMIT 10
            """)
        #expect(node.end() == 0)
        try node.start()
        try eventually("old rows are gone") {
            try world.number("SELECT count() FROM events WHERE day < '2025-01-01'") == 0
        }
        #expect(try world.number("SELECT count() FROM events FINAL") == UInt64(count))
        #expect(node.end() == 0)
    }
}
