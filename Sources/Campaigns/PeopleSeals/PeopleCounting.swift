import LinuxSystem

/// Makes the counts of months that are to be sealed, a bounded step at a time.
///
/// **Problem.** Unique people don't add up, so what is to be answered when the sets are gone has to be counted while
/// they are there: for each day, for the month, and for the month together with later ones, because a campaign does not
/// end with its month, and a year is asked for as a whole.
///
/// **Shape.** `begin` writes down which months are sealed, to where their counts reach, and how far each shard was
/// counted; from then on whoever comes late is noted. Steps walk through the sets, the section as a whole first, then
/// each experience of the month, day by day and month by month, and write what each group comes to. The last step says
/// in one transaction that the counts take the place of the sets.
///
/// **Guarantees.** Until that transaction the sets answer, and the counts are no part of any answer. After a process
/// that died before, the next one begins again.
final class PeopleCounting {
    /// A calendar month of a section.
    struct Month: Equatable {
        /// The section's word.
        let section: Int64
        let month: CalendarMonth
        /// The last month that counts reach into.
        let reach: CalendarMonth
    }

    private struct Placement {
        let id: Int64
        let experience: Int64
        let version: Int64
        let variation: Int64
    }

    private struct Leaf {
        let id: Int64
        let day: Int32
        let kind: Int64
        let link: Int64
        let placement: Int
    }

    private struct Row {
        let group: PeopleGroup
        let section: Int64
        let firstDay: Int32
        let lastDay: Int32
        let counts: PeopleCounts
    }

    /// Whoever closes the store lets go of this too: its file may have been taken away.
    private unowned let database: SQLiteDatabase
    private let months: [Month]
    private let seal: Int64
    /// The months that are left, the present one first.
    private var left: ArraySlice<Month>
    private var placements: [Placement] = []
    /// Experiences of the month whose turn has not come; nil before the section itself is done.
    private var experiences: [Int64]?
    /// Of whom is counted now: placements by their places.
    private var unit: [Int] = []
    private var groupings: [PeopleGrouping] = []
    /// The month that is read now.
    private var reading: CalendarMonth?
    private var leaves: ArraySlice<Leaf> = []
    private var day: [PeopleGroup: PeopleCrowd] = [:]
    private var range: [PeopleGroup: PeopleCrowd] = [:]
    /// On how many days of the present month a group had people.
    private var days: [PeopleGroup: Int] = [:]
    private var rows: [Row] = []

    /// Months that a count reaches over at the most.
    static let reachMonthsMax = 24

    /// Begins to seal months, and takes back what an earlier process had begun.
    init(_ months: [Month], in database: SQLiteDatabase, nowNanoseconds: UInt64) throws(StoreError) {
        self.database = database
        self.months = months
        left = months[...]
        seal = try database.writeTransaction(during: .commit) { () throws(StoreError) in
            try Self.takeBack(database)
            let seal = try database.number("SELECT ifnull(max(id), 0) + 1 FROM people_seal", during: .commit)
            let insert = try database.statement("INSERT INTO people_seal VALUES (?,?)", during: .commit)
            try insert.bind(1, seal).bind(2, bits: nowNanoseconds).run()
            // What has expired is read by nobody again.
            let positions = try database.statement(
                """
                INSERT INTO people_seal_position SELECT ?, node, epoch, shard, next_sequence FROM checkpoint
                WHERE counted > 0 OR pending > 0
                """, during: .commit)
            try positions.bind(1, seal).run()
            let month = try database.statement("INSERT INTO people_month VALUES (?,?,?,?,?,1)", during: .commit)
            for one in months {
                month.bind(1, one.section).bind(2, Int64(one.month.firstDay)).bind(3, Int64(one.month.lastDay))
                try month.bind(4, Int64(one.reach.lastDay)).bind(5, seal).run()
            }
            return seal
        }
    }

    /// Forgets counts that were not finished. Whoever came late for them is in those that are made next.
    private static func takeBack(_ database: SQLiteDatabase) throws(StoreError) {
        try database.execute(
            """
            DELETE FROM people_count WHERE EXISTS (SELECT 1 FROM people_month m WHERE m.section=people_count.section
                AND m.stage=1 AND people_count.first_day BETWEEN m.first_day AND m.last_day);
            UPDATE people_late SET seals=(SELECT min(seal) - 1 FROM people_month WHERE stage=1)
                WHERE seals >= (SELECT min(seal) FROM people_month WHERE stage=1);
            DELETE FROM people_seal_position WHERE seal IN (SELECT seal FROM people_month WHERE stage=1);
            DELETE FROM people_seal WHERE id IN (SELECT seal FROM people_month WHERE stage=1);
            DELETE FROM people_month WHERE stage=1
            """, during: .commit)
    }

    /// Counts on until a moment of the monotonic clock.
    ///
    /// - Returns: false when the months are sealed.
    func step(untilNanoseconds deadline: UInt64) throws(StoreError) -> Bool {
        repeat { try goOn() } while !left.isEmpty && SystemClock.monotonicNanoseconds() < deadline
        try database.writeTransaction(during: .commit) { () throws(StoreError) in
            try write()
            guard left.isEmpty else { return }
            let finish = try database.statement("UPDATE people_month SET stage=2 WHERE seal=?", during: .commit)
            try finish.bind(1, seal).run()
            try database.execute(SQLitePeopleState.removal.settingSQL, during: .commit)
        }
        rows.removeAll()
        return !left.isEmpty
    }

    // MARK: The walk

    private func goOn() throws(StoreError) {
        guard let current = left.first else { return }
        if let leaf = leaves.popFirst() {
            try take(leaf, current)
            if leaves.first?.day != leaf.day { endDay(leaf.day, current) }
            if leaves.isEmpty { endMonth(current) }
            return
        }
        if let month = reading, month < current.reach {
            let next = month.advanced(by: 1)
            reading = next
            // The links of a section are counted within the month alone: one that every mail has would keep all people.
            if groupings.contains(.link) {
                groupings.removeAll { $0 == .link }
                range = range.filter { $0.key.grouping != .link }
            }
            leaves = try readLeaves(of: next)[...]
            return
        }
        try beginUnit(current)
    }

    /// Goes on with the next experience, or the next month's section.
    private func beginUnit(_ current: Month) throws(StoreError) {
        range.removeAll()
        if var rest = experiences {
            guard let experience = rest.popLast() else {
                experiences = nil
                reading = nil
                left.removeFirst()
                return
            }
            experiences = rest
            unit = placements.indices.filter { placements[$0].experience == experience }
            groupings = PeopleGrouping.ofExperiences
        } else {
            placements = try readPlacements(of: current.section)
            unit = Array(placements.indices)
            groupings = PeopleGrouping.ofSections
        }
        let found = try readLeaves(of: current.month)
        if experiences == nil { experiences = Array(Set(found.map { placements[$0.placement].experience })) }
        reading = current.month
        leaves = found[...]
    }

    private func take(_ leaf: Leaf, _ current: Month) throws(StoreError) {
        let place = placements[leaf.placement]
        let isOwn = reading == current.month
        let groups = groupings.map {
            PeopleGroup(
                $0, kind: leaf.kind, experience: place.experience, version: place.version, variation: place.variation,
                link: leaf.link)
        }
        // A count begins with a month that its group has somebody in.
        .filter { isOwn || range[$0] != nil }
        guard !groups.isEmpty else { return }
        let read = try database.statement(
            "SELECT id, members FROM members WHERE id BETWEEN ?1 << 17 AND ?1 << 17 | 131071", during: .read)
        defer { read.reset() }
        read.bind(1, leaf.id)
        while try read.step() {
            let id = read.integer(0)
            let isRead = read.withBlob(1) { bytes in
                groups.allSatisfy { group in
                    days[group] = days[group] ?? 0
                    return (!isOwn || day[group, default: PeopleCrowd()].add(encoded: bytes, id: id))
                        && range[group, default: PeopleCrowd()].add(encoded: bytes, id: id)
                }
            }
            guard isRead else { throw .damaged(file: database.file, what: "a set of people") }
        }
    }

    private func endDay(_ number: Int32, _ current: Month) {
        for (group, crowd) in day {
            days[group, default: 0] += 1
            rows.append(
                Row(
                    group: group, section: current.section, firstDay: number, lastDay: number, counts: crowd.counts))
        }
        day.removeAll()
    }

    private func endMonth(_ current: Month) {
        guard let month = reading else { return }
        for (group, count) in days {
            // A group's only day in its first month is its month.
            guard month != current.month || count > 1, let crowd = range[group] else { continue }
            rows.append(
                Row(
                    group: group, section: current.section, firstDay: current.month.firstDay, lastDay: month.lastDay,
                    counts: crowd.counts))
        }
        days.removeAll()
    }

    // MARK: The store

    private func readPlacements(of section: Int64) throws(StoreError) -> [Placement] {
        let read = try database.statement(
            "SELECT id, experience, version, variation FROM placement WHERE section=?", during: .read)
        defer { read.reset() }
        read.bind(1, section)
        var placements: [Placement] = []
        while try read.step() {
            placements.append(
                Placement(
                    id: read.integer(0), experience: read.integer(1), version: read.integer(2),
                    variation: read.integer(3)))
        }
        return placements
    }

    private func readLeaves(of month: CalendarMonth) throws(StoreError) -> [Leaf] {
        let read = try database.statement(
            "SELECT id, day, kind, link FROM leaf WHERE placement=? AND day BETWEEN ? AND ?", during: .read)
        var leaves: [Leaf] = []
        for place in unit {
            defer { read.reset() }
            read.bind(1, placements[place].id).bind(2, Int64(month.firstDay)).bind(3, Int64(month.lastDay))
            while try read.step() {
                leaves.append(
                    Leaf(
                        id: read.integer(0), day: Int32(clamping: read.integer(1)), kind: read.integer(2),
                        link: read.integer(3), placement: place))
            }
        }
        return leaves.sorted { ($0.day, $0.id) < ($1.day, $1.id) }
    }

    private func write() throws(StoreError) {
        let insert = try database.statement(
            "INSERT OR REPLACE INTO people_count VALUES (?,?,?,?,?,?,?,?,?,?,?)", during: .commit)
        for row in rows {
            insert.bind(1, row.section).bind(2, Int64(row.group.grouping.rawValue)).bind(3, Int64(row.firstDay))
            insert.bind(4, Int64(row.lastDay)).bind(5, row.group.kind).bind(6, row.group.experience)
            insert.bind(7, row.group.version).bind(8, row.group.variation).bind(9, row.group.link)
            try insert.bind(10, bits: row.counts.people).bind(11, bits: row.counts.unique).run()
        }
    }
}
