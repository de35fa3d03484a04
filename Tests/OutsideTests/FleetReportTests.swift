import Bytes
import Campaigns
import ClickHouse
import Engagement
import Foundation
import Journal
import LinuxSystem
import Simulation
import TestSupport
import Testing
import TrackingLinks

@Suite(
    "A report from ClickHouse says what the node's store and the journal's events say",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct FleetReportTests {
    /// The sections: two with clocks of their own, one in UTC.
    private static func sections() throws -> SectionDirectory {
        func zone(_ name: String) throws -> TimeZoneRules {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("zones/" + name))))
            return try TimeZoneRules(tzif: bytes.span)
        }
        return SectionDirectory([
            "berlin": SectionDirectory.Facts(name: "Berlin shop", zone: try zone("Berlin"), zoneName: "Europe/Berlin"),
            "york": SectionDirectory.Facts(zone: try zone("New_York"), zoneName: "America/New_York"),
            "utc": SectionDirectory.Facts(),
        ])
    }

    /// A server with the fleet's tables.
    private static func fleet() throws -> (ClickHouseServer, ClickHouseClient) {
        let server = try ClickHouseServer()
        let account = ClickHouseAccount(
            endpoints: [try ClickHouseEndpoint(server.endpoint)], database: "fleet", user: "edge",
            password: server.password)
        _ = try FleetSetup(account, engine: .plain).make()
        return (server, ClickHouseClient(account))
    }

    // MARK: Questions

    private static let selections: [(sections: [String]?, experience: String?)] = [
        (nil, nil), (["berlin"], nil), (["york", "(unknown)"], "w2"), (["nowhere"], nil), ([], nil), (nil, ""),
        (["utc", "berlin"], nil), (["york"], "w3"),
    ]

    private static let ranges: [(since: ReportBound?, until: ReportBound?)] = [
        (.day(day(28)), nil), (.day(day(28)), .day(day(29))), (nil, .day(day(29))), (.day(day(30)), .day(day(28))),
        (instant("2026-03-28T23:00:00Z"), instant("2026-03-29T22:00:00Z")),
        (.hoursBefore(hours: 20, nowNanoseconds: noon), .hoursBefore(hours: 3, nowNanoseconds: noon)),
        (instant("2026-03-28T14:10:00Z"), instant("2026-03-29T03:30:00.5Z")),
        (nil, instant("2026-03-28T14:00:00.000000001Z")), (.daysBefore(days: 1, nowNanoseconds: noon), nil),
        (nil, .day(CivilDate(dayNumber: 0))), (.day(CivilDate(dayNumber: 60_000)), nil),
        (.day(CivilDate(dayNumber: 0)), .day(CivilDate(dayNumber: 60_000))),
    ]

    /// 2026-03-29T12:34:56.789Z
    private static let noon: UInt64 = 1_774_787_696_789_000_000

    private static func day(_ day: Int) -> CivilDate {
        CivilDate(year: 2026, month: 3, day: day) ?? CivilDate(dayNumber: 0)
    }

    private static func instant(_ text: String) -> ReportBound {
        .instant(nanoseconds: RFC3339.nanoseconds(text) ?? 0)
    }

    /// Every column, and random combinations and ranges.
    private static func questions(seed: UInt64, _ count: Int) -> [ReportQuestion] {
        var random = SeededGenerator(seed: seed)
        var questions = ReportColumn.allCases.map { ReportQuestion(by: [$0]) } + [ReportQuestion()]
        let columns: [[ReportColumn]] = [[.sec, .expId], [.expId, .va], [.hour], [.day, .link], [.repair, .kind]]
        for (place, selection) in selections.enumerated() {
            questions += [columns[place % 5], columns[(place + 1) % 5]].map {
                ReportQuestion(sections: selection.sections, experience: selection.experience, by: $0)
            }
        }
        for (place, range) in ranges.enumerated() {
            questions += [[], columns[place % 5] + [.host]].map {
                ReportQuestion(since: range.since, until: range.until, by: $0)
            }
        }
        for _ in 0..<count {
            let by = ReportColumn.allCases.shuffled(using: &random).prefix(Int.random(in: 0...5, using: &random))
            let selection = selections[Int.random(in: selections.indices, using: &random)]
            var question = ReportQuestion(
                sections: selection.sections, experience: selection.experience, by: Array(by),
                tellsPeople: Int.random(in: 0..<6, using: &random) > 0)
            if Bool.random(using: &random) {
                (question.since, question.until) = ranges[Int.random(in: ranges.indices, using: &random)]
            }
            questions.append(question)
        }
        return questions
    }

    // MARK: Facts

    private static let facts: (sends: [SendsRecord], names: [NameRecord], changes: [KeyChangeRecord]) = {
        func name(_ time: UInt64, _ level: NameRecord.Level, _ sec: String, _ id: String?, _ name: String)
            -> NameRecord?
        {
            NameRecord(
                recordedNanoseconds: time, level: level,
                selection: CampaignSelection(sec: sec, expId: id, expVer: nil, va: level == .variation ? "w2" : nil),
                name: name)
        }
        let sends = [
            SendsRecord(
                recordedNanoseconds: noon - 1, sentNanoseconds: noon - 80_000_000_000_000, sent: 900, delivered: 800,
                selection: CampaignSelection(sec: "berlin", expId: "w2")),
            SendsRecord(
                recordedNanoseconds: noon, sentNanoseconds: noon, sent: 17,
                selection: CampaignSelection(sec: "york", expId: "w3", expVer: "w2", va: "w3")),
            SendsRecord(
                recordedNanoseconds: noon, sentNanoseconds: noon, sent: 17, delivered: 17,
                selection: CampaignSelection(sec: "nowhere else")),
        ]
        let names = [
            name(3, .experience, "berlin", "w2", "Spring"), name(5, .experience, "berlin", "w2", "Later spring"),
            name(4, .section, "york", nil, "York"), name(4, .experience, "york", "w3", "Taken away"),
            name(6, .experience, "york", "w3", ""), name(7, .variation, "utc", "w3", "The blue one"),
            name(8, .experience, "nowhere else", "only there", "Nobody saw it"),
        ]
        return (sends, names.compactMap { $0 }, [KeyChangeRecord(changedNanoseconds: noon, keyID: 2)])
    }()

    /// Gives a node the facts, and inserts them as rows as well.
    private static func record(on node: FleetJournal, _ client: ClickHouseClient) throws {
        var rows = RowBinaryWriter(capacityBytes: 65_536)
        func add(_ kind: RecordKind, _ version: UInt8, _ payload: [UInt8]) {
            node.append(kind, version: version, payload)
            rows.append(node.node)
            rows.append(UInt64(1 << 16))
            rows.append(ShardIdentity.adminShard)
            rows.append(UInt64(rows.rowCount))
            rows.append(UInt64(rows.rowCount))
            rows.append(kind.rawValue)
            rows.append(version)
            rows.append(text: payload.span)
            rows.endRow()
        }
        for sends in facts.sends { add(.sends, EventFormat.sendsVersion, sends.payload) }
        for name in facts.names { add(.name, EventFormat.nameVersion, name.payload) }
        for change in facts.changes { add(.keyChange, EventFormat.keyChangeVersion, change.payload) }
        // Sent twice, it is the same.
        for _ in 0..<2 { try client.insert(into: "facts", columns: FleetSchema.facts.columnNames, rows) }
    }

    // MARK: Answers

    /// What the plain model says of the events of nodes.
    private static func journalAnswer(_ question: ReportQuestion, _ nodes: [FleetJournal]) throws -> ReportAnswer {
        let basis = nodes[0].basis
        let answer = JournalAnswer(question, rules: basis.rules, sections: basis.sections)
        for sends in facts.sends { answer.add(sends) }
        for name in facts.names { answer.add(name) }
        for change in facts.changes { answer.add(change) }
        let events = nodes.flatMap { node in node.events.map { (node.node, $0.payload, $0.orderTime) } }
        for (node, payload, _) in events.sorted(by: { $0.2 < $1.2 }) {
            answer.add(try EventView(payload.span), in: payload.span, node: node)
        }
        return answer.answer()
    }

    private static func ask(
        _ client: ClickHouseClient, _ sections: SectionDirectory, _ questions: [ReportQuestion]
    ) throws -> [ReportAnswer] {
        try FleetReport(client, sections: sections).answers(questions)
    }

    /// Compares an answer with the plain model's.
    private static func compareToModel(
        _ answer: ReportAnswer, _ nodes: [FleetJournal], _ question: ReportQuestion, _ when: String
    ) throws {
        let model = try journalAnswer(question, nodes)
        #expect(answer.rows == model.rows, "\(when): \(question)")
        #expect(answer.scope == model.scope && answer.keyChanges == model.keyChanges, "\(when): \(question)")
    }

    /// Compares an answer with that of a node's own store, where it has one: a number that it does not know may be
    /// known.
    ///
    /// - Returns: 1 where the store answers, else 0.
    private static func compareToStore(
        _ answer: ReportAnswer, _ node: FleetJournal, _ question: ReportQuestion, _ when: String
    ) throws -> Int {
        let own: ReportAnswer
        do throws(ReportError) {
            own = try node.store.answer(question, sections: node.basis.sections)
        } catch {
            switch error {
            case .notKept, .notKeptWithinDay, .notKeptWithinHour: return 0
            default: throw error
            }
        }
        var rows = answer.rows
        #expect(rows.count == own.rows.count, "\(when): \(question)")
        for (place, row) in zip(rows.indices, own.rows) {
            if row.clicks.unique == nil { (rows[place].clicks.unique, rows[place].clicks.people) = (nil, nil) }
            if row.opens.unique == nil { (rows[place].opens.unique, rows[place].opens.people) = (nil, nil) }
        }
        #expect(rows == own.rows, "\(when): \(question)")
        #expect(answer.scope == own.scope, "\(when): \(question)")
        return 1
    }

    /// Compares answers about one node with both.
    ///
    /// - Returns: how many questions the store answers.
    private static func compareToBoth(
        _ client: ClickHouseClient, _ node: FleetJournal, _ questions: [ReportQuestion], _ when: String
    ) throws -> Int {
        let answers = try ask(client, node.basis.sections, questions)
        return try zip(questions, answers).reduce(0) { count, asked in
            try compareToModel(asked.1, [node], asked.0, when)
            return count + (try compareToStore(asked.1, node, asked.0, when))
        }
    }

    @Test("One node, whatever is asked", arguments: [1, 2] as [UInt64])
    func oneNode(seed: UInt64) throws {
        let (server, client) = try Self.fleet()
        defer { server.end(SIGKILL) }
        let node = try FleetJournal(
            node: 7, seed: seed, FleetJournal.Basis(sections: try Self.sections()), client: client)
        try node.live(events: 150)
        try Self.record(on: node, client)
        try node.live(events: 150)
        try node.end()
        #expect(node.troubles.isEmpty)
        let questions = Self.questions(seed: seed, 60)
        #expect(try Self.compareToBoth(client, node, questions, "seed \(seed)") > 40)
        // Sent twice, and with a greater generation, rows are the same rows.
        try node.shipAgain(generation: 1)
        try node.shipAgain(generation: 2)
        _ = try Self.compareToBoth(client, node, Array(questions.prefix(20)), "again, seed \(seed)")
        // What is newer counts.
        var basis = node.basis
        basis.sections.sections["utc"] = basis.sections.sections["york"]
        basis.sections.sections["york"] = nil
        try node.rebuild(basis, generation: 3)
        _ = try Self.compareToBoth(client, node, Array(questions.suffix(80)), "moved, seed \(seed)")
        #expect(try client.count("events FINAL") == UInt64(node.events.count))
    }

    @Test("Several nodes are one: people who come to two of them are counted once")
    func severalNodes() throws {
        let (server, client) = try Self.fleet()
        defer { server.end(SIGKILL) }
        let nodes = try [7, 8].map { number in
            try FleetJournal(
                node: number, seed: number, FleetJournal.Basis(sections: try Self.sections()), client: client)
        }
        for node in nodes { try node.live(events: 120) }
        try Self.record(on: nodes[0], client)
        for node in nodes { try node.end() }
        let questions = Self.questions(seed: 3, 30)
        for (question, answer) in zip(questions, try Self.ask(client, nodes[0].basis.sections, questions)) {
            try Self.compareToModel(answer, nodes, question, "two nodes")
        }
    }

    @Test(
        "Keys, hosts and people past a limit stand where the node's store counts them", arguments: [4, 5] as [UInt64])
    func limits(seed: UInt64) throws {
        let (server, client) = try Self.fleet()
        defer { server.end(SIGKILL) }
        var basis = FleetJournal.Basis(sections: try Self.sections())
        basis.limits.keysPerSectionDay = 12
        basis.limits.hostsPerSectionDay = 6
        basis.limits.peoplePerSectionDay = 9
        let node = try FleetJournal(node: 7, seed: seed, basis, client: client)
        try node.live(events: 400)
        try node.end()
        let questions = Self.questions(seed: seed, 80)
        let answers = try Self.ask(client, basis.sections, questions)
        let kept = try zip(questions, answers).reduce(0) { count, asked in
            count + (try Self.compareToStore(asked.1, node, asked.0, "seed \(seed)"))
        }
        #expect(kept > 40)
        let all = try Self.ask(client, basis.sections, [ReportQuestion(by: [.sec, .link, .host])])[0].rows
        #expect(all.contains { $0.values[1].text == "(other)" } && all.contains { $0.values[2].text == "(other)" })
        #expect(all.contains { !$0.uniqueComplete })
    }

    @Test("Texts that look alike stay apart, and quotes are no SQL")
    func texts() throws {
        let (server, client) = try Self.fleet()
        defer { server.end(SIGKILL) }
        let node = try FleetJournal(
            node: 7, seed: 1, FleetJournal.Basis(sections: try Self.sections()), client: client)
        let words = ["caf\u{E9}", "cafe\u{301}", "'; DROP TABLE events --", "\\", "`", "a\nb", "{x:String}", "%s"]
        for word in words {
            var facts = EventFacts(timeNanoseconds: 0, kind: .click, outcome: .redirected, reason: 1)
            facts.frozenClass = .human
            node.append(
                facts, [(.sec, "utc"), (.expId, word), (.label, word), (.target, "https://www.example.com/")])
        }
        try node.end()
        let questions =
            [ReportQuestion(by: [.link]), ReportQuestion(by: [.expId, .day])]
            + words.map { ReportQuestion(sections: ["utc", $0], experience: $0, by: [.link]) }
        for (question, answer) in zip(questions, try Self.ask(client, node.basis.sections, questions)) {
            #expect(answer.rows == (try node.store.answer(question, sections: node.basis.sections)).rows, "\(question)")
            #expect(answer.rows.map(\.clicks.total) == Array(repeating: 1, count: answer.rows.count))
            #expect(answer.rows.count == (question.experience == nil ? words.count : 1), "\(question)")
        }
    }

    @Test("Bounds of rows and time, and accounts of nodes of which one is silent")
    func bounds() throws {
        let (server, client) = try Self.fleet()
        defer { server.end(SIGKILL) }
        let node = try FleetJournal(
            node: 7, seed: 9, FleetJournal.Basis(sections: try Self.sections()), client: client)
        try node.live(events: 80)
        try node.end()
        let sections = node.basis.sections
        let question = ReportQuestion(by: [.link, .hour])
        let rows = try Self.ask(client, sections, [question])[0].rows.count
        #expect(try FleetReport(client, sections: sections, rowsMax: rows).answers([question])[0].rows.count == rows)
        #expect(throws: ReportError.tooManyRows(max: rows - 1)) {
            try FleetReport(client, sections: sections, rowsMax: rows - 1).answers([question])
        }
        // A bound of time is one that 18.16 takes.
        let until = SystemClock.monotonicNanoseconds() + 5_000_000_000
        #expect(try FleetReport(client, sections: sections, untilNanoseconds: until).answers([question]).count == 1)
        let day: UInt64 = 86_400_000_000_000
        try Self.insert(client, node: 1, asOf: 100 * day, counted: 5, rules: "rules-b")
        try Self.insert(client, node: 2, asOf: 100 * day - 5, counted: 7, rules: "rules-a")
        try Self.insert(client, node: 3, asOf: 0, counted: 0, rules: "")
        let answer = try Self.ask(client, sections, [ReportQuestion()])[0]
        #expect(answer.asOfNanoseconds == 100 * day - 5 && answer.rulesVersion == "rules-b")
        #expect(answer.accounting.counted == 12 && answer.accounting.pending == 3 && answer.crowdedEvents == 3)
        #expect(answer.fleet?.silentNodes == 0 && answer.fleet?.rulesVersions == ["rules-a", "rules-b"])
        try Self.insert(client, node: 2, revision: 2, asOf: 98 * day, counted: 8, rules: "rules-a")
        let later = try Self.ask(client, sections, [ReportQuestion()])[0]
        #expect(later.asOfNanoseconds == 100 * day && later.accounting.counted == 13)
        #expect(later.fleet?.silentNodes == 1 && later.fleet?.silentSinceNanoseconds == 98 * day)
        #expect(later.fleet?.sentences.count == 1)
    }

    private static func insert(
        _ client: ClickHouseClient, node: UInt64, revision: UInt64 = 1, asOf: UInt64, counted: UInt64, rules: String
    ) throws {
        var row = RowBinaryWriter(capacityBytes: 256)
        for number in [node, revision, asOf, counted, 1, 0, 0, 0, 1] { row.append(number) }
        row.append(text: Array(rules.utf8).span)
        row.endRow()
        try client.insert(into: "nodes", columns: FleetSchema.nodes.columnNames, row)
    }
}

extension ClickHouseClient {
    /// Rows of a table.
    fileprivate func count(_ table: String) throws -> UInt64 {
        var rows = try rows("SELECT count() FROM \(table)")
        return try rows.number()
    }
}
