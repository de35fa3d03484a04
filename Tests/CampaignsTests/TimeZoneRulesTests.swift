import Bytes
import Foundation
import Testing
import TestSupport

@testable import Campaigns

/// The rules of a zone in `Tests/Fixtures/zones`.
func zone(_ name: String) throws -> TimeZoneRules {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("zones/" + name))))
    return try TimeZoneRules(tzif: bytes.span)
}

@Suite("A section's hours and days are those of its clocks")
struct TimeZoneRulesTests {
    /// A moment and what the clocks of a place say at it.
    struct Moment: CustomTestStringConvertible, Sendable {
        let zone: String
        let instant: String
        let offsetSeconds: Int32
        let hourStart: String
        let day: String
        var testDescription: String { "\(zone) at \(instant)" }

        init(_ zone: String, _ instant: String, _ offset: Int32, hour: String, day: String) {
            self.zone = zone
            self.instant = instant
            offsetSeconds = offset
            hourStart = hour
            self.day = day
        }
    }

    static let moments = [
        Moment("Berlin", "2026-01-15T22:59:59Z", 3_600, hour: "2026-01-15T22:00:00Z", day: "2026-01-15"),
        Moment("Berlin", "2026-01-15T23:00:00Z", 3_600, hour: "2026-01-15T23:00:00Z", day: "2026-01-16"),
        // Summer time begins at 01:00 UTC on the last Sunday of March.
        Moment("Berlin", "2026-03-29T00:59:59Z", 3_600, hour: "2026-03-29T00:00:00Z", day: "2026-03-29"),
        Moment("Berlin", "2026-03-29T01:00:00Z", 7_200, hour: "2026-03-29T01:00:00Z", day: "2026-03-29"),
        // It ends at 01:00 UTC on the last Sunday of October: the local hour from 2 to 3 comes twice, as two hours.
        Moment("Berlin", "2026-10-25T00:30:00Z", 7_200, hour: "2026-10-25T00:00:00Z", day: "2026-10-25"),
        Moment("Berlin", "2026-10-25T01:30:00Z", 3_600, hour: "2026-10-25T01:00:00Z", day: "2026-10-25"),
        // Far behind the last transition that a file lists: its rule holds.
        Moment("Berlin", "2150-07-01T00:00:00Z", 7_200, hour: "2150-07-01T00:00:00Z", day: "2150-07-01"),
        Moment("New_York", "2026-11-01T05:59:59Z", -14_400, hour: "2026-11-01T05:00:00Z", day: "2026-11-01"),
        Moment("New_York", "2026-11-01T06:00:00Z", -18_000, hour: "2026-11-01T06:00:00Z", day: "2026-11-01"),
        Moment("New_York", "2026-07-01T03:59:59Z", -14_400, hour: "2026-07-01T03:00:00Z", day: "2026-06-30"),
        Moment("Kolkata", "2026-01-01T18:29:59Z", 19_800, hour: "2026-01-01T17:30:00Z", day: "2026-01-01"),
        Moment("Kolkata", "2026-01-01T18:30:00Z", 19_800, hour: "2026-01-01T18:30:00Z", day: "2026-01-02"),
        // Half an hour of summer time, south of the equator.
        Moment("Lord_Howe", "2026-01-10T13:00:00Z", 39_600, hour: "2026-01-10T13:00:00Z", day: "2026-01-11"),
        Moment("Lord_Howe", "2026-07-10T13:29:59Z", 37_800, hour: "2026-07-10T12:30:00Z", day: "2026-07-10"),
        Moment("Dublin", "2026-01-10T00:00:00Z", 0, hour: "2026-01-10T00:00:00Z", day: "2026-01-10"),
        Moment("Dublin", "2026-07-10T00:00:00Z", 3_600, hour: "2026-07-10T00:00:00Z", day: "2026-07-10"),
    ]

    @Test("Known moments", arguments: moments)
    func knownMoments(moment: Moment) throws {
        let rules = try zone(moment.zone)
        let nanoseconds = try #require(RFC3339.nanoseconds(moment.instant))
        let hour = rules.localHour(at: Int64(nanoseconds / 1_000_000_000))
        #expect(hour.offsetSeconds == moment.offsetSeconds)
        #expect(RFC3339.string(UInt64(hour.startSeconds) * 1_000_000_000, fractionDigits: 0) == moment.hourStart)
        #expect(CivilDate(dayNumber: Int(hour.dayNumber)).text == moment.day)
    }

    @Test(
        "Offsets are those of another reader of the same places",
        arguments: [
            ("Berlin", "Europe/Berlin"), ("New_York", "America/New_York"), ("Kolkata", "Asia/Kolkata"),
            ("Lord_Howe", "Australia/Lord_Howe"), ("Sao_Paulo", "America/Sao_Paulo"), ("Dublin", "Europe/Dublin"),
            ("St_Johns", "America/St_Johns"),
        ])
    func equalsFoundation(names: (file: String, identifier: String)) throws {
        let rules = try zone(names.file)
        let other = try #require(TimeZone(identifier: names.identifier))
        var random = SeededGenerator(seed: 21)
        for _ in 0..<2_000 {
            // 1971 to 2037: where the lists of both are complete.
            let seconds = Int64.random(in: 40_000_000..<2_110_000_000, using: &random)
            let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
            #expect(Int(rules.offsetSeconds(at: seconds)) == expected, "at \(seconds)")
        }
    }

    @Test("UTC has hours and days without any file")
    func utc() {
        let hour = TimeZoneRules.utc.localHour(at: 86_399)
        #expect(hour == LocalHour(startSeconds: 82_800, offsetSeconds: 0, dayNumber: 0))
    }

    @Test("A cut file is refused or reads as the whole one does, and no byte makes it trap")
    func hostileFiles() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: fixture("zones/Berlin"))))
        for length in 0..<bytes.count {
            let cut = Array(bytes[..<length])
            #expect(throws: TimeZoneError.self) { try TimeZoneRules(tzif: cut.span) }
        }
        var random = SeededGenerator(seed: 22)
        for _ in 0..<3_000 {
            var flipped = bytes
            for _ in 0..<3 { flipped[Int.random(in: 0..<bytes.count, using: &random)] = random.next() }
            guard let rules = try? TimeZoneRules(tzif: flipped.span) else { continue }
            let offset = rules.offsetSeconds(at: Int64.random(in: 0..<20_000_000_000, using: &random))
            #expect(abs(offset) < 26 * 3_600)
        }
    }

    @Test(
        "Strings that are no rule are refused",
        arguments: [
            "CET", "C-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-25", "CET-1CEST,M13.1.0,M10.5.0", "<CET-1", "CET-1x",
        ])
    func badRules(text: String) {
        let bytes = Array(text.utf8)
        let rule = PosixTimeZone(bytes.span)
        #expect(rule == nil)
    }

    @Test("Rules by Julian day and by day of the year, with times outside the day")
    func rareRules() throws {
        let julian = Array("AAA0BBB,J60/0,J300/25".utf8)
        let read = PosixTimeZone(julian.span)
        let rule = try #require(read)
        // J60 is the first of March in every year.
        let leap = try #require(RFC3339.nanoseconds("2028-03-01T00:00:00Z")) / 1_000_000_000
        let common = try #require(RFC3339.nanoseconds("2027-03-01T00:00:00Z")) / 1_000_000_000
        for start in [Int64(leap), Int64(common)] {
            #expect(rule.offsetSeconds(at: start - 1) == 0)
            #expect(rule.offsetSeconds(at: start) == 3_600)
        }
        // J300 is 27 October; at hour 25 of summer's clock the change is at midnight UTC of the 28th.
        let end = Int64(try #require(RFC3339.nanoseconds("2027-10-28T00:00:00Z")) / 1_000_000_000)
        #expect(rule.offsetSeconds(at: end - 1) == 3_600)
        #expect(rule.offsetSeconds(at: end) == 0)
    }
}
