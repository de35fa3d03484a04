import Testing

@testable import Settings

struct SizeCase: CustomTestStringConvertible, Sendable {
    let text: String
    let expected: Result<UInt64, QuantityError>
    var testDescription: String { "'\(text)'" }

    init(_ text: String, _ bytes: UInt64) {
        self.text = text
        expected = .success(bytes)
    }

    init(_ text: String, _ error: QuantityError) {
        self.text = text
        expected = .failure(error)
    }
}

private let sizeUnits = ["B", "KiB", "MiB", "GiB", "TiB"]
private let spanUnits = ["ns", "us", "ms", "s", "min", "h", "days", "weeks"]

@Suite("A size is read exactly, or refused with a reason")
struct ByteSizeTests {
    @Test(arguments: [
        SizeCase("64 MiB", 67_108_864), SizeCase("64MiB", 67_108_864), SizeCase(" 64  mib ", 67_108_864),
        SizeCase("1 GiB", 1_073_741_824), SizeCase("1.5 GiB", 1_610_612_736), SizeCase("0 B", 0),
        SizeCase("512 B", 512),
        SizeCase("16777215 TiB", 18_446_742_974_197_923_840), SizeCase("0.5 KiB", 512),
        SizeCase("18446744073709551615 B", UInt64.max),
        SizeCase("64", .missingUnit(example: "64 MiB")), SizeCase("64 MB", .unknownUnit("MB", known: sizeUnits)),
        SizeCase("64 s", .unknownUnit("s", known: sizeUnits)), SizeCase("", .malformed(example: "30 MiB")),
        SizeCase("MiB", .malformed(example: "30 MiB")), SizeCase("-1 MiB", .malformed(example: "30 MiB")),
        SizeCase("1. MiB", .malformed(example: "30 MiB")), SizeCase(".5 MiB", .malformed(example: "30 MiB")),
        SizeCase("1.2.3 MiB", .malformed(example: "30 MiB")), SizeCase("0.5 B", .notWhole(smallestUnit: "B")),
        SizeCase("1.0000000001 GiB", .notWhole(smallestUnit: "B")), SizeCase("16777216 TiB", .tooLarge),
        SizeCase("18446744073709551616 B", .tooLarge), SizeCase("1 MiB 2", .unknownUnit("MiB 2", known: sizeUnits)),
    ])
    func size(_ row: SizeCase) {
        let read = Result { () throws(QuantityError) in try ByteSize(row.text).bytes }
        #expect(read == row.expected)
    }

    @Test func whatToDoIsSaid() {
        #expect("\(QuantityError.tooLarge)" == "the value is too large: write a smaller one")
    }

    @Test func aSizeIsWrittenInItsLargestWholeUnit() throws {
        for text in ["64 MiB", "1 GiB", "1 B", "0 B", "1025 B", "1536 MiB"] {
            #expect(try ByteSize(text).description == text)
        }
    }
}

@Suite("A span of time is read exactly, or refused with a reason")
struct TimeSpanTests {
    @Test(arguments: [
        SizeCase("5 s", 5_000_000_000), SizeCase("5s", 5_000_000_000), SizeCase("1 h", 3_600_000_000_000),
        SizeCase("90 days", 7_776_000_000_000_000), SizeCase("1 day", 86_400_000_000_000),
        SizeCase("2 weeks", 1_209_600_000_000_000), SizeCase("1.5 Hours", 5_400_000_000_000),
        SizeCase("250 ms", 250_000_000), SizeCase("10 µs", 10_000), SizeCase("1 minute", 60_000_000_000),
        SizeCase("0.000000001 s", 1), SizeCase("5", .missingUnit(example: "5 s")),
        SizeCase("5 m", .unknownUnit("m", known: spanUnits)), SizeCase("soon", .malformed(example: "30 s")),
        SizeCase("0.5 ns", .notWhole(smallestUnit: "ns")), SizeCase("300000 days", .tooLarge),
    ])
    func span(_ row: SizeCase) {
        let read = Result { () throws(QuantityError) in try TimeSpan(row.text).nanoseconds }
        #expect(read == row.expected)
    }

    @Test func aFlagMayGiveBareSeconds() throws {
        #expect(try TimeSpan("5", bareSeconds: true) == .seconds(5))
        #expect(try TimeSpan("0.5", bareSeconds: true) == TimeSpan("500 ms"))
        #expect(try TimeSpan("5 min", bareSeconds: true) == .seconds(300))
    }

    @Test func aSpanIsWrittenInItsLargestWholeUnit() throws {
        for text in ["90 days", "1 day", "1 h", "75 s", "5 s", "250 ms", "14 days", "0 ns"] {
            #expect(try TimeSpan(text).description == text)
        }
    }

    @Test func everyReasonSaysWhatToWrite() {
        #expect(QuantityError.missingUnit(example: "5 s").description == "the unit is missing: write \"5 s\"")
        #expect(
            QuantityError.unknownUnit("m", known: ["s", "h"]).description == "'m' is no unit here: use one of s, h")
    }
}

@Suite("A misspelled name finds the one that was meant, and a strange one finds none")
struct NearestNameTests {
    @Test(arguments: [
        ("lissten", "listen"), ("flush-intervall", "flushInterval"), ("FLUSHINTERVAL", "flushInterval"),
        ("setcions", "sections"), ("datas", "data"), ("wrokers", "workers"),
    ])
    func near(_ typed: String, _ meant: String) {
        let known = ["listen", "admin", "data", "workers", "flushInterval", "sections"]
        #expect(NearestName.find(typed, among: known) == meant)
    }

    @Test(arguments: ["", "x", "colour", "passwordFile", String(repeating: "z", count: 100_000)])
    func strange(_ typed: String) {
        #expect(NearestName.find(typed, among: ["listen", "admin", "data", "workers", "a"]) == nil)
    }

    @Test func noNameIsNearToNothing() {
        #expect(NearestName.find("listen", among: []) == nil)
        #expect(NearestName.find("listen", among: [""]) == nil)
    }
}

@Suite("A number of months is read exactly, or refused with a reason")
struct MonthSpanTests {
    @Test(arguments: [("13 months", 13), ("1 Month", 1), ("2 years", 24), ("1 year", 12), ("0.5 years", 6)])
    func reads(_ text: String, _ months: Int) throws {
        #expect(try MonthSpan(text).months == months)
        #expect(try MonthSpan("\(MonthSpan(months: months))").months == months)
    }

    @Test(arguments: ["13", "13 days", "half a year", "1.5 months", "", "99999999999999999999 months"])
    func refuses(_ text: String) {
        #expect(throws: QuantityError.self) { try MonthSpan(text) }
    }
}
