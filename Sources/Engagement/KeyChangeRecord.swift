package import Bytes

/// That another event key makes the pseudonyms from a moment on, kept in the `admin` shard: nobody who comes before and
/// after it can be told to be one person.
package struct KeyChangeRecord: AdminRecord, Equatable, Sendable {
    /// From when on, in nanoseconds since 1970.
    package var changedNanoseconds: UInt64
    /// The key that makes them now.
    package var keyID: UInt8

    /// A change to that key.
    package init(changedNanoseconds: UInt64, keyID: UInt8) {
        self.changedNanoseconds = changedNanoseconds
        self.keyID = keyID
    }

    /// The bytes that a record takes.
    package static let bytesMax = 16

    /// Appends the payload, `FORMAT.md`'s version 1. The buffer needs `bytesMax` of room.
    package func append(to buffer: inout ByteBuffer) {
        buffer.appendLittleEndian(changedNanoseconds)
        buffer.appendLittleEndian(UInt64(keyID))
    }

    /// Reads the payload of a key change.
    package init(_ payload: Span<UInt8>, version: UInt8 = EventFormat.keyChangeVersion) throws(EngagementError) {
        guard version == EventFormat.keyChangeVersion else { throw .unsupportedVersion(version) }
        guard payload.count >= Self.bytesMax else { throw .truncated(byteOffset: Self.bytesMax) }
        guard payload[8] != 0 else { throw .unknownValue(byteOffset: 8, value: 0) }
        changedNanoseconds = payload.littleEndian(at: 0)
        keyID = payload[8]
    }
}
