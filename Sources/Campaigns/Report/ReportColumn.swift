/// A column that a report can be broken down by. The raw value is its name on the command line and in JSON and CSV.
package enum ReportColumn: String, CaseIterable, Hashable, Sendable {
    case sec, expId, expVer, va, mech, smech, link, hour, day, kind
    case `class`
    case client, device, country, repair, host, outcome

    /// True for the columns that the store keeps apart from each other, each beside `beside` alone.
    package var isFacet: Bool {
        switch self {
        case .client, .device, .country, .repair, .host, .outcome: true
        default: false
        }
    }

    /// The columns that a facet may stand beside in the store.
    package static let besideFacets: Set<ReportColumn> = [.day, .sec, .expId, .expVer, .va, .kind, .class]

    /// The columns by which unique people are known; `link` for clicks.
    package static let knowsPeople: Set<ReportColumn> = [.day, .sec, .expId, .expVer, .va, .kind, .link]

    /// The columns of a message sent: figures of sends are known by these alone.
    package static let knowsSends: Set<ReportColumn> = [.day, .hour, .sec, .expId, .expVer, .va]

    /// Reads a comma-separated list such as `sec,day`.
    ///
    /// - Throws: `ReportError.unknownColumn` with the name that was probably meant, `ReportError.repeatedColumn`,
    ///   `ReportError.emptyColumn`.
    package static func list(_ text: String) throws(ReportError) -> [ReportColumn] {
        var columns: [ReportColumn] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(part.filter { $0 != " " })
            if name.isEmpty { throw .emptyColumn }
            guard let column = ReportColumn(rawValue: name) else {
                throw .unknownColumn(name, nearest: nearest(to: name))
            }
            if columns.contains(column) { throw .repeatedColumn(column) }
            columns.append(column)
        }
        return columns
    }

    /// The column whose name differs from `name` in the fewest letters, if that is at most three.
    private static func nearest(to name: String) -> ReportColumn? {
        let ranked = allCases.map { ($0, editDistance(Array($0.rawValue.utf8), Array(name.prefix(32).utf8))) }
        guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= 3 else { return nil }
        return best.0
    }

    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            for (column, rightByte) in right.enumerated() {
                let same = leftByte.editLetter == rightByte.editLetter
                current.append(min(previous[column + 1] + 1, current[column] + 1, previous[column] + (same ? 0 : 1)))
            }
            previous = current
        }
        return previous[right.count]
    }
}

extension UInt8 {
    fileprivate var editLetter: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}
