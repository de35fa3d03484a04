import Bytes
import LinuxSystem

/// Removes the sets of sealed months from a store, and everybody who stands in no set any more, a bounded step at a
/// time, so that nothing of them is left in its files.
///
/// **Problem.** The hash of a pseudonym is as good as the pseudonym. It stands in the dictionary (`person`), in pages
/// that are free again, and in the log.
///
/// **Shape.** The sets of sealed days go with their leaves. Then all sets that are left are read. Who stands in none of
/// them, nor was put into one meanwhile, becomes a hole in the dictionary: in the store first, and when that is
/// committed in the aggregator's memory. A number is never given again. SQLite writes zeros over what it deletes
/// (`PRAGMA secure_delete`). At the end the log is brought into the file and cut, and a file that older versions have
/// written to, which overwrote nothing, is written anew as a whole (`VACUUM`), once.
///
/// **Guarantees.** No answer uses the sets of a sealed day, so each step may be the last; the next process begins again
/// and finds less to do.
final class PeopleRemoval {
    private enum Stage {
        case leaves
        case reading(behind: Int64)
        case people(behind: Int64)
        case files
    }

    /// What a step came to.
    enum Outcome {
        case more
        /// Somebody reads the store, so that its log can't be cut now.
        case inTheWay
        case done
    }

    /// Whoever closes the store lets go of this too: its file may have been taken away.
    private unowned let store: SQLiteCampaignStore
    private var database: SQLiteDatabase { store.database }
    private var stage = Stage.leaves
    /// Placements whose leaves are looked for, and up to which day.
    private var placements: [(id: Int64, through: Int64)] = []
    private var living: [Int64: PersonNumbers] = [:]

    /// Sets that are read between two looks at the clock.
    private static let setsPerPiece = 256

    init(_ store: SQLiteCampaignStore) throws(StoreError) {
        self.store = store
        let read = try database.statement(
            """
            SELECT p.id, m.through FROM (SELECT section, max(last_day) AS through FROM people_month WHERE stage=2
                GROUP BY section) m CROSS JOIN placement p ON p.section=m.section
            """, during: .read)
        defer { read.reset() }
        while try read.step() { placements.append((read.integer(0), read.integer(1))) }
    }

    /// Goes on until a moment of the monotonic clock.
    func step(untilNanoseconds deadline: UInt64) throws(StoreError) -> Outcome {
        switch stage {
        case .leaves:
            try database.writeTransaction(during: .commit) { () throws(StoreError) in
                repeat {
                    try removeLeaves()
                } while !placements.isEmpty
                    && SystemClock.monotonicNanoseconds() < deadline
            }
            if placements.isEmpty {
                store.people.beginArrivals()
                stage = .reading(behind: .min)
            }
        case .reading(var last):
            repeat {
                guard let next = try readSets("members", behind: last) else {
                    // Sets of open windows are written anew with each commit: those that come now are arrivals.
                    var open: Int64? = .min
                    while let behind = open { open = try readSets("members_open", behind: behind) }
                    stage = .people(behind: .min)
                    return .more
                }
                last = next
            } while SystemClock.monotonicNanoseconds() < deadline
            stage = .reading(behind: last)
        case .people(var last):
            repeat {
                guard let next = try removePeople(behind: last) else {
                    store.people.endArrivals()
                    living.removeAll()
                    stage = .files
                    return .more
                }
                last = next
            } while SystemClock.monotonicNanoseconds() < deadline
            stage = .people(behind: last)
        case .files:
            return try cleanFiles() ? .done : .inTheWay
        }
        return .more
    }

    // MARK: Sets

    private func removeLeaves() throws(StoreError) {
        guard let placement = placements.last else { return }
        let read = try database.statement(
            "SELECT id FROM leaf WHERE placement=? AND day<=? LIMIT \(Self.setsPerPiece)", during: .commit)
        read.bind(1, placement.id).bind(2, placement.through)
        var leaves: [Int64] = []
        do {
            defer { read.reset() }
            while try read.step() { leaves.append(read.integer(0)) }
        }
        let sets = try database.statement(
            "DELETE FROM members WHERE id BETWEEN ?1 << 17 AND ?1 << 17 | 131071", during: .commit)
        let leaf = try database.statement("DELETE FROM leaf WHERE id=?", during: .commit)
        for id in leaves {
            try sets.bind(1, id).run()
            try leaf.bind(1, id).run()
        }
        if leaves.count < Self.setsPerPiece { placements.removeLast() }
    }

    /// Reads who stands in some sets.
    ///
    /// - Returns: the number of the last one; nil when there is none.
    private func readSets(_ table: String, behind: Int64) throws(StoreError) -> Int64? {
        let read = try database.statement(
            """
            SELECT m.id, p.section, m.members FROM \(table) m CROSS JOIN leaf l ON l.id=m.id >> 17
            CROSS JOIN placement p ON p.id=l.placement WHERE m.id > ? ORDER BY m.id LIMIT \(Self.setsPerPiece)
            """, during: .read)
        defer { read.reset() }
        read.bind(1, behind)
        var last: Int64?
        while try read.step() {
            let (id, section) = (read.integer(0), read.integer(1))
            let isRead = read.withBlob(2) {
                living[section, default: PersonNumbers()].add(encoded: $0, key: UInt16(truncatingIfNeeded: id))
            }
            guard isRead else { throw .damaged(file: database.file, what: "a set of people") }
            last = id
        }
        return last
    }

    // MARK: People

    /// Makes holes of those who stand in no set, in one stored chunk of people.
    ///
    /// - Returns: the number of the chunk; nil when there is none.
    private func removePeople(behind: Int64) throws(StoreError) -> Int64? {
        var found: Int64?
        var gone: [(hash: UInt64, number: UInt32)] = []
        var section: Int64 = 0
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            let read = try database.statement(
                "SELECT id, hashes FROM person WHERE id > ? ORDER BY id LIMIT 1", during: .commit)
            var hashes: [UInt64] = []
            do {
                defer { read.reset() }
                guard try read.bind(1, behind).step() else { return }
                found = read.integer(0)
                hashes = read.withBlob(1) { integers(ofLittleEndian: $0) }
            }
            guard let id = found else { return }
            section = id >> 20
            gone = holes(in: &hashes, firstNumber: Int(id & 0xF_FFFF) * PersonDictionary.chunkCount, section)
            guard !gone.isEmpty else { return }
            // The last chunk tells how many numbers were given.
            let last = try database.statement("SELECT max(id) FROM person WHERE id < ?", during: .commit)
            let isLast = try last.bind(1, (section + 1) << 20).step() && last.integer(0) == id
            last.reset()
            if !isLast, hashes.allSatisfy({ $0 == PersonDictionary.hole }) {
                try database.statement("DELETE FROM person WHERE id=?", during: .commit).bind(1, id).run()
            } else {
                let bytes = littleEndianBytes(of: hashes[...])
                try database.statement("UPDATE person SET hashes=?2 WHERE id=?1", during: .commit)
                    .bind(1, id).bind(2, bytes.span).run()
            }
        }
        store.people.forget(gone, ofSection: section)
        return found
    }

    private func holes(
        in hashes: inout [UInt64], firstNumber: Int, _ section: Int64
    ) -> [(hash: UInt64, number: UInt32)] {
        let living = living[section] ?? PersonNumbers()
        let arrived = store.people.arrived(inSection: section)
        var gone: [(hash: UInt64, number: UInt32)] = []
        for index in hashes.indices where hashes[index] != PersonDictionary.hole {
            let number = UInt32(truncatingIfNeeded: firstNumber + index)
            if living.contains(number) || arrived.contains(number) { continue }
            gone.append((hashes[index], number))
            hashes[index] = PersonDictionary.hole
        }
        return gone
    }

    // MARK: Files

    /// - Returns: false when somebody reads the store.
    private func cleanFiles() throws(StoreError) -> Bool {
        if try !SQLitePeopleState.clean.holds(in: database) {
            // What is written beside may be as large as the file, and belongs on a disk.
            try database.execute("PRAGMA temp_store=FILE; VACUUM; PRAGMA temp_store=MEMORY", during: .commit)
            try database.execute(SQLitePeopleState.clean.settingSQL, during: .commit)
        }
        guard try database.number("PRAGMA wal_checkpoint(TRUNCATE)", during: .checkpoint) == 0 else { return false }
        try database.execute(SQLitePeopleState.removal.endingSQL, during: .commit)
        return true
    }
}
