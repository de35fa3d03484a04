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
    /// What is drawn, in the measure of the buckets' positions: the range that was asked for as far as it is past, else
    /// from the first bucket to the end of the last.
    let domain: Range<Double>
    let buckets: [Bucket]
    /// How far clocks are ahead of UTC from a position on, in seconds; of hours alone.
    private let offsets: [(hour: Int, seconds: Int)]

    static func == (left: TimeSeries, right: TimeSeries) -> Bool {
        left.unit == right.unit && left.buckets == right.buckets && left.domain == right.domain
    }

    /// More hours than this become days, more days weeks.
    private static let hoursMax = 24 * 8
    private static let daysMax = 186

    /// - Parameters:
    ///   - rows: rows whose value in `column`, which is `hour` or `day`, tells when; others are left out.
    ///   - scope: of their answer.
    ///   - reachesEnd: true where days without an event at the end of an open range count, too.
    ///   - nowNanoseconds: what is later is not drawn; nil where nothing is.
    init(
        _ rows: [ReportRow], column: Int, isByHour: Bool, scope: ReportScope = ReportScope(), reachesEnd: Bool = false,
        nowNanoseconds: UInt64? = nil
    ) {
        var hours: [Hour] = []
        var days: [(day: Int, row: ReportRow)] = []
        for row in rows where row.values.indices.contains(column) {
            guard let text = row.values[column].text else { continue }
            if !isByHour {
                if let date = RFC3339.civilDate(text) { days.append((date.dayNumber, row)) }
            } else if let nanoseconds = RFC3339.nanoseconds(text),
                let local = RFC3339.nanoseconds(text.prefix(19) + "Z")
            {
                let seconds = Int(nanoseconds / 1_000_000_000)
                hours.append(
                    Hour(seconds: seconds, offset: Int(local / 1_000_000_000) - seconds, text: text, row: row))
            }
        }
        if let domain = Self.domain(hours, scope, nowNanoseconds),
            domain.upperBound - domain.lowerBound <= Double(Self.hoursMax)
        {
            unit = .hour
            self.domain = domain
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
        days += hours.map { (($0.seconds + $0.offset) / 86_400, $0.row) }
        let range = Self.domain(days.map(\.day), scope, reachesEnd: reachesEnd)
        let span = range.upperBound - range.lowerBound
        let length = span <= Self.daysMax ? 1 : 7 * max(1, (span / 7 + Self.daysMax - 1) / Self.daysMax)
        // Weeks begin on Mondays; 1970-01-05 was one.
        func start(_ day: Int) -> Int { length == 1 ? day : 4 + Self.floor(day - 4, length) }
        unit = .days(length)
        offsets = []
        let last = range.isEmpty ? range.lowerBound : range.upperBound - 1
        domain = Double(start(range.lowerBound))..<Double(start(last) + (range.isEmpty ? 0 : length))
        buckets = Self.merged(
            days.map { day, row in
                let start = start(day)
                let label = CivilDate(dayNumber: start).text
                return (Place(key: start, position: Double(start), width: Double(length), label: label), row)
            })
    }

    private struct Hour {
        let seconds: Int
        let offset: Int
        let text: String
        let row: ReportRow
    }

    /// From the beginning of the range to now or its end, in hours since 1970; nil without an hour that tells the
    /// clock.
    private static func domain(_ hours: [Hour], _ scope: ReportScope, _ now: UInt64?) -> Range<Double>? {
        guard let first = hours.min(by: { $0.seconds < $1.seconds }),
            let last = hours.max(by: { $0.seconds < $1.seconds })
        else { return nil }
        var (start, end) = (first.seconds, last.seconds + 3_600)
        if let day = scope.firstDay {
            start = min(start, max(day * 86_400 - first.offset, Int(scope.firstHourSeconds ?? .min)))
            let rangeEnd = scope.lastDay.map { ($0 + 1) * 86_400 - last.offset } ?? end
            // The hour that is now is drawn whole.
            let present = now.map { Int($0 / 3_600_000_000_000 + 1) * 3_600 } ?? end
            end = max(end, min(rangeEnd, present))
        }
        return Double(start) / 3_600..<Double(end) / 3_600
    }

    /// An empty past of more days before the first event is not drawn: a range may begin whenever it likes.
    private static let emptyDaysMax = 3_660

    private static func domain(_ days: [Int], _ scope: ReportScope, reachesEnd: Bool) -> Range<Int> {
        guard let first = days.min(), let last = days.max() else { return 0..<0 }
        let start = scope.firstDay.map { min(first, max($0, first - emptyDaysMax)) } ?? first
        let end = scope.firstDay != nil || reachesEnd ? max(last, scope.lastDay ?? last) : last
        return start..<end + 1
    }

    /// Values of all stretches of the domain, 0 where nothing happened.
    func values(_ value: (Bucket) -> UInt64) -> [UInt64] {
        guard case .days(let length) = unit, !domain.isEmpty else { return buckets.map(value) }
        var values = [UInt64](repeating: 0, count: Int(domain.upperBound - domain.lowerBound) / length)
        for bucket in buckets { values[Int(bucket.position - domain.lowerBound) / length] = value(bucket) }
        return values
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
