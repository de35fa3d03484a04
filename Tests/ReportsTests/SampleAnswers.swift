import Campaigns

/// 2026-11-23T10:00:00Z
let sampleMoment: UInt64 = 1_795_428_000_000_000_000

/// Two variations of one experience, one of them with sends.
let sampleAnswer = ReportAnswer(
    asOfNanoseconds: sampleMoment, columns: [.sec, .va],
    rows: [
        ReportRow(
            values: [ReportValue("8781202", name: "My website"), ReportValue("[10596091]", name: "Red button")],
            clicks: EngagementFigures(
                human: 1_100, proxy: 0, prefetch: 4, machine: 130, unknown: 0, asked: 12, refused: 3, unique: 1_050,
                people: 1_000),
            opens: EngagementFigures(
                human: 4_000, proxy: 1_000, prefetch: 2_000, machine: 50, unknown: 0, unique: 6_000, people: 4_500),
            sent: 20_000, delivered: 19_500),
        ReportRow(
            values: [ReportValue("8781202", name: "My website"), ReportValue("")],
            clicks: EngagementFigures(human: 1, unique: 1, people: 1), uniqueComplete: false),
    ],
    accounting: ReportAccounting(waiting: 1, lost: 2, counted: 8_285, pending: 3))

/// An answer whose figures are not known beyond the totals, by host.
let hostAnswer = ReportAnswer(
    asOfNanoseconds: 0, columns: [.host, .kind],
    rows: [
        ReportRow(
            values: [ReportValue("example.com"), ReportValue("click")], clicks: EngagementFigures(human: 7),
            host: HostSighting(
                firstSeenNanoseconds: sampleMoment, lastSeenNanoseconds: sampleMoment + 1_500_000_000,
                sample: "https://example.com/a,b")),
        ReportRow(values: [ReportValue(nil), ReportValue("open")], opens: EngagementFigures(human: 9)),
    ])
