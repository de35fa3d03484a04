extension LinkRepair {
    /// What one bit stands for, in a sentence for a person. Empty for a set of several.
    package var explanation: String {
        switch self {
        case .brokenEscape: "a % without two hex digits behind it stayed as text"
        case .unfilledMergeTag: "a template's merge tag was not filled in"
        case .repeatedField: "a field is repeated; the first counts"
        case .overlongField: "a field is longer than what is kept of it"
        case .tooManyFields: "there are more fields than are read"
        case .rawNonASCII: "the target holds characters outside ASCII that were not percent-encoded"
        case .lostFragment: "the link ends where a # would have cut it off"
        case .badSignature: "the signature is not good, and the section does not ask for one"
        case .ampersandEntity: "&amp; stood for &"
        case .numericEntity: "&#38;, &#x3D; or another numeric entity stood for its sign"
        case .encodedEntity: "%26amp%3B stood for &"
        case .doubleEncoded: "it was percent-encoded more than once"
        case .decodedAmpersand: "the target's own ampersands had been decoded, and its pieces were joined"
        case .quotedPrintableEquals: "=3D stood for ="
        case .softLineBreak: "a line break of quoted-printable was taken out"
        case .lostEquals: "a field had lost its ="
        case .gluedTail: "a sign that was glued to the end was taken off"
        case .nestedLink: "the target is a tracking link of this host, and was followed"
        default: ""
        }
    }
}
