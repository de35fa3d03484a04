package import Bytes

/// An absolute http or https URL, taken apart: where the recipient of a mail wants to go.
///
/// **Problem.** A redirector that reads a URL otherwise than browsers do sends people where its list does not allow.
/// The rules here are those of browsers (WHATWG URL) wherever a URL is accepted at all, and whatever a browser would
/// repair, skip or convert makes it unusable instead: white space and control bytes, backslashes, missing or extra
/// slashes, user info, odd spellings of an IPv4 address. What remains has one reading.
///
/// The ranges lie in the bytes that the target was parsed from; `normalised(of:into:)` gives one whose ranges lie in
/// the normalised URL.
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
        /// A name with a label that begins with `xn--`.
        case punycode
        /// A name with a byte outside ASCII.
        case nonASCII
        /// A name with a percent sign.
        case percentEncoded

        /// True for the kinds that a section's list can hold. Of the others a browser makes another name first.
        package var isListable: Bool { self == .name || self == .ipv4 || self == .ipv6 }

        /// True for the kinds that a page may link to: the name that a person sees is the one that a browser looks up.
        package var isLinkable: Bool { isListable || self == .punycode }
    }

    /// The URL's scheme.
    package let scheme: Scheme
    /// The host as it stands in the URL, an IPv6 address with its brackets. Never empty.
    package let host: ByteRange
    /// What kind of host it is.
    package let hostKind: HostKind
    /// The port, the scheme's own where the URL names none. Never 0.
    package let port: UInt16
    /// The path with its leading slash, or empty.
    package let path: ByteRange
    /// What stands behind the question mark, or nil without one.
    package let query: ByteRange?
    /// What stands behind the number sign, or nil without one.
    package let fragment: ByteRange?

    /// True when the port is the one that the scheme means anyway.
    package var hasDefaultPort: Bool { port == scheme.defaultPort }
}

/// What parsing a target gave.
package enum TargetParse: Equatable, Sendable {
    /// A URL that a redirect may carry, if the section lets it.
    case target(Target)
    /// Text that no redirect may carry.
    case unusable(TargetRefusal)
}
