import Foundation
import TestSupport
import Testing

@Suite(
    "Two servers and a real ClickHouse know the same facts", .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct FleetFactsTests {
    /// The time of a list that is exported now.
    private static var now: String { ISO8601DateFormatter().string(from: Date()) }

    @Test("A refusal at one node holds at the other within 3 s, and back")
    func refusal() throws {
        let fleet = try FactsFleet()
        try fleet.startAll()
        for node in FactsFleet.Node.allCases {
            #expect(try fleet.readiness(node).reasons["fleet"] == nil)
        }
        #expect(try fleet.isFollowed(.two, "ann"))
        for (number, what) in ["opt-out", "opt-in", "opt-out"].enumerated() {
            let start = ContinuousClock.now
            let taken = try fleet.metric(.two, "tremolo_facts_taken_total") ?? 0
            try fleet.say(.one, "ann", what)
            try eventually("the word at the other node") {
                try fleet.metric(.two, "tremolo_facts_taken_total") ?? 0 > taken
            }
            let time = ContinuousClock.now - start
            #expect(time < .seconds(3), "\(what) \(number): \(time)")
            #expect(try fleet.isFollowed(.two, "ann") == (what == "opt-in"))
        }
        try fleet.say(.two, "ann", "opt-in")
        try eventually("the word of the other node") { try fleet.status(.one, "ann").hasPrefix("opt-in") }
        #expect(try fleet.isFollowed(.one, "ann"))
        #expect(try fleet.metric(.one, "tremolo_facts_behind") == 0)
        for node in FactsFleet.Node.allCases { #expect(try fleet.run(node, "verify").status == 0) }
    }

    @Test(
        "While ClickHouse is stopped or killed what is said holds at its node, and at the other one later",
        .timeLimit(.minutes(5)))
    func outage() throws {
        let fleet = try FactsFleet()
        try fleet.startAll()
        fleet.server.send(SIGSTOP)
        try fleet.say(.one, "ann", "opt-out")
        #expect(try !fleet.isFollowed(.one, "ann"))
        #expect(try fleet.isFollowed(.two, "ann"))
        try eventually("readiness that tells") { try fleet.readiness(.one).reasons["fleet"] != nil }
        #expect(try fleet.readiness(.one).status == 200)
        fleet.server.send(SIGCONT)
        try eventually("the word at the other node") { try fleet.status(.two, "ann").hasPrefix("opt-out") }
        try eventually("that all is well") { try fleet.readiness(.one).reasons["fleet"] == nil }

        fleet.server.end(SIGKILL)
        try fleet.say(.two, "bob", "opt-out")
        #expect(try !fleet.isFollowed(.two, "bob"))
        try fleet.end(.two, SIGKILL)
        try fleet.server.start()
        try fleet.start(.two)
        try fleet.waitUntilReady(.two)
        try eventually("the word at the other node") { try fleet.status(.one, "bob").hasPrefix("opt-out") }
        #expect(try !fleet.isFollowed(.one, "bob"))
        #expect(try !fleet.isFollowed(.two, "ann"))
    }

    @Test("A node that was away has caught up before it is ready")
    func away() throws {
        let fleet = try FactsFleet()
        try fleet.startAll()
        try fleet.end(.two)
        for number in 0..<300 { try fleet.say(.one, "p\(number)", "opt-out") }
        try eventually("that all has travelled") { try fleet.metric(.one, "tremolo_facts_behind") == 0 }
        for signal in [SIGTERM, SIGKILL] {
            try fleet.start(.two)
            try fleet.waitUntilReady(.two)
            #expect(try fleet.readiness(.two).reasons == [:])
            for number in [0, 150, 299] { #expect(try !fleet.isFollowed(.two, "p\(number)")) }
            #expect(try fleet.isFollowed(.two, "q"))
            try fleet.end(.two, signal)
        }
    }

    @Test("A node whose data folder is from a backup knows what it had recorded since before it is ready")
    func backup() throws {
        let fleet = try FactsFleet()
        try fleet.startAll()
        try fleet.say(.one, "ann", "opt-out")
        #expect(try fleet.isFollowed(.one, "cy"))
        let subject = try #require(try fleet.events(.one).compactMap { $0["subject"].string }.first)
        try fleet.end(.one)
        let (data, copy) = (fleet.data(.one), fleet.folder.path + "/backup")
        try FileManager.default.copyItem(atPath: data, toPath: copy)
        try fleet.start(.one)
        try fleet.waitUntilReady(.one)
        try fleet.say(.one, "ann", "opt-in")
        try fleet.say(.one, "bob", "opt-out")
        _ = try fleet.run(.one, "forget", "--sec", "1", "--cuid", "-", input: "cy@mail.example")
        try eventually("that all has travelled") { try fleet.metric(.one, "tremolo_facts_behind") == 0 }
        try fleet.end(.one, SIGKILL)
        try FileManager.default.removeItem(atPath: data)
        try FileManager.default.moveItem(atPath: copy, toPath: data)
        #expect(try fleet.finds(subject, at: .one))
        try fleet.start(.one)
        try fleet.waitUntilReady(.one)
        #expect(try fleet.isFollowed(.one, "ann"))
        for person in ["bob", "cy"] { #expect(try !fleet.isFollowed(.one, person)) }
        try eventually("that it has forgotten once more") { try !fleet.finds(subject, at: .one) }
        try fleet.say(.one, "dee", "opt-out")
        try eventually("the word at the other node") { try fleet.status(.two, "dee").hasPrefix("opt-out") }
        try fleet.end(.one)
        #expect(try fleet.run(.one, "verify").status == 0)
        try fleet.start(.one)
        try fleet.waitUntilReady(.one)
        #expect(try fleet.metric(.one, "tremolo_facts_taken_total") == 0)
    }

    @Test(
        "A node that gets no answer is ready after 10 s, with the reason; a wrong password is one",
        .timeLimit(.minutes(5)))
    func noAnswer() throws {
        let fleet = try FactsFleet()
        try fleet.usePassword("wrong")
        try fleet.start(.one)
        let begun = ContinuousClock.now
        let first = try fleet.readiness(.one)
        #expect(first.status == 503 && first.reasons["lifecycle"] == "catching up with the fleet")
        try fleet.click(.one, "ann")
        try fleet.waitUntilReady(.one)
        #expect(ContinuousClock.now - begun > .seconds(8))
        let reason = try fleet.readiness(.one).reasons["fleet"] ?? ""
        #expect(reason.contains("passw") && !reason.contains("wrong"), "\(reason)")
        try fleet.end(.one)
        try fleet.usePassword(fleet.server.password)
        fleet.server.send(SIGSTOP)
        try fleet.start(.one)
        try fleet.waitUntilReady(.one)
        #expect(try fleet.readiness(.one).reasons["fleet"]?.contains("ClickHouse") == true)
        fleet.server.send(SIGCONT)
        try eventually("that all is well") { try fleet.readiness(.one).reasons == [:] }
        try fleet.end(.one)
    }

    @Test("A list, sends and names of one node are in force and in the report at the other")
    func listsAndReports() throws {
        let fleet = try FactsFleet()
        try fleet.startAll()
        try fleet.say(.two, "cy", "opt-out")
        try fleet.say(.two, "dee", "opt-out")
        try eventually("the words at the other node") { try fleet.status(.one, "dee").hasPrefix("opt-out") }
        // A list's time has whole seconds.
        let said = Self.now
        try eventually("a list that is later than the words") { Self.now != said }
        try fleet.say(.two, "dee", "opt-out")
        _ = try fleet.run(
            .one, "consent", "import", "-", "--sec", "1", "--as-of", Self.now,
            input: "email\nann@mail.example\ncy@mail.example\n")
        try eventually("the list at the other node") { try fleet.status(.two, "cy").hasPrefix("opt-in") }
        #expect(try fleet.isFollowed(.two, "ann") && fleet.isFollowed(.two, "cy"))
        #expect(try !fleet.isFollowed(.two, "dee") && !fleet.isFollowed(.two, "eve"))
        #expect(try !fleet.isFollowed(.one, "dee"))

        _ = try fleet.run(.one, "sends", "add", "--sec", "1", "--exp-id", "7", "--sent", "1000")
        _ = try fleet.run(.one, "name", "--sec", "1", "--exp-id", "7", "Spring offers")
        try eventually("sends and names in the other node's report") {
            let report = try fleet.run(.two, "report", "--by", "expId", "--format", "json").output
            return report.contains("Spring offers") && report.contains("\"sent\":1000")
        }
    }

    @Test("Whoever is forgotten at one node is forgotten at the other, that is away meanwhile, and is not told back")
    func forgetting() throws {
        let fleet = try FactsFleet()
        try fleet.startAll()
        for node in FactsFleet.Node.allCases {
            for person in ["ann", "bob"] { #expect(try fleet.isFollowed(node, person)) }
        }
        let subjects = try fleet.events(.two).compactMap { $0["subject"].string }
        try #require(subjects.count == 2)
        let (subject, next) = (subjects[0], subjects[1])
        #expect(try subject != next && fleet.finds(subject, at: .two) && fleet.finds(next, at: .two))
        try fleet.end(.two, SIGKILL)
        _ = try fleet.run(.one, "forget", "--sec", "1", "--cuid", "-", input: "ann@mail.example")
        try eventually("that all has travelled") { try fleet.metric(.one, "tremolo_facts_behind") == 0 }
        // ClickHouse forgets too, and until then the shipper remembers whom.
        try eventually("that all of this node has forgotten") { try !fleet.finds(subject, at: .one) }
        try fleet.start(.two)
        try eventually("that the other node has forgotten") { try !fleet.finds(subject, at: .two) }
        try fleet.waitUntilReady(.two)
        #expect(try fleet.status(.two, "ann").hasPrefix("opt-out"))
        try fleet.end(.two)
        try fleet.end(.one)
        // Without a server, and once more: nobody is forgotten twice for it.
        _ = try fleet.run(.one, "forget", "--sec", "1", "--cuid", "-", input: "bob@mail.example")
        for node in FactsFleet.Node.allCases { try fleet.start(node) }
        for node in FactsFleet.Node.allCases {
            try eventually("that nobody knows the next one") { try !fleet.finds(next, at: node) }
            try fleet.waitUntilReady(node)
            #expect(try fleet.run(node, "verify").status == 0)
            let clicks = try JSONDocument(fleet.run(node, "report", "--format", "json").output)
            #expect(clicks["rows"].elements.first?["clicks"]["total"].int == 2)
        }
    }
}
