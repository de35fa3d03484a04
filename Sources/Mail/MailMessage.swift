import Bytes

/// A message (RFC 5322, RFC 2045 and 2046) as far as somebody who reads it sees links: its texts and its HTML, whatever
/// they were nested and encoded in. Attachments and messages within it are left.
///
/// One pass over the lines, with the boundaries that are open on a stack: a line that is none of them belongs to the
/// innermost part. O(n) for any bytes, and nothing traps. What can't be read is said, never left out in silence.
struct MailMessage: Sendable {
    /// A text that a client shows.
    struct Part: Sendable {
        let isHTML: Bool
        let text: DecodedText
    }

    /// The texts in their order.
    private(set) var parts: [Part] = []
    /// What stood in the way, in order.
    private(set) var problems: [MailProblem] = []

    /// Multiparts within one another. Mails have three or four.
    private static let depthMax = 32
    /// Texts and HTML of one message.
    private static let partsMax = 1_000

    private enum State {
        case head(MessageHeaders)
        case body(TransferDecoder, isHTML: Bool)
        /// Between parts, and in what is of no interest.
        case skipping
    }

    private var state = State.head(MessageHeaders())
    private var boundaries: [[UInt8]] = []
    private var line = 0
    private var hasTooMany = false

    /// Reads a message.
    init(_ bytes: [UInt8]) {
        var offset = Self.start(of: bytes)
        line = bytes[..<offset].count { $0 == UInt8(ascii: "\n") }
        while offset < bytes.count {
            let end = bytes.span.firstOffset(of: UInt8(ascii: "\n"), from: offset).map { $0 + 1 } ?? bytes.count
            line += 1
            take(bytes[offset..<end])
            offset = end
        }
        if case .head(let headers) = state { beginBody(headers, firstLine: line) }
        endPart()
        if !boundaries.isEmpty { problems.append(MailProblem(line: line, kind: .cutOff)) }
    }

    /// True for bytes that begin as a message does: with lines of a head, one of which stands in mails.
    static func isMessage(_ bytes: [UInt8]) -> Bool {
        var headers = MessageHeaders()
        var offset = start(of: bytes)
        while offset < bytes.count {
            let end = bytes.span.firstOffset(of: UInt8(ascii: "\n"), from: offset).map { $0 + 1 } ?? bytes.count
            guard headers.take(withoutEnd(bytes[offset..<end])) else { break }
            offset = end
        }
        return headers.isOfMail
    }

    /// Behind a byte order mark, empty lines and the line that a mailbox puts before each of its messages.
    private static func start(of bytes: [UInt8]) -> Int {
        var offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while offset < bytes.count, bytes[offset] == 0x0A || bytes[offset] == 0x0D { offset += 1 }
        guard bytes.span.extracting(offset..<bytes.count).hasPrefix("From ") else { return offset }
        return bytes.span.firstOffset(of: UInt8(ascii: "\n"), from: offset).map { $0 + 1 } ?? bytes.count
    }

    private static func withoutEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        let text = Self.withoutEnd(line)
        if takeBoundary(text) { return }
        switch state {
        case .head(var headers):
            // So that the head's texts have one owner, and grow in place; below for the body's.
            state = .skipping
            if headers.take(text) {
                state = .head(headers)
            } else if text.isEmpty {
                beginBody(headers, firstLine: self.line + 1)
            } else {
                // A line that belongs to no head is the body's first.
                beginBody(headers, firstLine: self.line)
                takeBody(line)
            }
        case .body, .skipping: takeBody(line)
        }
    }

    private mutating func takeBody(_ line: ArraySlice<UInt8>) {
        guard case .body(var decoder, let isHTML) = state else { return }
        state = .skipping
        decoder.take(line)
        state = .body(decoder, isHTML: isHTML)
    }

    /// Takes a line that begins or ends a part of a multipart that is open (RFC 2046, 5.1.1).
    private mutating func takeBoundary(_ line: ArraySlice<UInt8>) -> Bool {
        guard !boundaries.isEmpty, line.starts(with: "--".utf8) else { return false }
        let end = line.lastIndex { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }.map { $0 + 1 }
        let text = line[(line.startIndex + 2)..<max(end ?? line.endIndex, line.startIndex + 2)]
        for index in boundaries.indices.reversed() {
            let boundary = boundaries[index]
            guard text.starts(with: boundary) else { continue }
            let rest = text.dropFirst(boundary.count)
            guard rest.isEmpty || rest.elementsEqual("--".utf8) else { continue }
            if case .head(let headers) = state { beginBody(headers, firstLine: self.line) }
            endPart()
            boundaries.removeSubrange((rest.isEmpty ? index + 1 : index)...)
            state = rest.isEmpty ? .head(MessageHeaders()) : .skipping
            return true
        }
        return false
    }

    private mutating func endPart() {
        guard case .body(let decoder, let isHTML) = state else { return }
        state = .skipping
        if let damaged = decoder.damagedLine {
            problems.append(MailProblem(line: damaged, kind: .damagedEncoding))
        }
        if decoder.text.isGuessed {
            problems.append(MailProblem(line: decoder.text.line(of: 0), kind: .foreignCharset))
        }
        parts.append(Part(isHTML: isHTML, text: decoder.text))
    }

    /// Begins what a head announces.
    private mutating func beginBody(_ headers: MessageHeaders, firstLine: Int) {
        state = .skipping
        let type = headers.contentType
        let name = String(decoding: type?.text ?? [], as: UTF8.self)
        if name.hasPrefix("multipart/") {
            guard let boundary = type?["boundary"], !boundary.isEmpty else { return refuse(.noBoundary) }
            guard boundaries.count < Self.depthMax else { return refuse(.nestedTooDeeply) }
            boundaries.append(boundary)
            return
        }
        let isHTML = ["text/html", "text/x-amp-html", "text/watch-html"].contains(name)
        guard isHTML || name.isEmpty || name == "text/plain", !headers.isAttachment else { return }
        guard parts.count < Self.partsMax else {
            if !hasTooMany { refuse(.tooManyParts) }
            hasTooMany = true
            return
        }
        guard let encoding = TransferEncoding(headers.transferEncoding) else { return refuse(.unknownEncoding) }
        let charset = MailCharset(type?["charset"].map(\.lowercased))
        guard charset != .notASCII else { return refuse(.unreadableCharset) }
        state = .body(TransferDecoder(encoding, charset: charset, firstLine: firstLine), isHTML: isHTML)
    }

    private mutating func refuse(_ kind: MailProblem.Kind) { problems.append(MailProblem(line: line, kind: kind)) }
}

/// What stands in the way of reading a message.
package struct MailProblem: Equatable, Sendable {
    /// The line of the file; the first is 1.
    package let line: Int
    /// What it is.
    package let kind: Kind

    /// What stands in the way.
    package enum Kind: Equatable, Sendable {
        /// A transfer encoding that nobody knows: the part is not read.
        case unknownEncoding
        /// A character set in which no markup can be found: the part is not read.
        case unreadableCharset
        /// A multipart that does not say what separates its parts: it is not read.
        case noBoundary
        /// More multiparts within one another than are followed: the innermost are not read.
        case nestedTooDeeply
        /// More texts than are read.
        case tooManyParts
        /// A character set that is not decoded, with bytes outside ASCII in it: they are taken as they are.
        case foreignCharset
        /// Something that its transfer encoding does not have.
        case damagedEncoding
        /// The file ends within a multipart.
        case cutOff
    }

    /// True where links may have been missed.
    package var hidesLinks: Bool {
        switch kind {
        case .unknownEncoding, .unreadableCharset, .noBoundary, .nestedTooDeeply, .tooManyParts: true
        case .foreignCharset, .damagedEncoding, .cutOff: false
        }
    }

    /// It in a sentence, for a person.
    package var explanation: String {
        switch kind {
        case .unknownEncoding: "a part is not read: its Content-Transfer-Encoding is not known"
        case .unreadableCharset: "a part is not read: no markup can be found in its character set"
        case .noBoundary: "a multipart is not read: its Content-Type has no boundary"
        case .nestedTooDeeply: "a multipart is not read: it lies in more than 32 others"
        case .tooManyParts: "parts from here on are not read: there are more than 1000"
        case .foreignCharset: "the character set of a part is not decoded: what is not ASCII is taken as it is"
        case .damagedEncoding: "a part holds something that its Content-Transfer-Encoding does not have"
        case .cutOff: "the file ends before the boundary that would end its last part"
        }
    }
}
