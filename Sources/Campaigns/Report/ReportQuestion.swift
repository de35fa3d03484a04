import Bytes

/// What is asked of a campaign store: a selection, a range of time, and the columns to break it down by.
package struct ReportQuestion: Equatable, Sendable {
    /// The sections to look at; nil for all.
    package var sections: [String]?
    /// The `expId` to look at; nil for all.
    package var experience: String?
    /// The first moment that counts; nil for the beginning.
    package var since: ReportBound?
    /// The first moment that no longer counts; nil for the end.
    package var until: ReportBound?
    /// The columns of the answer's rows, in this order. Empty gives one row for everything.
    package var by: [ReportColumn]
    /// False when nobody looks at `unique` and `people`, which cost most: a store then leaves them out.
    package var tellsPeople: Bool

    package init(
        sections: [String]? = nil, experience: String? = nil, since: ReportBound? = nil, until: ReportBound? = nil,
        by: [ReportColumn] = [], tellsPeople: Bool = true
    ) {
        self.sections = sections
        self.experience = experience
        self.since = since
        self.until = until
        self.by = by
        self.tellsPeople = tellsPeople
    }

    /// What a person is told of bounds that were moved: `24h` begins with its hour, in each section's clock.
    ///
    /// - Parameter sections: the sections' time zones.
    package func roundings(_ sections: SectionDirectory) -> [String] {
        let zones = (self.sections ?? Array(sections.sections.keys)).map(sections.zone(of:))
        return [(ReportRangeEnd.since, since), (.until, until)].compactMap { end, bound in
            guard let bound, case .hoursBefore(let hours, let now) = bound else { return nil }
            let starts = Set((zones.isEmpty ? [.utc] : zones).compactMap(bound.hourStartSeconds(in:)))
            let moment = Int64(now / 1_000_000_000) - Int64(hours) * 3_600
            guard starts != [moment] else { return nil }
            let start = starts.count == 1 ? starts.first.flatMap(Self.text) : nil
            return "--\(end.rawValue) \(hours)h: rounded down to the start of the hour"
                + (start.map { ", \($0)" } ?? " of each section")
        }
    }

    private static func text(seconds: Int64) -> String? {
        let nanoseconds = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return nanoseconds.overflow ? nil : RFC3339.string(nanoseconds.partialValue, fractionDigits: 0)
    }

    /// Refuses a combination of columns that rollups do not keep. An answer from the journal knows every combination.
    ///
    /// - Throws: `ReportError.notKept` with the columns that cannot stand together.
    package func requireKept() throws(ReportError) {
        guard let facet = by.first(where: \.isFacet) else { return }
        let strangers = by.filter { $0 != facet && !ReportColumn.besideFacets.contains($0) }
        if !strangers.isEmpty { throw .notKept([facet] + strangers) }
    }
}
