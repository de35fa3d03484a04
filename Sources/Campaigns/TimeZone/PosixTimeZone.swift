import Bytes

/// The rule behind a TZif file's last transition: a POSIX TZ string (POSIX.1-2017 section 8.3, with the hours up to
/// 167 that RFC 8536 section 3.3.1 adds), such as `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixTimeZone: Equatable, Sendable {
    /// One of the year's two changes.
    private struct Change: Equatable, Sendable {
        enum Day: Equatable, Sendable {
            /// Day 1 to 365; 29 February is never counted.
            case julian(Int)
            /// Day 0 to 365; 29 February is counted.
            case ordinal(Int)
            /// The `week`-th (5: last) `weekday` (0: Sunday) of a month.
            case month(Int, week: Int, weekday: Int)
        }
        var day: Day
        /// Seconds behind local midnight, -167 to 167 hours.
        var seconds: Int64

        /// The change in the year, in local seconds since 1970 of the clock before it.
        func localSeconds(year: Int) -> Int64 {
            let newYear = Self.dayNumber(year: year, month: 1)
            let number: Int
            switch day {
            case .julian(let day):
                let isLeap = CivilDate(year: year, month: 2, day: 29) != nil
                number = newYear + day - 1 + (isLeap && day >= 60 ? 1 : 0)
            case .ordinal(let day):
                number = newYear + day
            case .month(let month, let week, let weekday):
                let first = Self.dayNumber(year: year, month: month)
                let next = Self.dayNumber(year: year + month / 12, month: month % 12 + 1)
                // 1970-01-01 was a Thursday; the first of the month may lie before it.
                let firstWeekday = ((first + 4) % 7 + 7) % 7
                let wanted = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
                number = wanted < next ? wanted : wanted - 7
            }
            return Int64(number) * 86_400 + seconds
        }

        /// The number of a month's first day.
        private static func dayNumber(year: Int, month: Int) -> Int {
            CivilDate(year: year, month: month, day: 1)?.dayNumber ?? 0
        }
    }

    private let standardOffset: Int32
    private let summer: (offset: Int32, start: Change, end: Change)?

    /// Reads a TZ string; nil when it is none.
    init?(_ text: Span<UInt8>) {
        var reader = Reader(bytes: text.toArray())
        guard reader.skipName(), let standard = reader.duration(limitHours: 24) else { return nil }
        standardOffset = Int32(-standard)
        if reader.isAtEnd {
            summer = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = standardOffset + 3_600
        if !reader.isNext(",") {
            guard let given = reader.duration(limitHours: 24) else { return nil }
            offset = Int32(-given)
        }
        guard let start = Self.change(&reader), let end = Self.change(&reader), reader.isAtEnd else { return nil }
        summer = (offset, start, end)
    }

    static func == (left: PosixTimeZone, right: PosixTimeZone) -> Bool {
        left.standardOffset == right.standardOffset && left.summer?.offset == right.summer?.offset
            && left.summer?.start == right.summer?.start && left.summer?.end == right.summer?.end
    }

    /// How far ahead of UTC the clocks stand at `seconds` since 1970 UTC.
    func offsetSeconds(at seconds: Int64) -> Int32 {
        guard let summer else { return standardOffset }
        let day = (seconds + Int64(standardOffset)).flooredQuotient(by: 86_400)
        let year = CivilDate(dayNumber: Int(day)).year
        let start = summer.start.localSeconds(year: year) - Int64(standardOffset)
        let end = summer.end.localSeconds(year: year) - Int64(summer.offset)
        // South of the equator summer begins late in the year and ends early in it.
        let isSummer = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end
        return isSummer ? summer.offset : standardOffset
    }

    /// `,date[/time]`
    private static func change(_ reader: inout Reader) -> Change? {
        guard reader.skip(","), let day = day(&reader) else { return nil }
        guard reader.skip("/") else { return Change(day: day, seconds: 7_200) }
        guard let seconds = reader.duration(limitHours: 167) else { return nil }
        return Change(day: day, seconds: Int64(seconds))
    }

    private static func day(_ reader: inout Reader) -> Change.Day? {
        if reader.skip("J") { return reader.number(1...365).map { .julian($0) } }
        guard reader.skip("M") else { return reader.number(0...365).map { .ordinal($0) } }
        guard let month = reader.number(1...12), reader.skip("."), let week = reader.number(1...5), reader.skip("."),
            let weekday = reader.number(0...6)
        else { return nil }
        return .month(month, week: week, weekday: weekday)
    }

    /// Reads the parts of a TZ string from front to back.
    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        var isAtEnd: Bool { place == bytes.count }

        func isNext(_ scalar: Unicode.Scalar) -> Bool {
            place < bytes.count && bytes[place] == UInt8(ascii: scalar)
        }

        mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
            guard isNext(scalar) else { return false }
            place += 1
            return true
        }

        /// Three or more letters, or anything between angle brackets.
        mutating func skipName() -> Bool {
            if skip("<") {
                while place < bytes.count, !isNext(">") { place += 1 }
                return skip(">")
            }
            let start = place
            while place < bytes.count, bytes[place].isASCIILetter { place += 1 }
            return place - start >= 3
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            var value = 0
            let start = place
            while place < bytes.count, bytes[place].isASCIIDigit, place - start < 4 {
                value = value * 10 + Int(bytes[place] - UInt8(ascii: "0"))
                place += 1
            }
            return place > start && range.contains(value) ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func duration(limitHours: Int) -> Int? {
            let isNegative = skip("-")
            if !isNegative { _ = skip("+") }
            guard let hours = number(0...limitHours) else { return nil }
            var seconds = hours * 3_600
            if skip(":") {
                guard let minutes = number(0...59) else { return nil }
                seconds += minutes * 60
                if skip(":") {
                    guard let rest = number(0...59) else { return nil }
                    seconds += rest
                }
            }
            return isNegative ? -seconds : seconds
        }
    }
}
