/// What was odd about a link and what was done about it: one bit each, so that a report can count them.
///
/// The bits stand in every event and the names in its JSON and in reports (`--by repair`): neither ever changes, new
/// ones come behind the last. The low eight bits are notes: the link was read as it stood. The others name damage that
/// mail systems do, one name a kind.
package struct LinkRepair: OptionSet, Hashable, Sendable {
    /// The bits as they stand in an event.
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// A `%` without two hex digits behind it stayed as text.
    package static let brokenEscape = LinkRepair(rawValue: 1 << 0)
    /// A template's merge tag arrived unfilled.
    package static let unfilledMergeTag = LinkRepair(rawValue: 1 << 1)
    /// A field occurred more than once; the first counts.
    package static let repeatedField = LinkRepair(rawValue: 1 << 2)
    /// A field was longer than what is kept of it.
    package static let overlongField = LinkRepair(rawValue: 1 << 3)
    /// The query had more fields than are read.
    package static let tooManyFields = LinkRepair(rawValue: 1 << 4)
    /// The target held bytes outside ASCII as they are, not percent-encoded.
    package static let rawNonASCII = LinkRepair(rawValue: 1 << 5)
    /// What stood behind an unencoded `#` never reached the server.
    package static let lostFragment = LinkRepair(rawValue: 1 << 6)
    /// The link has a signature that is not good, in a section that does not ask for one.
    package static let badSignature = LinkRepair(rawValue: 1 << 7)

    /// `&amp;` was left in the query, so that names arrived as `amp;sec`.
    package static let ampersandEntity = LinkRepair(rawValue: 1 << 8)
    /// `&#38;` or another numeric entity (`&#x3D;`, `&#x27;`, `&#x60;`) was left in the query.
    package static let numericEntity = LinkRepair(rawValue: 1 << 9)
    /// `%26amp%3B` stood where `&` belonged.
    package static let encodedEntity = LinkRepair(rawValue: 1 << 10)
    /// The target was percent-encoded twice.
    package static let doubleEncoded = LinkRepair(rawValue: 1 << 11)
    /// The target's own `%26` was decoded on the way, so that its query fell apart into fields.
    package static let decodedAmpersand = LinkRepair(rawValue: 1 << 12)
    /// `=3D`, quoted-printable for `=`, stood behind a name.
    package static let quotedPrintableEquals = LinkRepair(rawValue: 1 << 13)
    /// A soft line break of quoted-printable stood inside a value.
    package static let softLineBreak = LinkRepair(rawValue: 1 << 14)
    /// A `=` at the end of a value was lost.
    package static let lostEquals = LinkRepair(rawValue: 1 << 15)
    /// A quote, bracket, full stop or comma was glued to the target's end.
    package static let gluedTail = LinkRepair(rawValue: 1 << 16)
    /// The target was itself a tracking link of this edge.
    package static let nestedLink = LinkRepair(rawValue: 1 << 17)

    /// Each bit with its name, in the order of the bits.
    package static let named: [(repair: LinkRepair, name: String)] = [
        (.brokenEscape, "brokenEscape"),
        (.unfilledMergeTag, "unfilledMergeTag"),
        (.repeatedField, "repeatedField"),
        (.overlongField, "overlongField"),
        (.tooManyFields, "tooManyFields"),
        (.rawNonASCII, "rawNonASCII"),
        (.lostFragment, "lostFragment"),
        (.badSignature, "badSignature"),
        (.ampersandEntity, "ampersandEntity"),
        (.numericEntity, "numericEntity"),
        (.encodedEntity, "encodedEntity"),
        (.doubleEncoded, "doubleEncoded"),
        (.decodedAmpersand, "decodedAmpersand"),
        (.quotedPrintableEquals, "quotedPrintableEquals"),
        (.softLineBreak, "softLineBreak"),
        (.lostEquals, "lostEquals"),
        (.gluedTail, "gluedTail"),
        (.nestedLink, "nestedLink"),
    ]

    /// The names of the bits that are set, in the order of the bits. A bit that has no name here, from a newer writer,
    /// is left out. Not for the hot path.
    package var names: [String] {
        LinkRepair.named.filter { contains($0.repair) }.map(\.name)
    }
}
