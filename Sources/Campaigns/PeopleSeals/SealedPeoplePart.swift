/// What is known of the people of one row, section and kind where the question touches sealed days: the counts that may
/// answer it, and what stands beside them.
struct SealedPeoplePart {
    /// What a row says.
    enum Answer: Equatable {
        case exactly(PeopleCounts)
        /// More came than were counted.
        case atLeast(PeopleCounts)
        case unknown
    }

    private struct Range {
        let first: Int32
        let last: Int32
        let counts: PeopleCounts
    }

    /// The columns that the row's counts are kept by; nil where none are.
    private let grouping: PeopleGrouping?
    /// Counts of days in the question.
    private var days: [(day: Int32, counts: PeopleCounts)] = []
    /// Days with somebody that are outside of the question, in its first or last month.
    private var daysBeside: [Int32] = []
    private var ranges: [Range] = []
    private var late: [(day: Int32, seals: Int64)] = []
    /// The month that has the first of the days.
    private var month: SealedMonths.Month?
    /// The last day that counts from that month on reach to.
    private var reachDay = Int32.min
    /// The last day with a set that a count may reach over; nil where there is none.
    private var lastOpen: Int32?
    /// Somebody came on a day that no count reaches over.
    private var hasLater = false

    /// What comes later than a count reaches, in proportion to it, so that the count still tells something: one in so
    /// many.
    private static let laterShare: UInt64 = 100

    init(grouping: PeopleGrouping?) {
        self.grouping = grouping
    }

    /// Takes a sealed count.
    mutating func take(first: Int32, last: Int32, _ counts: PeopleCounts, _ range: SectionRange) {
        guard first == last else { return ranges.append(Range(first: first, last: last, counts: counts)) }
        if range.contains(dayNumber: first) { days.append((first, counts)) } else { daysBeside.append(first) }
    }

    /// Says that all counts were taken.
    ///
    /// - Parameter months: the section's sealed months.
    mutating func close(_ months: [SealedMonths.Month]) {
        // By columns that are not kept a day stands there more than once.
        days.sort { $0.day < $1.day }
        guard let first = days.first?.day else { return }
        month = months.first { $0.contains(first) }
        // The links of a whole section are counted within a month alone.
        reachDay = month.map { grouping == .link ? $0.lastDay : $0.reachDay } ?? .min
    }

    /// Takes that people came too late for a count that covers their day.
    mutating func takeLate(_ day: Int32, seals: Int64, isSealed: Bool) {
        // A day that nobody was counted on is not among the counts of any seal.
        if isSealed || seals >= month?.seal ?? 0 { late.append((day, seals)) }
    }

    /// Takes that there is a set of an open day.
    ///
    /// - Returns: true where nobody has to read it.
    mutating func takeOpen(_ day: Int32, _ range: SectionRange) -> Bool {
        guard !days.isEmpty else { return day > range.lastDay }
        guard day <= range.lastDay else {
            daysBeside.append(day)
            return true
        }
        if day <= reachDay {
            lastOpen = max(lastOpen ?? day, day)
            return true
        }
        hasLater = true
        return false
    }

    /// What the row says.
    ///
    /// - Parameter openCounts: people of the sets that had to be read.
    func answer(_ range: SectionRange, openCounts: PeopleCounts) -> Answer {
        guard let firstDay = days.first, let lastDay = days.last else {
            return late.isEmpty ? .exactly(openCounts) : .unknown
        }
        guard grouping != nil, let month else { return .unknown }
        guard let counts = counts(firstDay, lastDay.day, month, range) else { return .unknown }
        if hasLater {
            let isFew = openCounts.unique.multipliedReportingOverflow(by: Self.laterShare)
            return !isFew.overflow && isFew.partialValue <= counts.unique ? .atLeast(counts) : .unknown
        }
        return late.isEmpty ? .exactly(counts) : .atLeast(counts)
    }

    /// The one count that is of all days of the question that have somebody, and of no other.
    private func counts(
        _ firstDay: (day: Int32, counts: PeopleCounts), _ lastSealed: Int32, _ month: SealedMonths.Month,
        _ range: SectionRange
    ) -> PeopleCounts? {
        if days.count == 1, lastOpen == nil { return firstDay.counts }
        let last = max(lastSealed, lastOpen ?? lastSealed)
        guard last <= reachDay else { return nil }
        let end = CalendarMonth(ofDay: last).lastDay
        // Who came on other days of these months is in their counts too.
        let isWhole = !daysBeside.contains { day in
            day >= month.firstDay && day < range.firstDay || day > range.lastDay && day <= end
        }
        guard isWhole else { return nil }
        let found = ranges.filter { $0.first == month.firstDay && $0.last <= end }.max { $0.last < $1.last }
        // Of a group that had one day alone when it was counted, that day is all.
        return found?.counts ?? (days.count == 1 ? firstDay.counts : nil)
    }
}
