import Bytes

/// The status line and the fields of an answer that this process asked for (RFC 9112, 4 and 5).
package struct HTTPAnswerHead: Equatable, Sendable {
    /// How the body is told from what comes behind it (RFC 9112, 6.3).
    package enum Framing: Equatable, Sendable {
        /// So many bytes.
        case length(Int)
        /// Chunks.
        case chunked
        /// All that comes until the connection ends.
        case toEnd
    }

    /// 100 to 999.
    package var status: Int
    /// Fields in their order, names in small letters.
    package var fields: [(name: String, value: String)]
    /// How the body ends.
    package var framing: Framing
    /// True where the connection may be used again.
    package var keepsAlive: Bool

    /// The value of the first field of a name in small letters.
    package func value(of name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The same status, fields and framing.
    package static func == (left: Self, right: Self) -> Bool {
        left.status == right.status && left.framing == right.framing && left.keepsAlive == right.keepsAlive
            && left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    /// Reads a head: everything up to and with the empty line.
    ///
    /// - Parameter answersHead: true where the request was HEAD, whose answer has no body.
    init(_ bytes: Span<UInt8>, answersHead: Bool = false) throws(HTTPClientError) {
        var lines = Self.lines(bytes)
        guard let first = lines.first else { throw .malformed("it is empty") }
        lines.removeFirst()
        let isFirstVersion = first.hasPrefix("HTTP/1.0 ")
        let digits = first.dropFirst(9).prefix(3)
        guard isFirstVersion || first.hasPrefix("HTTP/1.1 "), digits.count == 3, let status = Int(digits),
            status >= 100,
            first.utf8.count == 12 || first.utf8.dropFirst(12).first == UInt8(ascii: " ")
        else { throw .malformed("its first line is no status line") }
        self.status = status
        fields = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex, !line.hasPrefix(" "),
                !line.hasPrefix("\t")
            else { throw .malformed("a line of its head is no field") }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields.append((line[..<colon].lowercased(), Self.trimmed(value)))
        }
        framing = .toEnd
        keepsAlive = !isFirstVersion
        try readFraming(answersHead: answersHead)
    }

    private mutating func readFraming(answersHead: Bool) throws(HTTPClientError) {
        let lengths = Set(fields.filter { $0.name == "content-length" }.map(\.value))
        if answersHead || status < 200 || status == 204 || status == 304 {
            framing = .length(0)
        } else if let coding = value(of: "transfer-encoding") {
            guard coding.lowercased() == "chunked", lengths.isEmpty else {
                throw .malformed("its body is framed in a way that nobody asked for")
            }
            framing = .chunked
        } else if let text = lengths.first {
            guard lengths.count == 1, text.utf8.allSatisfy({ $0.isASCIIDigit }), let length = Int(text) else {
                throw .malformed("its length is no number")
            }
            framing = .length(length)
        }
        let words = fields.filter { $0.name == "connection" }.map { $0.value.lowercased() }
        if framing == .toEnd || words.contains("close") { keepsAlive = false }
    }

    private static func lines(_ bytes: Span<UInt8>) -> [Substring] {
        bytes.toString().split(whereSeparator: { $0 == "\r\n" || $0 == "\n" })
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
