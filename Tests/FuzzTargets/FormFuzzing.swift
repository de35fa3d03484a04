import Bytes
import HTTPEngine

/// What forms send: the first line is the type, what is behind it the body.
enum FormFuzzing {
    static func run(_ bytes: Span<UInt8>) {
        let end = bytes.firstOffset(of: UInt8(ascii: "\n")) ?? bytes.count
        let type = bytes.extracting(0..<end)
        let body = bytes.extracting(min(end + 1, bytes.count)..<bytes.count)
        let holds = Self.holds(body, type)
        precondition(!holds || body.count >= 26, "it holds what is longer than it")
        made(body.toArray())
    }

    /// A form that is made of a value holds it, whatever it is made of, and no other.
    private static func made(_ value: [UInt8]) {
        let isSought = value.span.equals("One-Click")
        var encoded = ByteBuffer(capacity: 3 * value.count + 64)
        encoded.append("List-Unsubscribe=")
        PercentCoding.encode(value.span, into: &encoded)
        let form = encoded.toArray()
        precondition(Self.holds(form.span, Span()) == isSought, "an encoded value is another")
        // A boundary that stands nowhere in the value.
        guard !value.contains(UInt8(ascii: "\n")), !value.starts(with: "--one".utf8) else { return }
        let head = Array("--one\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n".utf8)
        let parts = head + value + Array("\r\n--one--\r\n".utf8)
        let type = Array("multipart/form-data; boundary=one".utf8)
        precondition(Self.holds(parts.span, type.span) == isSought, "a part is another")
    }

    private static func holds(_ body: Span<UInt8>, _ type: Span<UInt8>) -> Bool {
        FormBody.holds("List-Unsubscribe", "One-Click", in: body, contentType: type)
    }
}
