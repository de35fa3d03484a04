import Bytes
import Campaigns
import ClickHouse
import Foundation
import TestSupport
import Testing

@Suite(
    "A fleet's events are in ClickHouse exactly as its journals have them, after any mischief",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct FleetChaosTests {
    /// How long mischief is made: longer in `make check`.
    private static let seconds = Int(ProcessInfo.processInfo.environment["TREMOLO_CHAOS_SECONDS"] ?? "") ?? 20

    /// Where Debian has it; the folder is the machine's kind.
    private static func fakeTime() throws -> String {
        let kinds = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
        let paths = kinds.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
        return try #require(paths.first { FileManager.default.fileExists(atPath: $0) })
    }

    /// Everything is well again, and everything is shipped.
    private static func heal(_ world: FleetWorld) throws {
        world.proxy.cut(withinBytes: nil)
        if !world.server.isRunning { try world.server.start() }
        world.server.send(SIGCONT)
        for node in world.nodes where node.edge == nil { try node.start(environment: node.environment) }
        var (journaled, shipped): (Set<String>, Set<String>) = ([], [])
        do {
            try eventually("all nodes have shipped all") {
                for node in world.nodes { #expect(try node.command("report").status == 0) }
                (journaled, shipped) = (try world.journaledEvents(), try world.shippedEvents())
                return shipped == journaled
            }
        } catch {
            Issue.record("\(shipped.symmetricDifference(journaled).sorted().prefix(6))")
            throw error
        }
    }

    @Test("Two edges, their clocks apart, killed at random; the server killed, stopped; the line cut anywhere")
    func mischief() throws {
        let seed = UInt64.random(in: 0...999_999)
        var random = SeededGenerator(seed: seed)
        let world = try FleetWorld(nodes: 2, seed: seed)
        world.nodes[1].environment = [
            "LD_PRELOAD": try Self.fakeTime(), "FAKETIME": "+40d", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        ]
        for node in world.nodes { try node.start(environment: node.environment) }
        var answered = 0
        var deeds: [String: Int] = [:]
        let end = ContinuousClock.now + .seconds(Self.seconds)
        while ContinuousClock.now < end {
            let node = world.nodes[Int.random(in: 0..<2, using: &random)]
            answered += try node.visit(Int.random(in: 1..<120, using: &random), &random)
            let deed: String
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                deed = "node killed"
                node.end(SIGKILL)
                try node.start(environment: node.environment)
            case 1:
                deed = "node ended"
                #expect(node.end() == 0)
                try node.start(environment: node.environment)
            case 2:
                deed = "server killed"
                world.server.end(SIGKILL)
                answered += try node.visit(50, &random)
                try world.server.start()
            case 3:
                deed = "server stopped"
                world.server.send(SIGSTOP)
                answered += try node.visit(200, &random)
                world.server.send(SIGCONT)
            case 4:
                deed = "line whole"
                world.proxy.cut(withinBytes: nil)
            case 5, 6, 7:
                deed = "line cut"
                world.proxy.cut(withinBytes: Int.random(in: 0..<60_000, using: &random))
            default:
                deed = "nothing"
            }
            deeds[deed, default: 0] += 1
        }
        try Self.heal(world)
        for node in world.nodes { #expect(node.end() == 0) }
        let count = try world.number("SELECT count() FROM events FINAL")
        #expect(count == UInt64(answered), "seed \(seed), \(deeds), \(world.proxy.cuts) cuts")
        #expect(try world.number("SELECT uniqExact(toYYYYMM(day)) FROM events") == 2)
        #expect(world.proxy.cuts > 0, "seed \(seed), \(deeds)")
    }

    @Test("A server that answers nothing for longer than anybody waits has each row once when it goes on")
    func frozen() throws {
        var random = SeededGenerator(seed: 11)
        let world = try FleetWorld(nodes: 1, seed: 11)
        let node = world.nodes[0]
        try node.start()
        let first = try node.visit(50, &random)
        try eventually("the first ones") { try world.number("SELECT count() FROM events FINAL") == UInt64(first) }
        world.server.send(SIGSTOP)
        try node.visit(500, &random)
        try eventually("a word on it") { try node.trouble("shipping") != nil }
        #expect(try node.command("report").status == 0)
        let metrics = try node.metrics()
        #expect(metrics.contains("\ntremolo_shipping_behind_records 500\n"))
        world.server.send(SIGCONT)
        try Self.heal(world)
        // Told to stop meanwhile, it ends all the same.
        world.server.send(SIGSTOP)
        try node.visit(50, &random)
        let start = ContinuousClock.now
        #expect(node.end() == 0)
        #expect(ContinuousClock.now - start < .seconds(10), "3 s for the last rows, and what else ends")
        world.server.send(SIGCONT)
        try node.start()
        try Self.heal(world)
    }

    @Test("A server without room says so, and has everything once there is some", .enabled(if: SmallDisk.isPossible))
    func fullDisk() throws {
        var random = SeededGenerator(seed: 12)
        let disk = try SmallDisk(mebibytes: 64)
        let world = try FleetWorld(nodes: 1, seed: 12, on: disk.path)
        let node = world.nodes[0]
        try node.start()
        let first = try node.visit(50, &random)
        try eventually("the first ones") { try world.number("SELECT count() FROM events FINAL") == UInt64(first) }
        try disk.fill()
        try node.visit(2_000, &random)
        try eventually("a word on it") { try node.trouble("shipping") != nil }
        try disk.empty()
        try Self.heal(world)
        try eventually("it is well") { try node.trouble("shipping") == nil }
    }

    @Test("Forgotten while ClickHouse is away, between two clicks: one person before and after, in both stores")
    func forgottenMeanwhile() throws {
        let world = try FleetWorld(nodes: 1, seed: 14)
        let node = world.nodes[0]
        try node.start()
        let path = "/tremclk?sec=one&expId=c&cuid=eve%40mail.example&targetUrl=https%3A%2F%2Fwww.example.com%2F"
        func click() throws {
            let client = try BlockingHTTPClient(port: try #require(node.edge).port)
            #expect(try client.get(path).status == 302)
        }
        func people(_ store: String) throws -> [Int?] {
            let report = try node.command("report", "--store", store, "--sec", "one", "--format", "json")
            let row = try JSONDocument(report.output)["rows"].elements.first
            return [row?["clicks"]["total"].int, row?["clicks"]["unique"].int]
        }
        try click()
        try eventually("the first one") { try world.number("SELECT count() FROM events FINAL") == 1 }
        let pseudonyms = "SELECT uniqExact(subject) FROM events"
        var rows = try world.client().rows("SELECT subject FROM events")
        let before = try rows.fixed(16).map { String(format: "%02x", $0) }.joined()
        world.server.end(SIGKILL)
        try click()
        let forgotten = try node.command("forget", "--sec", "one", "--cuid", "eve@mail.example")
        #expect(forgotten.status == 0, "\(forgotten.errors)")
        try world.server.start()
        try Self.heal(world)
        try eventually("the pseudonym is gone") {
            try world.number("SELECT count() FROM events WHERE subject = unhex('\(before)')") == 0
        }
        #expect(try people("sqlite") == [2, 1])
        try eventually("one person in both") { try people("clickhouse") == [2, 1] }
        #expect(try world.number(pseudonyms) == 1)
        // What is shipped again has the same token.
        try world.client().run(
            "ALTER TABLE events DROP PARTITION \(try world.number("SELECT toUInt64(toYYYYMM(today()))"))")
        #expect(try node.command("store", "audit").status == 65)
        try Self.heal(world)
        #expect(try world.number(pseudonyms) == 1)
        #expect(node.end() == 0)
        #expect(!FileManager.default.fileExists(atPath: node.data + "/clickhouse.forgotten"))
    }

    @Test("A forgotten person's rows have a token, in every part on the disk; totals and uniques stay")
    func forgotten() throws {
        var random = SeededGenerator(seed: 13)
        let world = try FleetWorld(nodes: 2, seed: 13)
        for node in world.nodes {
            try node.start()
            try node.visit(300, &random)
        }
        try Self.heal(world)
        let totals = "SELECT uniqExact(subject) * 1000000 + count() FROM events FINAL WHERE person = 'counted'"
        let before = try world.number(totals)
        var rows = try world.client().rows(
            "SELECT DISTINCT subject FROM events WHERE sec = 'one' AND person = 'counted' ORDER BY subject LIMIT 2")
        let subjects = try (0..<2).map { _ in try rows.fixed(16) }
        let account = ClickHouseAccount(
            endpoints: [try ClickHouseEndpoint(world.server.endpoint)], database: "tremolo", user: "edge",
            password: world.server.password)
        let writer = FleetWriter(account, engine: .plain)
        for (number, subject) in subjects.enumerated() {
            let bytes = Bytes16(in: subject.span, at: 0)
            let token = Bytes16(littleEndian: UInt64(number), 77)
            try eventually("nothing is left on the disk") { try writer.forget([(bytes, token)]) }
            #expect(try writer.forget([(bytes, token)]))
            let digits = subject.map { String(format: "%02x", $0) }.joined()
            #expect(try world.number("SELECT count() FROM events WHERE subject = unhex('\(digits)')") == 0)
            #expect(try world.number("SELECT count() FROM events WHERE subject = unhex('\(token.hex)')") > 0)
        }
        #expect(try world.number(totals) == before)
        for node in world.nodes { #expect(node.end() == 0) }
    }
}
