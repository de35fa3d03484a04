import Bytes
import LinuxSystem

/// Seals the people of months that are older than they may be kept: on the aggregator's thread, a bounded step at a
/// time.
///
/// A month of a section is sealed when all of it is older than the retention, by the section's clock; months are sealed
/// in their order. The time that counts is the one up to which windows are closed, so that what a count reaches over is
/// counted.
package final class PeopleSealing {
    /// What a step came to.
    package struct Step: Equatable, Sendable {
        /// There is more to do at once.
        package var hasMore = false
        /// A seal was begun: whoever counts into the store has to be told.
        package var hasBegun = false
        /// How many months of sections were sealed with this step.
        package var sealedMonths = 0
        /// With this step nothing of those who are in no set any more is left in the store.
        package var hasRemoved = false
    }

    private let sections: SectionDirectory
    private let retentionMonths: Int?
    private let stepNanoseconds: UInt64
    private var counting: (run: PeopleCounting, months: Int)?
    private var removal: PeopleRemoval?

    /// How long a step goes on before it looks at the clock no more: what it has in hand is done then.
    private static let standardStepNanoseconds: UInt64 = 20_000_000

    /// Seals nothing yet.
    ///
    /// - Parameters:
    ///   - sections: the sections' time zones.
    ///   - retentionMonths: the age in months; nil where everybody is kept. What was begun is finished all the same.
    ///   - stepNanoseconds: how long a step is.
    package init(
        sections: SectionDirectory, retentionMonths: Int?, stepNanoseconds: UInt64 = standardStepNanoseconds
    ) {
        self.sections = sections
        self.retentionMonths = retentionMonths
        self.stepNanoseconds = stepNanoseconds
    }

    /// True while something is begun and not finished.
    package var isBusy: Bool { counting != nil || removal != nil }

    /// Does a bounded part of what is left to do, or looks whether there is something. One that threw is of no more
    /// use.
    ///
    /// - Parameter nowNanoseconds: up to when everything is counted, nanoseconds since 1970 UTC.
    package func step(_ store: SQLiteCampaignStore, nowNanoseconds: UInt64) throws(StoreError) -> Step {
        let (end, isBeyond) = SystemClock.monotonicNanoseconds().addingReportingOverflow(stepNanoseconds)
        let deadline = isBeyond ? .max : end
        if let counting {
            if try counting.run.step(untilNanoseconds: deadline) { return Step(hasMore: true) }
            self.counting = nil
            removal = try PeopleRemoval(store)
            return Step(hasMore: true, sealedMonths: counting.months)
        }
        if let removal { return try go(on: removal, untilNanoseconds: deadline) }
        if try SQLitePeopleState.removal.holds(in: store.database) {
            removal = try PeopleRemoval(store)
            return Step(hasMore: true)
        }
        let due = try due(in: store.database, nowNanoseconds: nowNanoseconds)
        guard !due.isEmpty else { return Step() }
        counting = (try PeopleCounting(due, in: store.database, nowNanoseconds: nowNanoseconds), due.count)
        return Step(hasMore: true, hasBegun: true)
    }

    private func go(on removal: PeopleRemoval, untilNanoseconds deadline: UInt64) throws(StoreError) -> Step {
        switch try removal.step(untilNanoseconds: deadline) {
        case .more: return Step(hasMore: true)
        case .inTheWay: return Step()
        case .done:
            self.removal = nil
            return Step(hasMore: true, hasRemoved: true)
        }
    }

    /// The first month of each section that is to be sealed.
    private func due(
        in database: SQLiteDatabase, nowNanoseconds: UInt64
    ) throws(StoreError) -> [PeopleCounting.Month] {
        guard let retentionMonths, nowNanoseconds > 0 else { return [] }
        var words = SQLiteWords(database: database)
        var due: [PeopleCounting.Month] = []
        for (section, day) in try firstDays(database) {
            let zone = sections.zone(of: try words.text(section))
            let today = CalendarMonth(ofDay: zone.localHour(at: Int64(nowNanoseconds / 1_000_000_000)).dayNumber)
            let month = CalendarMonth(ofDay: day)
            guard month.advanced(by: retentionMonths + 1) <= today else { continue }
            let reach = min(today.advanced(by: -1), month.advanced(by: PeopleCounting.reachMonthsMax - 1))
            due.append(PeopleCounting.Month(section: section, month: month, reach: reach))
        }
        return due.sorted { ($0.month, $0.section) < ($1.month, $1.section) }
    }

    /// For each section the first day that has a set and is not sealed.
    private func firstDays(_ database: SQLiteDatabase) throws(StoreError) -> [Int64: Int32] {
        let sealed = try SealedMonths(database)
        let read = try database.statement(
            """
            SELECT section, (SELECT min(day) FROM leaf WHERE placement=p.id AND day > ifnull((SELECT max(last_day)
                FROM people_month m WHERE m.section=p.section AND m.stage=2), -4000000)) AS first
            FROM placement p WHERE first IS NOT NULL
            """, during: .read)
        defer { read.reset() }
        var days: [Int64: Int32] = [:]
        while try read.step() {
            let (section, day) = (read.integer(0), Int32(clamping: read.integer(1)))
            days[section] = min(days[section] ?? .max, day)
        }
        return days.filter { section, day in sealed.sealedThrough(section: section).map { day > $0 } ?? true }
    }
}

extension SQLiteCampaignStore {
    /// The end of the latest day whose people are counts, as days since 1970-01-01; nil where there is none.
    package func peopleSealedThrough() throws(StoreError) -> Int32? {
        let months = try SealedMonths(database)
        return months.sections.keys.compactMap { months.sealedThrough(section: $0) }.max()
    }

    /// The seals of people that were begun, in their order.
    package func peopleSeals() throws(StoreError) -> [PeopleSeal] {
        guard try SQLiteSchema.holdsPeopleSeals(database) else { return [] }
        var seals: [PeopleSeal] = []
        let read = try database.statement("SELECT id FROM people_seal ORDER BY id", during: .read)
        defer { read.reset() }
        while try read.step() { seals.append(PeopleSeal(number: read.integer(0))) }
        let positions = try database.statement(
            "SELECT node, epoch, shard, next_sequence, seal FROM people_seal_position", during: .read)
        defer { positions.reset() }
        let places = Dictionary(uniqueKeysWithValues: seals.indices.map { (seals[$0].number, $0) })
        while try positions.step() {
            guard let place = places[positions.integer(4)] else { continue }
            seals[place].nextSequences[try positions.shard(in: database)] = positions.unsigned(3)
        }
        return seals
    }
}
