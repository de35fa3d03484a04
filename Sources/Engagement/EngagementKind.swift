/// What a recipient did, as far as a request shows it. Raw values stand in events.
package enum EngagementKind: UInt8, Sendable, Equatable, Hashable, CaseIterable {
    /// A link was followed.
    case click = 1
    /// The pixel was loaded.
    case open = 2

    /// The word that reports and `events` print.
    package var name: String {
        switch self {
        case .click: "click"
        case .open: "open"
        }
    }
}
