package import Bytes

/// The room that deciding on a link writes into: one a worker, used again for every request.
package struct LinkScratch: ~Copyable {
    /// What was decided about other targets.
    var decisions = DecisionCache()
    /// The decoded target.
    var decoded = ByteBuffer(capacity: LinkLimits.queryBytesMax)
    /// Room for the decoded target while damage to it is undone.
    var spare = ByteBuffer(capacity: LinkLimits.queryBytesMax)
    /// Judges signatures.
    var verifier = LinkVerifier()
    /// Room for a tracking link inside of another; nil while one is followed.
    var nest: LinkNest? = LinkNest()
    /// The normalised target and the URL that the answer carries. `Decision.target` and `.destination` lie in it.
    package internal(set) var url = ByteBuffer(
        capacity: Target.maximumNormalisedCount(of: LinkLimits.targetBytesMax) + LinkScratch.fallbackBytesMax)
    /// The stored forms. `Decision.storedTarget` and `.storedDestination` lie in it.
    package internal(set) var stored = ByteBuffer(
        capacity: StoredTarget.maximumCount(of: LinkLimits.targetBytesMax) + LinkScratch.fallbackBytesMax)

    /// Makes room for one decision at a time, and for what is remembered of others: some 1 MiB, of which only what is
    /// written to takes memory.
    package init() {}

    /// Forgets the decision before.
    mutating func removeAll() {
        decoded.removeAll()
        url.removeAll()
        stored.removeAll()
    }

    private static var fallbackBytesMax: Int { LinkLimits.targetBytesMax }
}
