import Bytes
import Campaigns

/// Rows by hour or day, one after the other in time, put together to fewer stretches where there are too many to be
/// told apart.
struct TimeSeries: Equatable {
    /// How long a stretch is.
    enum Unit: Equatable {
        case hour
        /// So many days.
        case days(Int)

        /// Such as `hour`, `day`, `week`.
        var name: String {
            switch self {
            case .hour: "hour"
            case .days(1): "day"
            case .days(7): "week"
            case .days(let count): "\(count) days"
            }
        }
    }

    struct Bucket: Equatable {
        /// Hours since 1970 UTC, with the part of one where a clock stands between; or days since 1970.
        var position: Double
        /// How long it is, in the same measure.
        var width: Double
        /// As a table shows it: the day, or the hour in the section's clock.
        var label: String
        var clicks = EngagementFigures()
        var opens = EngagementFigures()
        /// Messages sent in it; nil where none were.
        var sent: UInt64?
    }

    let unit: Unit
    let buckets: [Bucket]
    /// How far clocks are ahead of UTC from a position on, in seconds; of hours alone.
    private let offsets: [(hour: Int, seconds: Int)]

    static func == (left: TimeSeries, right: TimeSeries) -> Bool {
        left.unit == right.unit && left.buckets == right.buckets
    }

    /// More hours than this become days, more days weeks.
    private static let hoursMax = 24 * 8
    private static let daysMax = 186

    /// - Parameter rows: rows whose value in `column`, which is `hour` or `day`, tells when; others are left out.
    init(_ rows: [ReportRow], column: Int, isByHour: Bool) {
        var hours: [(seconds: Int, offset: Int, text: String, row: ReportRow)] = []
        var days: [(day: Int, row: ReportRow)] = []
        for row in rows where row.values.indices.contains(column) {
            guard let text = row.values[column].text else { continue }
            if !isByHour {
                if let date = RFC3339.civilDate(text) { days.append((date.dayNumber, row)) }
            } else if let nanoseconds = RFC3339.nanoseconds(text),
                let local = RFC3339.nanoseconds(text.prefix(19) + "Z")
            {
                let seconds = Int(nanoseconds / 1_000_000_000)
                hours.append((seconds, Int(local / 1_000_000_000) - seconds, text, row))
            }
        }
        if let first = hours.map(\.seconds).min(), let last = hours.map(\.seconds).max() {
            if (last - first) / 3_600 < Self.hoursMax {
                unit = .hour
                offsets = hours.map { ($0.seconds / 3_600, $0.offset) }.sorted { $0.hour < $1.hour }
                buckets = Self.merged(
                    hours.map { hour in
                        let place = Place(
                            key: hour.seconds, position: Double(hour.seconds) / 3_600, width: 1,
                            label: Self.hourLabel(hour.text))
                        return (place, hour.row)
                    })
                return
            }
            days = hours.map { (($0.seconds + $0.offset) / 86_400, $0.row) }
        }
        let span = (days.map(\.day).max() ?? 0) - (days.map(\.day).min() ?? 0) + 1
        let length = span <= Self.daysMax ? 1 : 7 * max(1, (span / 7 + Self.daysMax - 1) / Self.daysMax)
        unit = .days(length)
        offsets = []
        buckets = Self.merged(
            days.map { day, row in
                // Weeks begin on Mondays; 1970-01-05 was one.
                let start = length == 1 ? day : 4 + Self.floor(day - 4, length)
                let label = CivilDate(dayNumber: start).text
                return (Place(key: start, position: Double(start), width: Double(length), label: label), row)
            })
    }

    private struct Place {
        let key: Int
        let position: Double
        let width: Double
        let label: String
    }

    /// How far the clock is ahead of UTC at an hour, as the hours around it say.
    func offsetSeconds(atHour hour: Int) -> Int {
        (offsets.last { $0.hour <= hour } ?? offsets.first)?.seconds ?? 0
    }

    /// Messages sent, and when.
    var sends: [(position: Double, sent: UInt64)] {
        buckets.compactMap { bucket in bucket.sent.flatMap { $0 > 0 ? (bucket.position, $0) : nil } }
    }

    private static func floor(_ value: Int, _ step: Int) -> Int {
        let rest = value % step
        return value - (rest < 0 ? rest + step : rest)
    }

    /// `2026-11-23 10:00` of an hour in RFC 3339.
    private static func hourLabel(_ text: String) -> String {
        "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    private static func merged(_ items: [(Place, ReportRow)]) -> [Bucket] {
        var buckets: [Int: Bucket] = [:]
        for (place, row) in items {
            var bucket =
                buckets[place.key] ?? Bucket(position: place.position, width: place.width, label: place.label)
            bucket.clicks.add(row.clicks)
            bucket.opens.add(row.opens)
            if let sent = row.sent { bucket.sent = (bucket.sent ?? 0) &+ sent }
            buckets[place.key] = bucket
        }
        return buckets.sorted { $0.key < $1.key }.map(\.value)
    }
}
