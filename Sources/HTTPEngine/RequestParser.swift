import Bytes

/// What the parser makes of the bytes that are there so far.
package enum ParseOutcome: Equatable, Sendable {
    /// The head is well-formed as far as it goes, and not over.
    case incomplete
    /// The head is over; that many bytes belong to it.
    case complete(consumedBytes: Int)
    /// The bytes can't become a request.
    case rejected(HTTPRejection)
}

/// Reads a request head (RFC 9112 sections 2 to 5), strictly: what two servers could read in two ways is refused.
///
/// A pure function of the bytes. It looks at them in order and stops at the first that breaks a rule, so that a head
/// which arrives in pieces ends in the same outcome as one that arrives whole. O(bytes), eight at a time; no
/// allocation. The ranges of the head count from the first byte given. Empty lines before the request line are skipped
/// (section 2.2) and count as its bytes.
package enum RequestParser {
    /// Parses the head at the start of `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: what arrived and is not consumed yet; more than the head may be there.
    ///   - head: overwritten; it means something only after `.complete`. Its method is right as soon as the method was
    ///     read.
    package static func parse(
        _ bytes: Span<UInt8>, limits: HTTPLimits, into head: inout RequestHead
    ) -> ParseOutcome {
        head.reset()
        var cursor = HeadCursor(end: min(bytes.count, limits.headLimitBytes))
        do throws(ParseStop) {
            try cursor.skipEmptyLines(bytes)
            try cursor.readRequestLine(bytes, limits: limits, into: &head)
            try cursor.readFields(bytes, limits: limits, into: &head)
            try checkHost(bytes, &head)
            try checkConnection(bytes, &head)
            try checkBody(bytes, &head)
            return .complete(consumedBytes: cursor.offset)
        } catch .rejected(let rejection) {
            return .rejected(rejection)
        } catch {
            return bytes.count >= limits.headLimitBytes ? .rejected(.headTooLong) : .incomplete
        }
    }
}

/// Why parsing stopped before the end of the head.
enum ParseStop: Error {
    /// The bytes are over.
    case runOut
    /// A rule is broken.
    case rejected(HTTPRejection)
}

/// A place in the bytes, and where they stop counting as a head.
struct HeadCursor {
    /// The next byte to look at.
    var offset = 0
    /// Bytes that may belong to the head.
    let end: Int

    init(end: Int) {
        self.end = end
    }

    /// Steps over a carriage return and a line feed.
    @inline(__always)
    mutating func readLineEnd(_ bytes: Span<UInt8>) throws(ParseStop) {
        guard offset &+ 1 < end else { throw .runOut }
        guard bytes[offset &+ 1] == UInt8(ascii: "\n") else { throw .rejected(.bareCarriageReturn) }
        offset &+= 2
    }

    /// Steps over the empty lines that some clients send behind a body.
    mutating func skipEmptyLines(_ bytes: Span<UInt8>) throws(ParseStop) {
        while true {
            guard offset < end else { throw .runOut }
            if bytes[offset] == UInt8(ascii: "\n") { throw .rejected(.bareLineFeed) }
            guard bytes[offset] == UInt8(ascii: "\r") else { return }
            try readLineEnd(bytes)
        }
    }
}
