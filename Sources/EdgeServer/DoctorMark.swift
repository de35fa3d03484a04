package import Bytes

/// What tells the edge that a click is `tremolo doctor`'s: it is answered and not received, not journaled and counted
/// nowhere.
///
/// Such a click must not be anybody's to send, or clicks could be hidden from the figures. So the mark carries a code
/// that only the key folder gives, and holds for some minutes around the time in it: `1.`, ten digits of seconds since
/// 1970, `.`, a nonce of 16 hex digits, `.`, and 32 hex digits of HMAC-SHA-256 over all before the last dot, under
/// HMAC(root key, `tremolo/v1/doctor`). Whoever sees one in a proxy's log can leave some clicks of his own uncounted
/// for that long, and no more.
package enum DoctorMark {
    /// The header field that carries it.
    package static let headerName = "Tremolo-Doctor"
    /// The header field of the answer that says what arrived.
    package static let answerName: StaticString = "Tremolo-Doctor-Arrived"
    /// How far the mark's time may be from the edge's, seconds.
    package static let secondsMax: UInt64 = 300

    private static let signedBytes = 29
    private static let byteCount = signedBytes + 1 + 32

    /// A mark.
    ///
    /// - Parameter nonce: random, so that answers to different marks are told apart.
    package static func make(key: HMACSHA256Key, nowSeconds: UInt64, nonce: UInt64) -> String {
        let digits = String(min(nowSeconds, 9_999_999_999))
        let seconds = String(repeating: "0", count: 10 - digits.utf8.count) + digits
        let hex = String(nonce, radix: 16)
        let signed = "1.\(seconds).\(String(repeating: "0", count: 16 - hex.utf8.count))\(hex)"
        return "\(signed).\(code(over: signed.utf8.span, key))"
    }

    /// The nonce of a mark that was made with the key and whose time is near; nil for anything else.
    static func nonce(of mark: Span<UInt8>, key: HMACSHA256Key, nowSeconds: UInt64) -> String? {
        guard mark.count == byteCount, mark[signedBytes] == UInt8(ascii: ".") else { return nil }
        let signed = mark.extracting(0..<signedBytes)
        let expected = Array(code(over: signed, key).utf8)
        guard constantTimeEquals(expected.span, mark.extracting(signedBytes + 1..<byteCount)),
            signed.hasPrefix("1."), let seconds = UInt64(signed.extracting(2..<12).toString())
        else { return nil }
        let distance = seconds > nowSeconds ? seconds - nowSeconds : nowSeconds - seconds
        return distance <= secondsMax ? signed.extracting(13..<signedBytes).toString() : nil
    }

    private static func code(over signed: Span<UInt8>, _ key: HMACSHA256Key) -> String {
        String("\(key.authenticate(signed))".prefix(32))
    }
}
