/// Bytes as a gzip file that is not compressed: stored blocks in a frame with a checksum and a length (RFC 1952; RFC
/// 1951, 3.2.4). Whoever reads it knows when it was cut or damaged on its way, which bytes alone don't tell.
package enum GzipFrame {
    /// Most bytes of one stored block.
    private static let blockBytesMax = 65_535
    private static let headBytes = 10
    private static let blockHeadBytes = 5
    private static let tailBytes = 8

    /// How many bytes the frame of `count` has. There is one block at least.
    package static func framedCount(of count: Int) -> Int {
        let blocks = max(1, (count &+ blockBytesMax &- 1) / blockBytesMax)
        return headBytes &+ blocks &* blockHeadBytes &+ count &+ tailBytes
    }

    /// Hands over the frame of `bytes`, piece by piece, without a copy of them. O(n).
    ///
    /// - Throws: what `body` throws.
    package static func forEachPiece<Failure: Error>(
        of bytes: Span<UInt8>, _ body: (Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        var around = ByteBuffer(capacity: headBytes + blockHeadBytes)
        // Deflate, no flags, no time, nothing about the compression, a Unix file system.
        for byte: UInt8 in [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] { around.append(byte) }
        var offset = 0
        repeat {
            let count = min(blockBytesMax, bytes.count &- offset)
            let length = UInt16(truncatingIfNeeded: count)
            around.append(offset &+ count == bytes.count ? 1 : 0)
            around.appendLittleEndian(length)
            around.appendLittleEndian(~length)
            try around.withSpan { piece throws(Failure) in try body(piece) }
            around.removeAll()
            try body(bytes.extracting(offset..<(offset &+ count)))
            offset &+= count
        } while offset < bytes.count
        around.appendLittleEndian(CRC32.checksum(bytes))
        around.appendLittleEndian(UInt32(truncatingIfNeeded: bytes.count))
        try around.withSpan { piece throws(Failure) in try body(piece) }
    }
}
