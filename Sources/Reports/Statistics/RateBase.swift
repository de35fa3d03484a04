import Campaigns

/// What rates are parts of: the best denominator that every row with messages has.
enum RateBase: Equatable {
    case delivered, sent
    /// No row has messages: there is nothing but people who opened.
    case opened

    /// - Parameter rows: rows that are shown beside each other, so that their rates can be compared. Rows without a
    ///   message decide nothing: anybody can make one by a request with an id of their own.
    init(_ rows: [ReportRow]) {
        let mailed = rows.filter { $0.sent ?? 0 > 0 }
        if mailed.isEmpty {
            self = .opened
        } else {
            self = mailed.allSatisfy { $0.delivered ?? 0 > 0 } ? .delivered : .sent
        }
    }

    var name: String {
        switch self {
        case .delivered: "messages delivered"
        case .sent: "messages sent"
        case .opened: "people who opened"
        }
    }

    /// The row's messages; nil where there are none.
    func whole(_ row: ReportRow) -> UInt64? {
        guard row.sent ?? 0 > 0 else { return nil }
        return self == .delivered ? row.delivered : self == .sent ? row.sent : nil
    }
}
