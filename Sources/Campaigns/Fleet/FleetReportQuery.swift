import ClickHouse
import Engagement
import TrackingLinks

/// The statements that a question about campaigns is asked of the table `events` by, and what their rows say.
///
/// Figures are one pass over the rows of the selection: a row of the answer for each group, whose columns are
/// conditional counts. Rows are single events, so any columns stand together and any moment is a bound. What is a
/// column of the table's key (`day`, in UTC) selects partitions; sections have days of their own.
struct FleetReportQuery {
    let question: ReportQuestion
    let sections: SectionDirectory
    /// True when hours are told in a section's own clock.
    let isLocal: Bool
    /// The answer's rows are cut behind as many; nil for all.
    let rowsMax: Int?

    init(_ question: ReportQuestion, sections: SectionDirectory, isLocal: Bool, rowsMax: Int?) {
        self.question = question
        self.sections = sections
        self.isLocal = isLocal
        self.rowsMax = rowsMax
    }

    /// No section is asked for: there is nothing to look for.
    var isEmpty: Bool { question.sections?.isEmpty ?? false }

    // MARK: Statements

    /// The figures, a row for each group.
    var figures: String {
        let keys = question.by.flatMap(keys)
        var conditions = selection { $0.conditions }
        if let experience = question.experience {
            conditions.append("expId = \(ClickHouseText.literal(experience))")
        }
        let selected = keys.map { key in key.alias.map { "\(key.text) AS \($0)" } ?? key.text }
        var statement = "SELECT \((selected + aggregates).joined(separator: ", ")) FROM \(Self.events) FINAL"
        if !conditions.isEmpty { statement += " WHERE \(conditions.joined(separator: " AND "))" }
        if !keys.isEmpty { statement += " GROUP BY \(keys.map { $0.alias ?? $0.text }.joined(separator: ", "))" }
        if let rowsMax { statement += " LIMIT \(rowsMax)" }
        return statement
    }

    /// Sections and days in which people were left out. Of any experience: the cap is a section's.
    var capped: String { "SELECT DISTINCT sec, toUInt16(localDay) FROM \(Self.events) FINAL WHERE \(isCapped)" }

    /// How many rows `capped` may find something in, older ones included: without `FINAL` it takes a twentieth of the
    /// time, and there are hardly ever any.
    var cappedCount: String { "SELECT count() FROM \(Self.events) WHERE \(isCapped)" }

    private var isCapped: String {
        (["person = 'capped'"] + selection { $0.dayConditions }).joined(separator: " AND ")
    }

    /// The sections that have events of each experience, whenever.
    static let experiences = "SELECT DISTINCT sec, expId FROM \(events) FINAL"

    /// True where an answer's names depend on which sections have events of an experience.
    var needsExperiences: Bool {
        guard question.sections?.count != 1 else { return false }
        return question.experience != nil || question.by.contains(.expId) && !question.by.contains(.sec)
    }

    private static let events = ClickHouseText.name(FleetSchema.events.name)

    /// What one column of the question groups by: expressions, one of them maybe under a name.
    private func keys(_ column: ReportColumn) -> [(text: String, alias: String?)] {
        switch column {
        case .sec, .expId, .expVer, .va, .mech, .smech, .link, .client, .device, .country, .host:
            [(ClickHouseText.name(column.rawValue), nil)]
        case .hour:
            isLocal ? [("toUInt32(localHour)", nil), ("utcOffset", nil)] : [("toUInt32(localHour)", nil)]
        case .day: [("toUInt16(localDay)", nil)]
        case .kind, .class, .outcome: [("toInt8(\(ClickHouseText.name(column.rawValue)))", nil)]
        case .repair: [(Self.repairs, "repairBit")]
        }
    }

    /// The bits of an event's repairs that have a name, each a row; 0 where there is none.
    private static let repairs: String = {
        let bits = LinkRepair.named.map { "toUInt32(\($0.repair.rawValue))" }
        let mask = LinkRepair.named.reduce(UInt32(0)) { $0 | $1.repair.rawValue }
        return "arrayJoin(if(bitAnd(repairs, \(mask)) = 0, [toUInt32(0)], "
            + "arrayFilter(bit -> bitAnd(repairs, bit) != 0, [\(bits.joined(separator: ", "))])))"
    }()

    private static let kinds = ["click", "open"]

    private var aggregates: [String] {
        var aggregates: [String] = []
        for kind in Self.kinds {
            for engagementClass in EngagementClass.allCases {
                aggregates.append(
                    "countIf(kind = '\(kind)' AND outcome != 'refused' AND class = '\(engagementClass.name)')")
            }
            for outcome in ["asked", "refused"] {
                aggregates.append("countIf(kind = '\(kind)' AND outcome = '\(outcome)')")
            }
            guard question.tellsPeople else { continue }
            // A pseudonym is of one section.
            let isCounted = "kind = '\(kind)' AND person = 'counted' AND outcome != 'refused'"
            let classes = EngagementClass.allCases.filter(\.isPerson).map { "'\($0.name)'" }
            aggregates.append("uniqExactIf(sec, subject, \(isCounted))")
            aggregates.append(
                "uniqExactIf(sec, subject, \(isCounted) AND class IN (\(classes.joined(separator: ", "))))")
        }
        if question.by.contains(.host) {
            // Texts of one width are in the order of their numbers, so that the least one begins with the first time.
            let digits = String(repeating: "0", count: Self.timeDigits)
            let time = "substring(concat('\(digits)', toString(timeNanoseconds)), -\(Self.timeDigits))"
            aggregates += [
                "countIf(sample != '')", "maxIf(timeNanoseconds, sample != '')",
                "minIf(concat(\(time), sample), sample != '')",
            ]
        }
        return aggregates
    }

    private static let timeDigits = 20

    // MARK: The selection

    /// Conditions on the section and its range of time.
    private func selection(_ conditions: (SectionRange) -> [String]) -> [String] {
        var ranges: [(range: SectionRange, sections: [String])] = []
        let asked = question.sections.map { Set($0).sorted() }
        for section in asked ?? sections.sections.keys.sorted() {
            let range = SectionRange(question, zone: sections.zone(of: section))
            if let place = ranges.firstIndex(where: { $0.range == range }) {
                ranges[place].sections.append(section)
            } else {
                ranges.append((range, [section]))
            }
        }
        var selected: [String] = []
        if let asked { selected.append("sec IN \(Self.list(asked))") }
        // Sections that are not configured have the clock of UTC.
        let others = asked == nil ? SectionRange(question, zone: .utc) : nil
        if let others {
            ranges.removeAll { $0.range == others }
            ranges.append((others, []))
        }
        selected += keyConditions(ranges.map(\.range))
        let bounded = ranges.map { (conditions($0.range), $0.sections) }
        if bounded.count <= 1 { return selected + (bounded.first?.0 ?? []) }
        let named = bounded.flatMap(\.1)
        let alternatives = bounded.map { bounds, sections in
            let whose = sections.isEmpty ? "sec NOT IN \(Self.list(named))" : "sec IN \(Self.list(sections))"
            return "(\(([whose] + bounds).joined(separator: " AND ")))"
        }
        return selected + ["(\(alternatives.joined(separator: " OR ")))"]
    }

    private static func list(_ texts: [String]) -> String {
        "(\(texts.map(ClickHouseText.literal).joined(separator: ", ")))"
    }

    /// Bounds of the key's day in UTC, which lies at most two days from a section's own.
    private func keyConditions(_ ranges: [SectionRange]) -> [String] {
        var conditions: [String] = []
        if let first = ranges.map(\.firstDay).min(), first > .min {
            conditions.append("day >= toDate(\(min(max(Int(first) - 2, 0), Self.lastDate)))")
        }
        if let last = ranges.map(\.lastDay).max(), last < .max, Int(last) + 2 < Self.lastDate {
            conditions.append(last < -2 ? "0" : "day <= toDate(\(Int(last) + 2))")
        }
        return conditions
    }

    /// The last day that `toDate` of 18.16 takes, in days since 1970-01-01: 2106-02-06.
    private static let lastDate = 49_709

    // MARK: Rows

    /// Reads one row of `figures`.
    func readFigures(
        _ row: inout RowBinaryReader
    ) throws(RowBinaryReader.Cut) -> (groups: [ReportGroup], tally: ReportTally) {
        var groups: [ReportGroup] = []
        for column in question.by { groups.append(try group(column, &row)) }
        var tally = ReportTally()
        tally.clicks = try engagement(&row)
        tally.opens = try engagement(&row)
        guard question.by.contains(.host) else { return (groups, tally) }
        let (seen, last): (UInt64, UInt64) = (try row.number(), try row.number())
        let first = try row.text()
        guard seen > 0 else { return (groups, tally) }
        guard first.count >= Self.timeDigits,
            let time = UInt64(String(decoding: first.prefix(Self.timeDigits), as: UTF8.self))
        else { throw RowBinaryReader.Cut() }
        tally.host = HostSighting(
            firstSeenNanoseconds: time, lastSeenNanoseconds: last,
            sample: String(decoding: first.dropFirst(Self.timeDigits), as: UTF8.self))
        return (groups, tally)
    }

    private func engagement(_ row: inout RowBinaryReader) throws(RowBinaryReader.Cut) -> EngagementFigures {
        var figures = EngagementFigures()
        for engagementClass in EngagementClass.allCases {
            figures.add(FigureDelta.Counts(total: try row.number(), asked: 0, refused: 0), engagementClass)
        }
        figures.asked = try row.number()
        figures.refused = try row.number()
        if question.tellsPeople {
            figures.unique = try row.number(UInt64.self)
            figures.people = try row.number(UInt64.self)
        }
        return figures
    }

    private func group(
        _ column: ReportColumn, _ row: inout RowBinaryReader
    ) throws(RowBinaryReader.Cut) -> ReportGroup {
        switch column {
        case .sec, .expId, .expVer, .va, .mech, .smech: return .text(try row.string())
        case .link, .client, .device, .country, .host:
            let isNull: UInt8 = try row.number()
            return isNull == 0 ? .text(try row.string()) : .none
        case .hour:
            let start: UInt32 = try row.number()
            return .hour(startSeconds: Int64(start), offsetSeconds: isLocal ? try row.number() : 0)
        case .day:
            let day: UInt16 = try row.number()
            return .day(Int32(day))
        case .kind: return .text("\(try row.value(TrackingResource.self).name)")
        case .class: return .text(try row.value(EngagementClass.self).name)
        case .outcome: return .text("\(try row.value(Outcome.self).name)")
        case .repair:
            let bit: UInt32 = try row.number()
            return ReportGroup(LinkRepair(rawValue: bit).names.first)
        }
    }
}

extension SectionRange {
    /// True for an event of the section by its row.
    fileprivate var conditions: [String] {
        var conditions = dayConditions
        if firstHourSeconds > .min { conditions.append("toUInt32(localHour) >= \(firstHourSeconds)") }
        if endHourSeconds < .max { conditions.append("toUInt32(localHour) < \(endHourSeconds)") }
        if sinceNanoseconds > .min { conditions.append("timeNanoseconds >= \(sinceNanoseconds)") }
        if let untilNanoseconds { conditions.append("timeNanoseconds < \(untilNanoseconds)") }
        return conditions
    }

    /// True for an event of one of the section's days by its row.
    fileprivate var dayConditions: [String] {
        var conditions: [String] = []
        if firstDay > .min { conditions.append("toUInt16(localDay) >= \(firstDay)") }
        if lastDay < .max { conditions.append("toUInt16(localDay) <= \(lastDay)") }
        return conditions
    }
}

extension RowBinaryReader {
    /// Reads the number of an enumeration's case.
    fileprivate mutating func value<Value: RawRepresentable>(
        _: Value.Type
    ) throws(Cut) -> Value where Value.RawValue == UInt8 {
        guard let value = Value(rawValue: try number()) else { throw Cut() }
        return value
    }
}
