import Bytes
package import Campaigns

/// Which figures a page shows: everything that its address says, so that whoever has the address sees the same view.
package struct PageView: Equatable, Sendable {
    /// Whose events the figures are of.
    package enum Count: String, CaseIterable, Sendable {
        /// Those of people: class human and proxy.
        case people
        /// All of them, machines and fetches ahead included.
        case all
    }

    /// Why an address can't be shown.
    package enum Problem: Error, Equatable, Sendable {
        /// A field that there is none of.
        case unknownField(String)
        /// A field that stands twice.
        case repeatedField(String)
        /// A field whose value can't be used, and what it may be.
        case badValue(field: String, value: String, expected: String)
        /// A campaign needs its section and its experience.
        case missing(String)
        /// What the store can't answer.
        case report(ReportError)
    }

    /// The sections, or nil for all. An address has one at most.
    package var sections: [String]?
    /// The only section; nil for all, and for several.
    package var section: String? {
        get { sections?.count == 1 ? sections?.first : nil }
        set { sections = newValue.map { [$0] } }
    }
    /// The experience, or nil for all.
    package var experience: String?
    /// `all`, or what `--since` of a report takes.
    package var since: String?
    /// What `--until` of a report takes, or nil for the end.
    package var until: String?
    /// Whose events.
    package var count = Count.people
    /// The columns of a table that is shown alone; nil for a page.
    package var by: String?

    /// What the page of all campaigns begins with where nobody says anything else.
    package static let standardSince = "30d"
    /// What `since` is for all that there is.
    package static let allTime = "all"

    /// The view of a page that nobody said anything about.
    package init() {}

    /// Reads the fields of an address, decoded. An empty `since` or `until` counts as absent, and so does an empty
    /// `sec` or `expId` that stands alone: together they tell a campaign of links without them.
    package init(_ fields: [(name: String, value: String)]) throws(Problem) {
        var seen: Set<String> = []
        for (name, value) in fields {
            guard seen.insert(name).inserted else { throw .repeatedField(name) }
            switch name {
            case "sec": section = value
            case "expId": experience = value
            case "since": since = value.isEmpty ? nil : value
            case "until": until = value.isEmpty ? nil : value
            case "by": by = value
            case "count":
                guard let known = Count(rawValue: value) else {
                    throw .badValue(field: name, value: value, expected: "people or all")
                }
                count = known
            default: throw .unknownField(name)
            }
        }
        // An id of a campaign may be empty; alone such a field is one that a form left open.
        if experience == nil, section?.isEmpty ?? false { section = nil }
        if section == nil, experience?.isEmpty ?? false { experience = nil }
    }

    /// The beginning of the page's range: of one campaign all of its life, of all of them the last weeks.
    var effectiveSince: String { since ?? (experience == nil ? Self.standardSince : Self.allTime) }

    /// The question with this view's selection and range, which ends with today at the latest: a send may bear any
    /// date.
    package func question(
        by columns: [ReportColumn], nowNanoseconds: UInt64, tellsPeople: Bool = true
    ) throws(Problem) -> ReportQuestion {
        let since = effectiveSince
        return ReportQuestion(
            sections: sections, experience: experience,
            since: since == Self.allTime ? nil : try Self.bound(since, .since, nowNanoseconds),
            until: try end(nowNanoseconds),
            by: columns, tellsPeople: tellsPeople)
    }

    private func end(_ now: UInt64) throws(Problem) -> ReportBound {
        let tomorrow = ReportBound.daysBefore(days: -1, nowNanoseconds: now)
        guard let until else { return tomorrow }
        let bound = try Self.bound(until, .until, now)
        let day: UInt64 = 86_400_000_000_000
        switch bound {
        // Somewhere on Earth tomorrow has begun.
        case .day(let date) where date.dayNumber > Int(now / day) + 2: return tomorrow
        case .instant(let nanoseconds) where nanoseconds / day > now / day + 1: return tomorrow
        default: return bound
        }
    }

    private static func bound(
        _ text: String, _ end: ReportRangeEnd, _ now: UInt64
    ) throws(Problem) -> ReportBound {
        do throws(ReportError) {
            return try ReportBound.read(text, as: end, nowNanoseconds: now)
        } catch {
            throw .badValue(field: end.rawValue, value: text, expected: "a day such as 2026-11-23, 7d, 24h or a time")
        }
    }

    /// An address with this view, and `changes` made to it: `path?sec=…&since=…`. Defaults are left out.
    func address(_ path: String, _ change: (inout PageView) -> Void = { _ in }) -> String {
        var view = self
        change(&view)
        var fields: [(String, String)] = []
        if let section = view.section { fields.append(("sec", section)) }
        if let experience = view.experience { fields.append(("expId", experience)) }
        if let by = view.by { fields.append(("by", by)) }
        if let since = view.since { fields.append(("since", since)) }
        if let until = view.until { fields.append(("until", until)) }
        if view.count != .people { fields.append(("count", view.count.rawValue)) }
        return path + Self.query(fields)
    }

    private static func query(_ fields: [(String, String)]) -> String {
        guard !fields.isEmpty else { return "" }
        return "?" + fields.map { "\($0)=\(encoded($1))" }.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var buffer = ByteBuffer(capacity: max(1, bytes.count * 3))
        PercentCoding.encode(bytes.span, into: &buffer)
        return String(decoding: buffer.toArray(), as: UTF8.self)
    }

    /// The range in words, such as `the last 30 days`.
    var rangeWords: String {
        let since = effectiveSince
        var words: String
        if since == Self.allTime {
            words = until == nil ? "all time" : "everything"
        } else if let days = Int(since.dropLast()), since.last == "d" {
            words = days == 0 ? "today" : days == 1 ? "yesterday and today" : "the last \(days) days and today"
        } else if let hours = Int(since.dropLast()), since.last == "h" {
            words = "the last \(hours) hours"
        } else {
            words = "from \(since) on"
        }
        if let until { words += ", before \(until)" }
        return words
    }
}

extension PageView.Problem: CustomStringConvertible {
    /// What is wrong, and what to do.
    package var description: String {
        switch self {
        case .unknownField(let name):
            "The address has a field “\(name)”, which means nothing here: there are sec, expId, since, until, count "
                + "and by."
        case .repeatedField(let name): "The field “\(name)” stands in the address twice: leave one out."
        case .badValue(let field, let value, let expected):
            "The field “\(field)” can’t be “\(value)”: write \(expected)."
        case .missing(let field): "The address lacks “\(field)”: a campaign is told by its sec and its expId."
        case .report(let error): "\(error)"
        }
    }
}
