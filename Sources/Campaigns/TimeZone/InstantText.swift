/// Instants as text: RFC 3339 in, RFC 3339 out. Years 1970 to 2554 fit the nanoseconds of a 64-bit number.
package enum InstantText {
    /// Reads an RFC 3339 date-time such as `2026-11-23T10:00:00.25+01:00`; `t`, `z` and a space for `T` are allowed,
    /// as its section 5.6 does. A leap second reads as the second after it. Nil for anything else, and before 1970.
    package static func read(_ text: String) -> UInt64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, let day = CivilDay(String(text.prefix(10))) else { return nil }
        guard [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = CivilDay.decimal(bytes[11..<13]), hour < 24,
            let minute = CivilDay.decimal(bytes[14..<16]), minute < 60,
            let second = CivilDay.decimal(bytes[17..<19]), second <= 60
        else { return nil }
        var place = 19
        guard let fraction = readFraction(bytes, at: &place), let offset = readOffset(bytes, from: place) else {
            return nil
        }
        let seconds = Int64(day.number) * 86_400 + Int64(hour * 3_600 + minute * 60 + second) - Int64(offset)
        guard seconds >= 0, seconds < 18_446_744_073 else { return nil }
        return UInt64(seconds) * 1_000_000_000 + fraction
    }

    /// Writes an instant in UTC with `fractionDigits` (0 to 9) digits of the second.
    package static func write(_ nanoseconds: UInt64, fractionDigits: Int = 0) -> String {
        let local = write(seconds: Int64(nanoseconds / 1_000_000_000))
        guard fractionDigits > 0 else { return local + "Z" }
        let fraction = CivilDay.padded(Int(nanoseconds % 1_000_000_000), 9)
        return local + "." + fraction.prefix(min(fractionDigits, 9)) + "Z"
    }

    /// Writes an instant in whole seconds as it reads where the clock is `offsetSeconds` ahead of UTC; `Z` at offset 0.
    package static func write(seconds: Int64, offsetSeconds: Int32) -> String {
        let local = write(seconds: seconds + Int64(offsetSeconds))
        guard offsetSeconds != 0 else { return local + "Z" }
        let minutes = Int(abs(offsetSeconds)) / 60
        let sign = offsetSeconds < 0 ? "-" : "+"
        return local + sign + CivilDay.padded(minutes / 60, 2) + ":" + CivilDay.padded(minutes % 60, 2)
    }

    private static func write(seconds: Int64) -> String {
        let dayNumber = seconds.flooredQuotient(by: 86_400)
        let inDay = Int(seconds - dayNumber * 86_400)
        let day = CivilDay(number: Int32(clamping: dayNumber))
        let clock = [inDay / 3_600, inDay / 60 % 60, inDay % 60].map { CivilDay.padded($0, 2) }
        return "\(day)T" + clock.joined(separator: ":")
    }

    private static func readFraction(_ bytes: [UInt8], at place: inout Int) -> UInt64? {
        guard place < bytes.count, bytes[place] == UInt8(ascii: ".") else { return 0 }
        place += 1
        let start = place
        var fraction: UInt64 = 0
        var weight: UInt64 = 100_000_000
        while place < bytes.count, bytes[place] >= UInt8(ascii: "0"), bytes[place] <= UInt8(ascii: "9") {
            fraction += UInt64(bytes[place] - UInt8(ascii: "0")) * weight
            weight /= 10
            place += 1
        }
        return place > start ? fraction : nil
    }

    private static func readOffset(_ bytes: [UInt8], from place: Int) -> Int? {
        guard place < bytes.count else { return nil }
        if bytes[place] | 0x20 == UInt8(ascii: "z") { return place + 1 == bytes.count ? 0 : nil }
        guard bytes.count == place + 6, bytes[place + 3] == UInt8(ascii: ":"),
            let hours = CivilDay.decimal(bytes[place + 1..<place + 3]), hours < 24,
            let minutes = CivilDay.decimal(bytes[place + 4..<place + 6]), minutes < 60
        else { return nil }
        switch bytes[place] {
        case UInt8(ascii: "+"): return hours * 3_600 + minutes * 60
        case UInt8(ascii: "-"): return -(hours * 3_600 + minutes * 60)
        default: return nil
        }
    }
}

extension Int64 {
    /// The quotient rounded towards negative infinity; `divisor` is positive.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
