import Bytes
import Campaigns
import Foundation
import TestSupport
import Testing

@testable import Reports

/// Answers as hard as they come, of one seed: odd bytes, huge numbers, nothing at all.
struct RandomAnswers {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private static let texts = [
        "", "<script>alert(1)</script>", "\"onload=\"x", "a&b=c", "https://www.mywebsite.com/a?b=1&c='x'",
        "\u{202E}evil",
        "é", "日本語", "\u{0}\u{1B}[31m", "]]>", "--><!--", "(other)", String(repeating: "w", count: 300), "17",
    ]

    mutating func figures() -> EngagementFigures {
        func count(_ random: inout SeededGenerator) -> UInt64 {
            let most: UInt64 = [0, 1, 30, 5_000_000_000, 1 << 60].randomElement(using: &random) ?? 0
            return UInt64.random(in: 0...most, using: &random)
        }
        var figures = EngagementFigures()
        for field in [\EngagementFigures.human, \.proxy, \.prefetch, \.machine, \.unknown, \.asked, \.refused] {
            figures[keyPath: field] = count(&random)
        }
        if Bool.random(using: &random) { (figures.unique, figures.people) = (count(&random), count(&random)) }
        return figures
    }

    private mutating func value(_ column: ReportColumn, _ index: Int) -> ReportValue {
        switch column {
        case .day: ReportValue(CivilDate(dayNumber: 20_000 + index).text)
        case .hour:
            ReportValue(RFC3339.string(UInt64(1_790_000_000 + index * 3_600) * 1_000_000_000, offsetSeconds: 7_200))
        default:
            Int.random(in: 0..<8, using: &random) == 0
                ? ReportValue(nil)
                : ReportValue(
                    (Self.texts.randomElement(using: &random) ?? "") + "\(index)",
                    name: Bool.random(using: &random) ? Self.texts.randomElement(using: &random) : nil)
        }
    }

    mutating func answer(_ columns: [ReportColumn]) -> ReportAnswer {
        let count = [0, 1, 2, 130].randomElement(using: &random) ?? 0
        let rows = (0..<count).map { index in
            var row = ReportRow(
                values: columns.map { value($0, index) }, clicks: figures(), opens: figures(),
                uniqueComplete: Int.random(in: 0..<5, using: &random) > 0)
            if Bool.random(using: &random) { row.sent = UInt64.random(in: 0...1_000_000, using: &random) }
            if Bool.random(using: &random) { row.delivered = row.sent }
            return row
        }
        return ReportAnswer(
            asOfNanoseconds: 1_795_428_000_000_000_000, rulesVersion: "<r>", columns: columns, rows: rows,
            accounting: ReportAccounting(counted: 3, pending: 1))
    }
}

@Suite("Pages are well-formed, run and load nothing, and show odd texts as texts")
struct PageTests {
    private static func views() throws -> [(PageFrame.Place, PageView)] {
        let view = try PageView([("sec", "a\"b<c>&d"), ("expId", "17"), ("count", "all"), ("since", "2026-11-01")])
        return [
            (.file, PageView()), (.server(path: "/"), PageView()), (.server(path: "/campaign"), view), (.file, view),
        ]
    }

    private func check(_ page: [UInt8], _ place: String, seed: UInt64) {
        do {
            let reading = try MarkupReading(page)
            #expect(reading.troubles == [], "\(place), seed \(seed)")
            #expect(page.allSatisfy { $0 >= 0x20 || $0 == 0x0A }, "\(place), seed \(seed)")
        } catch {
            Issue.record("\(place), seed \(seed): \(error)")
        }
    }

    @Test("Whatever the answers are")
    func anything() throws {
        for _ in 0..<4 {
            let seed = UInt64.random(in: 1...UInt64.max)
            var answers = RandomAnswers(seed: seed)
            for (place, view) in try Self.views() {
                let frame = PageFrame(place, view: view)
                let overview = [answers.answer([.sec, .expId]), answers.answer([.sec, .expId, .day])]
                check(CampaignsPage(overview, frame: frame, notes: ["<n>"]).bytes(), "campaigns", seed: seed)
                var parts: [ReportColumn] = [.day, .va, .link, .client, .device, .country, .repair, .outcome, .host]
                if Bool.random() { parts.append(.hour) }
                let campaign = [answers.answer([.sec, .expId])] + parts.map { answers.answer([$0]) }
                check(CampaignPage(campaign, frame: frame).bytes(), "campaign", seed: seed)
                for columns in [[], [.hour], [.day, .sec], [.va], [.link], [.kind, .class]] as [[ReportColumn]] {
                    check(AnswerPage(answers.answer(columns), frame: frame).bytes(), "\(columns)", seed: seed)
                }
            }
        }
    }

    @Test("Of health and of messages too")
    func others() throws {
        let frame = PageFrame(.server(path: "/health"), view: PageView())
        for mayAct in [true, false] {
            for accounting in [nil, ReportAccounting(), ReportAccounting(lost: 2, counted: UInt64.max / 4, pending: 9)]
            {
                let standing = HealthPage.Standing(
                    isReady: mayAct, troubles: mayAct ? [] : [("disk", "<b>\u{1B}[0m")], accounting: accounting,
                    asOfNanoseconds: 0, facts: [("Version", "<1>")], mayAct: mayAct)
                let page = HealthPage(standing, frame: frame).bytes()
                check(page, "health", seed: 0)
                let text = String(decoding: page, as: UTF8.self)
                #expect(text.contains("action=\"/reload\"") == mayAct)
                #expect(text.contains("operator’s token") != mayAct)
            }
        }
        check(MessagePage("<a>", ["<b>", "\u{202E}"], frame: frame).bytes(), "message", seed: 0)
    }

    @Test("A file links to nothing and names its policy; a page of the server links to every table's figures")
    func links() throws {
        var answers = RandomAnswers(seed: 5)
        let all = [answers.answer([.sec, .expId]), answers.answer([.sec, .expId, .day])]
        let file = try MarkupReading(CampaignsPage(all, frame: PageFrame(.file, view: PageView())).bytes())
        #expect(!file.elements.contains { $0.name == "a" || $0.name == "form" })
        #expect(
            file.elements.contains {
                $0.attributes["http-equiv"] == "Content-Security-Policy"
                    && $0.attributes["content"]?.hasPrefix("default-src &#39;none&#39;; style-src &#39;sha256-") == true
            })
        let view = try PageView([("sec", "1"), ("expId", "17"), ("since", "7d"), ("count", "all")])
        let frame = PageFrame(.server(path: "/campaign"), view: view)
        let parts: [ReportColumn] = [.day, .va, .link, .client, .device, .country, .repair, .outcome, .host]
        let campaign = [sample([.sec, .expId])] + parts.map { sample([$0]) }
        let page = try MarkupReading(CampaignPage(campaign, frame: frame).bytes())
        let addresses = Set(page.elements.compactMap { $0.attributes["href"] })
        for column in parts {
            for kind in ["", ".csv", ".json"] {
                let address = "/table\(kind)?sec=1&amp;expId=17&amp;by=\(column.rawValue)&amp;since=7d&amp;count=all"
                #expect(addresses.contains(address), "\(address)")
            }
        }
        // The choice of whose events count is there, kept beside the rest of the address.
        #expect(addresses.contains("/campaign?sec=1&amp;expId=17&amp;since=7d"))
        #expect(addresses.contains("/campaign?sec=1&amp;expId=17&amp;since=30d&amp;count=all"))
    }

    private func sample(_ columns: [ReportColumn]) -> ReportAnswer {
        let rows = ["2026-11-23", "2026-11-24"].map { text in
            ReportRow(
                values: columns.map { _ in ReportValue(text) },
                clicks: EngagementFigures(human: 7, machine: 30, unique: 20, people: 6),
                opens: EngagementFigures(human: 10, proxy: 2, unique: 11, people: 9), sent: 100)
        }
        return ReportAnswer(asOfNanoseconds: 1, columns: columns, rows: columns == [.sec, .expId] ? [rows[0]] : rows)
    }

    @Test("People's figures are theirs alone, and everything's are all; what is set apart is said in both")
    func counts() throws {
        let answers = [sample([.sec, .expId])]
        for (count, words) in [
            ("people", ["9.0%", "9 of 100", "6.0%", "6 of 100", "61.2%", "30 of 49"]),
            ("all", ["11.0%", "11 of 100", "20.0%", "20 of 100", "61.2%", "30 of 49"]),
        ] {
            let view = try PageView([("sec", "1"), ("expId", "17"), ("count", count)])
            let text = try MarkupReading(CampaignPage(answers, frame: PageFrame(.file, view: view)).bytes()).text
            for word in words { #expect(text.contains(word), "\(count): \(word)") }
        }
    }

    @Test("An address is read as it is written, and a bad one is refused with its field")
    func addresses() throws {
        let fields = [
            ("sec", "1"), ("expId", "a b&c"), ("by", "link"), ("since", "7d"), ("until", "1d"), ("count", "all"),
        ]
        let view = try PageView(fields)
        #expect(view.address("/x") == "/x?sec=1&expId=a%20b%26c&by=link&since=7d&until=1d&count=all")
        #expect(throws: PageView.Problem.unknownField("cuid")) { try PageView([("cuid", "x")]) }
        #expect(throws: PageView.Problem.repeatedField("sec")) { try PageView([("sec", "1"), ("sec", "2")]) }
        #expect(throws: PageView.Problem.badValue(field: "count", value: "x", expected: "people or all")) {
            try PageView([("count", "x")])
        }
        #expect(throws: PageView.Problem.missing("expId")) {
            try CampaignPage.questions(try PageView([("sec", "1")]), nowNanoseconds: 0)
        }
        #expect(throws: PageView.Problem.self) {
            try CampaignsPage.questions(try PageView([("since", "yesterday")]), nowNanoseconds: 0)
        }
    }

    /// Facets are kept by the day: a page of hours leaves them out, and still has the rest.
    @Test("A range that cuts a day asks nothing that is kept by days")
    func hours() throws {
        let view = try PageView([("sec", "1"), ("expId", "17"), ("since", "24h")])
        let columns = try CampaignPage.questions(view, nowNanoseconds: 1 << 60).map(\.by)
        #expect(columns == [[.sec, .expId], [.day], [.va], [.link]])
    }
}

@Suite("Charts have round axes that can be read")
struct ChartTests {
    @Test("Scales begin at 0, end at or above the highest value, and stand at whole numbers")
    func scales() {
        for highest: UInt64 in [0, 1, 2, 3, 7, 9, 10, 11, 99, 101, 4_999, 1_234_567, 1 << 63] {
            let scale = ChartScale(highest: highest)
            #expect(scale.ticks.first == 0 && scale.ticks.last == scale.top, "\(highest)")
            #expect(scale.top >= Double(highest) && scale.top >= 1, "\(highest)")
            #expect((2...7).contains(scale.ticks.count), "\(highest)")
            #expect(scale.ticks.allSatisfy { $0.rounded() == $0 }, "\(highest)")
        }
        let labels = [0.0, 250, 1_000, 1_500, 2_000_000].map(ChartScale.label)
        #expect(labels == ["0", "250", "1k", "1.5k", "2M"])
    }

    @Test("Few ticks over days, weeks, months and years, each once")
    func days() {
        for length in [1, 2, 5, 6, 7, 13, 30, 60, 100, 365, 1_000, 20_000] {
            let ticks = TimeAxis.dayTicks(20_000...20_000 + length - 1, most: 6)
            #expect(ticks.count <= 7 && (length < 40 || ticks.count >= 2), "\(length): \(ticks)")
            #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.position < $1.position }, "\(length)")
            #expect(Set(ticks.map(\.label)).count == ticks.count || length > 365, "\(length): \(ticks)")
        }
    }

    private func row(_ text: String, opens: UInt64, sent: UInt64? = nil) -> ReportRow {
        ReportRow(values: [ReportValue(text)], opens: EngagementFigures(human: opens), sent: sent)
    }

    @Test("A thousand days become weeks that hold the same events; two hundred hours become days")
    func merged() {
        let rows = (0..<1_000).map { row(CivilDate(dayNumber: 20_000 + $0).text, opens: UInt64($0), sent: 1) }
        let series = TimeSeries(rows, column: 0, isByHour: false)
        #expect(series.unit == .days(7))
        #expect(series.buckets.reduce(0) { $0 + $1.opens.human } == 499_500)
        #expect(series.buckets.reduce(0) { $0 + ($1.sent ?? 0) } == 1_000)
        #expect(series.buckets.allSatisfy { Int($0.position) % 7 == 4 })
        let hours = (0..<200).map {
            row(RFC3339.string(UInt64(1_790_000_000 + 3_600 * $0) * 1_000_000_000, fractionDigits: 0), opens: 1)
        }
        let days = TimeSeries(hours, column: 0, isByHour: true)
        #expect(days.unit == .days(1) && days.buckets.reduce(0) { $0 + $1.opens.human } == 200)
    }

    /// In Berlin 2026-10-25 has 25 hours: 02:00 comes twice.
    @Test("Where clocks are set back an hour stands twice, each with its own events")
    func clocks() {
        let rows = [
            row("2026-10-25T01:00:00+02:00", opens: 1), row("2026-10-25T02:00:00+02:00", opens: 2),
            row("2026-10-25T02:00:00+01:00", opens: 3), row("2026-10-25T03:00:00+01:00", opens: 4),
        ]
        let series = TimeSeries(rows, column: 0, isByHour: true)
        #expect(series.unit == .hour && series.buckets.map(\.opens.human) == [1, 2, 3, 4])
        #expect(zip(series.buckets, series.buckets.dropFirst()).allSatisfy { $1.position - $0.position == 1 })
        let first = Int(series.buckets[0].position)
        let ticks = TimeAxis.hourTicks(first...first + 3, most: 6, offsetSeconds: series.offsetSeconds)
        #expect(ticks.map(\.label) == ["1:00", "2:00", "2:00", "3:00"])
    }

    @Test("A range is drawn from its first day to its last; without one, from the first event to the last")
    func domain() {
        let rows = [row("2026-11-20", opens: 3), row("2026-11-22", opens: 4)]
        let day = CivilDate(year: 2026, month: 11, day: 20)?.dayNumber ?? 0
        func series(_ first: Int?, _ last: Int?, reachesEnd: Bool = false) -> TimeSeries {
            TimeSeries(
                rows, column: 0, isByHour: false, scope: ReportScope(firstDay: first, lastDay: last),
                reachesEnd: reachesEnd)
        }
        #expect(series(nil, nil).domain == Double(day)..<Double(day + 3))
        #expect(series(nil, day + 9).domain == Double(day)..<Double(day + 3))
        #expect(series(nil, day + 4, reachesEnd: true).domain == Double(day)..<Double(day + 5))
        #expect(series(day - 10, day + 4).domain == Double(day - 10)..<Double(day + 5))
        #expect(series(day - 2, day + 4).values { $0.opens.human } == [0, 0, 3, 0, 4, 0, 0])
        // Two hundred years without an event are not drawn.
        #expect(series(day - 80_000, day).domain.upperBound - series(day - 80_000, day).domain.lowerBound < 4_000)
        #expect(series(Int(Int32.min), day).buckets.reduce(0) { $0 + $1.opens.human } == 7)
    }

    @Test("Hours are drawn up to the one that is now, in the section's clock, and never beyond")
    func today() throws {
        let rows = [row("2026-11-23T01:00:00+01:00", opens: 3), row("2026-11-23T04:00:00+01:00", opens: 4)]
        let day = try #require(CivilDate(year: 2026, month: 11, day: 23)).dayNumber
        let scope = ReportScope(firstDay: day, lastDay: day)
        let now = try #require(RFC3339.nanoseconds("2026-11-23T09:20:00+01:00"))
        let series = TimeSeries(rows, column: 0, isByHour: true, scope: scope, nowNanoseconds: now)
        let start = Double(day * 24 - 1)
        #expect(series.unit == .hour && series.domain == start..<start + 10)
        let chart = TimeChart(
            series: series, kind: .opens, classes: ClassSeries.people, id: "t", zoneName: "Europe/Berlin")
        #expect(chart.figure.text.contains("Opens an hour (Europe/Berlin)"))
        var cut = scope
        cut.firstHourSeconds = Int64(day) * 86_400
        let later = TimeSeries(rows, column: 0, isByHour: true, scope: cut, nowNanoseconds: now)
        #expect(later.domain == start + 1..<start + 10)
        // Of hours in a range of weeks days are drawn, as one could not tell them apart.
        let weeks = ReportScope(firstDay: day - 30, lastDay: day)
        let days = TimeSeries(rows, column: 0, isByHour: true, scope: weeks, nowNanoseconds: now)
        #expect(days.unit == .days(1) && days.domain.upperBound == Double(day + 1))
    }

    /// The words of two sends that are too close to each other are one.
    @Test("No words of a send lie over another's, or over its mark, and none leave the picture")
    func sends() throws {
        let seed = UInt64.random(in: 1...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let days = Int.random(in: 1...60, using: &random)
            let rows = (0..<days).map { day in
                row(
                    CivilDate(dayNumber: 20_000 + day).text, opens: 5,
                    sent: Int.random(in: 0..<6, using: &random) == 0 ? .random(in: 1...5_000_000, using: &random) : nil)
            }
            let series = TimeSeries(rows, column: 0, isByHour: false)
            let chart = TimeChart(series: series, kind: .opens, classes: ClassSeries.people, id: "t", zoneName: nil)
            let page = try MarkupReading(Array("<!DOCTYPE html><p>\(chart.figure.text)</p>".utf8))
            var (start, marks) = (0.0, 0)
            for (name, attributes) in page.elements {
                // Marks end above the plot and below all words.
                if attributes["class"] == "send" {
                    marks += 1
                    #expect(attributes["y1"] == "40", "seed \(seed)")
                }
                if name == "svg" { start = 0 }
                guard attributes["class"] == "send-label" else { continue }
                let x = try #require(attributes["x"].flatMap(Double.init))
                #expect(x >= start && attributes["y"] == "30", "seed \(seed)")
                start = x + 30
            }
            #expect(marks == series.sends.count * 2, "seed \(seed)")
        }
    }

    @Test("One value, none, and the largest of all are drawn, with when messages were sent")
    func drawn() {
        for opens: UInt64 in [0, 1, .max] {
            let series = TimeSeries([row("2026-11-23", opens: opens, sent: 5_000)], column: 0, isByHour: false)
            let text = TimeChart(series: series, kind: .opens, classes: ClassSeries.people, id: "t", zoneName: nil)
                .figure.text
            #expect(text.contains("No opens in this time") == (opens == 0))
            #expect(text.contains(">5k sent<") == (opens > 0))
            #expect(!text.contains("nan") && !text.contains("inf"))
        }
        let nothing = TimeSeries([], column: 0, isByHour: true)
        let chart = TimeChart(series: nothing, kind: .clicks, classes: ClassSeries.allCases, id: "t", zoneName: nil)
        #expect(chart.figure.text == "<p class=\"empty\">No clicks in this time.</p>")
    }
}
