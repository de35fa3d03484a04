import Bytes
import Engagement
import TestSupport
import Testing

@testable import Campaigns

@Suite("A range of time means what it says, or the answer says what it means instead")
struct ReportRangeTests {
    private static let kolkata = "kolkata"

    private func sections() throws -> SectionDirectory {
        var sections = try testSections()
        sections.sections[Self.kolkata] = SectionDirectory.Facts(zone: try zone("Kolkata"), zoneName: "Asia/Kolkata")
        return sections
    }

    private func nanoseconds(_ text: String) throws -> UInt64 { try #require(RFC3339.nanoseconds(text)) }

    private func range(since: String, section: String) throws -> SectionRange {
        let question = ReportQuestion(since: .instant(nanoseconds: try nanoseconds(since)))
        return SectionRange(question, zone: try sections().zone(of: section))
    }

    @Test("Whether an instant cuts an hour is a question of the section's clock")
    func hoursOfSections() throws {
        #expect(try range(since: "2026-03-28T10:00:00Z", section: "utc").cutHour == nil)
        #expect(try range(since: "2026-03-28T10:00:00Z", section: Self.kolkata).cutHour == .since)
        #expect(try range(since: "2026-03-28T10:30:00Z", section: "utc").cutHour == .since)
        #expect(try range(since: "2026-03-28T10:30:00Z", section: Self.kolkata).cutHour == nil)
        #expect(try range(since: "2026-03-28T10:00:00.000000001Z", section: "utc").cutHour == .since)
        #expect(try range(since: "2026-03-28T00:00:00Z", section: "utc").cutsDay == false)
    }

    @Test("24h begins with an hour of each section, and that is said unless nothing was moved")
    func roundings() throws {
        let now = try nanoseconds("2026-03-28T10:10:00Z")
        let bound = ReportBound.hoursBefore(hours: 24, nowNanoseconds: now)
        let utc = SectionRange(ReportQuestion(since: bound), zone: .utc)
        let start = try nanoseconds("2026-03-27T10:00:00Z") / 1_000_000_000
        #expect(utc.cutHour == nil && utc.firstHourSeconds == Int64(start))
        func said(_ names: [String], _ bound: ReportBound) throws -> [String] {
            ReportQuestion(sections: names, since: bound).roundings(try sections())
        }
        #expect(
            try said(["utc"], bound) == ["--since 24h: rounded down to the start of the hour, 2026-03-27T10:00:00Z"])
        #expect(
            try said(["utc", Self.kolkata], bound) == [
                "--since 24h: rounded down to the start of the hour of each section"
            ])
        let onHour = ReportBound.hoursBefore(hours: 24, nowNanoseconds: try nanoseconds("2026-03-28T10:00:00Z"))
        #expect(try said(["utc", "berlin"], onHour).isEmpty)
        #expect(try said(["utc"], .daysBefore(days: 7, nowNanoseconds: now)).isEmpty)
        let always = ReportBound.hoursBefore(hours: .max, nowNanoseconds: now)
        #expect(SectionRange(ReportQuestion(since: always), zone: .utc).firstHourSeconds <= 0)
    }
}
