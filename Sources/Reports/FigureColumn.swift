package import Campaigns

/// One figure of a report's row: what it is called and where it stands.
///
/// Every renderer goes through this table, so that they show the same figures under the same names in the same order.
package struct FigureColumn: Sendable {
    /// What the figure belongs to.
    package enum Group: String, Sendable {
        case clicks, opens, sends, rates
    }

    /// Its group.
    package let group: Group
    /// Its place in JSON, such as `clicks.total` or `openRate`: the column's name in CSV.
    package let path: String
    /// Its heading under the group's in a table.
    package let heading: String
    /// The row's figure.
    package let figure: @Sendable (ReportRow) -> Figure

    /// True for rates whose whole is messages.
    var isOfMessages: Bool { ["openRate", "clickRate"].contains(path) }

    /// The columns of clicks and opens, of sends and of rates, in the order of JSON. `uniqueComplete` is a property of
    /// the whole row and no figure.
    package static let all: [FigureColumn] =
        engagement(.clicks, \.clicks) + [
            count(.clicks, "asked") { $0.clicks.asked }, count(.clicks, "refused") { $0.clicks.refused },
        ] + engagement(.opens, \.opens) + [
            FigureColumn(group: .sends, path: "sent", heading: "sent") { .count($0.sent) },
            FigureColumn(group: .sends, path: "delivered", heading: "delivered") { .count($0.delivered) },
            rate("clickThroughRate", "click-through", \.clickThroughRate) { ($0.clicks.total, $0.opens.total) },
            rate("clickToOpenRate", "click-to-open", \.clickToOpenRate) { ($0.clicks.people, $0.opens.people) },
            rate("openRate", "open rate", \.openRate) { ($0.opens.people, $0.sent) },
            rate("clickRate", "click rate", \.clickRate) { ($0.clicks.people, $0.sent) },
        ]

    private static func engagement(
        _ group: Group, _ figures: any KeyPath<ReportRow, EngagementFigures> & Sendable
    ) -> [FigureColumn] {
        [
            count(group, "total") { $0[keyPath: figures].total },
            people(group, "unique") { $0[keyPath: figures].unique },
            people(group, "people") { $0[keyPath: figures].people },
            count(group, "human") { $0[keyPath: figures].human },
            count(group, "proxy") { $0[keyPath: figures].proxy },
            count(group, "prefetch") { $0[keyPath: figures].prefetch },
            count(group, "machine") { $0[keyPath: figures].machine },
            count(group, "unknown") { $0[keyPath: figures].unknown },
        ]
    }

    private static func count(
        _ group: Group, _ name: String, _ value: @escaping @Sendable (ReportRow) -> UInt64?
    ) -> FigureColumn {
        FigureColumn(group: group, path: "\(group.rawValue).\(name)", heading: name) { .count(value($0)) }
    }

    private static func people(
        _ group: Group, _ name: String, _ value: @escaping @Sendable (ReportRow) -> UInt64?
    ) -> FigureColumn {
        FigureColumn(group: group, path: "\(group.rawValue).\(name)", heading: name) {
            .people(value($0), isComplete: $0.uniqueComplete)
        }
    }

    private static func rate(
        _ path: String, _ heading: String, _ value: any KeyPath<ReportRow, Double?> & Sendable,
        _ fraction: @escaping @Sendable (ReportRow) -> (UInt64?, UInt64?)
    ) -> FigureColumn {
        FigureColumn(group: .rates, path: path, heading: heading) { row in
            guard let rate = row[keyPath: value], let part = fraction(row).0, let whole = fraction(row).1 else {
                return .rate(nil)
            }
            return .rate(Rate(value: rate, part: part, whole: whole))
        }
    }
}

/// A figure of one row.
package enum Figure: Equatable, Sendable {
    /// A number of events or messages; nil when it is not known.
    case count(UInt64?)
    /// A number of people; nil when it is not known. Incomplete, it is a lower bound.
    case people(UInt64?, isComplete: Bool)
    /// A rate; nil when it is not known.
    case rate(Rate?)

    /// True when the figure is not known.
    package var isUnknown: Bool {
        switch self {
        case .count(let value), .people(let value, _): value == nil
        case .rate(let rate): rate == nil
        }
    }
}

extension Figure {
    /// True when a column of such figures is worth its room: something is known, and not just 0.
    var saysSomething: Bool {
        switch self {
        case .count(let value), .people(let value, _): value ?? 0 > 0
        case .rate(let rate): rate != nil
        }
    }
}

/// A rate with the fraction that it stands for.
package struct Rate: Equatable, Sendable {
    /// Part over whole. Above 1 where more people clicked than were seen to open.
    package let value: Double
    /// What was counted.
    package let part: UInt64
    /// What it was counted among, at least 1.
    package let whole: UInt64
}
