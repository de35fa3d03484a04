import Bytes

/// A question's range of time in one section: whole days, or hours where an instant cuts a day.
struct SectionRange: Equatable {
    /// The first day that has an hour in the range.
    private(set) var firstDay = Int32.min
    /// The last day that has an hour in the range.
    private(set) var lastDay = Int32.max
    /// Hours that start before this moment are outside; seconds since 1970 UTC.
    private(set) var firstHourSeconds = Int64.min
    /// Hours that start at this moment or later are outside.
    private(set) var endHourSeconds = Int64.max
    /// True when the range begins or ends inside a day.
    private(set) var cutsDay = false

    /// The range of a question in a section's time zone.
    init(_ question: ReportQuestion, zone: TimeZoneRules) {
        if let since = question.since { begin(since, zone) }
        if let until = question.until { end(until, zone) }
    }

    /// True when the hour is inside.
    func contains(_ hour: LocalHour) -> Bool {
        contains(dayNumber: hour.dayNumber) && hour.startSeconds >= firstHourSeconds
            && hour.startSeconds < endHourSeconds
    }

    /// True when some hour of the day is inside.
    func contains(dayNumber: Int32) -> Bool {
        dayNumber >= firstDay && dayNumber <= lastDay
    }

    private mutating func begin(_ bound: ReportBound, _ zone: TimeZoneRules) {
        switch Self.resolve(bound, zone) {
        case .day(let day):
            firstDay = day
        case .inside(let hour, _):
            firstDay = hour.dayNumber
            firstHourSeconds = hour.startSeconds
            cutsDay = true
        }
    }

    private mutating func end(_ bound: ReportBound, _ zone: TimeZoneRules) {
        switch Self.resolve(bound, zone) {
        case .day(let day):
            lastDay = day == .min ? day : day - 1
        case .inside(let hour, let seconds):
            lastDay = hour.dayNumber
            endHourSeconds = seconds
            cutsDay = true
        }
    }

    private enum Resolved {
        /// The start of a day.
        case day(Int32)
        /// A moment inside a day: its hour, and the first whole second that is not before it.
        case inside(LocalHour, secondsRoundedUp: Int64)
    }

    private static func resolve(_ bound: ReportBound, _ zone: TimeZoneRules) -> Resolved {
        switch bound {
        case .day(let date):
            return .day(Int32(clamping: date.dayNumber))
        case .daysBefore(let days, let now):
            let today = zone.localHour(at: Int64(now / 1_000_000_000)).dayNumber
            return .day(Int32(clamping: Int64(today) - Int64(days)))
        case .instant(let nanoseconds):
            let seconds = Int64(nanoseconds / 1_000_000_000)
            let isWhole = nanoseconds % 1_000_000_000 == 0
            let hour = zone.localHour(at: seconds)
            if isWhole, zone.localHour(at: seconds - 1).dayNumber < hour.dayNumber { return .day(hour.dayNumber) }
            return .inside(hour, secondsRoundedUp: isWhole ? seconds : seconds + 1)
        }
    }
}
