import Bytes

/// Makes tracking links: a base, a resource and fields, percent-encoded so that reading gives the same fields back.
///
/// Fields stand in the order in which they are added. Everything but letters, digits and `-._~` is percent-encoded, a
/// plus included, so that no client, mail system or template has anything to misread; so is a full stop at a target's
/// end, which would pass for one that a linkifier glued on. Not for the hot path.
package struct LinkBuilder: Sendable {
    private var bytes: [UInt8]
    private var hasFields = false

    /// Begins a link.
    ///
    /// - Parameters:
    ///   - base: scheme and host of the tracking host, such as `https://trem.example.com`; one trailing slash is
    ///     dropped. Empty for a request target alone.
    ///   - resource: what the link asks for.
    package init(base: String, resource: TrackingResource) {
        bytes = Array(base.hasSuffix("/") ? base.dropLast().utf8 : base[...].utf8)
        bytes.append(contentsOf: "\(resource.path)".utf8)
    }

    /// Adds a field with a value that is not encoded yet.
    package mutating func append(_ field: TrackingField, _ value: String) {
        append(field, Array(value.utf8))
    }

    /// Adds a field with a value of any bytes that are not encoded yet.
    package mutating func append(_ field: TrackingField, _ value: [UInt8]) {
        appendName("\(field.name)")
        if field == .targetUrl {
            bytes.append(contentsOf: Self.encodedTarget(value))
        } else {
            bytes.append(contentsOf: Self.encoded(value))
        }
    }

    /// A value with everything but letters, digits and `-._~` percent-encoded.
    static func encoded(_ value: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer(capacity: value.count * 3 + 1)
        PercentCoding.encode(value.span, into: &buffer)
        return buffer.toArray()
    }

    /// Adds the target as it is, without encoding. It has to be the last field: what follows would belong to it.
    package mutating func appendRawTarget(_ target: String) {
        appendName("\(TrackingField.targetUrl.name)")
        bytes.append(contentsOf: target.utf8)
    }

    /// The link as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    private mutating func appendName(_ name: String) {
        bytes.append(UInt8(ascii: hasFields ? "&" : "?"))
        hasFields = true
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "="))
    }
}
