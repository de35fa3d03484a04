import Bytes
import HTTPEngine
import TrackingLinks

/// Answers the marked clicks of `tremolo doctor`: as any other, with one header field more that says what arrived. It
/// may allocate: only whoever has the keys gets here.
struct DoctorDesk: Sendable {
    private let key: HMACSHA256Key
    /// How long the edge keeps a connection without a request.
    var idleTimeoutSeconds: UInt64

    private let idleTimeouts: IdleTimeouts

    init(key: HMACSHA256Key, idleTimeoutSeconds: UInt64, idleTimeouts: IdleTimeouts = IdleTimeouts()) {
        self.key = key
        self.idleTimeouts = idleTimeouts
        self.idleTimeoutSeconds = idleTimeoutSeconds
    }

    /// The beginning of what arrived, where the request carries a mark that is genuine; else nil: then it is a click
    /// like any other.
    func arrival(
        of head: borrowing RequestHead, in bytes: Span<UInt8>, nowNanoseconds: UInt64
    ) -> DoctorArrival? {
        guard let field = head.value(of: .tremoloDoctor),
            let nonce = DoctorMark.nonce(
                of: bytes.extracting(field.offsets), key: key, nowSeconds: nowNanoseconds / 1_000_000_000)
        else { return nil }
        let target = bytes.extracting(head.target.offsets)
        var arrival = DoctorArrival()
        arrival.nonce = nonce
        arrival.targetBytes = target.count
        arrival.targetHash = "\(SHA256Digest.hash(target))"
        arrival.idleTimeoutSeconds = idleTimeoutSeconds
        arrival.proxyIdleTimeouts = idleTimeouts.count
        return arrival
    }

    /// Writes the answer.
    ///
    /// - Parameter url: the bytes that the decision's destination lies in.
    func answer(
        _ decision: Decision, _ arrival: DoctorArrival, url: borrowing ByteBuffer,
        into response: inout ResponseWriter
    ) {
        let text = Array(arrival.text.utf8)
        switch (decision.outcome, decision.destination) {
        case (.pixel, _):
            response.begin(.ok)
            response.header(DoctorMark.answerName, text.span)
            let image = TransparentImage.bytes
            response.finish(contentType: "image/gif", body: image.span)
        case (.redirected, .some(let destination)), (.fallback, .some(let destination)):
            response.begin(.found)
            response.header(DoctorMark.answerName, text.span)
            url.withSpan(of: destination.offsets) { response.header("Location", $0) }
            response.finish()
        case (.asked, _):
            response.begin(.ok)
            response.header(DoctorMark.answerName, text.span)
            response.finish(contentType: "text/plain; charset=utf-8", body: "A page would ask here.\n")
        case (.refused, _), (.redirected, nil), (.fallback, nil):
            response.begin(.notFound)
            response.header(DoctorMark.answerName, text.span)
            response.finish(contentType: "text/plain; charset=utf-8", body: "A page would refuse here.\n")
        }
    }
}
