/// The method of the request behind an event. Raw values stand in events.
package enum RequestMethod: UInt8, Sendable, Equatable, CaseIterable {
    /// The method is not kept with this event.
    case notKept = 0
    /// `GET`.
    case get = 1
    /// `HEAD`.
    case head = 2
    /// Any other.
    case other = 3

    /// The method's own spelling; nil when it is not kept or not told apart.
    package var name: String? {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .notKept, .other: nil
        }
    }
}
