internal import Bytes

/// Where the fields of one payload lie: the list that every payload of this room ends with, read once.
///
/// Reading costs one pass over the heads of the fields and no allocation; the table is 250 bytes, so pass it on by
/// borrowing.
struct FieldTable: Sendable {
    /// Offset in the upper half and bytes in the lower: no payload is longer than 64 KiB.
    private var places = InlineArray<53, UInt32>(repeating: 0)
    /// Bit n: the field with the tag n is there.
    private var present: UInt64 = 0
    /// Bit n: the field with the tag n was cut.
    private var cut: UInt64 = 0
    /// Where the first field's head begins.
    private let start: UInt32
    /// The name in a name record: the one tag past an event's.
    private(set) var name: ByteRange?

    /// The tag of the name in a name record.
    static let nameTag: UInt8 = 64

    /// Reads the list of fields from `start` to the payload's end.
    init(_ payload: Span<UInt8>, from start: Int) throws(EngagementError) {
        guard payload.count <= Int(UInt16.max) else { throw .tooLong(bytes: payload.count) }
        self.start = UInt32(start)
        var offset = start
        var previousTag: UInt8 = 0
        while offset < payload.count {
            let tag = payload[offset] & 0x7F
            guard tag > previousTag else { throw .fieldOrder(byteOffset: offset, tag: tag) }
            previousTag = tag
            // Most fields are shorter than 128 bytes.
            let isShort = offset + 1 < payload.count && payload[offset + 1] < 0x80
            let (length, valueStart) =
                isShort ? (Int(payload[offset + 1]), offset + 2) : try Self.readLength(payload, at: offset + 1)
            guard length <= payload.count - valueStart else { throw .fieldOverrun(byteOffset: offset) }
            let range = ByteRange(valueStart..<valueStart + length)
            if tag <= EventField.lastEventTag {
                places[Int(tag)] = range.start << 16 | range.count
                present |= 1 << UInt64(tag)
                if payload[offset] & 0x80 != 0 { cut |= 1 << UInt64(tag) }
            } else if tag == Self.nameTag {
                name = range
            }
            offset = valueStart + length
        }
    }

    private static func readLength(
        _ payload: Span<UInt8>, at start: Int
    ) throws(EngagementError) -> (length: Int, end: Int) {
        var length = 0
        var shift = 0
        var offset = start
        while true {
            guard offset < payload.count else { throw .fieldOverrun(byteOffset: start - 1) }
            let byte = payload[offset]
            offset += 1
            length |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 {
                guard byte != 0 || shift == 0 else { throw .fieldLength(byteOffset: start - 1) }
                return (length, offset)
            }
            shift += 7
            guard shift < 28 else { throw .fieldLength(byteOffset: start - 1) }
        }
    }

    /// Where the value of `field` lies, or nil when the field is missing.
    func range(of field: EventField) -> ByteRange? {
        let tag = Int(field.rawValue)
        guard present & (1 << UInt64(tag)) != 0 else { return nil }
        return range(at: tag)
    }

    /// Where heads and values of all fields from one tag to another lie, one behind the other; empty when there
    /// are none.
    func rangeOfFields(from first: EventField, through last: EventField) -> ByteRange {
        let start = endOfFields(below: first.rawValue)
        return ByteRange(start..<endOfFields(below: last.rawValue + 1))
    }

    /// Offset behind the last field with a smaller tag.
    private func endOfFields(below tag: UInt8) -> Int {
        let before = present & ((1 << UInt64(tag)) - 1)
        return before == 0 ? Int(start) : Int(range(at: 63 - before.leadingZeroBitCount).end)
    }

    @inline(__always)
    private func range(at tag: Int) -> ByteRange {
        let place = places.span[tag]
        return ByteRange(start: place >> 16, count: place & 0xFFFF)
    }

    /// True when the value of `field` was cut at its limit.
    func isCut(_ field: EventField) -> Bool {
        cut & (1 << UInt64(field.rawValue)) != 0
    }
}
