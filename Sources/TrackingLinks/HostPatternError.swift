/// Why a text is no pattern of a host list. It names the pattern and says what to write instead.
package enum HostPatternError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing is left of the pattern.
    case empty(pattern: String)
    /// The pattern has a scheme, a path, a query or white space: a list holds hosts, not URLs.
    case notAHost(pattern: String)
    /// The pattern has `*` elsewhere than as its first label.
    case misplacedWildcard(pattern: String)
    /// The host can't be that of a target.
    case host(pattern: String, TargetRefusal)
    /// The host is outside ASCII and holds more than letters and digits that browsers leave alone.
    case notCertain(pattern: String)
    /// A label begins with `xn--`, and what follows is no Punycode that browsers take.
    case notPunycode(pattern: String)
    /// The host ends in a full stop, which browsers take for another host.
    case finalStop(pattern: String)

    /// What is wrong and what to write instead, for an operator.
    package var description: String {
        switch self {
        case .empty(let pattern):
            "\"\(pattern)\" names no host: write a host such as \"www.example.com\" or \"*.example.com\""
        case .notAHost(let pattern):
            "\"\(pattern)\" is not a host: write the host alone, without scheme, path or spaces"
        case .misplacedWildcard(let pattern):
            "\"\(pattern)\" has its * in the wrong place: only \"*.\" at the start is a wildcard"
        case .host(let pattern, .port):
            "\"\(pattern)\" has no valid port: write a number from 1 to 65535 behind the colon"
        case .host(let pattern, .ipv4Spelling):
            "\"\(pattern)\" is no plain IPv4 address: write four decimal numbers such as \"192.0.2.1\""
        case .host(let pattern, .ipv6Syntax):
            "\"\(pattern)\" is no IPv6 address: write it in brackets, such as \"[2001:db8::1]\""
        case .host(let pattern, _):
            "\"\(pattern)\" is not a valid host: labels are letters, digits, hyphens and underscores between full stops"
        case .notCertain(let pattern):
            "\"\(pattern)\" holds characters that browsers may read as others: write the host in Punycode (xn--)"
        case .notPunycode(let pattern):
            "\"\(pattern)\" has a label that begins with xn-- and is no Punycode: write the host as a browser shows it"
        case .finalStop(let pattern):
            "\"\(pattern)\" ends in a full stop: remove the full stop"
        }
    }
}
