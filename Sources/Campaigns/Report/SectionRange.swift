import Bytes

/// A question's range of time in one section: whole days, hours where a bound cuts a day, and moments where an instant
/// cuts an hour.
package struct SectionRange: Equatable {
    /// The first day that has an hour in the range.
    package private(set) var firstDay = Int32.min
    /// The last day that has an hour in the range.
    private(set) var lastDay = Int32.max
    /// Hours that start before this moment are outside; seconds since 1970 UTC.
    private(set) var firstHourSeconds = Int64.min
    /// Hours that start at this moment or later are outside.
    private(set) var endHourSeconds = Int64.max
    /// True when the range begins or ends inside a day.
    package private(set) var cutsDay = false
    /// The first bound that is an instant inside an hour of the section: whoever keeps hours can't answer.
    private(set) var cutHour: ReportRangeEnd?
    /// The first moment that counts, where that is an instant; nanoseconds since 1970 UTC.
    private(set) var sinceNanoseconds = UInt64.min
    /// The first moment that no longer counts, where that is an instant; nil for the end of time.
    private(set) var untilNanoseconds: UInt64?

    /// The range of a question in a section's time zone.
    package init(_ question: ReportQuestion, zone: TimeZoneRules) {
        if let since = question.since { begin(since, zone) }
        if let until = question.until { end(until, zone) }
    }

    /// True when some moment of the hour is inside.
    package func contains(_ hour: LocalHour) -> Bool {
        contains(dayNumber: hour.dayNumber) && hour.startSeconds >= firstHourSeconds
            && hour.startSeconds < endHourSeconds
    }

    /// True when a moment is inside; `hour` is the hour that holds it.
    func contains(_ hour: LocalHour, momentNanoseconds: UInt64) -> Bool {
        contains(hour) && momentNanoseconds >= sinceNanoseconds && momentNanoseconds < untilNanoseconds ?? .max
    }

    /// True when a moment lies before the range; `hour` is the hour that holds it.
    func begins(after hour: LocalHour, momentNanoseconds: UInt64) -> Bool {
        hour.dayNumber < firstDay || hour.startSeconds < firstHourSeconds || momentNanoseconds < sinceNanoseconds
    }

    /// True when some hour of the day is inside.
    func contains(dayNumber: Int32) -> Bool {
        dayNumber >= firstDay && dayNumber <= lastDay
    }

    private mutating func begin(_ bound: ReportBound, _ zone: TimeZoneRules) {
        if case .instant(let nanoseconds) = bound { sinceNanoseconds = nanoseconds }
        switch Self.resolve(bound, zone) {
        case .day(let day):
            firstDay = day
        case .inside(let hour, _, let isOnHour):
            firstDay = hour.dayNumber
            firstHourSeconds = hour.startSeconds
            cutsDay = true
            if !isOnHour { cutHour = .since }
        }
    }

    private mutating func end(_ bound: ReportBound, _ zone: TimeZoneRules) {
        if case .instant(let nanoseconds) = bound { untilNanoseconds = nanoseconds }
        switch Self.resolve(bound, zone) {
        case .day(let day):
            lastDay = day == .min ? day : day - 1
        case .inside(let hour, let seconds, let isOnHour):
            lastDay = hour.dayNumber
            endHourSeconds = seconds
            cutsDay = true
            if !isOnHour { cutHour = cutHour ?? .until }
        }
    }

    private enum Resolved {
        /// The start of a day.
        case day(Int32)
        /// A moment inside a day: its hour, the first whole second that is not before it, and whether the hour begins
        /// with it.
        case inside(LocalHour, secondsRoundedUp: Int64, isOnHour: Bool)
    }

    private static func resolve(_ bound: ReportBound, _ zone: TimeZoneRules) -> Resolved {
        switch bound {
        case .day(let date):
            return .day(Int32(clamping: date.dayNumber))
        case .daysBefore(let days, let now):
            let today = zone.localHour(at: Int64(now / 1_000_000_000)).dayNumber
            return .day(Int32(clamping: Int64(today) - Int64(days)))
        case .hoursBefore:
            return resolve(seconds: bound.hourStartSeconds(in: zone) ?? 0, isWhole: true, zone)
        case .instant(let nanoseconds):
            return resolve(
                seconds: Int64(nanoseconds / 1_000_000_000), isWhole: nanoseconds % 1_000_000_000 == 0, zone)
        }
    }

    private static func resolve(seconds: Int64, isWhole: Bool, _ zone: TimeZoneRules) -> Resolved {
        let hour = zone.localHour(at: seconds)
        if isWhole, zone.localHour(at: seconds - 1).dayNumber < hour.dayNumber { return .day(hour.dayNumber) }
        return .inside(
            hour, secondsRoundedUp: isWhole ? seconds : seconds + 1,
            isOnHour: isWhole && zone.localHour(at: seconds - 1).startSeconds < hour.startSeconds)
    }
}
