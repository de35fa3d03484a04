import Bytes

/// Takes a chunked body apart (RFC 9112 section 7.1), strictly and from pieces of any size.
///
/// It holds a few bytes of state and copies nothing: `next` names the ranges that are data. Extensions and trailers are
/// read over; together they may have `overheadLimitBytes`.
struct ChunkedDecoder {
    /// What stands next in the bytes.
    enum Step: Equatable {
        /// Every byte is used; the body goes on.
        case needsMore
        /// These bytes are data.
        case data(Range<Int>)
        /// The body, its trailers included, is over.
        case finished
        /// The bytes are no chunked body.
        case malformed
    }

    private enum State: UInt8 {
        case sizeStart, size, sizeBlank, chunkExtension, sizeLineFeed
        case data, dataCarriageReturn, dataLineFeed
        case trailerStart, trailer, trailerLineFeed, endLineFeed
        case finished
    }

    /// Most bytes of chunk extensions and trailers in one body.
    static let overheadLimitBytes = 4_096
    /// Most hexadecimal digits of a chunk's size: 16 MiB less one, far more than any body that is taken.
    private static let sizeDigitsMax = 6

    private var state = State.sizeStart
    private var digits: UInt8 = 0
    private var overhead: UInt16 = 0
    private var remaining: UInt32 = 0

    /// Reads on from `offset`, which moves behind what was used.
    mutating func next(_ bytes: Span<UInt8>, at offset: inout Int) -> Step {
        while offset < bytes.count {
            if state == .data {
                let end = min(bytes.count, offset + Int(remaining))
                let range = offset..<end
                remaining -= UInt32(range.count)
                if remaining == 0 { state = .dataCarriageReturn }
                offset = end
                return .data(range)
            }
            guard accept(bytes[offset]) else { return .malformed }
            offset += 1
            if state == .finished { return .finished }
        }
        return .needsMore
    }

    /// Takes one byte of the framing; false when it has no place there.
    private mutating func accept(_ byte: UInt8) -> Bool {
        switch state {
        case .sizeStart, .size: return acceptSize(byte)
        case .sizeBlank, .chunkExtension: return acceptExtension(byte)
        case .sizeLineFeed:
            guard byte == UInt8(ascii: "\n") else { return false }
            state = remaining == 0 ? .trailerStart : .data
        case .dataCarriageReturn:
            guard byte == UInt8(ascii: "\r") else { return false }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == UInt8(ascii: "\n") else { return false }
            state = .sizeStart
        case .trailerStart, .trailer: return acceptTrailer(byte)
        case .trailerLineFeed:
            guard byte == UInt8(ascii: "\n") else { return false }
            state = .trailerStart
        case .endLineFeed:
            guard byte == UInt8(ascii: "\n") else { return false }
            state = .finished
        case .data, .finished: return false
        }
        return true
    }

    private mutating func acceptSize(_ byte: UInt8) -> Bool {
        if let digit = byte.hexDigitValue {
            if state == .sizeStart {
                remaining = 0
                digits = 0
            }
            guard digits < Self.sizeDigitsMax else { return false }
            digits += 1
            remaining = remaining << 4 | UInt32(digit)
            state = .size
            return true
        }
        guard state == .size else { return false }
        if byte == UInt8(ascii: "\r") {
            state = .sizeLineFeed
            return true
        }
        state = .sizeBlank
        return acceptExtension(byte)
    }

    /// White space may stand before the semicolon of an extension and nowhere else.
    private mutating func acceptExtension(_ byte: UInt8) -> Bool {
        overhead += 1
        guard overhead <= Self.overheadLimitBytes else { return false }
        if state == .sizeBlank {
            if byte == UInt8(ascii: ";") { state = .chunkExtension }
            return byte == UInt8(ascii: ";") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
        }
        if byte == UInt8(ascii: "\r") {
            state = .sizeLineFeed
            return true
        }
        return Self.isText(byte)
    }

    private mutating func acceptTrailer(_ byte: UInt8) -> Bool {
        overhead += 1
        guard overhead <= Self.overheadLimitBytes else { return false }
        if byte == UInt8(ascii: "\r") {
            state = state == .trailerStart ? .endLineFeed : .trailerLineFeed
            return true
        }
        if state == .trailerStart && !byte.isTokenByte { return false }
        state = .trailer
        return Self.isText(byte)
    }

    private static func isText(_ byte: UInt8) -> Bool {
        (byte >= 0x20 || byte == UInt8(ascii: "\t")) && byte != 0x7F
    }
}
