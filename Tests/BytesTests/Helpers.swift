import Bytes

/// The bytes of hex digits in a test's table.
func bytes(hexadecimal digits: String) -> [UInt8] {
    let text = Array(digits.utf8)
    let decoded = Hexadecimal.decode(text.span)
    return decoded ?? []
}

/// What `body` appends to a buffer, as text.
func appended(capacity: Int = 4096, _ body: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer(capacity: capacity)
    body(&buffer)
    return String(decoding: buffer.toArray(), as: UTF8.self)
}
