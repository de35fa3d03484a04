/// A part of a message as text: decoded, in UTF-8 where its character set is known, and with the line of the file that
/// each byte came from.
struct DecodedText: Equatable, Sendable {
    private(set) var bytes: [UInt8] = []
    /// True when bytes outside ASCII were taken as they are, because nobody here knows their character set.
    private(set) var isGuessed = false
    private let charset: MailCharset
    private var lines: LineStarts

    /// - Parameter firstLine: the line of the file that comes next.
    init(charset: MailCharset, firstLine: Int) {
        self.charset = charset
        lines = LineStarts(first: firstLine)
    }

    /// Says that what is appended from here on comes from the next line of the file.
    mutating func beginLine() { lines.begin(at: bytes.count) }

    /// Appends a byte that was decoded.
    mutating func append(_ byte: UInt8) {
        if byte < 0x80 {
            bytes.append(byte)
            isGuessed = isGuessed || byte == 0x1B && charset == .unknown
            return
        }
        switch charset {
        case .utf8: bytes.append(byte)
        case .windows1252:
            let code = byte < 0xA0 ? CharacterReference.windows1252[Int(byte) - 0x80] : UInt32(byte)
            bytes.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
        case .unknown, .notASCII:
            isGuessed = true
            bytes.append(byte)
        }
    }

    /// The line of the file that the byte at an offset came from. O(log n).
    func line(of offset: Int) -> Int { lines.line(of: offset) }
}

/// Where the lines of a text begin.
struct LineStarts: Equatable, Sendable {
    private let first: Int
    private var starts: [Int] = []

    /// - Parameter first: the number of the first line.
    init(first: Int) {
        self.first = first
    }

    /// The lines of a text, the first of which is 1.
    init(_ bytes: [UInt8]) {
        self.init(first: 1)
        starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
    }

    /// Says where the next line begins: at or behind the one before.
    mutating func begin(at offset: Int) { starts.append(offset) }

    /// The number of the line that an offset lies in. O(log n).
    func line(of offset: Int) -> Int {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle + 1 } else { high = middle }
        }
        return first + max(0, low - 1)
    }
}

/// What the bytes of a text stand for.
enum MailCharset: Equatable, Sendable {
    /// UTF-8, or ASCII, which is a part of it.
    case utf8
    /// Windows-1252, which browsers take ISO 8859-1 for, too.
    case windows1252
    /// Another one that markup in ASCII can be read in.
    case unknown
    /// One in which no ASCII can be read: UTF-16 and its kin, UTF-7.
    case notASCII

    /// The character set of a name (RFC 2046, 4.1.2), in small letters; nil for none, which is ASCII.
    init(_ name: [UInt8]?) {
        guard let name, !name.isEmpty else {
            self = .utf8
            return
        }
        switch String(decoding: name, as: UTF8.self) {
        case "utf-8", "utf8", "us-ascii", "ascii": self = .utf8
        case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "windows-1252", "cp1252": self = .windows1252
        case let other:
            let isWide = ["utf-16", "utf16", "utf-32", "utf32", "ucs-", "utf-7", "utf7", "iso-10646"].contains {
                other.hasPrefix($0)
            }
            self = isWide ? .notASCII : .unknown
        }
    }
}
