package import Bytes

/// Where a report's range of time begins or ends.
///
/// A day is a day of each section in its own time zone, so that `2026-11-23` means from midnight to midnight for the
/// people who run that section, and `24h` begins with an hour of the section's. An instant is the same moment
/// everywhere. The store keeps hours, so it refuses an instant inside one (the journal answers any); it keeps people by
/// day, so uniques are null when a bound cuts a day.
package enum ReportBound: Equatable, Sendable {
    /// A moment, in nanoseconds since 1970 UTC.
    case instant(nanoseconds: UInt64)
    /// The start of a calendar day of the section.
    case day(CivilDate)
    /// The start of the day that lies `days` before the section's day at `nowNanoseconds`.
    case daysBefore(days: Int32, nowNanoseconds: UInt64)
    /// The start of the section's hour that holds the moment `hours` before `nowNanoseconds`.
    case hoursBefore(hours: Int32, nowNanoseconds: UInt64)

    /// Reads `2026-11-23T10:00:00Z` (RFC 3339 section 5.6), `2026-11-23`, `7d` or `24h`.
    ///
    /// - Parameters:
    ///   - end: which end of the range it is, for the message.
    ///   - nowNanoseconds: the moment that `7d` and `24h` count back from.
    /// - Throws: `ReportError.unreadableTime`.
    package static func read(
        _ text: String, as end: ReportRangeEnd, nowNanoseconds: UInt64
    ) throws(ReportError) -> ReportBound {
        if let unit = text.utf8.last, let count = Int32(text.dropLast()), count >= 0 {
            switch unit {
            case UInt8(ascii: "d"):
                return .daysBefore(days: count, nowNanoseconds: nowNanoseconds)
            case UInt8(ascii: "h"):
                return .hoursBefore(hours: count, nowNanoseconds: nowNanoseconds)
            default:
                break
            }
        }
        if let day = RFC3339.civilDate(text) { return .day(day) }
        if let nanoseconds = RFC3339.nanoseconds(text) { return .instant(nanoseconds: nanoseconds) }
        throw .unreadableTime(end, text)
    }

    /// True for the start of a day of every section, whatever its time zone.
    package var isWholeDay: Bool {
        switch self {
        case .day, .daysBefore: true
        case .instant, .hoursBefore: false
        }
    }

    /// Where a bound of `hoursBefore` lies in a zone, in seconds since 1970 UTC; nil for any other bound.
    func hourStartSeconds(in zone: TimeZoneRules) -> Int64? {
        guard case .hoursBefore(let hours, let now) = self else { return nil }
        return zone.localHour(at: max(0, Int64(now / 1_000_000_000) - Int64(hours) * 3_600)).startSeconds
    }
}

/// The two ends of a range of time, by their flags.
package enum ReportRangeEnd: String, Equatable, Sendable {
    case since, until
}
