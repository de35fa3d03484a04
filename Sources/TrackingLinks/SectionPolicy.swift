import Bytes

/// What a section allows and where its strays go. Immutable.
///
/// An object rather than a value, so that handing it over costs one reference.
package final class SectionPolicy: Sendable {
    /// The hosts that links may lead to.
    package let hosts: HostList
    /// What a host that is not listed gets.
    package let otherwise: UnlistedPolicy
    /// Where a click without a usable target goes, if anywhere.
    package let fallback: FallbackURL?
    /// The query names that stay in stored targets.
    package let linkQuery: LinkQuery
    /// What is asked of the signatures of its links.
    package let signatures: SignaturePolicy
    /// False for the policy that stands in for every section that is not configured.
    package let isKnown: Bool
    /// The fallback's stored form.
    private let storedFallback: [UInt8]

    /// Makes a policy.
    ///
    /// - Parameter otherwise: `.fallback` without a fallback is a refusal.
    package init(
        hosts: HostList = HostList(), otherwise: UnlistedPolicy, fallback: FallbackURL? = nil,
        linkQuery: LinkQuery = LinkQuery(), signatures: SignaturePolicy = .off, isKnown: Bool = true
    ) {
        self.hosts = hosts
        self.otherwise = otherwise
        self.fallback = fallback
        self.linkQuery = linkQuery
        self.signatures = signatures
        self.isKnown = isKnown
        self.storedFallback = fallback.map { StoredTarget.bytes(of: $0, keeping: linkQuery) } ?? []
    }

    /// Appends the fallback's stored form, nothing without a fallback.
    func appendStoredFallback(into buffer: inout ByteBuffer) {
        let form = storedFallback
        buffer.append(form.span)
    }
}
