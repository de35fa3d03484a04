/// The store's own numbers for words, placements and routes: found or given, and remembered by the vocabulary's
/// numbers.
///
/// The fixed words have the same numbers in both. What is remembered dies with a transaction that fails, since numbers
/// that it gave are free again.
struct SQLiteNumbering {
    private let database: SQLiteDatabase
    private var generation: UInt64?
    private var terms: [Int64] = []
    private var placements: [Int64] = []
    private var routes: [Int64] = []

    init(database: SQLiteDatabase) {
        self.database = database
    }

    /// Forgets all numbers.
    mutating func forget() {
        generation = nil
        terms.removeAll()
        placements.removeAll()
        routes.removeAll()
    }

    /// Makes room for the numbers of a vocabulary; another one's are forgotten.
    mutating func prepare(for vocabulary: FigureVocabulary) {
        if generation != vocabulary.generation { forget() }
        generation = vocabulary.generation
        Self.extend(&terms, to: vocabulary.terms.count)
        Self.extend(&placements, to: vocabulary.placements.count)
        Self.extend(&routes, to: vocabulary.routes.count)
    }

    /// The store's number of a word.
    mutating func term(_ number: UInt32, _ vocabulary: FigureVocabulary) throws(StoreError) -> Int64 {
        if number <= TermTable.unknown { return Int64(number) }
        let known = terms[Int(number)]
        if known != 0 { return known }
        let bytes = vocabulary.terms.bytes(number)
        let found = try term(bytes.span)
        terms[Int(number)] = found
        return found
    }

    /// The store's number of a word, given now when it is new.
    func term(_ text: Span<UInt8>) throws(StoreError) -> Int64 {
        if let found = try Self.find(text, in: database, during: .commit) { return found }
        let insert = try database.statement("INSERT INTO term (text) VALUES (?) RETURNING id", during: .commit)
        insert.bind(1, text)
        return try Self.onlyInteger(insert) ?? 0
    }

    /// The store's number of a placement, given now when it is new.
    mutating func placement(_ number: UInt32, _ vocabulary: FigureVocabulary) throws(StoreError) -> Int64 {
        let known = placements[Int(number)]
        if known != 0 { return known }
        let placement = vocabulary.placements[number]
        let words = [placement.section, placement.experience, placement.version, placement.variation]
        var values: [Int64] = []
        for word in words { values.append(try term(word, vocabulary)) }
        let found = try self.placement(node: Int64(bitPattern: placement.node), words: values)
        placements[Int(number)] = found
        return found
    }

    /// The store's number of a placement, given now when it is new.
    ///
    /// - Parameter words: section, experience, version and variation.
    func placement(node: Int64, words: [Int64]) throws(StoreError) -> Int64 {
        var values = words
        values.insert(node, at: 1)
        return try row(
            values,
            find: """
                SELECT id FROM placement WHERE section=? AND node=? AND experience=? AND version=? AND variation=?
                """,
            insert: """
                INSERT INTO placement (section, node, experience, version, variation) VALUES (?,?,?,?,?) RETURNING id
                """)
    }

    /// The store's number of a route, given now when it is new.
    mutating func route(_ number: UInt32, _ vocabulary: FigureVocabulary) throws(StoreError) -> Int64 {
        let known = routes[Int(number)]
        if known != 0 { return known }
        let route = vocabulary.routes[number]
        let found = try row(
            [try term(route.mech, vocabulary), try term(route.smech, vocabulary)],
            find: "SELECT id FROM route WHERE mech=? AND smech=?",
            insert: "INSERT INTO route (mech, smech) VALUES (?,?) RETURNING id")
        routes[Int(number)] = found
        return found
    }

    /// The store's number of a leaf, given now when it is new.
    func leaf(placement: Int64, dayNumber: Int32, kind: UInt8, link: Int64) throws(StoreError) -> Int64 {
        try row(
            [placement, Int64(dayNumber), Int64(kind), link],
            find: "SELECT id FROM leaf WHERE placement=? AND day=? AND kind=? AND link=?",
            insert: "INSERT INTO leaf (placement, day, kind, link) VALUES (?,?,?,?) RETURNING id")
    }

    /// The store's number of a word that it has; nil when it has not.
    static func find(
        _ text: Span<UInt8>, in database: SQLiteDatabase, during operation: StoreError.Operation
    ) throws(StoreError) -> Int64? {
        let find = try database.statement("SELECT id FROM term WHERE text=?", during: operation)
        find.bind(1, text)
        return try onlyInteger(find)
    }

    /// The same of a word that is at hand as a text.
    static func find(
        _ text: String, in database: SQLiteDatabase, during operation: StoreError.Operation
    ) throws(StoreError) -> Int64? {
        let bytes = Array(text.utf8)
        return try find(bytes.span, in: database, during: operation)
    }

    private func row(_ values: [Int64], find: String, insert: String) throws(StoreError) -> Int64 {
        for sql in [find, insert] {
            let statement = try database.statement(sql, during: .commit)
            for (index, value) in values.enumerated() { statement.bind(Int32(index) + 1, value) }
            if let number = try Self.onlyInteger(statement) { return number }
        }
        return 0
    }

    private static func onlyInteger(_ statement: SQLiteStatement) throws(StoreError) -> Int64? {
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let number = statement.integer(0)
        // INSERT ... RETURNING takes effect when it is stepped to its end.
        while try statement.step() {}
        return number
    }

    private static func extend(_ numbers: inout [Int64], to count: Int) {
        if numbers.count < count { numbers.append(contentsOf: repeatElement(0, count: count - numbers.count)) }
    }
}
