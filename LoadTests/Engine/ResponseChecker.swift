import Bytes

/// What an answer is worth.
package enum ResponseVerdict: Equatable, Sendable {
    /// More bytes are needed.
    case incomplete
    /// As expected; `closes` when the server closes the connection behind it.
    case accepted(closes: Bool)
    /// Not as expected.
    case wrong(Mismatch)

    /// What is not as expected.
    package enum Mismatch: Equatable, Sendable {
        /// The status, or no HTTP answer at all.
        case status
        /// The `Location`.
        case location
        /// The body, its length or its type, or whether the connection closes.
        case body
    }
}

/// Checks answers against what their requests expect.
///
/// An answer is read and judged in full once; the next one for the same expectation that has the very same bytes is as
/// good. An edge's answers change with their Date, once a second, so nearly all of them cost one comparison. Nothing
/// here allocates once it is made.
package struct ResponseChecker: Sendable {
    private let expectations: [ExpectedAnswer]
    private let depth: CheckDepth
    private let limits: LoadLimits
    /// For each expectation two slots, for connections that go on and for those of one request.
    private var remembered: [UInt8]
    private var rememberedCounts: [Int]
    private var rememberedCloses: [Bool]

    /// Makes a checker of some expectations.
    package init(_ expectations: [ExpectedAnswer], depth: CheckDepth, limits: LoadLimits = LoadLimits()) {
        self.expectations = expectations
        self.depth = depth
        self.limits = limits
        remembered = [UInt8](repeating: 0, count: expectations.count * 2 * limits.rememberedBytesMax)
        rememberedCounts = [Int](repeating: -1, count: expectations.count * 2)
        rememberedCloses = [Bool](repeating: false, count: expectations.count * 2)
    }

    /// Judges what has come of an answer so far.
    ///
    /// - Parameters:
    ///   - bytes: from the answer's first byte on.
    ///   - index: which expectation.
    ///   - isAlone: true on a connection of one request.
    package mutating func check(_ bytes: Span<UInt8>, against index: Int, isAlone: Bool) -> ResponseVerdict {
        let slot = index * 2 + (isAlone ? 1 : 0)
        if bytes.count == rememberedCounts[slot] {
            let start = slot * limits.rememberedBytesMax
            if remembered.span.extracting(start..<start + bytes.count).hasSameBytes(as: bytes) {
                return .accepted(closes: rememberedCloses[slot])
            }
        }
        let verdict = judge(bytes, expectations[index])
        if case .accepted(let closes) = verdict, bytes.count <= limits.rememberedBytesMax {
            rememberedCounts[slot] = bytes.count
            rememberedCloses[slot] = closes
            let start = slot * limits.rememberedBytesMax
            for offset in bytes.indices { remembered[start + offset] = bytes[offset] }
        }
        return verdict
    }

    private func judge(_ bytes: Span<UInt8>, _ expected: ExpectedAnswer) -> ResponseVerdict {
        let head: ResponseHead
        switch ResponseHead.read(bytes) {
        case .incomplete: return bytes.count >= limits.responseBytesMax ? .wrong(.body) : .incomplete
        case .rejected: return .wrong(.status)
        case .complete(let complete): head = complete
        }
        var bodyCount = 0
        if !expected.isHead, head.status != 204, head.status != 304 {
            guard let length = head.contentLength else {
                return .wrong(head.status == expected.status ? .body : .status)
            }
            bodyCount = length
        }
        guard head.byteCount + bodyCount <= limits.responseBytesMax else { return .wrong(.body) }
        if bytes.count < head.byteCount + bodyCount { return .incomplete }
        guard head.status == expected.status else { return .wrong(.status) }
        guard bytes.count == head.byteCount + bodyCount else { return .wrong(.body) }
        if depth == .full {
            guard hasLocation(head, bytes, expected) else { return .wrong(.location) }
            guard hasBody(head, bytes, expected), head.closes || !expected.mustClose else { return .wrong(.body) }
        }
        return .accepted(closes: head.closes)
    }

    private func hasLocation(_ head: ResponseHead, _ bytes: Span<UInt8>, _ expected: ExpectedAnswer) -> Bool {
        guard let location = expected.location else { return head.location == nil }
        guard let found = head.location, !head.hasSecondLocation else { return false }
        return bytes.extracting(found).hasSameBytes(as: location.span)
    }

    private func hasBody(_ head: ResponseHead, _ bytes: Span<UInt8>, _ expected: ExpectedAnswer) -> Bool {
        let body = bytes.extracting(head.byteCount..<bytes.count)
        switch expected.body {
        case .any:
            return true
        case .pixel:
            guard let type = head.contentType, bytes.extracting(type).equalsIgnoringASCIICase("image/gif") else {
                return false
            }
            if expected.isHead { return head.contentLength == nil || head.contentLength == 43 }
            // GIF signature, then width and height of 1, little-endian.
            return body.count == 43
                && (body.hasPrefix("GIF89a\u{1}\u{0}\u{1}\u{0}") || body.hasPrefix("GIF87a\u{1}\u{0}\u{1}\u{0}"))
        case .page(let part):
            return expected.isHead || body.contains(part.span)
        }
    }
}

extension Span where Element == UInt8 {
    /// True when both are the same bytes; compares eight at a time.
    @inline(__always)
    func hasSameBytes(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var offset = 0
        while count - offset >= 8 {
            if littleEndian(UInt64.self, at: offset) != other.littleEndian(UInt64.self, at: offset) { return false }
            offset += 8
        }
        while offset < count {
            if self[offset] != other[offset] { return false }
            offset += 1
        }
        return true
    }

    /// True when the bytes of `part` stand somewhere in these. O(n x m).
    func contains(_ part: Span<UInt8>) -> Bool {
        guard part.count <= count else { return false }
        for start in 0...(count - part.count)
        where extracting(start..<start + part.count).hasSameBytes(as: part) { return true }
        return false
    }
}
