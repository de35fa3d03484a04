/// How a request was answered. Raw values stand in events.
package enum EventOutcome: UInt8, Sendable, Equatable, Hashable, CaseIterable {
    /// Sent on to the destination.
    case redirected = 1
    /// Shown the page that names the host and links to it.
    case asked = 2
    /// Sent to the section's fallback.
    case fallback = 3
    /// Shown the page that leads nowhere.
    case refused = 4
    /// Given the image: every open.
    case pixel = 5

    /// The word that reports and `events` print.
    package var name: String {
        switch self {
        case .redirected: "redirected"
        case .asked: "asked"
        case .fallback: "fallback"
        case .refused: "refused"
        case .pixel: "pixel"
        }
    }
}
