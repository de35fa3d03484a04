import Bytes

/// Punycode, the ASCII form of labels outside ASCII (RFC 3492 with the parameters of its section 5).
///
/// Labels are of at most 63 bytes, so quadratic steps are cheap. Nothing here allocates.
enum Punycode {
    private static let base: UInt32 = 36
    private static let thresholdMin: UInt32 = 1
    private static let thresholdMax: UInt32 = 26

    /// Appends the ASCII form of a label without its `xn--` (RFC 3492, 6.3).
    ///
    /// - Parameter scalars: the label's characters, lower-cased and in NFC.
    /// - Returns: false when a number grows past 32 bits; what was appended is then of no use.
    static func encode(_ scalars: Span<UInt32>, into buffer: inout ByteBuffer) -> Bool {
        var basicCount: UInt32 = 0
        for index in scalars.indices where scalars[index] < 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: scalars[index]))
            basicCount += 1
        }
        if basicCount > 0 { buffer.append(UInt8(ascii: "-")) }
        var state = State()
        var handled = basicCount
        while handled < scalars.count {
            var next = UInt32.max
            for index in scalars.indices where scalars[index] >= state.next { next = min(next, scalars[index]) }
            let (step, overflows) = (next - state.next).multipliedReportingOverflow(by: handled + 1)
            let (delta, overflowsToo) = state.delta.addingReportingOverflow(step)
            guard !overflows, !overflowsToo else { return false }
            state.delta = delta
            state.next = next
            for index in scalars.indices {
                if scalars[index] < next {
                    guard state.delta < .max else { return false }
                    state.delta += 1
                } else if scalars[index] == next {
                    appendNumber(state, into: &buffer)
                    state.adapt(handled: handled + 1, isFirst: handled == basicCount)
                    handled += 1
                }
            }
            state.delta += 1
            state.next += 1
        }
        return true
    }

    /// The characters of a label.
    struct Label {
        /// Their numbers, `count` of them.
        fileprivate(set) var scalars: InlineArray<64, UInt32>
        /// How many there are.
        fileprivate(set) var count: Int

        /// The character at a place.
        subscript(place: Int) -> Unicode.Scalar { Unicode.Scalar(scalars[place]) ?? "\u{FFFD}" }
    }

    /// The characters of a label without its `xn--` (RFC 3492, 6.2), or nil when it is no Punycode, or of more than 63
    /// bytes.
    static func decode(_ label: Span<UInt8>) -> Label? {
        guard label.count <= 63 else { return nil }
        var scalars = InlineArray<64, UInt32>(repeating: 0)
        var scalarCount: UInt32 = 0
        var offset = 0
        for index in label.indices {
            guard label[index] < 0x80 else { return nil }
            if label[index] == UInt8(ascii: "-") { offset = index + 1 }
        }
        for index in 0..<max(offset - 1, 0) {
            scalars[index] = UInt32(label[index])
            scalarCount += 1
        }
        var state = State()
        var index: UInt32 = 0
        while offset < label.count {
            let before = index
            guard readNumber(label, &offset, state, into: &index) else { return nil }
            scalarCount += 1
            state.delta = index - before
            state.adapt(handled: scalarCount, isFirst: before == 0)
            let (next, overflows) = state.next.addingReportingOverflow(index / scalarCount)
            guard !overflows, Unicode.Scalar(next) != nil else { return nil }
            state.next = next
            index %= scalarCount
            var place = Int(scalarCount) - 1
            while place > Int(index) {
                scalars[place] = scalars[place - 1]
                place -= 1
            }
            scalars[place] = next
            index += 1
        }
        return Label(scalars: scalars, count: Int(scalarCount))
    }

    private struct State {
        var next: UInt32 = 128
        var delta: UInt32 = 0
        var bias: UInt32 = 72

        /// RFC 3492, 6.1.
        mutating func adapt(handled: UInt32, isFirst: Bool) {
            delta = isFirst ? delta / 700 : delta / 2
            delta += delta / handled
            var k: UInt32 = 0
            while delta > (Punycode.base - Punycode.thresholdMin) * Punycode.thresholdMax / 2 {
                delta /= Punycode.base - Punycode.thresholdMin
                k += Punycode.base
            }
            bias = k + (Punycode.base - Punycode.thresholdMin + 1) * delta / (delta + 38)
            delta = 0
        }

        func threshold(at k: UInt32) -> UInt32 {
            k <= bias ? Punycode.thresholdMin : min(k - bias, Punycode.thresholdMax)
        }
    }

    private static func appendNumber(_ state: State, into buffer: inout ByteBuffer) {
        var rest = state.delta
        var k = base
        while true {
            let threshold = state.threshold(at: k)
            if rest < threshold { break }
            buffer.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            k += base
        }
        buffer.append(digit(rest))
    }

    /// Adds one variable-length number to `index`.
    private static func readNumber(
        _ label: Span<UInt8>, _ offset: inout Int, _ state: State, into index: inout UInt32
    ) -> Bool {
        var weight: UInt32 = 1
        var k = base
        while true {
            guard offset < label.count, let digit = value(label[offset]) else { return false }
            offset += 1
            let (product, overflows) = digit.multipliedReportingOverflow(by: weight)
            let (sum, overflowsToo) = index.addingReportingOverflow(product)
            guard !overflows, !overflowsToo else { return false }
            index = sum
            let threshold = state.threshold(at: k)
            if digit < threshold { return true }
            let (heavier, isTooHeavy) = weight.multipliedReportingOverflow(by: base - threshold)
            guard !isTooHeavy else { return false }
            weight = heavier
            k += base
        }
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 26 ? value + 0x61 : value - 26 + 0x30)
    }

    private static func value(_ digit: UInt8) -> UInt32? {
        switch digit {
        case 0x41...0x5A: UInt32(digit) - 0x41
        case 0x61...0x7A: UInt32(digit) - 0x61
        case 0x30...0x39: UInt32(digit) - 0x30 + 26
        default: nil
        }
    }
}
