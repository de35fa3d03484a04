/// What an answer is under the rules in use, what it would be under others, and which verdicts differ.
package struct RulesComparison: Equatable, Sendable {
    /// What a rule set says of an event.
    package struct Verdict: Hashable, Sendable {
        /// Who made the request, by the name that reports use.
        package var className: String
        /// The rule's reason, as `events` shows it.
        package var reason: String

        /// Makes a verdict.
        package init(_ className: String, _ reason: String) {
            self.className = className
            self.reason = reason
        }
    }

    /// Events that both rule sets judge in one way each, where the two differ.
    package struct Transition: Equatable, Sendable {
        /// Under the rules in use.
        package var from: Verdict
        /// Under the others.
        package var to: Verdict
        /// Such clicks.
        package var clicks: UInt64
        /// Such opens.
        package var opens: UInt64
        /// The user agent of the first of them; nil where it gave none.
        package var userAgent: String?

        /// Such events.
        package var events: UInt64 { clicks + opens }

        /// Makes a transition.
        package init(from: Verdict, to: Verdict, clicks: UInt64, opens: UInt64, userAgent: String?) {
            self.from = from
            self.to = to
            self.clicks = clicks
            self.opens = opens
            self.userAgent = userAgent
        }
    }

    /// One row of the question, or nil where an answer has none: columns such as `class` make others of the same
    /// events.
    package struct Row: Equatable, Sendable {
        /// Under the rules in use.
        package var before: ReportRow?
        /// Under the others.
        package var after: ReportRow?
    }

    /// The answer under the rules in use.
    package var before: ReportAnswer
    /// The answer under the others.
    package var after: ReportAnswer
    /// What changes: other classes first, each by the number of events.
    package var transitions: [Transition]

    /// Makes a comparison of two answers to one question.
    package init(before: ReportAnswer, after: ReportAnswer, transitions: [Transition]) {
        self.before = before
        self.after = after
        self.transitions = transitions
    }

    /// The rows of both answers, in the order of the first one; what only the second has stands behind.
    package var rows: [Row] {
        var places: [[String?]: Int] = [:]
        var rows: [Row] = []
        for row in before.rows {
            places[row.values.map(\.text)] = rows.count
            rows.append(Row(before: row))
        }
        for row in after.rows {
            if let place = places[row.values.map(\.text)] {
                rows[place].after = row
            } else {
                rows.append(Row(after: row))
            }
        }
        return rows
    }
}
