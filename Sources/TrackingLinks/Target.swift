package import Bytes

/// An absolute http or https URL, taken apart: where the recipient of a mail wants to go.
///
/// **Problem.** A redirector that reads a URL otherwise than browsers do sends people where its list does not allow.
/// The rules here are those of browsers (WHATWG URL): what is called the host is the host that a browser goes to. They
/// are stricter where nobody means well: user info, control bytes, a backslash in the authority, an empty host, a port
/// out of range and a target that is too long make it unusable, and so does a host that leads nowhere.
///
/// The ranges lie in the normalised URL that `read` appends.
package struct Target: Equatable, Sendable {
    /// The two schemes that a redirect may carry.
    package enum Scheme: UInt8, Sendable {
        case http
        case https

        /// The port that a URL of the scheme means when it names none.
        package var defaultPort: UInt16 {
            switch self {
            case .http: 80
            case .https: 443
            }
        }

        /// The scheme in lower case.
        package var name: StaticString {
            switch self {
            case .http: "http"
            case .https: "https"
            }
        }
    }

    /// What kind of text the host is. It decides whether the host can be listed and linked to.
    package enum HostKind: UInt8, Sendable {
        /// A name of ASCII letters, digits, hyphens and underscores, none of its labels in Punycode.
        case name
        /// Four plain decimal numbers.
        case ipv4
        /// An IPv6 address in brackets.
        case ipv6
        /// A name with a label that begins with `xn--`, or whose characters outside ASCII could be written so.
        case punycode
        /// A name with characters of which a browser makes others in a way that is not certain (`UnicodeHost`). It
        /// stands percent-encoded and is never sent.
        case nonASCII
    }

    /// The URL's scheme.
    package let scheme: Scheme
    /// The host as a browser looks it up, in lower case, an IPv6 address with its brackets. Never empty.
    package let host: ByteRange
    /// What kind of host it is.
    package let hostKind: HostKind
    /// The port, the scheme's own where the URL names none. Never 0.
    package let port: UInt16
    /// The path with its leading slash.
    package internal(set) var path = ByteRange.empty
    /// What stands behind the question mark, or nil without one.
    package internal(set) var query: ByteRange?
    /// What stands behind the number sign, or nil without one.
    package internal(set) var fragment: ByteRange?

    /// True when the port is the one that the scheme means anyway.
    package var hasDefaultPort: Bool { port == scheme.defaultPort }
}
