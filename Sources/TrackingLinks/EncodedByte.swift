internal import Bytes

/// A byte of a text as it is compared, however often it is percent-encoded.
struct EncodedByte {
    let byte: UInt8
    /// Offset behind it.
    let end: Int
    /// True where the text ends within an escape.
    let isUnfinished: Bool

    /// Only a percent sign begins one of more than a byte, and no two of them overlap: O(n) for a whole text.
    init(in text: Span<UInt8>, at offset: Int) {
        guard text[offset] == UInt8(ascii: "%") else {
            self.init(byte: text[offset], end: offset &+ 1, isUnfinished: false)
            return
        }
        var digits = offset &+ 1
        while digits &+ 1 < text.count, text[digits] == UInt8(ascii: "2"), text[digits &+ 1] == UInt8(ascii: "5") {
            digits &+= 2
        }
        if digits &+ 1 < text.count, let high = text[digits].hexDigitValue,
            let low = text[digits &+ 1].hexDigitValue
        {
            self.init(byte: high &<< 4 | low, end: digits &+ 2, isUnfinished: false)
        } else {
            // A percent sign, encoded or not.
            self.init(byte: UInt8(ascii: "%"), end: digits, isUnfinished: digits &+ 1 >= text.count)
        }
    }

    private init(byte: UInt8, end: Int, isUnfinished: Bool) {
        self.byte = byte
        self.end = end
        self.isUnfinished = isUnfinished
    }

    /// True where the text ends within an escape that may go on to be that of `other`.
    func mayBecome(_ other: UInt8, in text: Span<UInt8>) -> Bool {
        guard isUnfinished else { return false }
        guard end < text.count, let digit = text[end].hexDigitValue else { return end == text.count }
        // What begins with a 2 may be one more encoding of a percent sign.
        return digit == other &>> 4 || digit == 2
    }
}
