import Bytes
import HTTPEngine

/// The answers that are the same for everyone, prepared once a worker.
struct FixedResponses: ~Copyable {
    /// Every redirect but its `Location`.
    let redirect: PreparedRedirect
    /// The transparent image of 1 by 1 pixel.
    let pixel: PreparedResponse
    /// The page for a link whose request line is too long.
    let lineTooLong: PreparedResponse
    /// The page for a request whose head is too long.
    let headTooLong: PreparedResponse
    /// The page for a path that is nothing here.
    let notFound: PreparedResponse
    /// What `/` says.
    let root: PreparedResponse
    /// No crawler needs to come: the `X-Robots-Tag` of each answer forbids indexing, and this forbids fetching.
    let robots: PreparedResponse
    /// There is no icon, said so that browsers remember it.
    let favicon: PreparedResponse
    /// What a probe is told that finds the edge well.
    let well: PreparedResponse
    /// What a probe is told that finds it starting or stopping.
    let unavailable: PreparedResponse

    init() {
        redirect = PreparedRedirect(
            status: .found, headers: [HeaderLine(name: "Referrer-Policy", value: "no-referrer")])
        pixel = PreparedResponse(status: .ok, contentType: "image/gif", body: TransparentImage.bytes)
        lineTooLong = Self.page(.targetTooLong) { RecipientPage.writeTooLong(into: &$0) }
        headTooLong = Self.page(.headTooLarge) { RecipientPage.writeTooLong(into: &$0) }
        notFound = Self.page(.notFound) { RecipientPage.writeNotFound(into: &$0) }
        root = Self.page(.ok) { RecipientPage.writeRoot(into: &$0) }
        robots = PreparedResponse(
            status: .ok, contentType: "text/plain; charset=utf-8", body: Array("User-agent: *\nDisallow: /\n".utf8))
        favicon = PreparedResponse(status: .noContent, contentType: nil)
        well = PreparedResponse(status: .ok, contentType: "text/plain; charset=utf-8", body: Array("ok\n".utf8))
        unavailable = PreparedResponse(
            status: .serviceUnavailable, contentType: "text/plain; charset=utf-8", body: Array("unavailable\n".utf8))
    }

    /// The page for a click or an open beyond the limit of its address.
    static func tooMany(retryAfterSeconds seconds: UInt64) -> PreparedResponse {
        page(.tooManyRequests, ("Retry-After", "\(seconds)")) { RecipientPage.writeTooMany(into: &$0) }
    }

    private static func page(
        _ status: HTTPStatus, _ headers: (name: String, value: String)..., write: (inout ByteBuffer) -> Void
    ) -> PreparedResponse {
        var buffer = ByteBuffer(capacity: PageTemplate.templateBytesMax)
        write(&buffer)
        return PreparedResponse(
            status: status, contentType: "text/html; charset=utf-8",
            headers: [
                ("Content-Security-Policy", String(decoding: RecipientPage.contentSecurityPolicy, as: UTF8.self)),
                ("Referrer-Policy", "no-referrer"), ("X-Content-Type-Options", "nosniff"),
            ] + headers, body: buffer.toArray())
    }
}

/// The answer to every open: a GIF89a of one transparent pixel, 43 bytes.
enum TransparentImage {
    /// The file: header and screen of 1 by 1 with two colours, a graphic control block that makes colour 0 transparent,
    /// the image, its one LZW block, the trailer (GIF89a specification, sections 17 to 27).
    static let bytes: [UInt8] = [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF,
        0xFF,
        0x21, 0xF9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00,
        0x02,
        0x02, 0x44, 0x01, 0x00, 0x3B,
    ]
}
