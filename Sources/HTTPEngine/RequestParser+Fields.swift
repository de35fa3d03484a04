import Bytes

extension HeadCursor {
    /// Reads the header fields and the empty line behind them (RFC 9112 section 5).
    mutating func readFields(
        _ bytes: Span<UInt8>, limits: HTTPLimits, into head: inout RequestHead
    ) throws(ParseStop) {
        precondition(end <= bytes.count, "the head ends with the bytes at the latest")
        while true {
            guard offset < end else { throw .runOut }
            let first = bytes[offset]
            if first == UInt8(ascii: "\r") { return try readLineEnd(bytes) }
            if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") { throw .rejected(.foldedHeader) }
            if first == UInt8(ascii: "\n") { throw .rejected(.bareLineFeed) }
            if head.headerCount >= limits.headerCountMax { throw .rejected(.tooManyHeaders) }
            try readField(bytes, into: &head)
        }
    }

    /// Reads one field and its line end.
    @inline(__always)
    private mutating func readField(_ bytes: Span<UInt8>, into head: inout RequestHead) throws(ParseStop) {
        let start = offset
        let key: HeaderNameKey
        if start &+ 32 <= end, let near = HeaderNameKey(upToColon: bytes, start: start) {
            key = near
        } else {
            key = HeaderNameKey(
                bytes, start: start, end: bytes.firstOffset(of: UInt8(ascii: ":"), from: start, to: end))
        }
        let colon = start &+ key.count
        // A known name consists of letters and dashes: only others are looked at byte by byte.
        let known = head.names.header(key)
        if known == nil || colon == end { try checkName(bytes, start: start, end: colon) }
        offset = colon &+ 1
        let value = try readValue(bytes)
        head.append(
            RequestHead.Field(nameStart: start, nameEnd: colon, value: value), key: key, known: known)
    }

    /// Finds the first byte of a name that breaks the rules; at the end of the bytes the name is not over.
    private func checkName(_ bytes: Span<UInt8>, start: Int, end colon: Int) throws(ParseStop) {
        var index = start
        while index < colon && bytes[index].isTokenByte { index &+= 1 }
        if index == end { throw .runOut }
        if index == colon && index > start { return }
        let blank = bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: "\t")
        throw .rejected(blank ? .spaceBeforeColon : .malformedHeaderName)
    }

    /// Reads a value and its line end (RFC 9110 section 5.5). Bytes from 0x80 up are let through.
    @inline(__always)
    private mutating func readValue(_ bytes: Span<UInt8>) throws(ParseStop) -> Range<Int> {
        // Nearly always one space and then a letter.
        if offset &+ 1 < end && bytes[offset] == UInt8(ascii: " ") && bytes[offset &+ 1] > UInt8(ascii: " ") {
            offset &+= 1
        }
        while offset < end && (bytes[offset] == UInt8(ascii: " ") || bytes[offset] == UInt8(ascii: "\t")) {
            offset &+= 1
        }
        let start = offset
        while true {
            offset = bytes.firstControl(from: offset, to: end)
            guard offset < end else { throw .runOut }
            if bytes[offset] != UInt8(ascii: "\t") { break }
            offset &+= 1
        }
        var valueEnd = offset
        switch bytes[offset] {
        case UInt8(ascii: "\r"): try readLineEnd(bytes)
        case UInt8(ascii: "\n"): throw .rejected(.bareLineFeed)
        default: throw .rejected(.controlByteInHeaderValue)
        }
        while valueEnd > start
            && (bytes[valueEnd &- 1] == UInt8(ascii: " ") || bytes[valueEnd &- 1] == UInt8(ascii: "\t"))
        {
            valueEnd &-= 1
        }
        return start..<valueEnd
    }
}
