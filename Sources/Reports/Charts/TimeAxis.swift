import Bytes

/// The horizontal axis of a chart over time: days, or hours in a section's own clock.
struct TimeAxis: Equatable {
    struct Tick: Equatable {
        /// Days or hours since 1970, as the buckets count.
        let position: Double
        let label: String
    }

    /// Where ticks stand so that at most `most` of them do; each begins with a round day or hour.
    ///
    /// - Parameter range: days since 1970.
    static func dayTicks(_ range: ClosedRange<Int>, most: Int) -> [Tick] {
        let days = range.upperBound - range.lowerBound + 1
        for step in [1, 2, 7, 14] where (days + step - 1) / step <= most {
            return stride(from: range.lowerBound, through: range.upperBound, by: step).map { day in
                Tick(position: Double(day), label: dayLabel(CivilDate(dayNumber: day)))
            }
        }
        return monthTicks(range, most: most)
    }

    private static func monthTicks(_ range: ClosedRange<Int>, most: Int) -> [Tick] {
        let (first, last) = (CivilDate(dayNumber: range.lowerBound), CivilDate(dayNumber: range.upperBound))
        let months = first.year * 12 + first.month - 1...last.year * 12 + last.month - 1
        var step = 1
        while months.count / step > most { step = step == 1 ? 2 : step == 2 ? 3 : step == 3 ? 6 : step + 6 }
        return months.compactMap { month -> Tick? in
            guard month % step == 0, let date = CivilDate(year: month / 12, month: month % 12 + 1, day: 1),
                range.contains(date.dayNumber)
            else { return nil }
            let isYear = step >= 12 || date.month == 1
            return Tick(
                position: Double(date.dayNumber), label: isYear ? "\(date.year)" : monthNames[date.month - 1])
        }
    }

    /// Ticks at whole hours of the clock.
    ///
    /// - Parameters:
    ///   - range: hours since 1970 UTC.
    ///   - offsetSeconds: how far the clock is ahead of UTC at an hour.
    static func hourTicks(_ range: ClosedRange<Int>, most: Int, offsetSeconds: (Int) -> Int) -> [Tick] {
        let count = range.upperBound - range.lowerBound + 1
        let step = [1, 2, 3, 6, 12, 24].first { (count + $0 - 1) / $0 <= most } ?? 24
        let everySoManyDays = max(1, (count / 24 + most - 1) / most)
        return range.compactMap { hour -> Tick? in
            let local = hour * 3_600 + offsetSeconds(hour)
            let (day, second) = (local.flooredQuotient(by: 86_400), local - local.flooredQuotient(by: 86_400) * 86_400)
            let ofDay = second / 3_600
            guard ofDay % step == 0, step < 24 || day % everySoManyDays == 0 else { return nil }
            let label = ofDay == 0 ? dayLabel(CivilDate(dayNumber: day)) : "\(ofDay):00"
            return Tick(position: Double(hour), label: label)
        }
    }

    /// Such as `23 Nov`.
    static func dayLabel(_ date: CivilDate) -> String { "\(date.day) \(monthNames[date.month - 1])" }

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

extension Int {
    fileprivate func flooredQuotient(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
