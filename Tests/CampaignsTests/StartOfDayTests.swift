import Bytes
import Foundation
import LinuxSystem
import Testing

@testable import Campaigns

struct DayStart: CustomTestStringConvertible, Sendable {
    let zone: String
    let day: String
    let start: String
    var testDescription: String { "\(day) in \(zone)" }
}

@Suite("A day begins when a section's clocks first show it")
struct StartOfDayTests {
    @Test(arguments: [
        DayStart(zone: "UTC", day: "2027-01-01", start: "2027-01-01T00:00:00Z"),
        DayStart(zone: "Europe/Berlin", day: "2027-01-01", start: "2026-12-31T23:00:00Z"),
        DayStart(zone: "Europe/Berlin", day: "2026-07-01", start: "2026-06-30T22:00:00Z"),
        DayStart(zone: "America/Los_Angeles", day: "2027-01-01", start: "2027-01-01T08:00:00Z"),
        DayStart(zone: "Asia/Kolkata", day: "2027-01-01", start: "2026-12-31T18:30:00Z"),
        DayStart(zone: "Asia/Kathmandu", day: "2027-01-01", start: "2026-12-31T18:15:00Z"),
        DayStart(zone: "Pacific/Kiritimati", day: "2027-01-01", start: "2026-12-31T10:00:00Z"),
        // Midnight is skipped: the day begins at one o'clock.
        DayStart(zone: "America/Sao_Paulo", day: "2018-11-04", start: "2018-11-04T03:00:00Z"),
        // Midnight comes twice: clocks went from 00:01 back to 23:01, and the day had begun a minute before.
        DayStart(zone: "America/St_Johns", day: "2010-11-07", start: "2010-11-07T02:30:00Z"),
        // The day never was: what follows it comes at its place.
        DayStart(zone: "Pacific/Apia", day: "2011-12-30", start: "2011-12-30T10:00:00Z"),
    ])
    func starts(_ row: DayStart) throws {
        var zone = TimeZoneRules.utc
        if row.zone != "UTC" {
            let bytes = try Files.readAll("/usr/share/zoneinfo/\(row.zone)", limitBytes: 1 << 20)
            zone = try TimeZoneRules(tzif: bytes.span)
        }
        let day = try #require(RFC3339.civilDate(row.day))
        let start = zone.startSeconds(ofDay: Int32(day.dayNumber))
        #expect(RFC3339.string(UInt64(start) * 1_000_000_000, fractionDigits: 0) == row.start)
    }
}
