/// Times as RFC 3339 writes them. Instants are nanoseconds since 1970-01-01T00:00:00Z; leap seconds don't exist here.
package enum RFC3339 {
    /// `yyyy-mm-ddThh:mm:ss[.ffffff]` and `Z` or the offset.
    ///
    /// - Parameters:
    ///   - nanoseconds: the instant.
    ///   - fractionDigits: digits behind the second, 0 to 9; the rest is cut off.
    ///   - offsetSeconds: the zone's offset from UTC. 0 is written `Z`.
    package static func string(_ nanoseconds: UInt64, fractionDigits: Int = 6, offsetSeconds: Int = 0) -> String {
        let seconds = Int(nanoseconds / 1_000_000_000) + offsetSeconds
        let dayNumber = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let ofDay = seconds - dayNumber * 86_400
        var text = CivilDate(dayNumber: dayNumber).text
        text += "T\(two(ofDay / 3_600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60))"
        if fractionDigits > 0 {
            let fraction = CivilDate.digits(Int(nanoseconds % 1_000_000_000), 9)
            text += "." + fraction.prefix(min(fractionDigits, 9))
        }
        if offsetSeconds == 0 { return text + "Z" }
        let minutes = abs(offsetSeconds) / 60
        return text + (offsetSeconds < 0 ? "-" : "+") + "\(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// True for an RFC 3339 date-time (§5.6) of any year, also one that `nanoseconds` can't hold.
    package static func isDateTime(_ text: String) -> Bool { time(text) != nil }

    /// The instant that `text` names, or nil when it is no RFC 3339 date-time (§5.6) between 1970 and 2261.
    ///
    /// A date alone (`2026-11-23`) is not a date-time: callers that accept one say which zone its day begins in.
    package static func nanoseconds(_ text: String) -> UInt64? {
        guard let (seconds, fraction) = time(text), seconds >= 0, seconds < 9_200_000_000 else { return nil }
        return UInt64(seconds) * 1_000_000_000 + UInt64(fraction)
    }

    /// Seconds since 1970, before it below 0, and the nanoseconds of a part of one.
    private static func time(_ text: String) -> (seconds: Int, nanoseconds: Int)? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, let date = civilDate(String(decoding: bytes[..<10], as: UTF8.self)) else { return nil }
        guard bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") || bytes[10] == UInt8(ascii: " ") else {
            return nil
        }
        guard bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var position = 19
        var fraction = 0
        if bytes[position] == UInt8(ascii: ".") {
            let digits = bytes[(position + 1)...].prefix { $0.isASCIIDigit }
            guard !digits.isEmpty, let value = number(digits.prefix(9)) else { return nil }
            fraction = value
            for _ in 0..<max(0, 9 - digits.count) { fraction *= 10 }
            position += 1 + digits.count
        }
        guard let offset = offsetSeconds(bytes[position...]) else { return nil }
        return (date.dayNumber * 86_400 + hour * 3_600 + minute * 60 + second - offset, fraction)
    }

    /// The day that `yyyy-mm-dd` names, or nil.
    package static func civilDate(_ text: String) -> CivilDate? {
        let bytes = Array(text.utf8)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10])
        else { return nil }
        return CivilDate(year: year, month: month, day: day)
    }

    private static func offsetSeconds(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let sign = bytes.first else { return nil }
        if sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") { return bytes.count == 1 ? 0 : nil }
        let start = bytes.startIndex
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), bytes.count == 6,
            bytes[start + 3] == UInt8(ascii: ":"), let hours = number(bytes[start + 1..<start + 3]),
            let minutes = number(bytes[start + 4..<start + 6]), hours < 24, minutes < 60
        else { return nil }
        let offset = hours * 3_600 + minutes * 60
        return sign == UInt8(ascii: "-") ? -offset : offset
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard digit.isASCIIDigit else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func two(_ value: Int) -> String { CivilDate.digits(value, 2) }
}
