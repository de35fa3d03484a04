import CIntrinsics

/// Bytes written as hex digits, and read from them.
package enum Hexadecimal {
    /// Appends two small hex digits a byte. The buffer needs room for `2 * bytes.count`. O(n).
    package static func append(_ bytes: Span<UInt8>, into buffer: inout ByteBuffer) {
        precondition(buffer.freeCapacity / 2 >= bytes.count, "the buffer is full")
        unsafe buffer.appendFilling { room in
            let blocksEnd = bytes.count & ~15
            unsafe bytes.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress, let digits = room.baseAddress else { return }
                for offset in stride(from: 0, to: blocksEnd, by: 16) {
                    unsafe tremolo_hexadecimal_digits(
                        source + offset, (digits + 2 * offset).assumingMemoryBound(to: UInt8.self))
                }
            }
            for offset in blocksEnd..<bytes.count {
                unsafe room[2 * offset] = digit(bytes[offset] >> 4)
                unsafe room[2 * offset + 1] = digit(bytes[offset] & 0xF)
            }
            return 2 * bytes.count
        }
    }

    /// Two small hex digits a byte. Not for the hot path.
    package static func string(of bytes: Span<UInt8>) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * bytes.count)
        for offset in bytes.indices {
            digits.append(digit(bytes[offset] >> 4))
            digits.append(digit(bytes[offset] & 0xF))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// The bytes of an even number of hex digits of either case, or nil when it is anything else. Not for the hot path.
    package static func decode(_ digits: Span<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for offset in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[offset].hexDigitValue, let low = digits[offset + 1].hexDigitValue else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// True when there is at least one byte and each is a hex digit of either case.
    package static func isHexadecimal(_ bytes: Span<UInt8>) -> Bool {
        for offset in bytes.indices where bytes[offset].hexDigitValue == nil { return false }
        return !bytes.isEmpty
    }

    /// The small hex digit of a value below 16.
    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
