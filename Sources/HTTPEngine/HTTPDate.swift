/// The time as responses carry it: IMF-fixdate of RFC 9110 section 5.6.7, always 29 bytes.
enum HTTPDate {
    /// Number of bytes.
    static let byteCount = 29

    /// Writes the time as `Sun, 06 Nov 1994 08:49:37 GMT`, byte by byte in order.
    ///
    /// - Parameters:
    ///   - seconds: since 1970 UTC; years past 9999 are written as 9999.
    ///   - put: takes the place, from 0, and the byte.
    static func write(seconds: UInt64, put: (_ offset: Int, _ byte: UInt8) -> Void) {
        let days = min(seconds / 86_400, 2_932_896)
        let time = seconds % 86_400
        let date = civil(days: days)
        letters("Thu, Fri, Sat, Sun, Mon, Tue, Wed, ", from: Int(days % 7) * 5, count: 5, at: 0, put)
        digits(date.day, count: 2, at: 5, put)
        letters(
            " Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec ", from: Int(date.month - 1) * 5, count: 5,
            at: 7, put)
        digits(date.year, count: 4, at: 12, put)
        letters(" ::", from: 0, count: 1, at: 16, put)
        digits(time / 3_600, count: 2, at: 17, put)
        letters(" ::", from: 1, count: 1, at: 19, put)
        digits(time / 60 % 60, count: 2, at: 20, put)
        letters(" ::", from: 2, count: 1, at: 22, put)
        digits(time % 60, count: 2, at: 23, put)
        letters(" GMT", from: 0, count: 4, at: 25, put)
    }

    private static func letters(
        _ text: StaticString, from start: Int, count: Int, at offset: Int, _ put: (Int, UInt8) -> Void
    ) {
        for index in 0..<count { put(offset + index, unsafe text.utf8Start[start + index]) }
    }

    private static func digits(_ number: UInt64, count: Int, at offset: Int, _ put: (Int, UInt8) -> Void) {
        var rest = number
        for index in 1...count {
            put(offset + count - index, UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
    }

    /// The date of a number of days since 1970-01-01, in the calendar whose years begin in March: 400 years have always
    /// 146,097 days, and the months from March on have 153 days in each five.
    private static func civil(days: UInt64) -> (year: UInt64, month: UInt64, day: UInt64) {
        let sinceEra = days + 719_468
        let era = sinceEra / 146_097
        let dayOfEra = sinceEra % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
