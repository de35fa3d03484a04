import Bytes

extension ByteBuffer {
    /// Appends a literal. Without the label a literal would become a `String` first.
    @inline(__always)
    mutating func append(literal: StaticString) {
        append(literal)
    }
}
