package import Bytes
package import TrackingLinks

/// A set of people that somebody is counted in: those of one day, one kind and one link of a campaign.
package struct Membership: Hashable, Sendable {
    /// The section's day.
    package var day: CivilDate
    /// Clicks or opens.
    package var kind: TrackingResource
    /// The campaign; `(other)`, as in the two after it, where a day had too many.
    package var expId: String
    /// The campaign's version.
    package var expVer: String
    /// The variation.
    package var va: String
    /// The link's word; empty for opens.
    package var link: String
    /// True among those with an event of a person or a proxy, false among those with an event of another class.
    package var isEngaged: Bool
}

extension SQLiteCampaignStore {
    /// The sets of a section that somebody is a member of: for whoever asks what is held of a person whose events have
    /// expired, or how much forgetting changes.
    ///
    /// O(people and sets of the section).
    ///
    /// - Parameter hashes: what the person is known by, one hash for each pseudonym.
    package func memberships(of hashes: Set<UInt64>, section: String) throws(StoreError) -> Set<Membership> {
        try database.readTransaction { () throws(StoreError) in
            try SQLiteMemberships(database: database).read(hashes, section)
        }
    }
}

/// One person's sets, read on one connection in a read transaction.
private struct SQLiteMemberships {
    let database: SQLiteDatabase

    func read(_ hashes: Set<UInt64>, _ section: String) throws(StoreError) -> Set<Membership> {
        guard let word = try SQLiteNumbering.find(section, in: database, during: .read) else { return [] }
        var memberships: Set<Membership> = []
        for number in try numbers(of: Set(hashes.map(PersonDictionary.known)), section: word) {
            for table in ["members", "members_open"] { try add(number, word, table, to: &memberships) }
        }
        return memberships
    }

    private func numbers(of hashes: Set<UInt64>, section: Int64) throws(StoreError) -> [UInt32] {
        let read = try database.statement(
            "SELECT id & 1048575, hashes FROM person WHERE id >= ? AND id < ?", during: .read)
        defer { read.reset() }
        read.bind(1, section << 20).bind(2, (section + 1) << 20)
        var numbers: [UInt32] = []
        while try read.step() {
            let first = Int(read.integer(0)) * PersonDictionary.chunkCount
            read.withBlob(1) { bytes in
                for place in 0..<bytes.count / 8
                where hashes.contains(bytes.littleEndian(UInt64.self, at: 8 * place)) {
                    numbers.append(UInt32(truncatingIfNeeded: first + place))
                }
            }
        }
        return numbers
    }

    /// Adds the sets of a table that hold a number.
    private func add(
        _ number: UInt32, _ section: Int64, _ table: String, to memberships: inout Set<Membership>
    ) throws(StoreError) {
        let read = try database.statement(
            """
            SELECT m.id, m.members, r.day, r.kind, e.text, v.text, a.text, l.text FROM placement p
            CROSS JOIN leaf r ON r.placement=p.id
            CROSS JOIN \(table) m ON m.id IN (r.id << 17 | ?2, r.id << 17 | 65536 | ?2)
            LEFT JOIN term e ON e.id=p.experience LEFT JOIN term v ON v.id=p.version
            LEFT JOIN term a ON a.id=p.variation LEFT JOIN term l ON l.id=r.link
            WHERE p.section=?1
            """, during: .read)
        defer { read.reset() }
        read.bind(1, section).bind(2, Int64(number >> 16))
        while try read.step() {
            guard
                try SQLitePeople.container(read, column: 1, file: database.file)
                    .contains(UInt16(truncatingIfNeeded: number))
            else { continue }
            guard let day = CivilDate(storedDay: read.integer(2)),
                let kind = UInt8(exactly: read.integer(3)).flatMap(TrackingResource.init)
            else { throw .damaged(file: database.file, what: "a set of people's day or kind") }
            memberships.insert(
                Membership(
                    day: day, kind: kind, expId: read.text(4), expVer: read.text(5), va: read.text(6),
                    link: read.text(7), isEngaged: read.integer(0) >> 16 & 1 == 0))
        }
    }
}

extension CivilDate {
    /// A day as stores have it; nil for what is none.
    fileprivate init?(storedDay: Int64) {
        guard let day = Int(exactly: storedDay), abs(day) < 4_000_000 else { return nil }
        self.init(dayNumber: day)
    }
}
