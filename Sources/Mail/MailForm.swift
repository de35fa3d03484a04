import Bytes

/// What bytes are that somebody gave as a mail's HTML.
package enum MailForm: Equatable, Sendable {
    /// Text in UTF-8, or in another code that has ASCII's signs as its bytes.
    case text
    /// Text in UTF-16 or UTF-32: no sign of it stands as one byte.
    case wide
    /// A message with its header (RFC 5322): its HTML stands in a part, and maybe encoded.
    case message

    /// Tells by the beginning. O(1).
    package init(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.prefix(512).contains(0) {
            self = .wide
            return
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.prefix(Self.headerBytesMax).dropFirst(bytes.starts(with: mark) ? mark.count : 0)
        self = Self.beginsWithHeader(text) ? .message : .text
    }

    /// Enough for the first lines of a header.
    private static let headerBytesMax = 65_536

    /// Names that a message's header holds, in small letters.
    private static let names: Set<String> = [
        "arc-seal", "authentication-results", "content-transfer-encoding", "content-type", "date", "delivered-to",
        "dkim-signature", "from", "message-id", "mime-version", "received", "reply-to", "return-path", "sender",
        "subject", "to",
    ]

    /// True where a line that an mbox begins with or header fields come first, one of the known among them, and an
    /// empty line or a second known one behind it.
    private static func beginsWithHeader(_ text: ArraySlice<UInt8>) -> Bool {
        var knownCount = 0
        var isFirst = true
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if line.isEmpty { return knownCount > 0 }
            let isFolded = !isFirst && (line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t"))
            let isMailbox = isFirst && line.starts(with: "From ".utf8)
            isFirst = false
            if isFolded || isMailbox { continue }
            guard let name = fieldName(of: line) else { return false }
            if names.contains(name) { knownCount += 1 }
            if knownCount > 1 { return true }
        }
        return false
    }

    /// The name that a header's line begins with (RFC 5322, 2.2), in small letters; nil for another line.
    private static func fieldName(of line: ArraySlice<UInt8>) -> String? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { return nil }
        let name = line[..<colon]
        guard name.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }) else { return nil }
        return String(decoding: name.map(\.asciiLowercased), as: UTF8.self)
    }
}
