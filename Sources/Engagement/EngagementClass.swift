/// Who made a request: the verdict of a classification. Raw values stand in events whose evidence was not kept.
///
/// No class is dropped anywhere: every count keeps the classes side by side, because a verdict may change.
package enum EngagementClass: UInt8, BitwiseCopyable, Sendable, Equatable, Hashable, CaseIterable {
    /// A person's own browser or mail client, or nothing says otherwise.
    case human = 1
    /// A mail provider's proxy, fetching because a person opened the mail.
    case proxy = 2
    /// Fetched ahead, though nobody had asked for it.
    case prefetch = 3
    /// A scanner, a link preview, a tool.
    case machine = 4
    /// The evidence was not kept, so nobody can tell.
    case unknown = 5

    /// The word that reports and `events` print.
    package var name: String {
        switch self {
        case .human: "human"
        case .proxy: "proxy"
        case .prefetch: "prefetch"
        case .machine: "machine"
        case .unknown: "unknown"
        }
    }

    /// The class with that word, or nil.
    package init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// True when a person stands behind the event: what `people` counts.
    package var isPerson: Bool { self == .human || self == .proxy }
}
