import Bytes

extension SQLiteCampaignStore {
    /// The keys of closed figures. O(keys of the scope).
    package func admittedKeys(in scope: AdmissionScope) throws(StoreError) -> AdmittedKeys {
        var admitted = AdmittedKeys()
        guard let section = try SQLiteNumbering.find(scope.section.span, in: database, during: .read) else {
            return admitted
        }
        let keys = try database.statement(
            """
            SELECT DISTINCT p.experience, p.version, p.variation, w.mech, w.smech, r.link
            FROM placement p CROSS JOIN rollup r ON r.placement=p.id AND r.day=?3 JOIN route w ON w.id=r.route
            WHERE p.section=?1 AND p.node=?2
            """, during: .read)
        let other = Int64(TermTable.other)
        for key in try rows(keys, scope, section: section, columns: 6) {
            // The key that takes up all others is not one of those that a limit counts.
            if key.allSatisfy({ $0 == other || $0 == Int64(TermTable.none) }) { continue }
            admitted.keys.insert(try texts(key))
        }
        let hosts = try database.statement(
            """
            SELECT DISTINCT p.experience, p.version, p.variation, f.value
            FROM placement p CROSS JOIN facet f
                ON f.placement=p.id AND f.facet=\(StoredFacet.host.rawValue) AND f.day=?3
            WHERE p.section=?1 AND p.node=?2
            """, during: .read)
        for key in try rows(hosts, scope, section: section, columns: 4) {
            if key.last == other || key.last == Int64(TermTable.none) { continue }
            admitted.hosts.insert(try texts(key))
        }
        return admitted
    }

    /// Distinct people of closed figures. O(their containers).
    package func peopleCount(in scope: AdmissionScope) throws(StoreError) -> Int {
        try everyone(in: scope)?.people.count ?? 0
    }

    /// Those of the people who stand in closed figures.
    package func knownPeople(
        among hashes: Set<UInt64>, in scope: AdmissionScope
    ) throws(StoreError) -> Set<UInt64> {
        guard let everyone = try everyone(in: scope) else { return [] }
        let dictionary = try people.dictionary(ofSection: everyone.section)
        return hashes.filter { hash in dictionary.number(of: hash).map { everyone.people.contains($0) } ?? false }
    }

    /// All people of a scope; nil when the store has never heard of its section.
    private func everyone(in scope: AdmissionScope) throws(StoreError) -> (section: Int64, people: PersonSet)? {
        guard let section = try SQLiteNumbering.find(scope.section.span, in: database, during: .read) else {
            return nil
        }
        // Nobody of a sealed day is known any more.
        let months = try SealedMonths(database)
        if let through = months.sealedThrough(section: section), scope.dayNumber <= through { return nil }
        let read = try database.statement(
            """
            SELECT m.id & 65535, m.members FROM placement p CROSS JOIN leaf l ON l.placement=p.id AND l.day=?3
            CROSS JOIN members m ON m.id BETWEEN l.id << 17 AND l.id << 17 | 131071
            WHERE p.section=?1 AND p.node=?2
            """, during: .read)
        defer { read.reset() }
        read.bind(1, section).bind(2, bits: scope.node).bind(3, Int64(scope.dayNumber))
        var everyone = PersonSet()
        while try read.step() {
            let container = try SQLitePeople.container(read, column: 1, file: database.file)
            everyone.formUnion(container: container, key: UInt16(truncatingIfNeeded: read.integer(0)))
        }
        return (section, everyone)
    }

    private func rows(
        _ read: SQLiteStatement, _ scope: AdmissionScope, section: Int64, columns: Int32
    ) throws(StoreError) -> [[Int64]] {
        defer { read.reset() }
        read.bind(1, section).bind(2, bits: scope.node).bind(3, Int64(scope.dayNumber))
        var rows: [[Int64]] = []
        while try read.step() { rows.append((0..<columns).map { read.integer($0) }) }
        return rows
    }

    private func texts(_ words: [Int64]) throws(StoreError) -> [[UInt8]?] {
        let read = try database.statement("SELECT text FROM term WHERE id=?", during: .read)
        var texts: [[UInt8]?] = []
        for word in words {
            defer { read.reset() }
            let isThere = try read.bind(1, word).step()
            texts.append(isThere ? read.withBlob(0) { $0.toArray() } : nil)
        }
        return texts
    }
}
