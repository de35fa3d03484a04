import Engagement

extension SQLiteReport {
    /// All sends; which of them count is the assembler's to say.
    func readSends(_ words: inout SQLiteWords) throws(StoreError) -> [SendsRecord] {
        try SQLiteFacts.sends(database, &words)
    }

    /// The name of each thing that has one.
    func readNames(_ words: inout SQLiteWords) throws(StoreError) -> [NameRecord] {
        let read = try database.statement(
            "SELECT section, experience, version, variation, level, name, recorded FROM name", during: .read)
        defer { read.reset() }
        var names: [NameRecord] = []
        while try read.step() {
            let selection = try words.selection(read, from: 0)
            guard let level = NameRecord.Level(rawValue: UInt8(clamping: read.integer(4))),
                let name = NameRecord(
                    recordedNanoseconds: read.unsigned(6), level: level, selection: selection, name: read.text(5))
            else { throw .damaged(file: database.file, what: "a name") }
            names.append(name)
        }
        return names
    }

    /// The sections that have events of each experience.
    func readSectionsOfExperiences(_ words: inout SQLiteWords) throws(StoreError) -> [String: Set<String>] {
        let read = try database.statement("SELECT DISTINCT section, experience FROM placement", during: .read)
        defer { read.reset() }
        var sections: [String: Set<String>] = [:]
        while try read.step() {
            sections[try words.text(read.integer(1)), default: []].insert(try words.text(read.integer(0)))
        }
        return sections
    }

    /// Sections and days in which people were left out.
    func readCapped(
        _ selected: [Int64: SectionRange], _ words: inout SQLiteWords
    ) throws(StoreError) -> [(section: String, dayNumber: Int32)] {
        let read = try database.statement(
            "SELECT section, day FROM capped UNION SELECT section, day FROM capped_open", during: .read)
        defer { read.reset() }
        var capped: [(section: String, dayNumber: Int32)] = []
        while try read.step() {
            guard selected[read.integer(0)] != nil else { continue }
            capped.append((try words.text(read.integer(0)), Int32(clamping: read.integer(1))))
        }
        return capped
    }

    /// The sums of all shards' counts.
    func readAccounting() throws(StoreError) -> ReportAccounting {
        let read = try database.statement(
            "SELECT sum(counted), sum(pending), sum(damaged), sum(lost), sum(expired) FROM checkpoint", during: .read)
        defer { read.reset() }
        guard try read.step() else { return ReportAccounting() }
        return ReportAccounting(
            lost: read.unsigned(3), counted: read.unsigned(0), pending: read.unsigned(1), damaged: read.unsigned(2),
            expired: read.unsigned(4))
    }
}

/// Facts of the `admin` shards as the store keeps them.
enum SQLiteFacts {
    /// What was sent, whichever node recorded it.
    static func sends(_ database: SQLiteDatabase) throws(StoreError) -> [SendsRecord] {
        var words = SQLiteWords(database: database)
        return try sends(database, &words)
    }

    /// What was sent, whichever node recorded it.
    static func sends(
        _ database: SQLiteDatabase, _ words: inout SQLiteWords
    ) throws(StoreError) -> [SendsRecord] {
        let recorded = try SQLiteSchema.holdsWindows(database) ? "recorded" : "0"
        let read = try database.statement(
            """
            SELECT section, experience, version, variation, time, sent, delivered, links, \(recorded) FROM send
            """, during: .read)
        defer { read.reset() }
        var sends: [SendsRecord] = []
        while try read.step() {
            let selection = try words.selection(read, from: 0)
            sends.append(
                SendsRecord(
                    recordedNanoseconds: read.unsigned(8), sentNanoseconds: read.unsigned(4), sent: read.unsigned(5),
                    delivered: read.optionalUnsigned(6),
                    linksInMessage: read.optionalUnsigned(7).map { UInt32(clamping: $0) }, selection: selection))
        }
        return sends
    }
}

/// The texts of the store's words, each read once.
struct SQLiteWords {
    private let database: SQLiteDatabase
    private var texts: [Int64: String] = [:]

    init(database: SQLiteDatabase) {
        self.database = database
    }

    /// The text of a word; empty for a number that no word has.
    mutating func text(_ number: Int64) throws(StoreError) -> String {
        if let known = texts[number] { return known }
        let read = try database.statement("SELECT text FROM term WHERE id=?", during: .read)
        defer { read.reset() }
        let text = try read.bind(1, number).step() ? read.text(0) : ""
        texts[number] = text
        return text
    }

    /// The selection in four columns of the present row.
    mutating func selection(_ row: SQLiteStatement, from column: Int32) throws(StoreError) -> CampaignSelection {
        CampaignSelection(
            sec: try text(row.integer(column)), expId: try optionalText(row.integer(column + 1)),
            expVer: try optionalText(row.integer(column + 2)), va: try optionalText(row.integer(column + 3)))
    }

    private mutating func optionalText(_ number: Int64) throws(StoreError) -> String? {
        number == Int64(TermTable.none) ? nil : try text(number)
    }
}
