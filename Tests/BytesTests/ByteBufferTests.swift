import Bytes
import Testing

@Suite("A buffer appends a part of what it holds")
struct ByteBufferTests {
    @Test func copies() {
        var buffer = ByteBuffer(capacity: 12)
        buffer.append("abcdef")
        buffer.append(copyOf: 2..<5)
        buffer.append(copyOf: 9..<9)
        buffer.append(copyOf: 6..<9)
        #expect(buffer.withSpan { $0.toString() } == "abcdefcdecde")
        #expect(buffer.freeCapacity == 0)
    }
}
