import TrackingLinks

/// A finished mail as it lies in a file: everything of interest to a tracker that a person can click in it or that a
/// client loads.
package struct FinishedMail: Equatable, Sendable {
    /// What the file is.
    package let kind: Kind
    /// What is read on its own: each text of a message; of HTML and of a payload there is one.
    package let parts: [Part]
    /// What stood in the way of reading a message, in order.
    package let problems: [MailProblem]

    /// True where there is nothing that anybody could click, and no pixel.
    package var isEmpty: Bool { parts.allSatisfy { $0.links.allSatisfy { $0.verdict == .image } } }

    /// What a file is.
    package enum Kind: String, Equatable, Sendable {
        /// HTML.
        case html
        /// A message with a head (RFC 5322), such as an `.eml` file.
        case message
        /// JSON, or JSON5.
        case payload
    }

    /// What is read on its own.
    package struct Part: Equatable, Sendable {
        /// The links, in order, with the lines of the file.
        package let links: [MailLink]
        /// Template code, which a finished mail has none of, with the lines of the file; in links as elsewhere.
        package let code: [WrappedMail.Place]
        /// True for HTML and a payload, where a pixel can stand; false for a text.
        package let mayHavePixel: Bool
    }
}

extension MailLink {
    /// What a client asks for when it is followed: the text with what no URL holds percent-encoded (WHATWG URL, the
    /// query percent-encode set of special schemes), the fragment included.
    package var requested: String {
        var url: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text {
            switch byte {
            case 0...0x20, 0x7F..., UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "'"):
                url += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: url.append(byte)
            }
        }
        return String(decoding: url, as: UTF8.self)
    }

    /// True for the pixel where it belongs: in an image, or in a payload, which a template puts into one.
    package var isPixel: Bool { verdict == .tracking(.open) && (element == .image || element == .member) }

    /// The host with its port, in small letters and without the port that is every URL's; empty for a link that does
    /// not begin with http or https.
    package var authority: String {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), isHTTP else { return "" }
        let rest = text[colon...].dropFirst(3)
        let host = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let named = host.lastIndex(of: UInt8(ascii: "@")).map { host[($0 + 1)...] } ?? host
        return String(decoding: TrackingBase.withoutDefaultPort(Array(named).lowercased[...]), as: UTF8.self)
    }

    /// True for a link that goes without TLS.
    package var isInsecure: Bool { Array(text.prefix(7)).lowercased.elementsEqual("http://".utf8) }

    private var isHTTP: Bool { isInsecure || Array(text.prefix(8)).lowercased.elementsEqual("https://".utf8) }
}
