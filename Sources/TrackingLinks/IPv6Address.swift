import Bytes

/// An IPv6 address, as read from the text between the brackets of a URL.
struct IPv6Address: Equatable {
    private var pieces = InlineArray<8, UInt16>(repeating: 0)

    /// Reads the text forms of RFC 4291, section 2.2, an IPv4 tail included. A zone (`%eth0`) is none of them.
    init?(parsing text: Span<UInt8>) {
        var count = 0
        var gap: Int?
        var offset = 0
        if text.hasPrefix("::") {
            gap = 0
            offset = 2
        }
        while offset < text.count {
            guard count < 8 else { return nil }
            if let tail = Self.ipv4Tail(text, from: offset) {
                guard count <= 6 else { return nil }
                pieces[count] = UInt16(tail >> 16)
                pieces[count + 1] = UInt16(truncatingIfNeeded: tail)
                count += 2
                break
            }
            guard let end = readPiece(text, from: offset, into: count) else { return nil }
            count += 1
            offset = end
            if offset == text.count { break }
            guard text[offset] == UInt8(ascii: ":") else { return nil }
            offset += 1
            guard offset < text.count else { return nil }
            if text[offset] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = count
                offset += 1
            }
        }
        if let gap {
            guard count < 8 else { return nil }
            spread(from: gap, count: count)
        } else if count != 8 {
            return nil
        }
    }

    /// Reads an address in brackets, as a URL holds it.
    init?(bracketed host: Span<UInt8>) {
        guard host.count > 2, host[0] == UInt8(ascii: "["), host[host.count - 1] == UInt8(ascii: "]") else {
            return nil
        }
        self.init(parsing: host.extracting(1..<host.count - 1))
    }

    /// Appends the address in brackets as a browser writes it: lower case, the longest run of zeros compressed (WHATWG
    /// URL, 3.5; RFC 5952, section 4, but never with an IPv4 tail).
    func append(into buffer: inout ByteBuffer) {
        let run = longestZeroRun()
        buffer.append(UInt8(ascii: "["))
        var index = 0
        while index < 8 {
            if index == run.lowerBound, !run.isEmpty {
                buffer.append("::")
                index = run.upperBound
                continue
            }
            if index > 0, index != run.upperBound || run.isEmpty { buffer.append(UInt8(ascii: ":")) }
            appendPiece(pieces[index], into: &buffer)
            index += 1
        }
        buffer.append(UInt8(ascii: "]"))
    }

    static func == (left: IPv6Address, right: IPv6Address) -> Bool {
        for index in 0..<8 where left.pieces[index] != right.pieces[index] { return false }
        return true
    }

    /// Reads one to four hex digits at `start` and returns the offset behind them.
    private mutating func readPiece(_ text: Span<UInt8>, from start: Int, into index: Int) -> Int? {
        var value: UInt16 = 0
        var end = start
        while end < text.count, end - start < 4, let digit = text[end].hexDigitValue {
            value = value << 4 | UInt16(digit)
            end += 1
        }
        pieces[index] = value
        return end > start ? end : nil
    }

    /// The four bytes of a dotted quad that reaches from `start` to the end.
    private static func ipv4Tail(_ text: Span<UInt8>, from start: Int) -> UInt32? {
        let tail = text.extracting(start..<text.count)
        guard isDottedQuad(tail) else { return nil }
        var address: UInt32 = 0
        var number: UInt32 = 0
        for offset in tail.indices {
            if tail[offset] == UInt8(ascii: ".") {
                address = address << 8 | number
                number = 0
            } else {
                number = number * 10 + UInt32(tail[offset] - UInt8(ascii: "0"))
            }
        }
        return address << 8 | number
    }

    /// True for four decimal numbers from 0 to 255 without leading zeros.
    private static func isDottedQuad(_ bytes: Span<UInt8>) -> Bool {
        var numbers = 0
        var digits = 0
        var value: UInt32 = 0
        for offset in bytes.indices {
            let byte = bytes[offset]
            if byte == UInt8(ascii: ".") {
                guard digits > 0, numbers < 3 else { return false }
                numbers += 1
                (digits, value) = (0, 0)
                continue
            }
            guard byte.isASCIIDigit, digits < 3, digits == 0 || value > 0 else { return false }
            value = value * 10 + UInt32(byte - UInt8(ascii: "0"))
            digits += 1
            guard value <= 255 else { return false }
        }
        return numbers == 3 && digits > 0
    }

    /// Moves the pieces behind the gap to the end and fills the gap with zeros.
    private mutating func spread(from gap: Int, count: Int) {
        var from = count
        var to = 8
        while from > gap {
            from -= 1
            to -= 1
            pieces[to] = pieces[from]
        }
        while to > gap {
            to -= 1
            pieces[to] = 0
        }
    }

    /// The first of the longest runs of two or more zero pieces.
    private func longestZeroRun() -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || pieces[index] != 0 {
            if index - start >= 2, index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        return longest
    }

    private func appendPiece(_ piece: UInt16, into buffer: inout ByteBuffer) {
        var shift: UInt16 = 12
        while shift > 0, piece >> shift == 0 { shift -= 4 }
        while true {
            let digit = UInt8(truncatingIfNeeded: piece >> shift & 0xF)
            buffer.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            if shift == 0 { break }
            shift -= 4
        }
    }
}
