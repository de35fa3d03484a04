/// The versions of HTTP that the engine speaks. A higher minor version of HTTP/1 is treated as 1.1 (RFC 9110 section
/// 2.5).
package enum HTTPVersion: UInt8, Sendable {
    /// HTTP/1.0: a connection ends with its answer unless the client asks to keep it.
    case http10 = 10
    /// HTTP/1.1.
    case http11 = 11
}
