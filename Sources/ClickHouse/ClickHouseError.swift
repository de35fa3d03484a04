import HTTPEngine

/// Why ClickHouse did not do what it was asked for.
package enum ClickHouseError: Error, Equatable, Sendable {
    /// No endpoint answered: each with its reason.
    case unanswered([Attempt])
    /// A server refused: its own number and words (`Code: 60. DB::Exception: …`).
    case refused(endpoint: String, code: Int, text: String)
    /// Something answered that is no ClickHouse, or answered what can't be meant.
    case unintelligible(endpoint: String, why: String)

    /// What came of one endpoint.
    package struct Attempt: Equatable, Sendable {
        /// The endpoint.
        package var endpoint: String
        /// The reason.
        package var reason: String

        /// Makes the account of an attempt.
        package init(endpoint: String, reason: String) {
            self.endpoint = endpoint
            self.reason = reason
        }
    }

    /// True where the same may work later, with nobody having changed anything: a server that is away, busy, full,
    /// or in the middle of its own recovery.
    package var isTemporary: Bool {
        switch self {
        case .unanswered: true
        case .unintelligible: false
        case .refused(_, let code, _): Self.temporaryCodes.contains(code)
        }
    }

    /// True where the server knows no such table or database.
    package var isMissing: Bool {
        if case .refused(_, let code, _) = self { code == 60 || code == 81 } else { false }
    }

    /// True where another server of the same database may do it: this one is busy, full or not set up. A question that
    /// took longer than it was given is not asked twice.
    var mayDifferElsewhere: Bool { isMissing || isTemporary && !isTimeout }

    /// True where the server ended a question that took longer than it was given.
    package var isTimeout: Bool {
        if case .refused(_, let code, _) = self { code == 159 } else { false }
    }

    /// True where the server does not take the user or the password.
    package var isLogin: Bool {
        if case .refused(_, let code, _) = self { [192, 193, 194, 516].contains(code) } else { false }
    }

    /// Too many parts, simultaneous queries or processes, timeouts, no space, a server that stops or has no quorum, a
    /// keeper that is away, memory that is used up: `src/Common/ErrorCodes.cpp` of ClickHouse has the names.
    private static let temporaryCodes: Set<Int> = [
        159, 160, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 254, 265, 279, 285, 286, 290, 298, 306, 319, 394,
        425, 439, 473, 492, 499, 574, 604, 999,
    ]
}

extension ClickHouseError: CustomStringConvertible {
    /// What happened and where. A server's words may hold parts of a statement, but nothing that a terminal acts on.
    package var description: String {
        switch self {
        case .unanswered(let attempts): attempts.map { "\($0.endpoint): \($0.reason)" }.joined(separator: "; ")
        case .refused(let endpoint, let code, let text): "\(endpoint): error \(code): \(text)"
        case .unintelligible(let endpoint, let why): "\(endpoint): \(why)"
        }
    }
}
