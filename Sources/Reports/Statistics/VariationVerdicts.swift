import Campaigns

/// What can be said of a campaign's variations: comparisons, or why there is none.
struct VariationVerdicts {
    /// Those with an entry at least.
    let comparisons: [VariationComparison]
    /// Why nothing is compared, in a sentence; nil where something is.
    let obstacle: String?
    /// Who is in no comparison, and why.
    let exclusions: [String]

    /// - Parameters:
    ///   - rows: rows by variation.
    ///   - isCut: true where messages were sent before the time that the rows are of.
    init(_ rows: [ReportRow], isCut: Bool) {
        let all = VariationComparison.Measure.allCases.map { VariationComparison(rows, measure: $0) }
        let obstacle = Self.obstacle(rows, all, isCut: isCut)
        self.obstacle = obstacle
        comparisons = obstacle == nil ? all.filter { !$0.entries.isEmpty } : []
        var told: [String] = []
        if RateBase(rows) != .opened, !isCut {
            for sentence in all.flatMap(\.exclusions) where !told.contains(sentence) { told.append(sentence) }
        }
        exclusions = told
    }

    private static func obstacle(
        _ rows: [ReportRow], _ all: [VariationComparison], isCut: Bool
    ) -> String? {
        if isCut {
            return
                "No verdict: messages were sent before this time, and who opened or clicked in it may have had one of "
                + "them. Choose a time that begins before the first sending."
        }
        guard RateBase(rows) != .opened else {
            return "No verdict: no sending of a variation lies in this time. Rates of those who opened would prove "
                + "nothing, as variations change who opens; tremolo sends add records how many messages were sent."
        }
        if rows.allSatisfy({ $0.clicks.people == nil && $0.opens.people == nil }) {
            return "No verdict: people are known of whole days. Choose a time of whole days."
        }
        guard all.allSatisfy(\.entries.isEmpty) else { return nil }
        return "No verdict: it takes two variations whose messages and people are known."
    }
}
