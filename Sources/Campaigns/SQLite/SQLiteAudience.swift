import Bytes
import Engagement
import TrackingLinks

extension SQLiteCampaignStore {
    /// The people of a question, from closed and provisional figures together.
    package func audience(_ question: AudienceQuestion) throws(StoreError) -> Audience {
        try database.readTransaction { () throws(StoreError) in
            try SQLiteAudience(database: database, question: question).read()
        }
    }
}

/// One question for people, put to one connection in a read transaction.
private struct SQLiteAudience {
    let database: SQLiteDatabase
    let question: AudienceQuestion
    /// Sets of earlier days are not read: they are counts, or about to go.
    private let firstDay: Int32
    private let sealedThrough: Int32?

    init(database: SQLiteDatabase, question: AudienceQuestion) throws(StoreError) {
        self.database = database
        self.question = question
        let word = try SQLiteNumbering.find(question.selection.sec, in: database, during: .read)
        let months = try SealedMonths(database)
        sealedThrough = word.flatMap { months.sealedThrough(section: $0) }
        firstDay = max(question.range.firstDay, sealedThrough.map { $0 + 1 } ?? .min)
    }

    func read() throws(StoreError) -> Audience {
        var audience = Audience(
            hashes: PersonHashes(count: 0), count: 0, asOfNanoseconds: try asOf(), cappedDays: 0, mayMissFolded: false,
            hasEvents: false)
        let selection = question.selection
        let names = [selection.expId, selection.expVer, selection.va, question.link]
        guard let section = try SQLiteNumbering.find(selection.sec, in: database, during: .read) else {
            return audience
        }
        audience.cappedDays = try count(
            "SELECT count(*) FROM (SELECT day FROM capped WHERE section=?1 AND day BETWEEN ?2 AND ?3 UNION "
                + "SELECT day FROM capped_open WHERE section=?1 AND day BETWEEN ?2 AND ?3)", section: section)
        if names.contains(where: { $0 != nil }) {
            audience.mayMissFolded =
                try count(
                    "SELECT count(*) FROM placement p CROSS JOIN leaf r ON r.placement=p.id AND r.day BETWEEN ?2 AND "
                        + "?3 WHERE p.section=?1 AND p.experience=\(TermTable.other)", section: section) > 0
        }
        var words: [Int64?] = []
        for name in names {
            guard let name else {
                words.append(nil)
                continue
            }
            // What the store has no word for has no events.
            guard let word = try SQLiteNumbering.find(name, in: database, during: .read) else { return audience }
            words.append(word)
        }
        var numbers = PersonNumbers()
        for twin in ["", "_open"] {
            for kind in question.kinds {
                let found = try readMembers(twin, section, kind, words, into: &numbers)
                audience.hasEvents = audience.hasEvents || found
            }
        }
        audience.count = numbers.count
        if let through = sealedThrough, question.range.firstDay <= through, try hasSealed(section, through, words) {
            audience.sealedThrough = Int(through)
        }
        audience.hasEvents = audience.hasEvents || audience.sealedThrough != nil
        audience.hashes = PersonHashes(count: numbers.count)
        try readHashes(of: numbers, section: section, into: &audience.hashes)
        return audience
    }

    /// True when somebody of the selection was there on sealed days.
    private func hasSealed(_ section: Int64, _ through: Int32, _ words: [Int64?]) throws(StoreError) -> Bool {
        let kinds = question.kinds.map { String($0.rawValue) }.joined(separator: ",")
        func conditions(_ columns: [String]) -> String {
            zip(columns, words).enumerated().map { place, pair in
                pair.1 == nil ? "" : " AND \(pair.0)=?\(4 + place)"
            }.joined()
        }
        let counted = ["experience", "version", "variation", "link"]
        let late = ["p.experience", "p.version", "p.variation", "l.link"]
        let read = try database.statement(
            """
            SELECT EXISTS (SELECT 1 FROM people_count WHERE section=?1 AND grouping=\(PeopleGrouping.finest.rawValue)
                AND first_day=last_day AND first_day BETWEEN ?2 AND ?3 AND kind IN (\(kinds))\(conditions(counted)))
            OR EXISTS (SELECT 1 FROM placement p CROSS JOIN people_late l ON l.placement=p.id
                AND l.day BETWEEN ?2 AND ?3 AND l.kind IN (\(kinds)) WHERE p.section=?1\(conditions(late)))
            """, during: .read)
        defer { read.reset() }
        read.bind(1, section).bind(2, Int64(question.range.firstDay))
        read.bind(3, Int64(min(through, question.range.lastDay)))
        for (place, word) in words.enumerated() { if let word { read.bind(Int32(4 + place), word) } }
        return try read.step() && read.integer(0) != 0
    }

    private func asOf() throws(StoreError) -> UInt64 {
        let state = try database.statement("SELECT value FROM state WHERE key='asOf'", during: .read)
        defer { state.reset() }
        return try state.step() ? state.unsigned(0) : 0
    }

    private func count(_ sql: String, section: Int64) throws(StoreError) -> Int {
        let read = try database.statement(sql, during: .read)
        defer { read.reset() }
        read.bind(1, section).bind(2, Int64(question.range.firstDay)).bind(3, Int64(question.range.lastDay))
        return try read.step() ? Int(read.integer(0)) : 0
    }

    /// Takes the containers of the leaves that are asked for.
    ///
    /// - Returns: true when there was one, asked for or not because of its class.
    private func readMembers(
        _ twin: String, _ section: Int64, _ kind: TrackingResource, _ words: [Int64?], into numbers: inout PersonNumbers
    ) throws(StoreError) -> Bool {
        let columns = ["p.experience", "p.version", "p.variation", "r.link"]
        let conditions = zip(columns, words).enumerated().map { place, pair in
            pair.1 == nil ? "" : " AND \(pair.0)=?\(5 + place)"
        }
        let read = try database.statement(
            """
            SELECT m.id, m.members FROM placement p
            CROSS JOIN leaf r ON r.placement=p.id AND r.day BETWEEN ?2 AND ?3 AND r.kind=?4
            CROSS JOIN members\(twin) m ON m.id BETWEEN r.id << 17 AND r.id << 17 | 131071
            WHERE p.section=?1\(conditions.joined())
            """, during: .read)
        defer { read.reset() }
        read.bind(1, section).bind(2, Int64(firstDay)).bind(3, Int64(question.range.lastDay))
        read.bind(4, Int64(kind.rawValue))
        for (place, word) in words.enumerated() { if let word { read.bind(Int32(5 + place), word) } }
        var hasEvents = false
        while try read.step() {
            hasEvents = true
            let id = read.integer(0)
            guard question.includesMachines || id >> 16 & 1 == 0 else { continue }
            let isRead = read.withBlob(1) { numbers.add(encoded: $0, key: UInt16(truncatingIfNeeded: id)) }
            guard isRead else { throw .damaged(file: database.file, what: "a set of people") }
        }
        return hasEvents
    }

    /// Reads who the numbers are.
    private func readHashes(
        of numbers: PersonNumbers, section: Int64, into hashes: inout PersonHashes
    ) throws(StoreError) {
        guard numbers.count > 0 else { return }
        let read = try database.statement(
            "SELECT id, hashes FROM person WHERE id >= ? AND id < ? ORDER BY id", during: .read)
        defer { read.reset() }
        read.bind(1, section << 20).bind(2, (section + 1) << 20)
        var found = 0
        while try read.step() {
            let first = Int(read.integer(0) & 0xF_FFFF) * PersonDictionary.chunkCount
            read.withBlob(1) { bytes in
                let count = min(bytes.count / 8, PersonDictionary.chunkCount)
                for index in 0..<count where numbers.contains(UInt32(truncatingIfNeeded: first + index)) {
                    hashes.insert(bytes.littleEndian(UInt64.self, at: 8 * index))
                    found += 1
                }
            }
        }
        guard found == numbers.count else {
            throw .damaged(file: database.file, what: "people are missing that a set has")
        }
    }
}
