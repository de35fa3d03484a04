import Bytes
package import Campaigns

/// How an answer is made visible: the room's front door.
///
/// The store answers a question with numbers; this room gives them names, an order and a layout, for people, for
/// programs and for spreadsheets. It reads no store and decides no number: what is not in the answer is not known here,
/// and what is not known is never shown as 0. Every text that came from the network is made harmless for where it is
/// shown.
package enum ReportFormat: String, CaseIterable, Sendable {
    /// A table for a person.
    case table
    /// One JSON object.
    case json
    /// Rows for a spreadsheet.
    case csv
    /// A page in a file of its own.
    case html

    /// True when what is rendered has a place for sentences.
    package var showsNotes: Bool { self == .table || self == .html }

    /// The answer in this format, ready for standard output.
    ///
    /// - Parameters:
    ///   - columns: the terminal's width, or nil when the output is no terminal. A table fits into it; JSON is
    ///     indented and the texts of CSV are escaped where there is one.
    ///   - notes: what else a person should know, a sentence each. A table and a page show them.
    ///   - frame: what stands around a page, and what was selected for it.
    package func render(
        _ answer: ReportAnswer, columns: Int? = nil, notes: [String] = [],
        frame: PageFrame = PageFrame(.file, view: PageView())
    ) -> [UInt8] {
        switch self {
        case .table: Array(TableReport(answer, columns: columns, notes: notes).text().utf8)
        case .json: JSONReport(answer).bytes(layout: columns == nil ? .compact : .pretty)
        case .csv: CSVReport(answer, isForTerminal: columns != nil).bytes()
        case .html: AnswerPage(answer, frame: frame, notes: notes).bytes()
        }
    }
}
