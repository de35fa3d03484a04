package import ClickHouse
package import Engagement
package import Journal
import LinuxSystem

/// Answers questions about campaigns from what the nodes of a fleet have shipped to ClickHouse.
///
/// It knows any combination of columns and any range of time, since the rows are single events, and what each of them
/// says its node has decided (`FleetSchema`). Rows that are sent again meanwhile change nothing (`FINAL`).
///
/// The rows of `nodes` are read before the events, so that the time that an answer is of is never ahead of its figures;
/// figures of several questions need not be of one moment.
package struct FleetReport {
    private let client: ClickHouseClient
    private let sections: SectionDirectory
    /// An answer of more rows is refused.
    private let rowsMax: Int?
    /// When the server ends a question, as the monotonic clock has it; nil for never.
    private let untilNanoseconds: UInt64?

    /// Asks through a client, whose own limits hold beside these.
    ///
    /// - Parameters:
    ///   - sections: gives the sections' time zones and configured names.
    ///   - rowsMax: answers of more rows fail with `ReportError.tooManyRows`; nil for no bound.
    ///   - untilNanoseconds: when the server is to end a question that is not answered, of the monotonic clock.
    package init(
        _ client: ClickHouseClient, sections: SectionDirectory, rowsMax: Int? = nil, untilNanoseconds: UInt64? = nil
    ) {
        self.client = client
        self.sections = sections
        self.rowsMax = rowsMax
        self.untilNanoseconds = untilNanoseconds
    }

    /// The answers to several questions, in their order, and those to what is asked further when they are known.
    package func answers(
        _ questions: [ReportQuestion], followUp: ([ReportAnswer]) -> [ReportQuestion] = { _ in [] }
    ) throws(ReportError) -> [ReportAnswer] {
        let answers: [ReportAnswer]?
        do throws(FleetError) {
            answers = try read(questions, followUp)
        } catch {
            throw .fleet(error)
        }
        guard let answers else { throw .tooManyRows(max: rowsMax ?? .max) }
        return answers
    }

    /// Nil when an answer has too many rows.
    private func read(
        _ questions: [ReportQuestion], _ followUp: ([ReportAnswer]) -> [ReportQuestion]
    ) throws(FleetError) -> [ReportAnswer]? {
        try FleetSetup.check(client)
        let nodes = FleetNodes(try readNodes())
        var facts = try readFacts()
        var answers: [ReportAnswer] = []
        for question in questions {
            guard let answer = try answer(question, nodes, &facts) else { return nil }
            answers.append(answer)
        }
        for question in followUp(answers) {
            guard let answer = try answer(question, nodes, &facts) else { return nil }
            answers.append(answer)
        }
        return answers
    }

    private func answer(
        _ question: ReportQuestion, _ nodes: FleetNodes, _ facts: inout Facts
    ) throws(FleetError) -> ReportAnswer? {
        var assembler = ReportAssembler(question: question, sections: sections)
        assembler.knowsAllPeople = true
        let query = FleetReportQuery(
            question, sections: sections, isLocal: assembler.isLocal, rowsMax: rowsMax.map { $0 + 1 })
        if !query.isEmpty {
            var rows = 0
            try forEachRow(query.figures, of: FleetSchema.events) { (row) throws(RowBinaryReader.Cut) in
                let (groups, tally) = try query.readFigures(&row)
                assembler.tallies[groups] = tally
                rows += 1
            }
            if let rowsMax, rows > rowsMax { return nil }
            var cappedRows: UInt64 = 0
            try forEachRow(query.cappedCount, of: FleetSchema.events) { (row) throws(RowBinaryReader.Cut) in
                cappedRows = try row.number()
            }
            if cappedRows > 0 {
                try forEachRow(query.capped, of: FleetSchema.events) { (row) throws(RowBinaryReader.Cut) in
                    let section = try row.string()
                    let day: UInt16 = try row.number()
                    assembler.capped.append((section, Int32(day)))
                }
            }
        }
        assembler.sends = facts.sends
        assembler.names = facts.names
        if !facts.names.isEmpty, query.needsExperiences {
            assembler.sectionsOfExperiences = try sectionsOfExperiences(&facts)
        }
        var answer = ReportAnswer(
            asOfNanoseconds: nodes.asOfNanoseconds, rulesVersion: nodes.rulesVersion, columns: question.by,
            rows: assembler.rows(), accounting: nodes.accounting)
        answer.scope = assembler.scope()
        answer.keyChanges = assembler.keyChangesInRange(facts.keyChanges)
        answer.crowdedEvents = nodes.crowdedEvents
        var standing = nodes.standing
        (standing.unreadableFacts, standing.firstUnreadableFact) = (facts.unreadable, facts.firstUnreadable)
        answer.fleet = standing
        return answer
    }

    // MARK: Rows

    /// What no request carries.
    private struct Facts {
        var sends: [SendsRecord] = []
        /// Of two for one thing the one that holds stands later.
        var names: [NameRecord] = []
        /// Ascending.
        var keyChanges: [UInt64] = []
        /// Records that can't be decoded.
        var unreadable = 0
        /// The first of these, and why.
        var firstUnreadable = ""
        /// The sections that have events of each experience; nil before anybody needed them.
        var experiences: [String: Set<String>]?
    }

    private func readNodes() throws(FleetError) -> [FleetNodes.Node] {
        var nodes: [FleetNodes.Node] = []
        let question = """
            SELECT asOfNanoseconds, counted, pending, damaged, lost, expired, crowded, rules
            FROM \(ClickHouseText.name(FleetSchema.nodes.name)) FINAL
            """
        try forEachRow(question, of: FleetSchema.nodes) { (row) throws(RowBinaryReader.Cut) in
            let asOf: UInt64 = try row.number()
            var accounting = ReportAccounting()
            accounting.counted = try row.number()
            accounting.pending = try row.number()
            accounting.damaged = try row.number()
            accounting.lost = try row.number()
            accounting.expired = try row.number()
            nodes.append(
                FleetNodes.Node(
                    asOfNanoseconds: asOf, accounting: accounting, crowdedEvents: try row.number(),
                    rulesVersion: try row.string()))
        }
        return nodes
    }

    private func readFacts() throws(FleetError) -> Facts {
        var facts = Facts()
        var named: [(identity: RecordIdentity, record: NameRecord)] = []
        let kinds = [RecordKind.sends, .name, .keyChange].map { "\($0.rawValue)" }.joined(separator: ", ")
        let question = """
            SELECT node, epoch, shard, sequence, kind, recordVersion, payload
            FROM \(ClickHouseText.name(FleetSchema.facts.name)) FINAL WHERE kind IN (\(kinds))
            """
        try forEachRow(question, of: FleetSchema.facts) { (row) throws(RowBinaryReader.Cut) in
            let identity = RecordIdentity(shard: try row.shard(), sequence: try row.number())
            let kind = RecordKind(rawValue: try row.number())
            let version: UInt8 = try row.number()
            let payload = try row.text()
            do throws(EngagementError) {
                switch kind {
                case .sends: facts.sends.append(try SendsRecord(payload.span, version: version))
                case .name: named.append((identity, try NameRecord(payload.span, version: version)))
                case .keyChange:
                    facts.keyChanges.append(try KeyChangeRecord(payload.span, version: version).changedNanoseconds)
                default: break
                }
            } catch {
                if facts.unreadable == 0 { facts.firstUnreadable = "\(identity): \(error)" }
                facts.unreadable += 1
            }
        }
        facts.names = named.sorted { NameRecord.precedes($0, $1) }.map(\.record)
        facts.keyChanges = Set(facts.keyChanges).sorted()
        return facts
    }

    private func sectionsOfExperiences(_ facts: inout Facts) throws(FleetError) -> [String: Set<String>] {
        if let known = facts.experiences { return known }
        var found: [String: Set<String>] = [:]
        try forEachRow(FleetReportQuery.experiences, of: FleetSchema.events) { (row) throws(RowBinaryReader.Cut) in
            let section = try row.string()
            found[try row.string(), default: []].insert(section)
        }
        facts.experiences = found
        return found
    }

    private func forEachRow(
        _ question: String, of table: FleetTable, _ body: (inout RowBinaryReader) throws(RowBinaryReader.Cut) -> Void
    ) throws(FleetError) {
        var question = question
        if let untilNanoseconds {
            let now = SystemClock.monotonicNanoseconds()
            let left = (max(untilNanoseconds, now) - now) / 1_000_000_000
            // Whole seconds; 0 would be no bound.
            question += " SETTINGS max_execution_time = \(max(1, left))"
        }
        try client.forEachRow(question, of: table.name, body)
    }
}

extension NameRecord {
    /// True where the second of two names for one thing is the one that holds: the one that was recorded later.
    package static func precedes(
        _ left: (identity: RecordIdentity, record: NameRecord), _ right: (identity: RecordIdentity, record: NameRecord)
    ) -> Bool {
        let (one, other) = (left.record.recordedNanoseconds, right.record.recordedNanoseconds)
        if one != other { return one < other }
        if left.identity.shard != right.identity.shard { return left.identity.shard < right.identity.shard }
        return left.identity.sequence < right.identity.sequence
    }
}
