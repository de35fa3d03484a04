import Bytes

/// Translates the numbers of a vocabulary into the store's own, giving new ones where the store has none yet.
///
/// Each number is looked up once while the vocabulary lives. New words are written in the transaction of the figures
/// that use them; a transaction that fails takes its numbers with it, so the translator is made anew after it.
struct StoreNumbers {
    private let database: SQLiteDatabase
    private var generation: UInt64?
    private var terms: [UInt32: Int64] = [:]
    private var placements: [UInt32: Int64] = [:]
    private var routes: [UInt32: Int64] = [:]
    private var traits: [UInt32: Int64] = [:]

    init(_ database: SQLiteDatabase) {
        self.database = database
    }

    /// Forgets the numbers of another vocabulary.
    mutating func follow(_ vocabulary: FigureVocabulary) {
        guard generation != vocabulary.generation else { return }
        generation = vocabulary.generation
        terms.removeAll()
        placements.removeAll()
        routes.removeAll()
        traits.removeAll()
    }

    /// The store's number of a word. The fixed words have the same numbers everywhere.
    mutating func term(_ number: UInt32, _ vocabulary: FigureVocabulary) throws(StoreError) -> Int64 {
        if number <= TermTable.unknown { return Int64(number) }
        if let known = terms[number] { return known }
        let id = try self.term(vocabulary.terms.bytes(number))
        terms[number] = id
        return id
    }

    /// The store's number of a text.
    func term(_ text: [UInt8]) throws(StoreError) -> Int64 {
        let select = try database.statement("SELECT id FROM term WHERE text = ? AND id > 0", during: .commit)
        select.bind(1, text.span)
        defer { select.reset() }
        if try select.step() { return select.integer(0) }
        return try insert("INSERT INTO term (text) VALUES (?)") { $0.bind(1, text.span) }
    }

    /// The store's number of a placement.
    mutating func placement(_ number: UInt32, _ vocabulary: FigureVocabulary) throws(StoreError) -> Int64 {
        if let known = placements[number] { return known }
        let placement = vocabulary.placements[number]
        let words = [placement.section, placement.experience, placement.version, placement.variation]
        var values = [Int64(bitPattern: placement.node)]
        for word in words { values.append(try term(word, vocabulary)) }
        let id = try tuple("placement", ["node", "section", "experience", "version", "variation"], values)
        placements[number] = id
        return id
    }

    /// The store's number of a route.
    mutating func route(_ number: UInt32, _ vocabulary: FigureVocabulary) throws(StoreError) -> Int64 {
        if let known = routes[number] { return known }
        let route = vocabulary.routes[number]
        let values = [try term(route.mech, vocabulary), try term(route.smech, vocabulary)]
        let id = try tuple("route", ["mech", "smech"], values)
        routes[number] = id
        return id
    }

    /// The store's number of traits.
    mutating func traits(_ number: UInt32, _ vocabulary: FigureVocabulary) throws(StoreError) -> Int64 {
        if let known = traits[number] { return known }
        let tuple = vocabulary.traits[number]
        var values: [Int64] = []
        for word in [tuple.client, tuple.device, tuple.country, tuple.host] {
            values.append(try term(word, vocabulary))
        }
        values.append(Int64(tuple.repairs))
        let id = try self.tuple("traits", ["client", "device", "country", "host", "repairs"], values)
        traits[number] = id
        return id
    }

    private func tuple(_ table: String, _ columns: [String], _ values: [Int64]) throws(StoreError) -> Int64 {
        let condition = columns.map { "\($0) = ?" }.joined(separator: " AND ")
        let select = try database.statement("SELECT id FROM \(table) WHERE \(condition)", during: .commit)
        for (index, value) in values.enumerated() { select.bind(Int32(index + 1), value) }
        defer { select.reset() }
        if try select.step() { return select.integer(0) }
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        return try insert("INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))") { insert in
            for (index, value) in values.enumerated() { insert.bind(Int32(index + 1), value) }
        }
    }

    private func insert(_ sql: String, _ bind: (SQLiteStatement) -> Void) throws(StoreError) -> Int64 {
        let insert = try database.statement(sql + " RETURNING id", during: .commit)
        bind(insert)
        defer { insert.reset() }
        guard try insert.step() else {
            throw .damaged(file: database.file, what: "an insertion gave no number")
        }
        let id = insert.integer(0)
        try insert.run()
        return id
    }
}
