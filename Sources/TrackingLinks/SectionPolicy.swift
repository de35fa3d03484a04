import Bytes

/// What a section allows and where its strays go. Immutable.
///
/// An object rather than a value, so that handing it over costs one reference.
package final class SectionPolicy: Sendable {
    /// The hosts that links may lead to.
    package let hosts: HostList
    /// What a host that is not listed gets.
    package let otherwise: UnlistedPolicy
    /// The end of the time in which `UnlistedPolicy.observe` redirects, nanoseconds since 1970 UTC; from then on it is
    /// `.ask`. Nil for any other choice.
    package let observeUntilNanoseconds: UInt64?
    /// The rules for links that were sent already.
    package let rules: LinkRules
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
    /// - Parameters:
    ///   - otherwise: `.fallback` without a fallback is a refusal.
    ///   - observeUntilNanoseconds: for `.observe` alone; without one nothing is observed.
    package init(
        hosts: HostList = HostList(), otherwise: UnlistedPolicy, observeUntilNanoseconds: UInt64? = nil,
        rules: LinkRules = LinkRules(), fallback: FallbackURL? = nil, linkQuery: LinkQuery = LinkQuery(),
        signatures: SignaturePolicy = .off, isKnown: Bool = true
    ) {
        self.hosts = hosts
        self.otherwise = otherwise
        self.observeUntilNanoseconds = otherwise == .observe ? observeUntilNanoseconds : nil
        self.rules = rules
        self.fallback = fallback
        self.linkQuery = linkQuery
        self.signatures = signatures
        self.isKnown = isKnown
        self.storedFallback = fallback.map { StoredTarget.bytes(of: $0, keeping: linkQuery) } ?? []
    }

    /// True when a host that is not listed is redirected to and marked at this time.
    package func observes(atNanoseconds now: UInt64) -> Bool {
        guard let end = observeUntilNanoseconds else { return false }
        return now < end
    }

    /// The first time after `nanoseconds` at which the section may answer the same link otherwise; nil when it never
    /// does. What was decided holds until then.
    package func nextChange(after nanoseconds: UInt64) -> UInt64? {
        let ofRules = rules.nextChange(after: nanoseconds)
        guard let end = observeUntilNanoseconds, end > nanoseconds else { return ofRules }
        return min(ofRules ?? end, end)
    }

    /// Appends the fallback's stored form, nothing without a fallback.
    func appendStoredFallback(into buffer: inout ByteBuffer) {
        let form = storedFallback
        buffer.append(form.span)
    }
}
