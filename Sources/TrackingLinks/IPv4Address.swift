import Bytes

/// An IPv4 address, read from every spelling that browsers read.
struct IPv4Address: Equatable {
    /// The address, its first number in the highest byte.
    let bits: UInt32

    /// True when a browser takes the host for an IPv4 address: its last label, a final full stop not regarded, is a
    /// number (WHATWG URL, 3.5, "ends in a number").
    static func isMeant(by host: Span<UInt8>) -> Bool {
        let labels = host.extracting(0..<endOfLabels(host))
        let last = labels.extracting(startOfLastLabel(labels)..<labels.count)
        guard !last.isEmpty else { return false }
        var areDigits = true
        for offset in last.indices where !last[offset].isASCIIDigit { areDigits = false }
        return areDigits || number(last) != .none
    }

    /// Reads a host for which `isMeant` is true (WHATWG URL, 3.5, "IPv4 parser"): one to four numbers, each decimal,
    /// octal behind a `0` or hexadecimal behind `0x`, the last one filling what the others leave.
    init?(parsing host: Span<UInt8>) {
        let end = Self.endOfLabels(host)
        var address: UInt64 = 0
        var count = 0
        var start = 0
        while start <= end {
            guard count < 4 else { return nil }
            var stop = start
            while stop < end, host[stop] != UInt8(ascii: ".") { stop += 1 }
            guard case .value(let value) = Self.number(host.extracting(start..<stop)) else { return nil }
            if stop == end {
                guard value < 1 << UInt64(8 * (4 - count)) else { return nil }
                address |= value
            } else {
                guard value < 256 else { return nil }
                address |= value << UInt64(8 * (3 - count))
            }
            count += 1
            start = stop + 1
        }
        bits = UInt32(truncatingIfNeeded: address)
    }

    /// Appends the address as browsers write it: four decimal numbers.
    func append(into buffer: inout ByteBuffer) {
        var shift: UInt32 = 24
        while true {
            buffer.appendDecimal(UInt64(bits >> shift & 0xFF))
            if shift == 0 { break }
            buffer.append(UInt8(ascii: "."))
            shift -= 8
        }
    }

    private enum Number: Equatable {
        case none
        /// Its value; what is larger than any address is one more than the largest.
        case value(UInt64)
    }

    private static func number(_ label: Span<UInt8>) -> Number {
        guard !label.isEmpty else { return .none }
        var radix: UInt64 = 10
        var offset = 0
        if label.hasPrefixIgnoringASCIICase("0x") {
            (radix, offset) = (16, 2)
        } else if label.count > 1, label[0] == UInt8(ascii: "0") {
            (radix, offset) = (8, 1)
        }
        var value: UInt64 = 0
        while offset < label.count {
            guard let digit = label[offset].hexDigitValue, UInt64(digit) < radix else { return .none }
            value = min(value * radix + UInt64(digit), 1 << 32)
            offset += 1
        }
        return .value(value)
    }

    private static func endOfLabels(_ host: Span<UInt8>) -> Int {
        !host.isEmpty && host[host.count - 1] == UInt8(ascii: ".") ? host.count - 1 : host.count
    }

    private static func startOfLastLabel(_ labels: Span<UInt8>) -> Int {
        var start = labels.count
        while start > 0, labels[start - 1] != UInt8(ascii: ".") { start -= 1 }
        return start
    }
}
