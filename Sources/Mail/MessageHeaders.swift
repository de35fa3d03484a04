import Bytes

/// The head of a message or of a part of one (RFC 5322, 2.2), as far as it says how the body is read. Lines are given
/// one after another; of a field that is repeated the first counts.
struct MessageHeaders: Sendable {
    private var values: [String: [UInt8]] = [:]
    /// The field that a folded line goes on with; nil for one of no interest.
    private var open: String?
    private var hasField = false
    /// True when a field was seen that stands in mails and hardly at the beginning of anything else.
    private(set) var isOfMail = false

    private static let wanted: Set<String> = ["content-type", "content-transfer-encoding", "content-disposition"]
    private static let ofMail: Set<String> = [
        "from", "to", "cc", "subject", "date", "message-id", "mime-version", "received", "return-path", "delivered-to",
        "reply-to", "sender", "dkim-signature", "arc-seal", "authentication-results", "received-spf", "content-type",
        "content-transfer-encoding", "list-unsubscribe",
    ]

    /// Takes a line without its end.
    ///
    /// - Returns: false for a line that belongs to no head, and was not taken.
    mutating func take(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first else { return false }
        if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
            guard hasField else { return false }
            if let open { values[open, default: []] += line }
            return true
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return false }
        var name = line[..<colon]
        while let last = name.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { name.removeLast() }
        guard !name.isEmpty, name.count <= Self.nameBytesMax, name.allSatisfy({ Self.nameBytes.contains($0) }) else {
            return false
        }
        let key = String(decoding: Array(name).lowercased, as: UTF8.self)
        hasField = true
        isOfMail = isOfMail || Self.ofMail.contains(key) || key.hasPrefix("x-")
        open = Self.wanted.contains(key) && values[key] == nil ? key : nil
        if let open { values[open] = Array(line[(colon + 1)...]) }
        return true
    }

    private static let nameBytes = ByteSet.letters.union(.digits).union("-_.")
    private static let nameBytesMax = 998

    /// `Content-Type` with its parameters (RFC 2045, 5.1); nil where there is none.
    var contentType: HeaderValue? { values["content-type"].map { HeaderValue($0) } }

    /// `Content-Transfer-Encoding` in small letters; nil where there is none.
    var transferEncoding: [UInt8]? { values["content-transfer-encoding"].map { HeaderValue($0).text } }

    /// True for a part that a person has to open.
    var isAttachment: Bool {
        values["content-disposition"].map { HeaderValue($0).text.elementsEqual("attachment".utf8) } ?? false
    }
}

/// A field's value with parameters, as in `text/html; charset="utf-8" (comment)`.
struct HeaderValue: Equatable, Sendable {
    /// What stands first, in small letters.
    let text: [UInt8]
    private let parameters: [[UInt8]: [UInt8]]

    /// A parameter, as it is written, without quotes; of a repeated one the first.
    subscript(name: StaticString) -> [UInt8]? { parameters[Array("\(name)".utf8)] }

    /// Reads any value; what is not closed goes to the end. O(n).
    init(_ value: [UInt8]) {
        var pieces: [[UInt8]] = [[]]
        var (isQuoted, depth, isEscaped) = (false, 0, false)
        for byte in value {
            let isInside = isQuoted || depth > 0
            if isEscaped || isInside && byte == UInt8(ascii: "\\") {
                if isEscaped, isQuoted { pieces[pieces.count - 1].append(byte) }
                isEscaped.toggle()
            } else if isQuoted {
                if byte == UInt8(ascii: "\"") { isQuoted = false } else { pieces[pieces.count - 1].append(byte) }
            } else if byte == UInt8(ascii: "(") {
                depth += 1
            } else if depth > 0 {
                if byte == UInt8(ascii: ")") { depth -= 1 }
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: ";") {
                pieces.append([])
            } else {
                pieces[pieces.count - 1].append(byte)
            }
        }
        text = Self.trimmed(pieces[0][...]).lowercased
        var parameters: [[UInt8]: [UInt8]] = [:]
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = Self.trimmed(piece[..<equals]).lowercased
            if parameters[name] == nil { parameters[name] = Self.trimmed(piece[(equals + 1)...]) }
        }
        self.parameters = parameters
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let start = bytes.firstIndex { $0 > 0x20 } ?? bytes.endIndex
        let end = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? bytes.endIndex
        return start < end ? Array(bytes[start..<end]) : []
    }
}
