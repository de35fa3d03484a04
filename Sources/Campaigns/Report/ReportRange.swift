import Bytes

/// The range of time of a question, in the hours and days of one section.
struct ReportRange: Equatable {
    /// The first day that counts and the first that no longer does; the whole axis where a bound is missing.
    var days: Range<Int>
    /// The first second of the first hour that counts, and the first that no longer does.
    var seconds: Range<Int64>
    /// False where a bound lies inside a day: then what is kept by day is not known.
    var isWholeDays: Bool

    /// Resolves the bounds of a question in a zone.
    ///
    /// An instant inside an hour is moved outward to the hour's edge, since figures are kept by hour.
    init(since: ReportBound?, until: ReportBound?, zone: TimeZoneRules) {
        let first = since.map { Self.resolve($0, zone: zone, isEnd: false) }
        let end = until.map { Self.resolve($0, zone: zone, isEnd: true) }
        let firstDay = first?.day ?? Int(Int32.min)
        let endDay = end?.day ?? Int(Int32.max)
        days = firstDay..<max(firstDay, endDay)
        let firstSecond = first?.second ?? Int64.min
        let endSecond = end?.second ?? Int64.max
        seconds = firstSecond..<max(firstSecond, endSecond)
        isWholeDays = (first?.isWholeDay ?? true) && (end?.isWholeDay ?? true)
    }

    /// A bound as the section sees it: the days up to (`isEnd`) or from it, and the exact second where it cuts a day.
    private static func resolve(
        _ bound: ReportBound, zone: TimeZoneRules, isEnd: Bool
    ) -> (day: Int, second: Int64, isWholeDay: Bool) {
        switch bound {
        case .day(let date):
            return (date.dayNumber, isEnd ? .max : .min, true)
        case .daysBefore(let days, let now):
            let today = zone.localHour(at: Int64(now / 1_000_000_000)).dayNumber
            return (Int(today) - Int(days), isEnd ? .max : .min, true)
        case .instant(let nanoseconds):
            let second = Int64(nanoseconds / 1_000_000_000)
            let isExact = nanoseconds % 1_000_000_000 == 0
            let hour = zone.localHour(at: second)
            let startsHour = isExact && hour.startSeconds == second
            let startsDay = startsHour && zone.localHour(at: second - 1).dayNumber < hour.dayNumber
            if startsDay { return (Int(hour.dayNumber), isEnd ? .max : .min, true) }
            if isEnd {
                // The first second behind the hour that the instant lies in: the next hour's start may be less than 60
                // minutes away where clocks change, which localHour knows.
                let end = startsHour ? second : Self.endOfHour(at: second, zone: zone)
                return (Int(hour.dayNumber) + 1, end, false)
            }
            return (Int(hour.dayNumber), hour.startSeconds, false)
        }
    }

    private static func endOfHour(at second: Int64, zone: TimeZoneRules) -> Int64 {
        let start = zone.localHour(at: second).startSeconds
        var end = start + 3_600
        // A zone's clocks change by quarters of an hour at the least.
        while end > start + 900, zone.localHour(at: end - 900).startSeconds > start { end -= 900 }
        return end
    }
}
