import Bytes

/// The head of an answer, as far as the checks need it (RFC 9112). Reading allocates nothing.
package struct ResponseHead: Equatable, Sendable {
    /// What came of reading.
    package enum Outcome: Equatable, Sendable {
        /// More bytes are needed.
        case incomplete
        /// A whole head.
        case complete(ResponseHead)
        /// No HTTP/1 head, or one whose body's end can't be known.
        case rejected
    }

    /// Three digits.
    package var status = 0
    /// Where the value of the first `Location` stands; nil when there is none.
    package var location: Range<Int>?
    /// True when there is more than one `Location`: which one a client follows is not known.
    package var hasSecondLocation = false
    /// Where the value of `Content-Type` stands; nil when there is none.
    package var contentType: Range<Int>?
    /// The value of `Content-Length`; nil when there is none.
    package var contentLength: Int?
    /// True when the server says that it closes.
    package var closes = false
    /// Bytes of the head with the empty line behind it.
    package var byteCount = 0

    /// Reads a head at the start of some bytes. O(n).
    package static func read(_ bytes: Span<UInt8>) -> Outcome {
        guard canBegin(bytes) else { return .rejected }
        guard let statusEnd = lineEnd(bytes, from: 0) else {
            return bytes.count > 1_024 ? .rejected : .incomplete
        }
        var head = ResponseHead()
        guard statusEnd >= 12, bytes[8] == UInt8(ascii: " "), let status = decimal(bytes.extracting(9..<12)),
            statusEnd == 12 || bytes[12] == UInt8(ascii: " ")
        else { return .rejected }
        head.status = status
        head.closes = bytes[7] == UInt8(ascii: "0")
        var offset = statusEnd + 2
        while let end = lineEnd(bytes, from: offset) {
            if end == offset {
                head.byteCount = end + 2
                return .complete(head)
            }
            guard head.readField(bytes, offset..<end) else { return .rejected }
            offset = end + 2
        }
        return .incomplete
    }

    /// False when no head begins with these bytes, however many follow.
    private static func canBegin(_ bytes: Span<UInt8>) -> Bool {
        let name = "HTTP/1."
        if bytes.count >= name.utf8.count { return bytes.hasPrefix("HTTP/1.") }
        return zip(name.utf8, bytes.indices).allSatisfy { $0 == bytes[$1] }
    }

    private mutating func readField(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
        let text = bytes.extracting(line)
        guard let colon = text.firstOffset(of: UInt8(ascii: ":")) else { return false }
        var start = colon + 1
        while start < text.count, text[start] == UInt8(ascii: " ") { start += 1 }
        let name = text.extracting(0..<colon)
        let value = text.extracting(start..<text.count)
        let range = line.lowerBound + start..<line.upperBound
        switch colon {
        case 8 where name.equalsIgnoringASCIICase("Location"):
            hasSecondLocation = location != nil
            location = location ?? range
        case 10 where name.equalsIgnoringASCIICase("Connection"):
            if value.equalsIgnoringASCIICase("close") { closes = true }
        case 12 where name.equalsIgnoringASCIICase("Content-Type"): contentType = range
        case 14 where name.equalsIgnoringASCIICase("Content-Length"):
            guard let length = Self.decimal(value), contentLength == nil || contentLength == length else {
                return false
            }
            contentLength = length
        case 17 where name.equalsIgnoringASCIICase("Transfer-Encoding"): return false
        default: break
        }
        return true
    }

    /// Offset of the CR of the first CRLF at or behind `start`.
    private static func lineEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var offset = start
        while let found = bytes.firstOffset(of: 0x0D, from: offset) {
            guard found + 1 < bytes.count else { return nil }
            if bytes[found + 1] == 0x0A { return found }
            offset = found + 1
        }
        return nil
    }

    private static func decimal(_ text: Span<UInt8>) -> Int? {
        guard text.count > 0, text.count <= 9 else { return nil }
        var value = 0
        for index in text.indices {
            guard text[index].isASCIIDigit else { return nil }
            value = value * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return value
    }
}
