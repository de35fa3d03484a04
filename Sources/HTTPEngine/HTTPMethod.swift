import Bytes

/// The methods that the engine knows: those of RFC 9110 section 9 and RFC 5789. Every other one is answered with 501.
package enum HTTPMethod: UInt8, Sendable, CaseIterable {
    case get
    case head
    case post
    case put
    case delete
    case connect
    case options
    case trace
    case patch

    /// The method that the bytes name, in capitals as on the wire, or nil.
    package init?(_ name: Span<UInt8>) {
        switch name.count {
        case 3:
            if name.equals("GET") { self = .get } else if name.equals("PUT") { self = .put } else { return nil }
        case 4:
            if name.equals("HEAD") { self = .head } else if name.equals("POST") { self = .post } else { return nil }
        case 5:
            if name.equals("TRACE") { self = .trace } else if name.equals("PATCH") { self = .patch } else { return nil }
        case 6:
            guard name.equals("DELETE") else { return nil }
            self = .delete
        case 7:
            if name.equals("CONNECT") {
                self = .connect
            } else if name.equals("OPTIONS") {
                self = .options
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// The method as it stands on the wire.
    package var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .connect: "CONNECT"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .patch: "PATCH"
        }
    }
}
