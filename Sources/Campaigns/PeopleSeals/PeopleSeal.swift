import Journal

/// One moment at which months of people were sealed: what was counted then is in the sealed counts, and what is counted
/// later is not, even where it belongs to such a month.
package struct PeopleSeal: Equatable, Sendable {
    /// Seals are numbered from 1, in their order.
    let number: Int64
    /// Below these sequences records were counted when the seal was begun; none of other shards, and of shards that had
    /// expired by then none is left to be read.
    var nextSequences: [ShardIdentity: UInt64] = [:]
}

/// The months of people that a store has sealed, or is about to.
struct SealedMonths {
    /// One calendar month of a section. Days are days since 1970-01-01 by the section's clock.
    struct Month: Equatable {
        let firstDay: Int32
        let lastDay: Int32
        /// Its counts begin in it and reach to this day at the most.
        let reachDay: Int32
        /// The number of the seal.
        let seal: Int64
        /// False while its counts are made.
        let isSealed: Bool

        func contains(_ day: Int32) -> Bool { day >= firstDay && day <= lastDay }
    }

    /// By the section's word, the first month first.
    private(set) var sections: [Int64: [Month]] = [:]

    init(_ database: SQLiteDatabase) throws(StoreError) {
        guard try SQLiteSchema.holdsPeopleSeals(database) else { return }
        let read = try database.statement(
            "SELECT section, first_day, last_day, reach_day, seal, stage FROM people_month ORDER BY section, first_day",
            during: .read)
        defer { read.reset() }
        while try read.step() {
            sections[read.integer(0), default: []].append(
                Month(
                    firstDay: Int32(clamping: read.integer(1)), lastDay: Int32(clamping: read.integer(2)),
                    reachDay: Int32(clamping: read.integer(3)), seal: read.integer(4), isSealed: read.integer(5) == 2))
        }
    }

    /// The last day of a section whose people are counts; nil where none is. No set of an earlier day is left, or meant
    /// to be.
    func sealedThrough(section: Int64) -> Int32? {
        sections[section]?.last(where: \.isSealed)?.lastDay
    }

    /// True when people of a leaf came too late for a count that covers their day.
    ///
    /// - Parameter sealsBefore: how many seals had been begun when they were not counted yet.
    func isLate(section: Int64, day: Int32, sealsBefore: UInt16) -> Bool {
        guard sealsBefore > 0, let months = sections[section] else { return false }
        let came = Int64(sealsBefore)
        if let through = sealedThrough(section: section), day <= through {
            // A month without a row had nobody when the months behind it were sealed.
            return months.first { $0.contains(day) }.map { $0.seal <= came } ?? true
        }
        return months.contains { day >= $0.firstDay && day <= $0.reachDay && $0.seal <= came }
    }
}

/// How far a store is with sealing, in its table `state`.
enum SQLitePeopleState: String {
    /// Nothing that was deleted before this version is left in the file.
    case clean = "peopleClean"
    /// Sets, people or their traces are to be removed still.
    case removal = "peopleRemoval"

    /// Sets it.
    var settingSQL: String { "INSERT OR REPLACE INTO state VALUES ('\(rawValue)', 1)" }
    /// Takes it back.
    var endingSQL: String { "DELETE FROM state WHERE key='\(rawValue)'" }

    func holds(in database: SQLiteDatabase) throws(StoreError) -> Bool {
        try database.number("SELECT count(*) FROM state WHERE key='\(rawValue)'", during: .read) > 0
    }
}
