import Bytes
import TestSupport
import Testing

@Suite("Days and instants are read and written as RFC 3339 says")
struct CalendarTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        let nanoseconds: UInt64?
    }

    @Test(arguments: [
        Row(testDescription: "the epoch", text: "1970-01-01T00:00:00Z", nanoseconds: 0),
        Row(testDescription: "a fraction", text: "2020-10-09T07:35:45.25Z", nanoseconds: 1_602_228_945_250_000_000),
        Row(testDescription: "an offset", text: "2020-10-09T09:35:45+02:00", nanoseconds: 1_602_228_945_000_000_000),
        Row(testDescription: "a leap day", text: "2024-02-29T23:59:59-00:30", nanoseconds: 1_709_252_999_000_000_000),
        Row(
            testDescription: "more digits than nanoseconds", text: "1970-01-01T00:00:00.1234567899Z",
            nanoseconds: 123_456_789),
        Row(testDescription: "no leap day", text: "2023-02-29T00:00:00Z", nanoseconds: nil),
        Row(testDescription: "no zone", text: "2023-02-28T00:00:00", nanoseconds: nil),
        Row(testDescription: "an hour too many", text: "2023-02-28T24:00:00Z", nanoseconds: nil),
        Row(testDescription: "bytes behind it", text: "2023-02-28T23:00:00Zx", nanoseconds: nil),
        Row(testDescription: "a point without digits", text: "2023-02-28T23:00:00.Z", nanoseconds: nil),
        Row(testDescription: "before the epoch", text: "1969-12-31T23:59:59Z", nanoseconds: nil),
        Row(testDescription: "a date alone", text: "2023-02-28", nanoseconds: nil),
    ])
    func reading(row: Row) {
        #expect(RFC3339.nanoseconds(row.text) == row.nanoseconds)
    }

    @Test("What is written is read back, with any offset")
    func roundTrip() {
        let seed: UInt64 = 20_261_123
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let instant = UInt64.random(in: 0..<9_000_000_000, using: &generator) * 1_000_000_000 + 123_456_000
            let offset = Int.random(in: -840...840, using: &generator) * 60
            guard instant > 60_000_000_000_000 else { continue }
            let text = RFC3339.string(instant, fractionDigits: 6, offsetSeconds: offset)
            #expect(RFC3339.nanoseconds(text) == instant, "\(text), seed \(seed)")
        }
    }

    @Test("Every day of eight centuries has the number after its predecessor's")
    func dayNumbers() {
        var previous = CivilDate(dayNumber: -150_000)
        for number in -149_999...150_000 {
            let date = CivilDate(dayNumber: number)
            let follows =
                (date.day == previous.day + 1 && date.month == previous.month && date.year == previous.year)
                || (date.day == 1 && date.month == previous.month + 1 && date.year == previous.year)
                || (date.day == 1 && date.month == 1 && previous.month == 12 && date.year == previous.year + 1)
            #expect(follows && date.dayNumber == number, "\(date.text) after \(previous.text)")
            previous = date
        }
        #expect(CivilDate(dayNumber: 19_782).text == "2024-02-29")
    }
}
