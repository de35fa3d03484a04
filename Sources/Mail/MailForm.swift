/// What bytes are that somebody gave as a mail's HTML.
package enum MailForm: Equatable, Sendable {
    /// Text in UTF-8, or in another code that has ASCII's signs as its bytes.
    case text
    /// Text in UTF-16 or UTF-32: no sign of it stands as one byte.
    case wide
    /// A message with its header (RFC 5322): its HTML stands in a part, and maybe encoded.
    case message

    /// Tells by the beginning.
    package init(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.prefix(512).contains(0) {
            self = .wide
        } else {
            self = MailMessage.isMessage(bytes) ? .message : .text
        }
    }
}
