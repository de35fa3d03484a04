package import Bytes
package import TrackingLinks

/// What a rule set looks at, as places in the bytes that hold it: an event's payload, or a request's head at the edge.
package struct RequestEvidence: Sendable {
    /// Click or open.
    package var kind: TrackingResource
    /// The request's method.
    package var method: RequestMethod
    /// True with a `Referer`, whatever it says.
    package var hasReferer = false
    /// True for a click on a link that no person sees.
    package var isDecoy = false
    /// The listed network that it came from, by its number in the rule set; 0 for none.
    package var network: UInt16 = 0
    /// `User-Agent`.
    package var userAgent: ByteRange?
    /// `Sec-Purpose`.
    package var secPurpose: ByteRange?
    /// `Purpose`.
    package var purpose: ByteRange?
    /// `X-Moz`.
    package var xMoz: ByteRange?
    /// `X-Purpose`.
    package var xPurpose: ByteRange?

    /// Evidence of a request without any of the headers; set those that it has.
    package init(kind: TrackingResource, method: RequestMethod) {
        self.kind = kind
        self.method = method
    }

    /// The evidence that an event keeps, in its payload.
    init(_ event: EventView) {
        kind = event.kind
        method = event.method
        hasReferer = event.headerPresence.contains(.referer)
        isDecoy = event.isDecoy
        userAgent = event.range(of: .userAgent)
        secPurpose = event.range(of: .secPurpose)
        purpose = event.range(of: .purpose)
        xMoz = event.range(of: .xMoz)
        xPurpose = event.range(of: .xPurpose)
    }

    /// What `init(_:)` takes from an event beside the fields of headers: its head, and whether its link is a decoy.
    /// What it takes from those fields is `EventStretches.evidence`.
    static func bits(
        kind: TrackingResource, method: RequestMethod, headers: HeaderPresence, isDecoy: Bool
    ) -> UInt64 {
        UInt64(kind.rawValue) << 16 | UInt64(method.rawValue) << 8 | (isDecoy ? 2 : 0)
            | (headers.contains(.referer) ? 1 : 0)
    }

    /// The headers that rules may name, by the spelling that they use.
    static let headers: [(name: String, field: EventField)] = [
        ("Sec-Purpose", .secPurpose), ("Purpose", .purpose), ("X-Moz", .xMoz), ("X-Purpose", .xPurpose),
    ]

    /// Where the value of a header that rules may name lies.
    func range(of header: EventField) -> ByteRange? {
        switch header {
        case .secPurpose: secPurpose
        case .purpose: purpose
        case .xMoz: xMoz
        case .xPurpose: xPurpose
        default: nil
        }
    }
}
