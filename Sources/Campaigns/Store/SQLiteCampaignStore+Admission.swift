import Bytes

// What limits ask of closed figures: the keys, hosts and people that a scope has.

extension SQLiteCampaignStore {
    /// The keys of closed figures. O(keys of the scope).
    package func admittedKeys(in scope: AdmissionScope) throws(StoreError) -> AdmittedKeys {
        guard let section = try number(of: scope.section) else { return AdmittedKeys() }
        var admitted = AdmittedKeys()
        let none = Int64(TermTable.none)
        let other = Int64(TermTable.other)
        let keys = try database.statement(
            """
            SELECT DISTINCT p.experience, p.version, p.variation, r.mech, r.smech, u.link
            FROM placement p JOIN rollup u ON u.placement = p.id JOIN route r ON r.id = u.route
            WHERE p.section = ? AND p.node = ? AND u.day = ?
            """, during: .read)
        keys.bind(1, section).bind(2, bits: scope.node).bind(3, Int64(scope.dayNumber))
        var rows: [[Int64]] = []
        while try keys.step() { rows.append((0..<6).map { keys.integer($0) }) }
        keys.reset()
        for row in rows where !row.allSatisfy({ $0 == other || $0 == none }) {
            admitted.keys.insert(try row.map { word throws(StoreError) in try text(of: word) })
        }
        let hosts = try database.statement(
            """
            SELECT DISTINCT p.experience, p.version, p.variation, t.host
            FROM placement p JOIN trait_count u ON u.placement = p.id JOIN traits t ON t.id = u.traits
            WHERE p.section = ? AND p.node = ? AND u.day = ? AND t.host NOT IN (0, 2)
            """, during: .read)
        hosts.bind(1, section).bind(2, bits: scope.node).bind(3, Int64(scope.dayNumber))
        rows = []
        while try hosts.step() { rows.append((0..<4).map { hosts.integer($0) }) }
        hosts.reset()
        for row in rows { admitted.hosts.insert(try row.map { word throws(StoreError) in try text(of: word) }) }
        return admitted
    }

    /// Distinct people of closed figures. O(their containers).
    package func peopleCount(in scope: AdmissionScope) throws(StoreError) -> Int {
        try everyone(in: scope)?.people.count ?? 0
    }

    /// Those of the people who stand in closed figures.
    package func knownPeople(among hashes: Set<UInt64>, in scope: AdmissionScope) throws(StoreError) -> Set<UInt64> {
        guard let (section, everyone) = try everyone(in: scope) else { return [] }
        let dictionary = try people.dictionary(of: section)
        return hashes.filter { hash in dictionary.number(of: hash).map { everyone.contains($0) } ?? false }
    }

    /// Everybody in closed figures of a scope, by their numbers; nil for a section that the store does not know.
    private func everyone(in scope: AdmissionScope) throws(StoreError) -> (section: Int64, people: PersonSet)? {
        guard let section = try number(of: scope.section) else { return nil }
        let select = try database.statement(
            """
            SELECT l.id FROM placement p JOIN leaf l ON l.placement = p.id
            WHERE p.section = ? AND p.node = ? AND l.day = ?
            """, during: .read)
        select.bind(1, section).bind(2, bits: scope.node).bind(3, Int64(scope.dayNumber))
        var leaves: [Int64] = []
        while try select.step() { leaves.append(select.integer(0)) }
        select.reset()
        var everyone = PersonSet()
        var others = PersonSet()
        for leaf in leaves { try people.unite(leaf: leaf, suffix: "", people: &everyone, others: &others) }
        everyone.formUnion(others)
        return (section, everyone)
    }

    /// The number of a section's word, or nil when no event of it is stored.
    func number(of section: [UInt8]) throws(StoreError) -> Int64? {
        let fixed = ["", "(other)", "(unknown)"].map { Array($0.utf8) }
        if let index = fixed.firstIndex(of: section) { return Int64(index + 1) }
        let select = try database.statement("SELECT id FROM term WHERE text = ? AND id > 0", during: .read)
        select.bind(1, section.span)
        defer { select.reset() }
        return try select.step() ? select.integer(0) : nil
    }

    /// The text of a word; nil for no word.
    func text(of word: Int64) throws(StoreError) -> [UInt8]? {
        if word == Int64(TermTable.none) { return nil }
        let select = try database.statement("SELECT text FROM term WHERE id = ?", during: .read)
        select.bind(1, word)
        defer { select.reset() }
        guard try select.step() else { throw .damaged(file: database.file, what: "word \(word) has no text") }
        return select.withBlob(0) { $0.toArray() }
    }
}
