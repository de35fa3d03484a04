/// How a request for one of the two resources was answered. The raw values stand in events.
package enum Outcome: UInt8, Sendable, CaseIterable {
    /// A redirect to the target.
    case redirected = 1
    /// A page that shows the host and lets the person go on.
    case asked = 2
    /// A redirect to the section's fallback.
    case fallback = 3
    /// A small page that leads nowhere.
    case refused = 4
    /// The transparent image.
    case pixel = 5

    /// The name in events and reports.
    package var name: StaticString {
        switch self {
        case .redirected: "redirected"
        case .asked: "asked"
        case .fallback: "fallback"
        case .refused: "refused"
        case .pixel: "pixel"
        }
    }

    /// The status code of the answer: 302 for both redirects, 200 for the page that asks and for the image, 404 for a
    /// refusal.
    package var statusCode: Int {
        switch self {
        case .redirected, .fallback: 302
        case .asked, .pixel: 200
        case .refused: 404
        }
    }
}
