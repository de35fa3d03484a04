/// Why a rule for links can't be used. It says what to write instead.
package enum LinkRuleError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text is no URL that a redirect may carry.
    case unusable(TargetRefusal)
    /// The text is no host.
    case notAHost
    /// There is a `*` elsewhere than as a host's first label.
    case misplacedWildcard
    /// A prefix ends before the question mark.
    case prefixHasQuery
    /// What the rest of a link is put behind has a query or fragment.
    case destinationHasQuery
    /// The prefix has more segments than are compared.
    case tooDeep
    /// Another rule of the kind is about the same prefix.
    case repeated

    /// What is wrong and what to write instead, for an operator.
    package var description: String {
        switch self {
        case .unusable(let refusal):
            "no redirect may carry it (\(refusal.explanation)): write a URL such as \"https://www.example.com/sale\""
        case .notAHost:
            "it is no host: write one such as \"www.example.com\" or \"*.example.com\", a path such as \"/sale\", or a "
                + "URL such as \"https://www.example.com/sale\""
        case .misplacedWildcard: "its * is in the wrong place: only \"*.\" at the start of a host is a wildcard"
        case .prefixHasQuery: "it has a query or a fragment: links are compared by host and path, so end it before"
        case .destinationHasQuery:
            "it has a query or a fragment, and the rest of the link is to stand behind it: end it before"
        case .tooDeep: "it has more than \(RulePath.segmentsMax) segments: write fewer"
        case .repeated: "another rule of this list is about the same links: remove one"
        }
    }
}
