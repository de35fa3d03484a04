import Bytes

/// What a signature says of itself, before the code that proves it: the head of the token in `tsig`.
///
/// A token is base64url without padding over
///
///     1 byte      version 1 in the high four bits, flags in the low four: 1 covers the target, 2 has an expiry,
///                 4 is of an unsubscribe link and covers the person
///     4 bytes     id of the key, little-endian
///     5 bytes     expiry in seconds since 1970, little-endian, with flag 2 alone
///     16 to 32    the code: the first bytes of HMAC-SHA-256, at least 128 bits
///
/// `Documentation/signatures.md` says what the code is made over.
package struct LinkSignature: Equatable, Sendable {
    /// What it covers.
    package let scope: SignatureScope
    /// The key that it was made with, from 1.
    package let keyID: UInt32
    /// The second since 1970 from which on it is no longer good, or nil for one that stays good.
    package let expirySeconds: UInt64?

    /// Bytes of the code that are written: 128 bits.
    package static let codeBytes = 16
    /// Bytes of the code that are accepted.
    static let acceptedCodeBytes = 16...32
    /// The latest expiry that a token can hold.
    package static let expirySecondsMax: UInt64 = 1 << 40 - 1
    /// The most bytes of a token.
    static let bytesMax = 10 + 32
    /// The most characters of a field that are read for a token, what is glued to its end included.
    static let textBytesMax = 256

    private static let version: UInt8 = 1
    private static let targetFlag: UInt8 = 1
    private static let expiryFlag: UInt8 = 2
    private static let personFlag: UInt8 = 4

    /// Says what a signature is to say.
    ///
    /// - Parameter expirySeconds: at most `expirySecondsMax`.
    package init(scope: SignatureScope, keyID: UInt32, expirySeconds: UInt64? = nil) {
        precondition(expirySeconds ?? 0 <= Self.expirySecondsMax, "no token holds an expiry that late")
        self.scope = scope
        self.keyID = keyID
        self.expirySeconds = expirySeconds
    }

    /// Reads a token's bytes; nil for another version, a flag that has no meaning, or a code of another length.
    init?(token: Span<UInt8>) {
        guard token.count > 0, token[0] >> 4 == Self.version else { return nil }
        let flags = token[0] & 0xF
        switch flags & ~Self.expiryFlag {
        case 0: scope = .link
        case Self.targetFlag: scope = .target
        case Self.personFlag: scope = .person
        default: return nil
        }
        let hasExpiry = flags & Self.expiryFlag != 0
        let headBytes = hasExpiry ? 10 : 5
        guard Self.acceptedCodeBytes.contains(token.count - headBytes) else { return nil }
        keyID = token.littleEndian(UInt32.self, at: 1)
        guard hasExpiry else {
            expirySeconds = nil
            return
        }
        let low = token.littleEndian(UInt32.self, at: 5)
        expirySeconds = UInt64(token[9]) << 32 | UInt64(low)
    }

    /// Bytes before the code.
    var headBytes: Int { expirySeconds == nil ? 5 : 10 }

    /// Appends the bytes before the code.
    func appendHead(into buffer: inout ByteBuffer) {
        let scopeFlag: UInt8 =
            switch scope {
            case .link: 0
            case .target: Self.targetFlag
            case .person: Self.personFlag
            }
        buffer.append(Self.version << 4 | scopeFlag | (expirySeconds == nil ? 0 : Self.expiryFlag))
        buffer.appendLittleEndian(keyID)
        guard let expirySeconds else { return }
        buffer.appendLittleEndian(UInt32(truncatingIfNeeded: expirySeconds))
        buffer.append(UInt8(truncatingIfNeeded: expirySeconds >> 32))
    }

    /// Appends the bytes of the token that a decoded field holds. What mail systems glue to the end of a link is left
    /// out; anything else makes it no token.
    ///
    /// - Returns: false, and nothing appended, where it is none.
    static func decode(_ text: Span<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        guard text.count <= textBytesMax else { return false }
        var end = text.count
        while end > 0, glued.contains(text[end - 1]) { end -= 1 }
        // Four characters for three bytes.
        guard end > 0, end <= (bytesMax * 4 + 2) / 3 else { return false }
        return Base64.decode(text.extracting(first: end), alphabet: .url, into: &buffer)
    }

    /// Quotes, brackets, marks of a sentence, an equals sign that fills up base64, and the end of a line: nothing of it
    /// stands in base64url.
    private static let glued = ByteSet("=\"'`<>()[]{},.;:!?*| \t\r\n")
}
