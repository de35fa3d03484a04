extension DecisionReason {
    /// The reason in a sentence, for a person.
    package var explanation: String {
        switch self {
        case .open: "an open always gets the image"
        case .listed: "the section lists the host"
        case .unlistedHost: "the section does not list the host (with this port)"
        case .unlistableHost:
            "the host is not plain ASCII, percent-encoded or in Punycode, and such a host is never listed"
        case .unknownSection: "no section of this id is configured"
        case .missingTarget: "the link has no target"
        case .observedHost: "the section does not list the host, but only observes so far"
        case .signed: "the link's signature covers the target"
        case .unsigned: "the section asks for a signature, and the link has none"
        case .badSignature:
            "the link's signature is not good: something that it covers was changed, or its key is unknown"
        case .expiredSignature: "the link's signature was good until a time that has passed"
        case .killedLink: "a rule of the section says that this link is dead"
        case .expiredLink: "a rule of the section says that this link has expired and where it leads since"
        case .rewrittenLink: "a rule of the section leads this link to another place"
        case .unusable(let refusal): refusal.explanation
        }
    }
}

extension TargetRefusal {
    /// The refusal in a sentence, for a person.
    package var explanation: String {
        switch self {
        case .notAbsolute: "the target does not begin with http:// or https://"
        case .otherScheme: "the target's scheme is neither http nor https"
        case .controlByte: "the target holds a control character, such as a tab or a line end"
        case .space: "the target holds a space"
        case .backslash: "the target holds a backslash, which browsers read as a slash"
        case .userInfo: "the target names a user before its host"
        case .emptyHost: "the target has no host"
        case .hostSyntax: "the target's host is no valid host name"
        case .ipv4Spelling: "the target's host is a number that browsers take for an IPv4 address, not spelled plainly"
        case .ipv6Syntax: "the target's host is in brackets but is no IPv6 address"
        case .port: "the target's port is not a number from 1 to 65535"
        case .nested: "the target is a tracking link around a tracking link, more deeply than is followed"
        case .tooLong: "the target is longer than \(LinkLimits.targetBytesMax) bytes"
        }
    }
}
