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

    func read() throws(StoreError) -> Audience {
        var audience = Audience(
            hashes: PersonHashes(count: 0), count: 0, asOfNanoseconds: try asOf(), cappedDays: 0, mayMissFolded: false,
            hasEvents: false)
        let selection = question.selection
        let names = [selection.expId, selection.expVer, selection.va, question.link]
        guard let section = try word(selection.sec) else { return audience }
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
            guard let word = try word(name) else { return audience }
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
        audience.hashes = PersonHashes(count: numbers.count)
        try readHashes(of: numbers, section: section, into: &audience.hashes)
        return audience
    }

    private func asOf() throws(StoreError) -> UInt64 {
        let state = try database.statement("SELECT value FROM state WHERE key='asOf'", during: .read)
        defer { state.reset() }
        return try state.step() ? state.unsigned(0) : 0
    }

    /// The number of a word, or nil when the store has none of it.
    private func word(_ text: String) throws(StoreError) -> Int64? {
        let read = try database.statement("SELECT id FROM term WHERE text=?", during: .read)
        defer { read.reset() }
        let bytes = Array(text.utf8)
        return try read.bind(1, bytes.span).step() ? read.integer(0) : nil
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
        read.bind(1, section).bind(2, Int64(question.range.firstDay)).bind(3, Int64(question.range.lastDay))
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

/// Numbers of people as bitmaps of 65,536 each, for those that have a member.
private struct PersonNumbers {
    private var parts: [[UInt64]] = []
    private(set) var count = 0

    /// Adds the members of a stored container.
    ///
    /// - Returns: false when the bytes are no container.
    mutating func add(encoded bytes: Span<UInt8>, key: UInt16) -> Bool {
        guard let stored = StoredContainer(bytes) else { return false }
        let key = Int(key)
        while parts.count <= key { parts.append([]) }
        if parts[key].isEmpty { parts[key] = [UInt64](repeating: 0, count: StoredContainer.wordCount) }
        switch stored.form {
        case .array:
            for number in stored.numbers(in: bytes) {
                let bit: UInt64 = 1 << UInt64(number & 63)
                if parts[key][Int(number >> 6)] & bit == 0 { count += 1 }
                parts[key][Int(number >> 6)] |= bit
            }
        case .bitmap:
            for (place, word) in stored.words(in: bytes).enumerated() {
                count += (word & ~parts[key][place]).nonzeroBitCount
                parts[key][place] |= word
            }
        }
        return true
    }

    func contains(_ number: UInt32) -> Bool {
        let key = Int(number >> 16)
        guard key < parts.count, !parts[key].isEmpty else { return false }
        return parts[key][Int(number >> 6 & 1_023)] & 1 << UInt64(number & 63) != 0
    }
}
