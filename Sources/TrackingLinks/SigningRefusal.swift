/// Why a link is not signed. Nothing of the link's values is in it.
package enum SigningRefusal: Error, Equatable, Sendable {
    /// Its path is none of a tracking or an unsubscribe link.
    case notTrackingLink
    /// It holds a control character, a line's end for one.
    case controlByte
    /// It is longer than what is read of a link.
    case tooLong
    /// It names no section, and keys and policies are those of sections.
    case noSection
    /// It is an unsubscribe link, which another scope than the person's was asked for.
    case unsubscribeLinkInOtherScope
    /// It is a tracking link, and the person's scope was asked for.
    case trackingLinkInPersonScope
    /// It is an unsubscribe link that says nothing of who unsubscribes.
    case noPerson
    /// It is an unsubscribe link whose `cuid` is longer than what names anybody.
    case overlongPerson
    /// It is an unsubscribe link whose `cuid` holds a control character, which no identifier has.
    case controlInPerson
    /// It is an unsubscribe link whose `cuid` has nothing of its section's kind in it.
    case nobody
    /// The field occurs more than once, which no good signature allows.
    case repeatedField(TrackingField)
    /// The field is to be signed and holds a merge tag, which would be filled in afterwards.
    case unfilledField(TrackingField)
    /// The target is to be signed, and there is none.
    case missingTarget
    /// The target is to be signed and is not one that a redirect may carry.
    case unusableTarget(TargetRefusal)
    /// No key signs links of its section.
    case noKey
    /// The key that was asked for signs links of another section.
    case otherSection
    /// The target is to be signed, and browsers may take its host for another.
    case uncertainHost
    /// A server would read something else than what stands in it: it is damaged, or has more fields than are read.
    case notReadBack

    /// What is wrong with the link and what to do, as a part of a sentence.
    package var explanation: String {
        switch self {
        case .notTrackingLink: "it is no tracking link: its path has to be /tremclk, /tremop or /tremunsub"
        case .controlByte: "it holds a control character: percent-encode it"
        case .tooLong: "it is longer than \(LinkLimits.queryBytesMax) bytes: shorten it"
        case .noSection: "it names no section: give it a sec"
        case .unsubscribeLinkInOtherScope:
            "it is an unsubscribe link, whose one scope is person: leave --scope out, or say --scope person"
        case .trackingLinkInPersonScope:
            "its path is not /tremunsub, and the scope person is for unsubscribe links alone: choose another scope"
        case .noPerson: "it names nobody who could unsubscribe: give it a cuid"
        case .overlongPerson:
            "its cuid is longer than \(LinkLimits.identifierBytesMax) bytes and names nobody: shorten it"
        case .controlInPerson: "its cuid holds a control character and names nobody: leave it out"
        case .nobody: "its cuid names nobody of the section's kind: give it the address, number or id itself"
        case .repeatedField(let field): "it has \(field.name) more than once: leave one"
        case .unfilledField(let field):
            "its \(field.name) holds a merge tag, which would break the signature when it is filled in: "
                + (field == .targetUrl ? "fill it in first, or sign with --scope link" : "fill it in first")
        case .missingTarget: "it has no targetUrl: give it one, or sign with --scope link"
        case .unusableTarget(let refusal): "its targetUrl can't be redirected to: \(refusal.explanation)"
        case .noKey: "no key signs links of its section: make one with tremolo sign --make-key"
        case .otherSection: "the key signs links of another section alone: choose another key"
        case .uncertainHost: "its targetUrl has a host that browsers may take for another: write it in Punycode (xn--)"
        case .notReadBack:
            "it would not be read as it stands: it is damaged, or has more fields than are read: see tremolo explain"
        }
    }
}
