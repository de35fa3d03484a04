/// A link of a mail that no person sees or reaches: whatever fetches it is a machine that follows every link.
///
/// It is a tracking link as any other, to a page of the sender's, and carries a label (`tlink`) that no other link
/// gets. The mark is no secret: a machine that reads it can leave the link alone, and is found by other means.
package enum DecoyLink {
    /// The label.
    package static let label = "tremolo-decoy"

    /// True for a decoded label that marks a decoy.
    package static func isLabel(_ label: Span<UInt8>) -> Bool {
        let expected = Self.label.utf8Span.span
        guard label.count == expected.count else { return false }
        for offset in label.indices where label[offset] != expected[offset] { return false }
        return true
    }
}
