import Campaigns

/// The variations of a campaign, each compared with the first one, in one rate.
///
/// With more than two, each comparison is made at a confidence of 1 - 0.05 / comparisons (Bonferroni), so that in 95 of
/// 100 campaigns without any difference none is called real.
struct VariationComparison {
    /// What is compared.
    enum Measure: String {
        case clickRate, openRate

        var name: String { self == .clickRate ? "click rate" : "open rate" }
    }

    /// One variation against the first.
    struct Entry {
        let name: String
        let difference: RateDifference
    }

    let measure: Measure
    /// What the rates are parts of: `delivered`, `sent`, or `people who opened`.
    let whole: String
    let firstName: String
    let entries: [Entry]
    let confidence: Double

    /// More comparisons than this say nothing to a person.
    private static let entriesMax = 20

    /// - Parameter rows: rows by variation. Nil when there are not two whose rate is known.
    init?(_ rows: [ReportRow], measure: Measure) {
        let known = RateBase(rows)
        self.measure = measure
        guard measure == .clickRate || known != .opened else { return nil }
        whole = known.name
        var samples: [(name: String, sample: RateDifference.Sample)] = []
        for row in rows {
            let part = measure == .clickRate ? row.clicks.people : row.opens.people
            guard row.uniqueComplete, let part, let count = known.whole(row), count > 0, part <= count,
                let value = row.values.last
            else { continue }
            samples.append((Self.name(value), RateDifference.Sample(part: part, whole: count)))
        }
        guard samples.count > 1, let first = samples.first else { return nil }
        let others = samples.dropFirst().prefix(Self.entriesMax)
        let confidence = 1 - 0.05 / Double(others.count)
        self.confidence = confidence
        firstName = first.name
        entries = others.map { name, sample in
            Entry(name: name, difference: RateDifference(sample, less: first.sample, confidence: confidence))
        }
    }

    /// How a variation is called: its name, else its id.
    static func name(_ value: ReportValue) -> String {
        value.name ?? (value.text ?? "").nonEmpty ?? "(without va)"
    }

    /// What the comparison comes to, for a person who knows no statistics.
    func sentence(_ entry: Entry) -> String {
        let difference = entry.difference
        let pair = "\(entry.name)’s \(measure.name)"
        guard difference.isReal else {
            let start = "The \(measure.name)s of \(entry.name) and \(firstName) may well be the same: "
            let between =
                "\(entry.name)’s could be anything from \(Self.apart(difference.interval.lowerBound)) to "
                + "\(Self.apart(difference.interval.upperBound)) than \(firstName)’s."
            guard let more = difference.peopleNeeded(confidence: confidence) else { return start + between }
            return start + between + " If what is seen were the true difference, about "
                + "\(FigureText.count(Self.rounded(more))) more people in each would tell."
        }
        let isHigher = difference.difference > 0
        let bounds = [abs(difference.interval.lowerBound), abs(difference.interval.upperBound)].sorted()
        return "\(pair) is \(Self.points(bounds[0])) to \(Self.points(bounds[1])) points "
            + "\(isHigher ? "higher" : "lower") than \(firstName)’s: that is very unlikely to be chance."
    }

    /// How sure the sentences are, and what they rest on.
    var method: String {
        let many =
            entries.count > 1
            ? " Each variation is compared with \(firstName), with Bonferroni’s correction for \(entries.count) "
                + "comparisons." : ""
        let caveat =
            whole == RateBase.opened.name
            ? " Nobody recorded how many messages were sent, so that rates are of the people who opened, which "
                + "variations may have changed too: tremolo sends add." : ""
        return "95% confidence by Newcombe’s score interval; rates are of \(whole).\(many)\(caveat)"
    }

    private static func apart(_ value: Double) -> String {
        "\(points(abs(value))) points \(value < 0 ? "lower" : "higher")"
    }

    /// Percentage points: one decimal, two where it would read as nothing.
    static func points(_ value: Double) -> String {
        let size = abs(value * 100)
        if size >= 0.05 || size == 0 {
            let tenths = Int((size * 10).rounded())
            return "\(tenths / 10).\(tenths % 10)"
        }
        let hundredths = Int((size * 100).rounded())
        return hundredths == 0 ? "<0.01" : "0.0\(hundredths)"
    }

    /// To two digits: more would pretend to know.
    static func rounded(_ value: UInt64) -> UInt64 {
        var unit: UInt64 = 1
        while value / unit >= 100 { unit *= 10 }
        return (value + unit - 1) / unit * unit
    }
}

/// What rates are parts of: the best denominator that every row has.
enum RateBase: Equatable {
    case delivered, sent, opened

    /// - Parameter rows: rows that are shown beside each other, so that their rates can be compared.
    init(_ rows: [ReportRow]) {
        let mailed = rows.filter { $0.sent != nil || $0.clicks.total &+ $0.opens.total > 0 }
        if !mailed.isEmpty, mailed.allSatisfy({ $0.delivered ?? 0 > 0 }) {
            self = .delivered
        } else {
            self = !mailed.isEmpty && mailed.allSatisfy { $0.sent ?? 0 > 0 } ? .sent : .opened
        }
    }

    var name: String {
        switch self {
        case .delivered: "messages delivered"
        case .sent: "messages sent"
        case .opened: "people who opened"
        }
    }

    /// The row's denominator of click rates.
    func whole(_ row: ReportRow) -> UInt64? {
        switch self {
        case .delivered: row.delivered
        case .sent: row.sent
        case .opened: row.opens.people
        }
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
