import Bytes
import Journal
import LinuxSystem

extension SQLiteCampaignStore {
    /// Takes over the next month of people that another store has sealed and this one has not: the counts as they are,
    /// and how far that one was counted then. It is for the store of sealed figures, which a rebuild begins with: both
    /// then say the same, however much of such a month the journal still holds.
    ///
    /// - Returns: true when there was one.
    package func takeSealedMonth(from other: SQLiteCampaignStore) throws(StoreError) -> Bool {
        guard let next = try nextSealedMonth(from: other) else { return false }
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            var copy = SealedPeopleCopy(from: other.database, to: database, numbering)
            try copy.take(next.month, ofSection: next.section)
            try database.execute(SQLitePeopleState.removal.settingSQL, during: .commit)
        }
        return true
    }

    /// True when another store has sealed a month of people that this one has not, or when this one has not removed all
    /// of those that it has sealed.
    package func lacksSealedMonths(of other: SQLiteCampaignStore) throws(StoreError) -> Bool {
        if try nextSealedMonth(from: other) != nil { return true }
        return try SQLitePeopleState.removal.holds(in: database)
    }

    /// The first month, by the section's word in the other store, that this one has not sealed.
    private func nextSealedMonth(
        from other: SQLiteCampaignStore
    ) throws(StoreError) -> (section: Int64, month: SealedMonths.Month)? {
        var theirs = SQLiteWords(database: other.database)
        let (mine, all) = (try SealedMonths(database), try SealedMonths(other.database))
        var next: (section: Int64, month: SealedMonths.Month)?
        for (section, months) in all.sections {
            let bytes = Array(try theirs.text(section).utf8)
            let own = try SQLiteNumbering.find(bytes.span, in: database, during: .commit)
            let known = own.flatMap { mine.sections[$0] } ?? []
            for month in months where month.isSealed && !known.contains(where: { $0.firstDay == month.firstDay }) {
                // Seals keep their order.
                if let found = next, (found.month.seal, found.month.firstDay) <= (month.seal, month.firstDay) {
                    continue
                }
                next = (section, month)
            }
        }
        return next
    }
}

/// Copies one sealed month from a store to another, whose words have other numbers.
private struct SealedPeopleCopy {
    private let source: SQLiteDatabase
    private let target: SQLiteDatabase
    private let numbering: SQLiteNumbering
    private var words: [Int64: Int64] = [:]

    init(from source: SQLiteDatabase, to target: SQLiteDatabase, _ numbering: SQLiteNumbering) {
        self.source = source
        self.target = target
        self.numbering = numbering
    }

    mutating func take(_ month: SealedMonths.Month, ofSection section: Int64) throws(StoreError) {
        let own = try word(section)
        let seal = try takeSeal(month.seal)
        let insert = try target.statement("INSERT INTO people_month VALUES (?,?,?,?,?,2)", during: .commit)
        insert.bind(1, own).bind(2, Int64(month.firstDay)).bind(3, Int64(month.lastDay))
        try insert.bind(4, Int64(month.reachDay)).bind(5, seal).run()
        try takeCounts(of: month, section, own)
        try takeLate(of: month, section, own, seal)
        try takeCapped(of: month, section, own)
    }

    /// The seal of the target that is the same moment as one of the source.
    private func takeSeal(_ number: Int64) throws(StoreError) -> Int64 {
        let made = try source.number("SELECT made FROM people_seal WHERE id=\(number)", during: .read)
        let known = try target.number("SELECT max(id) FROM people_seal WHERE made=\(made)", during: .commit)
        if known > 0 { return known }
        let own = try target.number("SELECT ifnull(max(id), 0) + 1 FROM people_seal", during: .commit)
        try target.statement("INSERT INTO people_seal VALUES (?,?)", during: .commit)
            .bind(1, own).bind(2, made).run()
        let read = try source.statement(
            "SELECT node, epoch, shard, next_sequence FROM people_seal_position WHERE seal=?", during: .read)
        defer { read.reset() }
        read.bind(1, number)
        let insert = try target.statement("INSERT INTO people_seal_position VALUES (?,?,?,?,?)", during: .commit)
        while try read.step() {
            insert.bind(1, own)
            for column in 0..<4 as Range<Int32> { insert.bind(column + 2, read.integer(column)) }
            try insert.run()
        }
        return own
    }

    private mutating func takeCounts(
        of month: SealedMonths.Month, _ section: Int64, _ own: Int64
    ) throws(StoreError) {
        let read = try source.statement(
            """
            SELECT grouping, first_day, last_day, kind, people, uniques, experience, version, variation, link
            FROM people_count WHERE section=? AND grouping=? AND first_day BETWEEN ? AND ?
            """, during: .read)
        let insert = try target.statement(
            """
            INSERT OR REPLACE INTO people_count (section, grouping, first_day, last_day, kind, people, uniques,
                experience, version, variation, link) VALUES (?,?,?,?,?,?,?,?,?,?,?)
            """, during: .commit)
        for grouping in PeopleGrouping.ofSections + PeopleGrouping.ofExperiences {
            defer { read.reset() }
            read.bind(1, section).bind(2, Int64(grouping.rawValue))
            read.bind(3, Int64(month.firstDay)).bind(4, Int64(month.lastDay))
            while try read.step() {
                insert.bind(1, own)
                for column in 0..<6 as Range<Int32> { insert.bind(column + 2, read.integer(column)) }
                for column in 6..<10 as Range<Int32> { insert.bind(column + 2, try word(read.integer(column))) }
                try insert.run()
            }
        }
    }

    /// Who came too late for the month's counts, or before it for no count at all.
    private mutating func takeLate(
        of month: SealedMonths.Month, _ section: Int64, _ own: Int64, _ seal: Int64
    ) throws(StoreError) {
        let read = try source.statement(
            """
            SELECT p.node, p.experience, p.version, p.variation, l.day, l.kind, l.link FROM placement p
            CROSS JOIN people_late l ON l.placement=p.id AND l.day<=?2 AND l.seals>=?3 WHERE p.section=?1
            """, during: .read)
        defer { read.reset() }
        read.bind(1, section).bind(2, Int64(month.reachDay)).bind(3, month.seal)
        let insert = try target.statement(
            "INSERT INTO people_late VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET seals=max(seals, excluded.seals)",
            during: .commit)
        while try read.step() {
            let words = [own] + (try [1, 2, 3].map { (column) throws(StoreError) in try word(read.integer(column)) })
            let placement = try numbering.placement(node: read.integer(0), words: words)
            insert.bind(1, placement).bind(2, read.integer(4)).bind(3, read.integer(5))
            try insert.bind(4, try word(read.integer(6))).bind(5, seal).run()
        }
    }

    private func takeCapped(of month: SealedMonths.Month, _ section: Int64, _ own: Int64) throws(StoreError) {
        let read = try source.statement(
            "SELECT day FROM capped WHERE section=? AND day BETWEEN ? AND ?", during: .read)
        defer { read.reset() }
        read.bind(1, section).bind(2, Int64(month.firstDay)).bind(3, Int64(month.reachDay))
        let insert = try target.statement("INSERT OR IGNORE INTO capped VALUES (?,?)", during: .commit)
        while try read.step() { try insert.bind(1, own).bind(2, read.integer(0)).run() }
    }

    /// The target's number of a word of the source.
    private mutating func word(_ number: Int64) throws(StoreError) -> Int64 {
        // No word, any word, and the fixed ones have the same numbers everywhere.
        if number <= Int64(TermTable.unknown) { return number }
        if let known = words[number] { return known }
        let read = try source.statement("SELECT text FROM term WHERE id=?", during: .read)
        defer { read.reset() }
        guard try read.bind(1, number).step() else {
            throw .damaged(file: source.file, what: "a word of a count")
        }
        let text = read.withBlob(0) { $0.toArray() }
        let own = try numbering.term(text.span)
        words[number] = own
        return own
    }
}
