package import Bytes

/// Where a report's range of time begins or ends.
///
/// A day is a day of each section in its own time zone, so that `2026-11-23` means from midnight to midnight for the
/// people who run that section. An instant is the same moment everywhere; since the store keeps hours, an instant
/// inside an hour is moved outward to the hour's edge, and since it keeps people by day, uniques are null when
/// an instant cuts a day.
package enum ReportBound: Equatable, Sendable {
    /// A moment, in nanoseconds since 1970 UTC.
    case instant(nanoseconds: UInt64)
    /// The start of a calendar day of the section.
    case day(CivilDate)
    /// The start of the day that lies `days` before the section's day at `nowNanoseconds`.
    case daysBefore(days: Int32, nowNanoseconds: UInt64)

    /// Reads `2026-11-23T10:00:00Z` (RFC 3339 section 5.6), `2026-11-23`, `7d` or `24h`.
    ///
    /// - Parameter nowNanoseconds: the moment that `7d` and `24h` count back from.
    /// - Throws: `ReportError.unreadableTime`.
    package static func read(_ text: String, nowNanoseconds: UInt64) throws(ReportError) -> ReportBound {
        if let unit = text.utf8.last, let count = Int32(text.dropLast()), count >= 0 {
            switch unit {
            case UInt8(ascii: "d"):
                return .daysBefore(days: count, nowNanoseconds: nowNanoseconds)
            case UInt8(ascii: "h"):
                let back = UInt64(count) * 3_600_000_000_000
                return .instant(nanoseconds: nowNanoseconds > back ? nowNanoseconds - back : 0)
            default:
                break
            }
        }
        if let day = RFC3339.civilDate(text) { return .day(day) }
        if let nanoseconds = RFC3339.nanoseconds(text) { return .instant(nanoseconds: nanoseconds) }
        throw .unreadableTime(text)
    }
}
