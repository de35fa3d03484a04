import Bytes
import TrackingLinks

/// Stored texts whose addresses and identifiers are masked: the first byte says whether the text was cut, the rest of
/// the first line is the identifier, what is behind it the text.
enum MaskFuzzing {
    static func run(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        let isCut = bytes[0] & 1 == 1
        let end = bytes.firstOffset(of: UInt8(ascii: "\n")) ?? bytes.count
        let text = bytes.extracting(min(end + 1, bytes.count)..<bytes.count)
        maskAddresses(text, isCut: isCut)
        maskIdentifier(bytes.extracting(min(1, end)..<end), text, isCut: isCut)
    }

    private static func maskAddresses(_ text: Span<UInt8>, isCut: Bool) {
        let most = EmailMask.maximumCount(masking: text.count)
        var masked = ByteBuffer(capacity: most)
        let isMasked = EmailMask.append(text, isCut: isCut, into: &masked)
        precondition(masked.count <= most, "it is longer than it says")
        masked.withSpan { masked in
            precondition(isMasked || masked.equals(text), "it is another text, and says that it is not")
            for offset in masked.indices where masked[offset] == UInt8(ascii: "@") {
                precondition(!isPlainAddress(masked, around: offset), "an address is left")
            }
        }
    }

    /// True for what everybody would call an address: a letter, the sign, and two words of letters.
    private static func isPlainAddress(_ text: Span<UInt8>, around sign: Int) -> Bool {
        guard sign > 0, text[sign - 1].isASCIILetter else { return false }
        let dot = endOfLetters(text, from: sign + 1)
        guard dot > sign + 1, dot < text.count, text[dot] == UInt8(ascii: ".") else { return false }
        return endOfLetters(text, from: dot + 1) >= dot + 3
    }

    private static func endOfLetters(_ text: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count, text[end].isASCIILetter { end += 1 }
        return end
    }

    private static func maskIdentifier(_ identifier: Span<UInt8>, _ text: Span<UInt8>, isCut: Bool) {
        var mask = IdentifierMask()
        guard mask.look(for: identifier) else { return }
        let most = IdentifierMask.maximumCount(masking: text.count)
        var masked = ByteBuffer(capacity: most)
        let isMasked = mask.append(text, isCut: isCut, into: &masked)
        precondition(masked.count <= most, "it is longer than it says")
        precondition(masked.withSpan { isMasked || $0.equals(text) }, "it is another text, and says that it is not")
        // What is written in escapes is found by the search and not by the look.
        guard !isCut, text.firstOffset(of: UInt8(ascii: "%")) == nil else { return }
        precondition(
            !isMasked || IdentifierMask.mayStand(identifier, in: text), "it is found where it is said not to stand")
    }
}
