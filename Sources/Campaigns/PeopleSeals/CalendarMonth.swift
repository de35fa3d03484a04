import Bytes

/// A month of the calendar, as people are sealed by it.
struct CalendarMonth: Hashable, Comparable {
    /// Months since the first of year 0.
    private let index: Int

    /// The month that a day lies in.
    ///
    /// - Parameter dayNumber: days since 1970-01-01.
    init(ofDay dayNumber: Int32) {
        let date = CivilDate(dayNumber: Int(dayNumber))
        index = date.year * 12 + date.month - 1
    }

    private init(index: Int) {
        self.index = index
    }

    /// The month so many months later.
    func advanced(by months: Int) -> CalendarMonth { CalendarMonth(index: index + months) }

    /// Its first day.
    var firstDay: Int32 {
        let year = Int((Double(index) / 12).rounded(.down))
        let date = CivilDate(year: year, month: index - year * 12 + 1, day: 1)
        return Int32(clamping: date?.dayNumber ?? 0)
    }

    /// Its last day.
    var lastDay: Int32 { advanced(by: 1).firstDay - 1 }

    static func < (left: CalendarMonth, right: CalendarMonth) -> Bool { left.index < right.index }
}
