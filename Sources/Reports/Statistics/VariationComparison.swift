import Campaigns

/// The variations of a campaign that have messages, each compared with the first one of them, in one rate.
///
/// With more than two, each comparison is made at a confidence of 1 - 0.05 / comparisons (Bonferroni), so that in 95 of
/// 100 campaigns without any difference none is called real.
struct VariationComparison {
    /// What is compared.
    enum Measure: String, CaseIterable {
        case clickRate, openRate

        var name: String { self == .clickRate ? "click rate" : "open rate" }
        var did: String { self == .clickRate ? "clicked" : "opened" }

        func people(_ row: ReportRow) -> UInt64? { self == .clickRate ? row.clicks.people : row.opens.people }
    }

    /// How much a difference says.
    enum Certainty {
        /// No difference at all lies within the bounds.
        case none
        /// Without any difference fewer than 5 of 100 campaigns would show one like this.
        case likely
        /// Fewer than 1 of 100 would.
        case veryLikely
    }

    /// One variation against the first.
    struct Entry {
        let name: String
        let difference: RateDifference
        let certainty: Certainty
    }

    /// Why a variation stands in no comparison.
    enum Exclusion: CaseIterable {
        case noMessages, morePeopleThanMessages, lowerBound, tooMany

        func words(_ measure: Measure, _ whole: String) -> String {
            switch self {
            case .noMessages: "no sends recorded"
            case .morePeopleThanMessages: "more people \(measure.did) than there are \(whole)"
            case .lowerBound: "the number of people is a lower bound"
            case .tooMany: "only the first \(VariationComparison.entriesMax + 1) are"
            }
        }
    }

    let measure: Measure
    /// What the rates are parts of: `messages delivered` or `messages sent`.
    let whole: String
    /// The one that the others are compared with; empty where no rate is known.
    let firstName: String
    let entries: [Entry]
    let confidence: Double
    /// The variations that are not compared, and why.
    let excluded: [(why: Exclusion, names: [String])]

    /// More comparisons than this say nothing to a person.
    static let entriesMax = 20
    /// Fewer messages than this tell nothing of how many would.
    private static let messagesMin: UInt64 = 100

    /// - Parameter rows: rows by variation. Without two whose rate is known there is no entry.
    init(_ rows: [ReportRow], measure: Measure) {
        let base = RateBase(rows)
        self.measure = measure
        whole = base.name
        var samples: [(name: String, sample: RateDifference.Sample)] = []
        var left: [Exclusion: [String]] = [:]
        for row in rows {
            let name = Self.name(row)
            guard let count = base.whole(row), let part = measure.people(row) else {
                left[.noMessages, default: []].append(name)
                continue
            }
            if !row.uniqueComplete {
                left[.lowerBound, default: []].append(name)
            } else if part > count {
                left[.morePeopleThanMessages, default: []].append(name)
            } else if samples.count > Self.entriesMax {
                left[.tooMany, default: []].append(name)
            } else {
                samples.append((name, RateDifference.Sample(part: part, whole: count)))
            }
        }
        excluded = Exclusion.allCases.compactMap { why in left[why].map { (why, $0) } }
        let others = samples.dropFirst()
        let confidence = 1 - 0.05 / Double(max(1, others.count))
        let high = 1 - 0.01 / Double(max(1, others.count))
        self.confidence = confidence
        firstName = samples.first?.name ?? ""
        guard let first = samples.first else {
            entries = []
            return
        }
        entries = others.map { name, sample in
            let difference = RateDifference(sample, less: first.sample, confidence: confidence)
            let isSure = RateDifference(sample, less: first.sample, confidence: high).isReal
            return Entry(
                name: name, difference: difference,
                certainty: isSure ? .veryLikely : difference.isReal ? .likely : .none)
        }
    }

    /// How a variation is called: its name, else its id.
    static func name(_ row: ReportRow) -> String {
        guard let value = row.values.last else { return "(without va)" }
        return value.name ?? (value.text ?? "").nonEmpty ?? "(without va)"
    }

    /// What the comparison comes to, for a person who knows no statistics.
    func sentence(_ entry: Entry) -> String {
        let difference = entry.difference
        let (its, firsts) = (Self.possessive(entry.name), Self.possessive(firstName))
        guard entry.certainty != .none else {
            return "The \(measure.name)s of \(entry.name) and \(firstName) may well be the same: \(its) could be "
                + "anything from \(Self.apart(difference.interval.lowerBound)) to "
                + "\(Self.apart(difference.interval.upperBound)) than \(firsts)." + outlook(entry)
        }
        let isHigher = difference.difference > 0
        let bounds = [abs(difference.interval.lowerBound), abs(difference.interval.upperBound)].sorted()
        return "\(its) \(measure.name) is \(Self.points(bounds[0])) to \(Self.points(bounds[1])) points "
            + "\(isHigher ? "higher" : "lower") than \(firsts): that is "
            + "\(entry.certainty == .veryLikely ? "very unlikely" : "unlikely") to be chance."
    }

    /// What it would take to know, where that can be said: of some messages nobody knows, and of unlike numbers the
    /// formula for like ones does not hold.
    private func outlook(_ entry: Entry) -> String {
        let (one, other) = (entry.difference.sample.whole, entry.difference.other.whole)
        if min(one, other) < Self.messagesMin {
            let few = one <= other ? (entry.name, one) : (firstName, other)
            return " It is too early to tell, with \(few.1) message\(few.1 == 1 ? "" : "s") of \(few.0)."
        }
        guard max(one, other) / 2 <= min(one, other), let more = entry.difference.peopleNeeded(confidence: confidence)
        else { return "" }
        return " If what is seen were the true difference, about \(FigureText.count(Self.rounded(more))) more messages "
            + "of each would tell."
    }

    /// The whole in short, where there are too many to be read one by one.
    var summary: String {
        let real = entries.filter { $0.certainty != .none }
        let higher = real.filter { $0.difference.difference > 0 }.map(\.name)
        let lower = real.filter { $0.difference.difference < 0 }.map(\.name)
        if real.isEmpty {
            return
                "None of the \(entries.count) others’ \(measure.name)s can be told from \(Self.possessive(firstName))."
        }
        let firsts = Self.possessive(firstName)
        var sentences: [String] = []
        for (names, word) in [(higher, "higher"), (lower, "lower")] where !names.isEmpty {
            sentences.append(
                "Unlikely to be chance: a \(word) \(measure.name) than \(firsts) for \(Self.list(names))."
            )
        }
        let rest = entries.count - real.count
        if rest > 0 { sentences.append("\(rest) of \(entries.count) may well have the same as \(firstName).") }
        return sentences.joined(separator: " ")
    }

    /// How sure the sentences are, and what they rest on.
    var method: String {
        let many =
            entries.count > 1
            ? " Each variation is compared with \(firstName), with Bonferroni’s correction for \(entries.count) "
                + "comparisons." : ""
        return "95% confidence by Newcombe’s score interval (99% for “very unlikely”); rates are of \(whole).\(many) "
            + "This holds for one look at a time chosen before: whoever looks again and again until a difference shows "
            + "will find one by chance."
    }

    /// Who is in no comparison, and why; a sentence each.
    var exclusions: [String] {
        excluded.map { why, names in "Not compared: \(Self.list(names)) (\(why.words(measure, whole)))." }
    }

    /// Some names, and how many more there are.
    static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(FigureText.count(UInt64(names.count - 5))) more" : shown
    }

    private static func possessive(_ name: String) -> String { name + (name.hasSuffix("s") ? "’" : "’s") }

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

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
