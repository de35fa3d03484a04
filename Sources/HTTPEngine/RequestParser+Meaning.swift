import Bytes

// What the fields mean for the engine itself: whom the request is for, whether the connection goes on, where the body
// ends.

extension RequestParser {
    /// Holds Host to RFC 9112 section 3.2.
    static func checkHost(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(ParseStop) {
        guard let value = head.value(of: .host) else {
            if head.version == .http11 { throw .rejected(.missingHost) }
            return
        }
        if head.isRepeated(.host) { throw .rejected(.repeatedHost) }
        if !value.isEmpty && !isGoodHost(bytes.extracting(value.offsets), &head) { throw .rejected(.malformedHost) }
        if head.host == nil { head.host = value }
    }

    private static func isGoodHost(_ host: Span<UInt8>, _ head: inout RequestHead) -> Bool {
        if head.goodHost.withSpan({ $0.equals(host) }) { return true }
        guard HostSyntax.isValid(host) else { return false }
        if host.count <= head.goodHost.capacity {
            head.goodHost.removeAll()
            head.goodHost.append(host)
        }
        return true
    }

    /// Decides whether the connection goes on (RFC 9112 section 9.3), and what Expect asks for.
    static func checkConnection(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(ParseStop) {
        head.keepsAlive = head.version == .http11
        if head.headerPresence & KnownHeader.connection.bit != 0 { readConnectionOptions(bytes, &head) }
        if let expectation = head.value(of: .expect), head.version == .http11 {
            guard !head.isRepeated(.expect),
                bytes.extracting(expectation.offsets).equalsIgnoringASCIICase("100-continue")
            else { throw .rejected(.unknownExpectation) }
            head.expectsContinue = true
        }
    }

    /// Reads the options of every Connection field: `close` beats `keep-alive`.
    private static func readConnectionOptions(_ bytes: Span<UInt8>, _ head: inout RequestHead) {
        var asksToKeep = false
        var asksToClose = false
        let isRepeated = head.isRepeated(.connection)
        let first = Int(head.known[Int(KnownHeader.connection.rawValue)])
        for index in first..<(isRepeated ? head.headerCount : first + 1) {
            let field = head.field(at: index)
            if isRepeated && !bytes.extracting(field.name.offsets).equalsIgnoringASCIICase("connection") { continue }
            var options = TokenList(field.value)
            while let option = options.next(bytes) {
                let name = bytes.extracting(option)
                if name.equalsIgnoringASCIICase("keep-alive") { asksToKeep = true }
                if name.equalsIgnoringASCIICase("close") { asksToClose = true }
            }
        }
        head.keepsAlive = !asksToClose && (asksToKeep || head.version == .http11)
    }

    /// Finds out how the body is delimited (RFC 9112 sections 6.1 to 6.3).
    static func checkBody(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(ParseStop) {
        let coding = head.value(of: .transferEncoding)
        let length = head.value(of: .contentLength)
        if let coding {
            if length != nil { throw .rejected(.contentLengthWithTransferEncoding) }
            if head.version == .http10 { throw .rejected(.transferEncodingInOldVersion) }
            if head.isRepeated(.transferEncoding) || coding.isEmpty { throw .rejected(.malformedTransferEncoding) }
            try checkCoding(bytes.extracting(coding.offsets))
            head.body = .chunked
        } else if let length {
            if head.isRepeated(.contentLength) { throw .rejected(.repeatedContentLength) }
            let count = try readLength(bytes.extracting(length.offsets))
            head.body = count == 0 ? .none : .length(count)
        }
    }

    /// Only `chunked` is understood. A list that doesn't end in it has no end at all; one that does names another
    /// coding.
    private static func checkCoding(_ coding: Span<UInt8>) throws(ParseStop) {
        if coding.equalsIgnoringASCIICase("chunked") { return }
        var list = TokenList(ByteRange(0..<coding.count))
        var last = 0..<0
        while let token = list.next(coding) { last = token }
        let endsChunked = coding.extracting(last).equalsIgnoringASCIICase("chunked")
        throw .rejected(endsChunked ? .unknownTransferEncoding : .malformedTransferEncoding)
    }

    /// Reads a Content-Length: digits and nothing else. One past 18 digits is refused like a body past every limit.
    private static func readLength(_ text: Span<UInt8>) throws(ParseStop) -> Int {
        guard text.count > 0 else { throw .rejected(.malformedContentLength) }
        var length = 0
        for index in text.indices {
            guard text[index].isASCIIDigit else { throw .rejected(.malformedContentLength) }
            if length > 99_999_999_999_999_999 { throw .rejected(.bodyTooLong) }
            length = length * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return length
    }
}

/// Walks over the elements of a comma-separated list (RFC 9110 section 5.6.1), empty ones left out.
struct TokenList {
    private var offset: Int
    private let end: Int

    init(_ value: ByteRange) {
        offset = value.offsets.lowerBound
        end = value.offsets.upperBound
    }

    /// The next element without the white space around it, or nil.
    mutating func next(_ bytes: Span<UInt8>) -> Range<Int>? {
        while offset < end && (Self.isBlank(bytes[offset]) || bytes[offset] == UInt8(ascii: ",")) { offset += 1 }
        guard offset < end else { return nil }
        let start = offset
        while offset < end && bytes[offset] != UInt8(ascii: ",") { offset += 1 }
        var last = offset
        while Self.isBlank(bytes[last - 1]) { last -= 1 }
        return start..<last
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
