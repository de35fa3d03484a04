package import Bytes

/// What to answer to a request for one of the two resources, and why.
///
/// The ranges lie in the buffers of the `LinkScratch` that was decided with and hold until its next use.
package struct Decision: Equatable, Sendable {
    /// How the request is answered.
    package let outcome: Outcome
    /// Why it is answered so.
    package let reason: DecisionReason
    /// What was odd about the link, its target included.
    package private(set) var repairs: LinkRepair
    /// The normalised target, its ranges in `scratch.url`; nil for an open and without a usable target.
    package let target: Target?
    /// The absolute URL that the answer carries, in `scratch.url`, printable ASCII: what `Location` says for a
    /// redirect, what the page links to when it asks. Nil for a refusal, for the image, and for a page about a host
    /// that no page may link to.
    package let destination: ByteRange?
    /// What was asked for in its stored form, in `scratch.stored`; nil for an open and without a target.
    package let storedTarget: ByteRange?
    /// True when the stored form of what was asked for is only its beginning.
    package let storedTargetIsCut: Bool
    /// Where the redirect led in its stored form, in `scratch.stored`; nil for pages and the image.
    package let storedDestination: ByteRange?
    /// What the link's signature is worth, where its section asks; `.missing` where it does not.
    package private(set) var signature = SignatureVerdict.missing

    init(
        _ outcome: Outcome, _ reason: DecisionReason, _ repairs: LinkRepair, target: Target? = nil,
        destination: ByteRange? = nil, storedTarget: ByteRange? = nil, storedTargetIsCut: Bool = false,
        storedDestination: ByteRange? = nil
    ) {
        self.outcome = outcome
        self.reason = reason
        self.repairs = repairs
        self.target = target
        self.destination = destination
        self.storedTarget = storedTarget
        self.storedTargetIsCut = storedTargetIsCut
        self.storedDestination = storedDestination
    }

    /// The same decision, on a link with that signature.
    func with(_ signature: SignatureVerdict) -> Decision {
        var decision = self
        decision.signature = signature
        return decision
    }

    /// The same decision, with what was odd about the rest of the link.
    func adding(_ repairs: LinkRepair) -> Decision {
        var decision = self
        decision.repairs.formUnion(repairs)
        return decision
    }
}
