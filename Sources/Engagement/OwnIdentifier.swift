internal import Bytes
internal import TrackingLinks

/// Masks an event's own identifier in the fields that were written of it.
///
/// Nearly every event holds it nowhere, which costs one look at its bytes. Where it may stand, the fields are written
/// once more. A writer of events owns one; nothing but its own buffers is allocated.
struct OwnIdentifier: ~Copyable {
    private var mask = IdentifierMask()
    private var written = ByteBuffer(capacity: EventFormat.eventBytesMax)
    private var masked = ByteBuffer(capacity: IdentifierMask.maximumCount(masking: fieldBytesMax))

    /// The most bytes of a field.
    private static let fieldBytesMax = 2_048

    init() {}

    /// Masks an identifier in the fields from `start` on, which reach to the buffer's end.
    ///
    /// - Parameters:
    ///   - holdsCut: true where a field may have lost its end.
    ///   - keepsSection: true leaves `sec` as it is.
    mutating func erase(
        _ identifier: Span<UInt8>, from start: Int, holdsCut: Bool, keepsSection: Bool, in buffer: inout ByteBuffer
    ) {
        let end = buffer.count
        let mayStand = buffer.withSpan(of: start..<end) { IdentifierMask.mayStand(identifier, in: $0) }
        guard mayStand || holdsCut, mask.look(for: identifier) else { return }
        written.removeAll()
        buffer.withSpan(of: start..<end) { written.append($0) }
        buffer.truncate(to: start)
        written.withSpan { fields in
            var offset = 0
            while offset < fields.count {
                let head = offset
                let isShort = fields[head + 1] < 0x80
                let length = Int(fields[head + 1] & 0x7F) | (isShort ? 0 : Int(fields[head + 2]) << 7)
                let valueStart = head + (isShort ? 2 : 3)
                offset = valueStart + length
                let (tag, isCut) = (fields[head] & 0x7F, fields[head] & 0x80 != 0)
                // What the look did not find may stand cut.
                let isLookedAt =
                    (mayStand || isCut) && !(keepsSection && tag == EventField.sec.rawValue)
                    && tag != EventField.cuid.rawValue
                masked.removeAll()
                if isLookedAt,
                    mask.append(fields.extracting(valueStart..<offset), isCut: isCut, into: &masked)
                {
                    let limit = EventField(rawValue: tag)?.limitBytes ?? PlainField.bytesMax
                    masked.withSpan {
                        FieldList.append(tag: tag, $0, limitBytes: limit, isCut: isCut, into: &buffer)
                    }
                } else {
                    buffer.append(fields.extracting(head..<offset))
                }
            }
        }
    }
}
