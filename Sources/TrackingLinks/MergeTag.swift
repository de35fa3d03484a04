import Bytes

/// Recognises the merge tags of mail templates that were sent without being filled in.
///
/// Known are `{{name}}`, `*|NAME|*`, `${name}`, `<%name%>` and `%%name%%` anywhere in a value, and `[NAME]` where it is
/// the whole value: `[10596091]` is a list of variations and `filter[color]` a name of somebody's query, not a tag.
/// Bytes are fed one at a time, decoded, so that no copy is needed.
package struct MergeTag: Sendable {
    private enum Place {
        case outside
        case braces
        case star
        case dollar
        case angle
        case percent
    }

    private var place = Place.outside
    private var previous: UInt8 = 0
    private var count = 0
    private var isBracketed = false
    private var found = false

    package init() {}

    /// True when the value that was fed holds a merge tag.
    package var isUnfilled: Bool { found || (isBracketed && previous == UInt8(ascii: "]") && count > 2) }

    /// True for the signs that merge tags begin with: a value without any of them holds none.
    @inline(__always)
    static func canBegin(with byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "*"), UInt8(ascii: "$"), UInt8(ascii: "<"), UInt8(ascii: "%"),
            UInt8(ascii: "["):
            true
        default:
            false
        }
    }

    /// True when the decoded `value` holds a merge tag. O(n).
    package static func isUnfilled(_ value: Span<UInt8>) -> Bool {
        let first = value.firstOffset(from: 0, to: value.count) {
            $0.equal(UInt8(ascii: "{")) | $0.equal(UInt8(ascii: "*")) | $0.equal(UInt8(ascii: "$"))
                | $0.equal(UInt8(ascii: "<")) | $0.equal(UInt8(ascii: "%")) | $0.equal(UInt8(ascii: "["))
        }
        guard first < value.count else { return false }
        var tag = MergeTag()
        for offset in value.indices { tag.feed(value[offset]) }
        return tag.isUnfilled
    }

    /// Takes the next decoded byte of the value.
    package mutating func feed(_ byte: UInt8) {
        feedBracket(byte)
        count += 1
        if place == .outside {
            feedOutside(byte)
        } else {
            feedInside(byte)
        }
    }

    private mutating func feedOutside(_ byte: UInt8) {
        switch (previous, byte) {
        case (UInt8(ascii: "{"), UInt8(ascii: "{")): open(.braces)
        case (UInt8(ascii: "*"), UInt8(ascii: "|")): open(.star)
        case (UInt8(ascii: "$"), UInt8(ascii: "{")): open(.dollar)
        case (UInt8(ascii: "<"), UInt8(ascii: "%")): open(.angle)
        case (UInt8(ascii: "%"), UInt8(ascii: "%")): open(.percent)
        default: previous = byte
        }
    }

    private mutating func feedInside(_ byte: UInt8) {
        switch (place, previous, byte) {
        case (.braces, UInt8(ascii: "}"), UInt8(ascii: "}")),
            (.star, UInt8(ascii: "|"), UInt8(ascii: "*")),
            (.dollar, _, UInt8(ascii: "}")),
            (.angle, UInt8(ascii: "%"), UInt8(ascii: ">")),
            (.percent, UInt8(ascii: "%"), UInt8(ascii: "%")):
            found = true
        default:
            break
        }
        previous = byte
    }

    /// The opening's own bytes are no part of the closing.
    private mutating func open(_ opened: Place) {
        place = opened
        previous = 0
    }

    /// Keeps `isBracketed` true as long as the value is `[`, a letter, and then what names in brackets are made of.
    private mutating func feedBracket(_ byte: UInt8) {
        switch count {
        case 0: isBracketed = byte == UInt8(ascii: "[")
        case 1: isBracketed = isBracketed && byte.isASCIILetter
        default:
            guard isBracketed else { return }
            let isName =
                byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            isBracketed = previous != UInt8(ascii: "]") && (isName || byte == UInt8(ascii: "]"))
        }
    }
}
