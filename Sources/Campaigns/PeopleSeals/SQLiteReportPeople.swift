import Bytes
import TrackingLinks

/// The days of a question in one section, as its people are read.
struct SealedDays {
    /// The first day whose counts are read: a month's, since the whole of a month has to be in the question.
    private(set) var first = Int32.max
    /// The first day whose sets are read.
    private(set) var firstOpen: Int32
    /// The last day that is read.
    private(set) var last: Int32

    /// - Parameter sealedThrough: the last day whose people are counts; nil where there is none.
    init(_ range: SectionRange, sealedThrough: Int32?) {
        firstOpen = range.firstDay
        last = range.lastDay
        guard let through = sealedThrough, range.firstDay <= through, range.lastDay >= range.firstDay else { return }
        firstOpen = through + 1
        first = range.firstDay == .min ? .min : CalendarMonth(ofDay: range.firstDay).firstDay
        // A bound that nobody's calendar reaches is none.
        if range.lastDay < Self.calendarEnd { last = CalendarMonth(ofDay: range.lastDay).lastDay }
        if first > .min, first < -Self.calendarEnd { first = .min }
    }

    private static let calendarEnd: Int32 = 100_000_000
}

/// The people of a question's rows: of sets where there are some, and of sealed counts before.
struct SQLiteReportPeople {
    /// The people of one row, section and kind.
    struct Key: Hashable {
        var values: [Int64]
        var section: Int64
        var kind: Int64
    }

    let database: SQLiteDatabase
    let question: ReportQuestion
    let selected: [Int64: SectionRange]
    private let months: SealedMonths
    private var crowds: [Key: PeopleCrowd] = [:]
    private var parts: [Key: SealedPeoplePart] = [:]

    init(
        database: SQLiteDatabase, question: ReportQuestion, selected: [Int64: SectionRange]
    ) throws(StoreError) {
        self.database = database
        self.question = question
        self.selected = selected
        months = try SealedMonths(database)
    }

    /// Reads all of them into their rows.
    mutating func read(into groups: inout [[Int64]: ReportTally]) throws(StoreError) {
        let touchesSealed = selected.contains { section, range in
            months.sealedThrough(section: section).map { range.firstDay <= $0 } ?? false
        }
        if touchesSealed { try readSealed() }
        for twin in ["", "_open"] { try readSets(twin) }
        for (key, crowd) in crowds where parts[key] == nil { add(crowd.counts, of: key, to: &groups) }
        for (key, part) in parts { add(part, of: key, crowds[key], to: &groups) }
    }

    /// Which row of the answer a row of people belongs to, and the range of its section; nil where that cuts days: they
    /// hold people who came outside of it.
    private func wholeDays(of read: SQLiteStatement, _ columns: Int32) -> (Key, SectionRange)? {
        let section = read.integer(columns)
        guard let range = selected[section], !range.cutsDay else { return nil }
        let values = (0..<columns).map { read.integer($0) }
        return (Key(values: values, section: section, kind: read.integer(columns + 1)), range)
    }

    private mutating func readSets(_ twin: String) throws(StoreError) {
        let read = try database.statement(SQLiteFigureQuery.people(question, twin: twin), during: .read)
        defer { read.reset() }
        bindExperience(to: read)
        let columns = Int32(question.by.count)
        while try read.step() {
            guard let (key, range) = wholeDays(of: read, columns) else { continue }
            let day = Int32(clamping: read.integer(columns + 4))
            let id = read.integer(columns + 2)
            let isRead: Bool
            if parts[key]?.takeOpen(day, range) ?? (day > range.lastDay) { continue }
            isRead = read.withBlob(columns + 3) { crowds[key, default: PeopleCrowd()].add(encoded: $0, id: id) }
            guard isRead else { throw .damaged(file: database.file, what: "a set of people") }
        }
    }

    private mutating func readSealed() throws(StoreError) {
        let grouping = PeopleGrouping(question)
        let sql = SQLiteFigureQuery.sealedPeople(question, grouping.isKept ? grouping : .finest)
        let read = try database.statement(sql, during: .read)
        defer { read.reset() }
        bindExperience(to: read)
        let columns = Int32(question.by.count)
        while try read.step() {
            guard let (key, range) = wholeDays(of: read, columns) else { continue }
            var part = parts[key] ?? SealedPeoplePart(grouping: grouping.isKept ? grouping : nil)
            part.take(
                first: Int32(clamping: read.integer(columns + 2)), last: Int32(clamping: read.integer(columns + 3)),
                PeopleCounts(people: read.unsigned(columns + 4), unique: read.unsigned(columns + 5)), range)
            parts[key] = part
        }
        for key in parts.keys { parts[key]?.close(months.sections[key.section] ?? []) }
        try readLate()
    }

    private mutating func readLate() throws(StoreError) {
        let read = try database.statement(SQLiteFigureQuery.latePeople(question), during: .read)
        defer { read.reset() }
        bindExperience(to: read)
        let columns = Int32(question.by.count)
        while try read.step() {
            guard let (key, _) = wholeDays(of: read, columns) else { continue }
            let day = Int32(clamping: read.integer(columns + 2))
            let isSealed = months.sealedThrough(section: key.section).map { day <= $0 } ?? false
            guard isSealed || parts[key] != nil else { continue }
            var part = parts[key] ?? SealedPeoplePart(grouping: nil)
            part.takeLate(day, seals: read.integer(columns + 3), isSealed: isSealed)
            parts[key] = part
        }
    }

    private func bindExperience(to read: SQLiteStatement) {
        guard let experience = question.experience else { return }
        let bytes = Array(experience.utf8)
        read.bind(1, bytes.span)
    }

    // MARK: Rows

    private func add(_ counts: PeopleCounts, of key: Key, to groups: inout [[Int64]: ReportTally]) {
        guard var tally = groups[key.values] else { return }
        // People of two sections are never the same: each section has a key of its own.
        if key.kind == Int64(TrackingResource.click.rawValue) {
            tally.clicks.unique = (tally.clicks.unique ?? 0) + counts.unique
            tally.clicks.people = (tally.clicks.people ?? 0) + counts.people
        } else {
            tally.opens.unique = (tally.opens.unique ?? 0) + counts.unique
            tally.opens.people = (tally.opens.people ?? 0) + counts.people
        }
        groups[key.values] = tally
    }

    private func add(
        _ part: SealedPeoplePart, of key: Key, _ crowd: PeopleCrowd?, to groups: inout [[Int64]: ReportTally]
    ) {
        guard let range = selected[key.section] else { return }
        switch part.answer(range, openCounts: crowd?.counts ?? PeopleCounts()) {
        case .exactly(let counts):
            add(counts, of: key, to: &groups)
        case .atLeast(let counts):
            groups[key.values]?.sealedPeople.isBound = true
            add(counts, of: key, to: &groups)
        case .unknown:
            if key.kind == Int64(TrackingResource.click.rawValue) {
                groups[key.values]?.sealedPeople.hidesClicks = true
            } else {
                groups[key.values]?.sealedPeople.hidesOpens = true
            }
        }
    }
}
