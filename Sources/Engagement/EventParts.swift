internal import Bytes

/// The parts of fixed shape behind an event's head, as its flags announce them.
struct EventParts {
    let orderTimeNanoseconds: UInt64?
    let subject: EventSubject?
    let address: AddressCut?
    let addressHash: AddressHash?
    /// Offset of the first field.
    let end: Int

    init(_ payload: Span<UInt8>, flags: EventFlags) throws(EngagementError) {
        var offset = EventFormat.headBytes
        var orderTime: UInt64?
        if flags.contains(.late) {
            let place = try Self.take(8, of: payload, at: &offset)
            orderTime = payload.littleEndian(UInt64.self, at: place)
        }
        var subject: EventSubject?
        if flags.contains(.subject) {
            let place = try Self.take(17, of: payload, at: &offset)
            subject = EventSubject(payload, at: place)
            if let subject, (subject.keyID == 0) != flags.contains(.forgotten) {
                throw .contradiction(byteOffset: place)
            }
        }
        var address: AddressCut?
        if flags.contains(.address) {
            let read = try AddressCut.read(payload, at: offset)
            address = read.0
            offset = read.end
        }
        var addressHash: AddressHash?
        if flags.contains(.addressHash) {
            let place = try Self.take(10, of: payload, at: &offset)
            addressHash = AddressHash(
                keyDay: payload.littleEndian(at: place), value: payload.littleEndian(at: place + 2))
        }
        orderTimeNanoseconds = orderTime
        self.subject = subject
        self.address = address
        self.addressHash = addressHash
        end = offset
    }

    /// The place of the next `count` bytes, which `offset` moves behind.
    private static func take(
        _ count: Int, of payload: Span<UInt8>, at offset: inout Int
    ) throws(EngagementError) -> Int {
        guard payload.count - offset >= count else { throw .truncated(byteOffset: offset + count) }
        defer { offset += count }
        return offset
    }
}
