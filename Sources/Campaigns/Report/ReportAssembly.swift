import Bytes
import Engagement
import TrackingLinks

/// Puts the rows of an answer together from figures and people, whatever store or journal they come from.
///
/// A row is found by its values as texts. People are united by section within a row and added up over sections, since
/// no person belongs to two.
struct ReportAssembly<People: PeopleUnion> {
    /// One row while it grows.
    private struct Growing {
        var clicks = EngagementFigures()
        var opens = EngagementFigures()
        var sent: UInt64?
        var delivered: UInt64?
        var isComplete = true
        var host: HostSighting?
        var clickPeople: [String: People] = [:]
        var openPeople: [String: People] = [:]
    }

    private let columns: [ReportColumn]
    private let knowsPeople: Bool
    private var rows: [[String?]: Growing] = [:]

    /// - Parameter knowsPeople: false where `unique` and `people` can't be known: they are null then.
    init(_ columns: [ReportColumn], knowsPeople: Bool) {
        self.columns = columns
        self.knowsPeople = knowsPeople
    }

    /// Adds counts to a row.
    mutating func add(
        _ counts: FigureDelta.Counts, kind: TrackingResource, engagementClass: EngagementClass, to values: [String?]
    ) {
        let path: WritableKeyPath<Growing, EngagementFigures> = kind == .click ? \.clicks : \.opens
        let byClass = Self.path(of: engagementClass)
        rows[values, default: Growing()][keyPath: path][keyPath: byClass] &+= counts.total
        rows[values, default: Growing()][keyPath: path].asked &+= counts.asked
        rows[values, default: Growing()][keyPath: path].refused &+= counts.refused
    }

    /// Unites people into a row.
    mutating func unite(
        _ people: People, kind: TrackingResource, section: String, to values: [String?]
    ) {
        let path: WritableKeyPath<Growing, [String: People]> = kind == .click ? \.clickPeople : \.openPeople
        rows[values, default: Growing()][keyPath: path][section, default: People()].formUnion(people)
    }

    /// Says that people were left out of a row because of a cap.
    mutating func markIncomplete(_ values: [String?]) {
        rows[values]?.isComplete = false
    }

    /// Marks every row incomplete.
    mutating func markAllIncomplete() {
        for values in rows.keys { rows[values]?.isComplete = false }
    }

    /// Adds messages sent to a row that exists, or makes it.
    mutating func addSends(sent: UInt64, delivered: UInt64?, to values: [String?]) {
        rows[values, default: Growing()].sent = (rows[values]?.sent ?? 0) &+ sent
        if let delivered {
            rows[values, default: Growing()].delivered = (rows[values]?.delivered ?? 0) &+ delivered
        }
    }

    /// Adds when and with what a host was seen.
    mutating func add(_ sighting: HostSighting, to values: [String?]) {
        let known = rows[values]?.host
        rows[values, default: Growing()].host = known.map { $0.merged(with: sighting) } ?? sighting
    }

    /// The rows in the order of their values; a question without columns has one row in any case.
    ///
    /// - Parameter name: the name of a value, where it has one.
    func finish(name: ([String?], Int) -> String?) -> [ReportRow] {
        var rows = self.rows
        if columns.isEmpty, rows.isEmpty { rows[[]] = Growing() }
        return rows.sorted { Self.precedes($0.key, $1.key) }.map { values, growing in
            var row = ReportRow(
                values: values.enumerated().map { ReportValue($1, name: name(values, $0)) }, clicks: growing.clicks,
                opens: growing.opens, sent: growing.sent, delivered: growing.delivered,
                uniqueComplete: growing.isComplete, host: growing.host)
            if knowsPeople {
                (row.clicks.unique, row.clicks.people) = Self.count(growing.clickPeople)
                (row.opens.unique, row.opens.people) = Self.count(growing.openPeople)
            }
            return row
        }
    }

    private static func count(_ bySection: [String: People]) -> (unique: UInt64, people: UInt64) {
        bySection.values.reduce((0, 0)) { sum, people in
            (sum.0 + UInt64(people.uniqueCount), sum.1 + UInt64(people.peopleCount))
        }
    }

    private static func path(
        of engagementClass: EngagementClass
    ) -> WritableKeyPath<EngagementFigures, UInt64> {
        switch engagementClass {
        case .human: \.human
        case .proxy: \.proxy
        case .prefetch: \.prefetch
        case .machine: \.machine
        case .unknown: \.unknown
        }
    }

    /// By the values in their order, byte by byte; what is not there comes first.
    private static func precedes(_ left: [String?], _ right: [String?]) -> Bool {
        for (one, other) in zip(left, right) where one != other {
            guard let one else { return true }
            guard let other else { return false }
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        return false
    }
}

/// Distinct people of one section: those with a human or proxy event, and everybody.
protocol PeopleUnion {
    init()
    mutating func formUnion(_ other: Self)
    /// People with a human or proxy event.
    var peopleCount: Int { get }
    /// All of them.
    var uniqueCount: Int { get }
}

/// People by their numbers in a store.
struct NumberedPeople: PeopleUnion {
    var people = PersonSet()
    var others = PersonSet()

    init() {}

    init(people: PersonSet, others: PersonSet) {
        self.people = people
        self.others = others
    }

    mutating func formUnion(_ other: NumberedPeople) {
        people.formUnion(other.people)
        others.formUnion(other.others)
    }

    var peopleCount: Int { people.count }

    var uniqueCount: Int {
        var everyone = people
        everyone.formUnion(others)
        return everyone.count
    }
}

/// People by their hashes.
struct HashedPeople: PeopleUnion {
    var people: Set<UInt64> = []
    var others: Set<UInt64> = []

    mutating func formUnion(_ other: HashedPeople) {
        people.formUnion(other.people)
        others.formUnion(other.others)
    }

    var peopleCount: Int { people.count }
    var uniqueCount: Int { people.union(others).count }
}

extension ReportColumn {
    /// The text of an hour: its start, RFC 3339 with the section's offset where the section stands in the row.
    static func hourText(startSeconds: Int64, offsetSeconds: Int32) -> String {
        RFC3339.string(
            UInt64(max(0, startSeconds)) * 1_000_000_000, fractionDigits: 0, offsetSeconds: Int(offsetSeconds))
    }
}
