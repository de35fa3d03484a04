import Bytes
import LinuxSystem

/// Walks over the elements of one `Forwarded` field (RFC 7239 section 4): pairs of a name and a value, which may be
/// quoted, separated by semicolons; elements are separated by commas.
///
/// Blanks are let through around the separators, as many proxies write them. A name twice in one element, and whatever
/// else breaks the grammar, makes the field malformed: from there on nobody knows where an element ends.
struct ForwardedElements {
    /// What one proxy said.
    struct Element {
        /// The address of `for`; nil when it is missing, hidden or can't be read.
        var address: IPAddress?
        /// The scheme of `proto`.
        var scheme = ClientScheme.unknown
        /// The value of `host`, when it is well-formed.
        var host: ByteRange?
    }

    /// True once the field has broken the grammar; `next` gives nothing more then.
    private(set) var isMalformed = false
    private var offset: Int
    private let end: Int

    init(_ value: ByteRange) {
        offset = value.offsets.lowerBound
        end = value.offsets.upperBound
    }

    /// The next element, or nil at the end or where the grammar is broken.
    mutating func next(_ bytes: Span<UInt8>) -> Element? {
        while offset < end && (Self.isBlank(bytes[offset]) || bytes[offset] == UInt8(ascii: ",")) { offset += 1 }
        guard offset < end else { return nil }
        var element = Element()
        var seen: UInt8 = 0
        while offset < end && bytes[offset] != UInt8(ascii: ",") {
            guard readPair(bytes, into: &element, &seen) else {
                isMalformed = true
                offset = end
                return nil
            }
        }
        return element
    }

    /// Reads one pair, if there is one, and the semicolon behind it.
    private mutating func readPair(_ bytes: Span<UInt8>, into element: inout Element, _ seen: inout UInt8) -> Bool {
        skipBlanks(bytes)
        if offset < end && bytes[offset] != UInt8(ascii: ";") && bytes[offset] != UInt8(ascii: ",") {
            let name = readToken(bytes)
            guard !name.isEmpty, offset < end, bytes[offset] == UInt8(ascii: "=") else { return false }
            offset += 1
            guard let value = readValue(bytes), take(bytes, name, value, into: &element, &seen) else { return false }
            skipBlanks(bytes)
        }
        guard offset < end, bytes[offset] != UInt8(ascii: ",") else { return true }
        guard bytes[offset] == UInt8(ascii: ";") else { return false }
        offset += 1
        return true
    }

    private func take(
        _ bytes: Span<UInt8>, _ name: Range<Int>, _ value: (range: Range<Int>, isEscaped: Bool),
        into element: inout Element, _ seen: inout UInt8
    ) -> Bool {
        let text = bytes.extracting(value.range)
        let bit: UInt8
        switch bytes.extracting(name) {
        case let name where name.equalsIgnoringASCIICase("for"):
            bit = 1
            // No address needs an escape: who writes one hides something.
            element.address = value.isEscaped ? nil : ForwardedNode.address(text, in: .element)
        case let name where name.equalsIgnoringASCIICase("proto"):
            bit = 2
            element.scheme = ClientScheme(name: text)
        case let name where name.equalsIgnoringASCIICase("host"):
            bit = 4
            element.host = !value.isEscaped && HostSyntax.isValid(text) ? ByteRange(value.range) : nil
        default: return true
        }
        defer { seen |= bit }
        return seen & bit == 0
    }

    private mutating func readToken(_ bytes: Span<UInt8>) -> Range<Int> {
        let start = offset
        while offset < end && bytes[offset].isTokenByte { offset += 1 }
        return start..<offset
    }

    /// Reads a token, or what stands between quotes.
    private mutating func readValue(_ bytes: Span<UInt8>) -> (range: Range<Int>, isEscaped: Bool)? {
        guard offset < end, bytes[offset] == UInt8(ascii: "\"") else {
            let token = readToken(bytes)
            return token.isEmpty ? nil : (token, false)
        }
        offset += 1
        let start = offset
        var isEscaped = false
        while offset < end && bytes[offset] != UInt8(ascii: "\"") {
            if bytes[offset] == UInt8(ascii: "\\") {
                isEscaped = true
                offset += 1
            }
            offset += 1
        }
        guard offset < end else { return nil }
        defer { offset += 1 }
        return (start..<offset, isEscaped)
    }

    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while offset < end && Self.isBlank(bytes[offset]) { offset += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
