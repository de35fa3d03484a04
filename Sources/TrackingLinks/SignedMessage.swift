import Bytes

/// What a signature's code is made over, put together in one buffer.
///
/// `tremolo/v1/link` and a zero byte; the token's bytes before the code; each campaign field that the link has, an
/// empty one included, in the order of `TrackingField`: its number, the length of its decoded value as four bytes,
/// little-endian, and the value. With the scope `target` the same of the target: `targetUrl`'s number, the length and
/// the bytes of the normalised URL, as `Location` says it. That form is one for a target that was encoded, put in raw,
/// or typed with other letters than ASCII, and it is where the recipient is sent: what was read on the way to it need
/// not be signed.
///
/// With the scope `person` it is `tremolo/v1/person`, a zero byte, the token's bytes before the code, and `cuid` and
/// `sec` in the same form and nothing else: no signature of the one kind passes for one of the other.
///
/// Of clicks and opens `cuid` and `cuidType` are filled in after signing and taken out by privacy filters, `tlink` says
/// nothing of where a link leads: none of them is covered. Lengths and numbers before the values, in an order that does
/// not depend on the link, let no two links have the same message.
struct SignedMessage: ~Copyable {
    private var bytes = ByteBuffer(capacity: SignedMessage.bytesMax)
    /// Where the decoded `sec` stands, or nil without one.
    private var section: ByteRange?
    /// Bytes before the target.
    private var fieldsEnd = 0

    /// The first and the last of the fields of a campaign that are covered, which are all between them.
    static let signedFields: ClosedRange<UInt8> = TrackingField.sec.rawValue...TrackingField.pVa.rawValue

    /// Decoded fields are no longer than the query; `decodeField` wants room for three times a field and three bytes.
    private static let bytesMax =
        3 * LinkLimits.queryBytesMax + 256 + Target.maximumNormalisedCount(of: LinkLimits.targetBytesMax)

    /// Makes room for one message at a time: 220 KiB, of which only what is written to takes memory.
    init() {}

    /// Begins a message with the bytes that stand before the code, and appends the link's fields.
    mutating func begin(
        _ scope: SignatureScope, head: Span<UInt8>, _ link: borrowing TrackingLink, of query: Span<UInt8>
    ) {
        bytes.removeAll()
        section = nil
        guard scope != .person else {
            bytes.append("tremolo/v1/person\u{0}")
            bytes.append(head)
            append(.cuid, link, of: query)
            append(.sec, link, of: query)
            fieldsEnd = bytes.count
            return
        }
        bytes.append("tremolo/v1/link\u{0}")
        bytes.append(head)
        var number = Self.signedFields.lowerBound
        while number <= Self.signedFields.upperBound, let field = TrackingField(rawValue: number) {
            append(field, link, of: query)
            number += 1
        }
        fieldsEnd = bytes.count
    }

    /// Appends the normalised target, in place of one that was appended before.
    ///
    /// - Returns: false where it is longer than any target that is redirected to.
    mutating func append(target: Span<UInt8>) -> Bool {
        bytes.truncate(to: fieldsEnd)
        guard target.count <= Target.maximumNormalisedCount(of: LinkLimits.targetBytesMax) else { return false }
        bytes.append(TrackingField.targetUrl.rawValue)
        bytes.appendLittleEndian(UInt32(target.count))
        bytes.append(target)
        return true
    }

    /// True when the key signs links of the section that the message names.
    func isCovered(by key: SigningKey) -> Bool {
        bytes.withSpan { message in
            // Spelled out: a span of no bytes has no place of its own in another one.
            guard let section else { return key.section == nil }
            return key.covers(section: message.extracting(section.offsets))
        }
    }

    /// The whole code of the message.
    func code(under key: HMACSHA256Key) -> SHA256Digest {
        bytes.withSpan { key.authenticate($0) }
    }

    @inline(__always)
    private mutating func append(_ field: TrackingField, _ link: borrowing TrackingLink, of query: Span<UInt8>) {
        guard let range = link.value(of: field) else { return }
        bytes.append(field.rawValue)
        let lengthPlace = bytes.count
        bytes.appendLittleEndian(UInt32(0))
        let start = bytes.count
        if link.plain.contains(field) {
            bytes.append(range.offsets, of: query)
        } else {
            // The whole value: decoding never gives more bytes than there were.
            _ = link.decodeField(field, of: query, into: &bytes, limitBytes: Int(range.count))
        }
        bytes.storeLittleEndian(UInt32(bytes.count - start), at: lengthPlace)
        if field == .sec { section = ByteRange(start..<bytes.count) }
    }
}
