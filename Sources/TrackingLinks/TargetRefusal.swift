/// Why a target can't be used: the text is not a URL that a redirect may carry.
///
/// The raw values stand in events as the decision's reason, from 32 upwards, beside those of `DecisionReason`.
package enum TargetRefusal: UInt8, Error, Equatable, Sendable, CaseIterable {
    /// The text does not begin with a scheme, a colon and exactly two slashes.
    case notAbsolute = 32
    /// The scheme is neither http nor https.
    case otherScheme = 33
    /// The text holds a control byte, a tab and a line end included.
    case controlByte = 34
    /// The text holds a space.
    case space = 35
    /// The text holds a backslash, which browsers read as a slash.
    case backslash = 36
    /// The authority names a user.
    case userInfo = 37
    /// There is no host.
    case emptyHost = 38
    /// The host holds a byte that no host name has, an empty label, or is too long.
    case hostSyntax = 39
    /// The host is a number that browsers read as an IPv4 address, but not four plain decimal numbers.
    case ipv4Spelling = 40
    /// The host stands in brackets but is no IPv6 address.
    case ipv6Syntax = 41
    /// The port is not a number from 1 to 65,535.
    case port = 42
    /// The target is longer than `LinkLimits.targetBytesMax`.
    case tooLong = 43
    /// The target is a tracking link of this edge around another, more deeply than is followed, or around itself.
    case nested = 44

    /// The name in events and reports.
    package var name: StaticString {
        switch self {
        case .notAbsolute: "targetNotAbsolute"
        case .otherScheme: "targetOtherScheme"
        case .controlByte: "targetControlByte"
        case .space: "targetSpace"
        case .backslash: "targetBackslash"
        case .userInfo: "targetUserInfo"
        case .emptyHost: "targetEmptyHost"
        case .hostSyntax: "targetHostSyntax"
        case .ipv4Spelling: "targetIPv4Spelling"
        case .ipv6Syntax: "targetIPv6Syntax"
        case .port: "targetPort"
        case .tooLong: "targetTooLong"
        case .nested: "targetNested"
        }
    }
}
