internal import Bytes
internal import TrackingLinks

/// A rule on a method or a header, made ready.
struct CompiledRequestRule: Sendable {
    enum Test: Sendable {
        case method(RequestMethod)
        /// The token in small letters.
        case header(EventField, token: [UInt8])
        /// The link is one that no person sees.
        case decoy
    }

    let test: Test
    let kind: TrackingResource?
    let number: UInt16

    func holds(for evidence: RequestEvidence, in bytes: Span<UInt8>) -> Bool {
        guard kind == nil || kind == evidence.kind else { return false }
        switch test {
        case .method(let method):
            return method == evidence.method
        case .decoy:
            return evidence.isDecoy
        case .header(let field, let token):
            guard let range = evidence.range(of: field) else { return false }
            return Self.beginsWithToken(bytes.extracting(range.offsets), token.span)
        }
    }

    /// True when the value's first token is `token`, whatever stands behind it: `prefetch;prerender` begins with
    /// `prefetch`.
    ///
    /// Colons before it are passed over: one client sends the value with the header's own colon in it.
    private static func beginsWithToken(_ value: Span<UInt8>, _ token: Span<UInt8>) -> Bool {
        var start = 0
        while start < value.count, [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ":")].contains(value[start]) {
            start += 1
        }
        guard value.count - start >= token.count else { return false }
        for offset in token.indices where value[start + offset].asciiLowercased != token[offset] { return false }
        guard value.count - start > token.count else { return true }
        let next = value[start + token.count]
        return !next.isASCIILetter && !next.isASCIIDigit && next != UInt8(ascii: "-") && next != UInt8(ascii: "_")
    }
}
