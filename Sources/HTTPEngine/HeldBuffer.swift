import Bytes

/// Bytes that a connection holds on to from one turn to the next: part of a request, a body, an answer not taken yet.
final class HeldBuffer {
    /// The bytes.
    var bytes: ByteBuffer
    /// For an answer: how many of the bytes are sent.
    var sentBytes = 0
    /// When the bytes of a request, or of what is answered, were received, by the monotonic clock in nanoseconds.
    var receivedNanoseconds: UInt64 = 0

    init(_ bytes: consuming ByteBuffer) {
        self.bytes = bytes
    }

    /// Room that it takes.
    var capacity: Int { bytes.capacity }
}

/// Hands out buffers of one size, keeps a few that came back, and counts what is out.
struct HeldBufferPool: ~Copyable {
    /// Size of the buffers that are kept for reuse.
    private(set) var standardBytes: Int
    /// Room in all buffers that are out.
    private(set) var heldBytes = 0
    private var free: [HeldBuffer] = []

    /// Most buffers that are kept: what a burst needed is given back to the system behind it.
    private static let freeMax = 64

    init(standardBytes: Int) {
        self.standardBytes = standardBytes
        free.reserveCapacity(Self.freeMax)
    }

    /// Hands out buffers of another size from now on.
    mutating func use(standardBytes: Int) {
        self.standardBytes = standardBytes
        free.removeAll(keepingCapacity: true)
    }

    /// An empty buffer for at least that many bytes.
    mutating func take(_ bytes: Int) -> HeldBuffer {
        let buffer: HeldBuffer
        if bytes <= standardBytes {
            buffer = free.popLast() ?? HeldBuffer(ByteBuffer(capacity: standardBytes))
        } else {
            buffer = HeldBuffer(ByteBuffer(capacity: bytes))
        }
        heldBytes += buffer.capacity
        return buffer
    }

    /// Counts a buffer that was made elsewhere.
    mutating func adopt(_ bytes: consuming ByteBuffer) -> HeldBuffer {
        heldBytes += bytes.capacity
        return HeldBuffer(bytes)
    }

    /// Takes a buffer back.
    mutating func put(_ buffer: consuming HeldBuffer) {
        heldBytes -= buffer.capacity
        guard buffer.capacity == standardBytes && free.count < Self.freeMax else { return }
        buffer.bytes.removeAll()
        buffer.sentBytes = 0
        free.append(buffer)
    }
}
