/// What a section asks of its links' signatures. The raw values are the setting's words.
package enum SignaturePolicy: String, Sendable, CaseIterable {
    /// They count for nothing.
    case off
    /// A good one counts, a missing one does not matter.
    case accept
    /// Only links with a good one are followed.
    case require
}

/// What a signature covers.
package enum SignatureScope: String, Sendable, CaseIterable {
    /// The campaign's fields: whoever has the link may append any target, and the section's host list decides about it.
    case link
    /// The campaign's fields and the target: no host list is needed.
    case target
    /// The section and the person, of an unsubscribe link; never of a click or an open.
    case person
}

/// What a link's signature is worth.
package enum SignatureVerdict: Equatable, Sendable {
    /// The link has none.
    case missing
    /// It covers the target: whether it is good shows once there is one (`LinkVerifier.judge(target:)`).
    case needsTarget
    /// It was made with one of the keys, over this link.
    case good(SignatureScope)
    /// It is no signature, or none of this link, or of no key that there is, or the link says a thing twice.
    case bad
    /// It was good, until a time that has passed.
    case expired
}
