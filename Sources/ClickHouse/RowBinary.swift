import Bytes

/// Rows as ClickHouse's format RowBinary has them: values one behind the other, numbers little-endian, texts behind
/// their length in LEB128 ("Formats for Input and Output Data" of its documentation).
package struct RowBinaryWriter: ~Copyable {
    private var buffer: ByteBuffer
    /// How many rows there are.
    package private(set) var rowCount = 0

    /// Makes room once; rows never have more.
    package init(capacityBytes: Int) {
        buffer = ByteBuffer(capacity: capacityBytes)
    }

    /// Bytes of all rows.
    package var byteCount: Int { buffer.count }

    /// Bytes that are free.
    package var freeBytes: Int { buffer.freeCapacity }

    /// Forgets all rows.
    package mutating func removeAll() {
        buffer.removeAll()
        rowCount = 0
    }

    /// Says that a row is whole.
    package mutating func endRow() { rowCount += 1 }

    /// Appends a whole number of any width.
    package mutating func append(_ value: some FixedWidthInteger) { buffer.appendLittleEndian(value) }

    /// Appends a `String`.
    package mutating func append(text: Span<UInt8>) {
        var rest = UInt64(text.count)
        while rest >= 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        buffer.append(UInt8(truncatingIfNeeded: rest))
        buffer.append(text)
    }

    /// Appends the bytes of a `FixedString`, as many as its type has.
    package mutating func append(fixed bytes: Span<UInt8>) { buffer.append(bytes) }

    /// The bytes of all rows.
    package borrowing func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try buffer.withSpan(body)
    }
}

/// Reads such rows.
package struct RowBinaryReader: ~Copyable {
    private let bytes: [UInt8]
    private var offset = 0

    /// The rows end before a value does, or a length is none.
    package struct Cut: Error {
        /// Says that a value of a row can't be meant.
        package init() {}
    }

    /// Reads from the beginning.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// True behind the last row.
    package var isAtEnd: Bool { offset == bytes.count }

    /// Reads a whole number.
    package mutating func number<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(Cut) -> Value {
        let width = Value.bitWidth / 8
        guard bytes.count - offset >= width else { throw Cut() }
        let value = bytes.span.littleEndian(Value.self, at: offset)
        offset += width
        return value
    }

    /// Reads a `String`.
    package mutating func text() throws(Cut) -> [UInt8] {
        var length: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte: UInt8 = try number()
            guard shift < 63 else { throw Cut() }
            length |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 { break }
        }
        guard let count = Int(exactly: length) else { throw Cut() }
        return try fixed(count)
    }

    /// Reads the bytes of a `FixedString`.
    package mutating func fixed(_ count: Int) throws(Cut) -> [UInt8] {
        guard bytes.count - offset >= count else { throw Cut() }
        defer { offset += count }
        return Array(bytes[offset..<(offset + count)])
    }
}
