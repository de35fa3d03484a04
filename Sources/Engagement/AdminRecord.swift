package import Bytes

/// A fact that no request carries, as a record of the `admin` shard.
package protocol AdminRecord {
    /// The most bytes that a record takes.
    static var bytesMax: Int { get }
    /// Appends the payload. The buffer needs `bytesMax` of room.
    func append(to buffer: inout ByteBuffer)
}

extension AdminRecord {
    /// The payload by itself.
    package var payload: [UInt8] {
        var buffer = ByteBuffer(capacity: Self.bytesMax)
        append(to: &buffer)
        return buffer.toArray()
    }
}
