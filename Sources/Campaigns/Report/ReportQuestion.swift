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

    package init(
        sections: [String]? = nil, experience: String? = nil, since: ReportBound? = nil, until: ReportBound? = nil,
        by: [ReportColumn] = []
    ) {
        self.sections = sections
        self.experience = experience
        self.since = since
        self.until = until
        self.by = by
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
