import TrackingLinks

/// What a finished mail is put together of.
enum MailPiece: Equatable, Sendable {
    /// Bytes that were made.
    case text([UInt8])
    /// The value of a recipient's column.
    case column(Int, ColumnEncoding)
}

/// How a column's value is written where it stands.
enum ColumnEncoding: Equatable, Sendable {
    /// In text or an attribute of HTML: the five signs of markup as character references.
    case html
    /// In an attribute without quotes: the same, and space as character references, too.
    case unquotedHTML
    /// In a string of JSON.
    case json
    /// As a whole URL that stands raw: what no URL holds is percent-encoded, as a browser would.
    case url(LinkSurroundings)
    /// In a URL: everything but letters, digits and `-._~` percent-encoded.
    case percent
    /// In a URL that is itself percent-encoded: the same twice.
    case percentTwice
    /// As the whole of an encoded target, or its end: percent-encoded, its last byte so that it can't pass for one that
    /// was glued on.
    case targetEnd
    /// As the end of a URL that is itself percent-encoded: twice, and its last byte likewise.
    case componentEnd

    /// Appends a value as it is written there.
    func append(_ value: [UInt8], to bytes: inout [UInt8]) {
        switch self {
        case .html: CharacterReference.encode(value, into: &bytes)
        case .unquotedHTML: CharacterReference.encode(value, isQuoted: false, into: &bytes)
        case .json: JSONText.encode(value, into: &bytes)
        case .url(let surroundings): surroundings.append(LinkMaker.rawEncoded(value), to: &bytes)
        case .percent: LinkMaker.appendEncoded(value, to: &bytes)
        case .percentTwice:
            var once: [UInt8] = []
            LinkMaker.appendEncoded(value, to: &once)
            LinkMaker.appendEncoded(once, to: &bytes)
        case .targetEnd: bytes += LinkBuilder.encodedTarget(value)
        case .componentEnd:
            var once: [UInt8] = []
            LinkMaker.appendEncoded(value, to: &once)
            bytes += LinkBuilder.encodedTarget(once)
        }
    }
}

/// What a link is written into.
enum LinkSurroundings: Equatable, Sendable {
    /// An attribute of HTML, or HTML's text.
    case html
    /// A string of JSON or JSON5.
    case json

    /// Appends text so that a reader of the surroundings gets it back.
    func append(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        switch self {
        case .html: CharacterReference.encode(text, into: &bytes)
        case .json: JSONText.encode(text, into: &bytes)
        }
    }

    /// Appends template code: HTML holds it as it is, for the engine that runs before anybody reads the HTML.
    func appendCode(_ code: [UInt8], to bytes: inout [UInt8]) {
        switch self {
        case .html: bytes += code
        case .json: JSONText.encode(code, into: &bytes)
        }
    }
}

/// Strings of JSON.
enum JSONText {
    /// Appends text as the inside of a string, for either quote.
    static func encode(_ text: some Sequence<UInt8>, into bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
            case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, UInt8(ascii: "'"):
                bytes.append(contentsOf: "\\u00".utf8)
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
    }
}

/// A list of pieces that grows; neighbouring texts become one.
struct MailPieces: Equatable, Sendable {
    private var finished: [MailPiece] = []
    private var text: [UInt8] = []
    /// How many fields of a query were appended.
    var fieldCount = 0

    /// What was appended.
    var pieces: [MailPiece] { text.isEmpty ? finished : finished + [.text(text)] }

    mutating func append(_ column: Int, _ encoding: ColumnEncoding) {
        if !text.isEmpty { finished.append(.text(text)) }
        finished.append(.column(column, encoding))
        text = []
    }

    mutating func append(_ change: (inout [UInt8]) -> Void) {
        change(&text)
    }

    mutating func append(literal: String) {
        text += Array(literal.utf8)
    }
}
