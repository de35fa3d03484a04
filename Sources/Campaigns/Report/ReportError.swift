/// Why a question about campaigns has no answer.
package enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no such column; `nearest` is the one that was probably meant.
    case unknownColumn(String, nearest: ReportColumn?)
    /// The column is named twice.
    case repeatedColumn(ReportColumn)
    /// The store does not keep figures for these columns together. The journal answers any combination.
    case notKept([ReportColumn])
    /// A range of time begins or ends inside a day, and the column is kept by day. The journal answers any range.
    case notKeptWithinDay(ReportColumn)
    /// A range of time begins or ends inside an hour of a section. The journal answers any range.
    case notKeptWithinHour(ReportRangeEnd)
    /// The list of columns holds an empty name.
    case emptyColumn
    /// The text is no time.
    case unreadableTime(ReportRangeEnd, String)
    /// The answer would have more rows than whoever asks has room for.
    case tooManyRows(max: Int)
    /// The store cannot be read.
    case store(StoreError)
    /// The fleet's database can't be asked.
    case fleet(FleetError)

    package var description: String {
        switch self {
        case .unknownColumn(let name, let nearest):
            let hint = nearest.map { "did you mean \($0.rawValue)?" }
            let all = ReportColumn.allCases.map(\.rawValue).joined(separator: ", ")
            return "--by \(name): there is no such column: \(hint ?? "the columns are \(all)")"
        case .repeatedColumn(let column):
            return "--by \(column.rawValue): the column is named twice: name it once"
        case .notKept(let columns):
            let names = columns.map(\.rawValue).joined(separator: ", ")
            return "--by \(names): the store keeps no figures for this combination: ask with --from journal"
        case .notKeptWithinDay(let column):
            return "--by \(column.rawValue): the store keeps it by whole days, and the range of time cuts a day: "
                + "give days (2026-11-23 or 7d) or ask with --from journal"
        case .notKeptWithinHour(let end):
            return "--\(end.rawValue): the store keeps whole hours of a section, and this moment lies inside one: "
                + "give the start of an hour or ask with --from journal"
        case .emptyColumn:
            return "--by: the name of a column is missing: write columns with commas between them, such as sec,day"
        case .unreadableTime(let end, let text):
            return "--\(end.rawValue): '\(text)' is no time: write 2026-11-23T10:00:00Z, 2026-11-23, 7d or 24h"
        case .tooManyRows(let max):
            return
                "the answer has more than \(max) rows: ask for fewer columns or a shorter time, or use tremolo report"
        case .store(let error):
            return error.description
        case .fleet(let error):
            return error.description
        }
    }
}
