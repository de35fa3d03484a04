import Bytes

extension HeadCursor {
    /// Reads the header fields and the empty line behind them (RFC 9112 section 5).
    mutating func readFields(
        _ bytes: Span<UInt8>, limits: HTTPLimits, into head: inout RequestHead
    ) throws(ParseStop) {
        precondition(end <= bytes.count, "the head ends with the bytes at the latest")
        head.fieldsStart = UInt32(truncatingIfNeeded: offset)
        // Nearly always the bytes end with the head. Fields that were read before are those that they were then.
        let text = bytes.extracting(offset..<end)
        guard end == bytes.count, text.count <= FieldMemo.textBytesMax, endsHead(text) else {
            return try readEachField(bytes, limits: limits, into: &head)
        }
        let place = FieldMemo.place(of: text)
        if head.recall(text, at: place) {
            if head.facts.count > limits.headerCountMax { throw .rejected(.tooManyHeaders) }
            offset = end
            return
        }
        try readEachField(bytes, limits: limits, into: &head)
        if offset == end { head.remember(text, at: place) }
    }

    /// True when the text ends with an empty line.
    @inline(__always)
    private func endsHead(_ text: Span<UInt8>) -> Bool {
        text.count >= 4 && text.littleEndian(UInt32.self, at: text.count &- 4) == 0x0A0D_0A0D
    }

    private mutating func readEachField(
        _ bytes: Span<UInt8>, limits: HTTPLimits, into head: inout RequestHead
    ) throws(ParseStop) {
        while true {
            guard offset < end else { throw .runOut }
            let first = bytes[offset]
            if first == UInt8(ascii: "\r") { return try readLineEnd(bytes) }
            if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") { throw .rejected(.foldedHeader) }
            if first == UInt8(ascii: "\n") { throw .rejected(.bareLineFeed) }
            if head.facts.count >= limits.headerCountMax { throw .rejected(.tooManyHeaders) }
            try readField(bytes, into: &head)
        }
    }

    /// Reads one field and its line end.
    @inline(__always)
    private mutating func readField(_ bytes: Span<UInt8>, into head: inout RequestHead) throws(ParseStop) {
        let start = offset
        let colon = bytes.firstOffset(from: start, to: end) { $0.equal(UInt8(ascii: ":")) }
        let key = HeaderNameKey(bytes, start: start, end: colon)
        // A known name consists of letters and dashes: only others are looked at byte by byte.
        let hash = key.hash
        let known = head.names.header(key, hash: hash)
        if known == nil || colon == end { try checkName(bytes, start: start, end: colon) }
        offset = colon &+ 1
        var signs: UInt32 = 0
        let value = try readValue(bytes, &signs)
        let origin = Int(head.fieldsStart)
        head.append(
            RequestHead.Field(
                nameStart: start &- origin, nameEnd: colon &- origin,
                value: value.lowerBound &- origin..<value.upperBound &- origin),
            nameHash: hash, known: known,
            mayHoldAtSign: known != nil && signs != 0
                && bytes.mayHoldAtSign(from: value.lowerBound, before: value.upperBound))
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
    ///
    /// - Parameter signs: gets a bit where the value holds something that an at sign can begin with.
    @inline(__always)
    private mutating func readValue(_ bytes: Span<UInt8>, _ signs: inout UInt32) throws(ParseStop) -> Range<Int> {
        // Nearly always one space and then a letter.
        if offset &+ 1 < end && bytes[offset] == UInt8(ascii: " ") && bytes[offset &+ 1] > UInt8(ascii: " ") {
            offset &+= 1
        } else {
            while offset < end && Self.isBlank(bytes[offset]) { offset &+= 1 }
        }
        let start = offset
        while true {
            offset = bytes.firstControl(from: offset, to: end, signs: &signs)
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
        while valueEnd > start && Self.isBlank(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        return start..<valueEnd
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
