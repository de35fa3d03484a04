import Engagement
import TrackingLinks

/// One question put to one connection.
///
/// The sections and their ranges of time stand in a temporary table, `selection`, that every query starts from: rollups
/// and facets are then ranges of their primary keys, and sets of people ranges of row numbers. Closed figures and those
/// of open windows are asked one after the other, in one read transaction, and joined here. Its caller begins it.
struct SQLiteReport {
    let database: SQLiteDatabase
    let question: ReportQuestion
    let sections: SectionDirectory
    /// An answer of more rows is refused before it is made.
    var rowsMax = Int.max

    /// Reads the answer, inside of a read transaction.
    func answer() throws(ReportError) -> ReportAnswer {
        try question.requireKept()
        let cuts: Bool
        let cutHour: ReportRangeEnd?
        let read: ReportAnswer?
        do throws(StoreError) {
            var words = SQLiteWords(database: database)
            let selected = try select(&words)
            cuts = selected.values.contains(where: \.cutsDay)
            cutHour = selected.values.compactMap(\.cutHour).first
            read = try self.read(selected, &words)
        } catch {
            throw .store(error)
        }
        if cuts, let facet = question.by.first(where: \.isFacet) { throw .notKeptWithinDay(facet) }
        if let cutHour { throw .notKeptWithinHour(cutHour) }
        guard let answer = read else { throw .tooManyRows(max: rowsMax) }
        return answer
    }

    /// Nil when there are too many rows.
    private func read(
        _ selected: [Int64: SectionRange], _ words: inout SQLiteWords
    ) throws(StoreError) -> ReportAnswer? {
        var assembler = ReportAssembler(question: question, sections: sections)
        var groups: [[Int64]: ReportTally] = [:]
        for twin in ["", "_open"] {
            try readFigures(twin, selected, into: &groups, &words)
            if groups.count > rowsMax { return nil }
        }
        if assembler.knowsPeople {
            var people = try SQLiteReportPeople(database: database, question: question, selected: selected)
            try people.read(into: &groups)
        }
        for (values, tally) in groups {
            var named: [ReportGroup] = []
            for (column, value) in zip(question.by, values) { named.append(try group(column, value, &words)) }
            assembler.tallies[named] = tally
        }
        let sealedPeople = try sealedPeople(selected, assembler.tallies)
        assembler.sends = try readSends(&words)
        assembler.names = try readNames(&words)
        if !assembler.names.isEmpty { assembler.sectionsOfExperiences = try readSectionsOfExperiences(&words) }
        assembler.capped = try readCapped(selected, &words)
        let state = try database.statement("SELECT value FROM state WHERE key='asOf'", during: .read)
        defer { state.reset() }
        let asOf = try state.step() ? state.unsigned(0) : 0
        var answer = ReportAnswer(
            asOfNanoseconds: asOf, rulesVersion: try SQLiteCheckpoints.rulesVersion(database), columns: question.by,
            rows: assembler.rows(), accounting: try readAccounting())
        answer.scope = assembler.scope()
        answer.keyChanges = assembler.keyChangesInRange(try SQLiteCheckpoints.keyChanges(database))
        answer.crowdedEvents = try SQLiteCheckpoints.crowdedEvents(database)
        answer.sealedPeople = sealedPeople
        answer.sealedPeople?.reachesCap = assembler.reachesCap
        answer.sealed = try SQLiteCheckpoints.sealedBases(database)
        return answer
    }

    /// Fills `selection` with the sections that are asked for and that the store has, and their ranges.
    private func select(_ words: inout SQLiteWords) throws(StoreError) -> [Int64: SectionRange] {
        try database.execute(
            """
            CREATE TEMP TABLE IF NOT EXISTS selection (section INTEGER PRIMARY KEY, first_day INTEGER, last_day INTEGER,
                first_hour INTEGER, end_hour INTEGER, people_first_day INTEGER, people_last_day INTEGER,
                sealed_first_day INTEGER);
            DELETE FROM selection
            """, during: .read)
        var numbers: [Int64] = []
        let read = try database.statement("SELECT DISTINCT section FROM placement", during: .read)
        defer { read.reset() }
        while try read.step() { numbers.append(read.integer(0)) }
        let insert = try database.statement("INSERT INTO selection VALUES (?,?,?,?,?,?,?,?)", during: .read)
        let months = try SealedMonths(database)
        var selected: [Int64: SectionRange] = [:]
        for number in numbers {
            let section = try words.text(number)
            guard question.sections?.contains(section) ?? true else { continue }
            let range = SectionRange(question, zone: sections.zone(of: section))
            insert.bind(1, number).bind(2, Int64(range.firstDay)).bind(3, Int64(range.lastDay))
            insert.bind(4, range.firstHourSeconds).bind(5, range.endHourSeconds)
            let days = SealedDays(range, sealedThrough: months.sealedThrough(section: number))
            insert.bind(6, Int64(days.firstOpen)).bind(7, Int64(days.last)).bind(8, Int64(days.first))
            try insert.run()
            selected[number] = range
        }
        return selected
    }

    private func readFigures(
        _ twin: String, _ selected: [Int64: SectionRange], into groups: inout [[Int64]: ReportTally],
        _ words: inout SQLiteWords
    ) throws(StoreError) {
        let query = SQLiteFigureQuery(question, twin: twin)
        let read = try database.statement(query.sql, during: .read)
        defer { read.reset() }
        if let experience = question.experience {
            let bytes = Array(experience.utf8)
            read.bind(1, bytes.span)
        }
        let columns = Int32(question.by.count)
        while groups.count <= rowsMax, try read.step() {
            let values = (0..<columns).map { read.integer($0) }
            guard let kind = TrackingResource(rawValue: UInt8(clamping: read.integer(columns + 1))),
                let engagementClass = EngagementClass(rawValue: UInt8(clamping: read.integer(columns + 2)))
            else { throw .damaged(file: database.file, what: "the kind or class of a figure") }
            let counts = FigureDelta.Counts(
                total: read.unsigned(columns + 3), asked: read.unsigned(columns + 4),
                refused: read.unsigned(columns + 5))
            var tally = groups[values] ?? ReportTally()
            if selected[read.integer(columns)]?.cutsDay ?? false { tally.hidesPeople = true }
            switch kind {
            case .click: tally.clicks.add(counts, engagementClass)
            case .open: tally.opens.add(counts, engagementClass)
            }
            if query.tellsHosts, let first = read.optionalUnsigned(columns + 6) {
                let sighting = HostSighting(
                    firstSeenNanoseconds: first, lastSeenNanoseconds: read.unsigned(columns + 7),
                    sample: try words.text(read.integer(columns + 8)))
                tally.host = tally.host?.merged(with: sighting) ?? sighting
            }
            groups[values] = tally
        }
    }

    /// What a person has to be told of sealed people, where rows are short of a number because of them.
    private func sealedPeople(
        _ selected: [Int64: SectionRange], _ tallies: [[ReportGroup]: ReportTally]
    ) throws(StoreError) -> SealedPeopleNote? {
        let (hides, bounds) = (
            tallies.values.contains { $0.sealedPeople.hidesAny }, tallies.values.contains { $0.sealedPeople.isBound }
        )
        guard hides || bounds else { return nil }
        let months = try SealedMonths(database)
        let through = selected.keys.compactMap { months.sealedThrough(section: $0) }.max() ?? 0
        return SealedPeopleNote(throughDay: Int(through), hidesRows: hides, boundsRows: bounds)
    }

    private func group(
        _ column: ReportColumn, _ value: Int64, _ words: inout SQLiteWords
    ) throws(StoreError) -> ReportGroup {
        switch column {
        case .day:
            return .day(Int32(clamping: value))
        case .hour:
            let hour = SQLiteFigureQuery.hour(value)
            return .hour(startSeconds: hour.startSeconds, offsetSeconds: hour.offsetSeconds)
        case .kind:
            return .text(value == Int64(TrackingResource.click.rawValue) ? "click" : "open")
        case .class:
            return .text(EngagementClass(rawValue: UInt8(clamping: value))?.name ?? "unknown")
        default:
            return value == Int64(TermTable.none) ? .none : .text(try words.text(value))
        }
    }
}
