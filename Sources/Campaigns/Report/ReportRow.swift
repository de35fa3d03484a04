/// One row of a report.
package struct ReportRow: Equatable, Sendable {
    /// The row's values, one for each column of the question and in its order.
    package var values: [ReportValue]
    /// Figures of clicks.
    package var clicks: EngagementFigures
    /// Figures of opens.
    package var opens: EngagementFigures
    /// Messages sent, as recorded by `sends add`; nil where none was recorded or the columns know no sends.
    package var sent: UInt64?
    /// Messages delivered; nil where not recorded.
    package var delivered: UInt64?
    /// False where a people cap was reached: then `unique` and `people` are lower bounds.
    package var uniqueComplete: Bool
    /// When and with what a host was seen; only in rows by `host` that have one.
    package var host: HostSighting?

    package init(
        values: [ReportValue], clicks: EngagementFigures = EngagementFigures(),
        opens: EngagementFigures = EngagementFigures(), sent: UInt64? = nil, delivered: UInt64? = nil,
        uniqueComplete: Bool = true, host: HostSighting? = nil
    ) {
        self.values = values
        self.clicks = clicks
        self.opens = opens
        self.sent = sent
        self.delivered = delivered
        self.uniqueComplete = uniqueComplete
        self.host = host
    }

    /// Clicks over opens, as Reconnect reports it; nil without opens.
    package var clickThroughRate: Double? { Self.rate(clicks.total, of: opens.total) }
    /// People who clicked over people who opened; nil where either is not known or nobody opened.
    package var clickToOpenRate: Double? { Self.rate(clicks.people, of: opens.people) }
    /// People who opened over messages sent; nil where either is not known.
    package var openRate: Double? { Self.rate(opens.people, of: sent) }
    /// People who clicked over messages sent; nil where either is not known.
    package var clickRate: Double? { Self.rate(clicks.people, of: sent) }

    private static func rate(_ part: UInt64?, of whole: UInt64?) -> Double? {
        guard let part, let whole, whole > 0 else { return nil }
        return Double(part) / Double(whole)
    }
}

/// What a row says in one of its columns.
package struct ReportValue: Equatable, Sendable {
    /// The value as JSON and CSV carry it; nil where the events have none (the link of an open, the repair of a
    /// link that needed none). An absent or empty field is the empty text. `hour` is RFC 3339 with the section's offset
    /// (UTC where no section stands in the row), `day` is `YYYY-MM-DD`.
    package var text: String?
    /// The name that `tremolo name` or the configuration gives it, to be shown beside the text.
    package var name: String?

    package init(_ text: String?, name: String? = nil) {
        self.text = text
        self.name = name
    }
}

/// The first and last time that a host was asked for, and a link that asked for it.
package struct HostSighting: Equatable, Sendable {
    /// Time of the first event, in nanoseconds since 1970 UTC.
    package var firstSeenNanoseconds: UInt64
    /// Time of the last event, in nanoseconds since 1970 UTC.
    package var lastSeenNanoseconds: UInt64
    /// The stored target of the first event; of several at the same nanosecond the one that sorts first.
    package var sample: String

    package init(firstSeenNanoseconds: UInt64, lastSeenNanoseconds: UInt64, sample: String) {
        self.firstSeenNanoseconds = firstSeenNanoseconds
        self.lastSeenNanoseconds = lastSeenNanoseconds
        self.sample = sample
    }

    /// What both sightings say together. The order of merging does not matter.
    package func merged(with other: HostSighting) -> HostSighting {
        let mine = (firstSeenNanoseconds, sample)
        let theirs = (other.firstSeenNanoseconds, other.sample)
        let first = mine.0 != theirs.0 ? mine.0 < theirs.0 : mine.1.utf8.lexicographicallyPrecedes(theirs.1.utf8)
        return HostSighting(
            firstSeenNanoseconds: min(firstSeenNanoseconds, other.firstSeenNanoseconds),
            lastSeenNanoseconds: max(lastSeenNanoseconds, other.lastSeenNanoseconds),
            sample: first ? sample : other.sample)
    }
}
