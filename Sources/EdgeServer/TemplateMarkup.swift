import Bytes
import TrackingLinks

/// What a template's HTML says that the server has to know: its language, its styles, and that nothing in it runs or
/// loads.
///
/// It is the operator's own text, looked at once: the browser keeps to `Content-Security-Policy`, and this tells the
/// author beforehand what it would block.
enum TemplateMarkup {
    /// The language of `<html lang="…">`, in lower case; `en` where there is none.
    static func language(of text: [UInt8]) -> [UInt8] {
        guard let element = ranges(of: "<html", in: text).first else { return Array("en".utf8) }
        let end = text[element...].firstIndex(of: UInt8(ascii: ">")) ?? text.count
        let attributes = Array(text[element..<end])
        guard let place = ranges(of: "lang=", in: attributes).first else { return Array("en".utf8) }
        let value = attributes[(place + 5)...].drop { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
        let tag = value.prefix { $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
        return tag.isEmpty ? Array("en".utf8) : tag.map(\.asciiLowercased)
    }

    /// A policy that lets nothing in but the styles of the page, and a form be sent to the page's own host where it has
    /// one.
    static func contentSecurityPolicy(of text: [UInt8], hasForm: Bool = false) -> [UInt8] {
        var sources = ""
        for start in ranges(of: "<style", in: text) {
            guard let open = text[start...].firstIndex(of: UInt8(ascii: ">")) else { break }
            let rest = Array(text[(open + 1)...])
            let style = Array(rest[..<(ranges(of: "</style", in: rest).first ?? rest.count)])
            let digest = SHA256Digest.hash(style.span)
            sources += " 'sha256-\(digest.withSpan { Base64.encode($0) })'"
        }
        let styles = sources.isEmpty ? "'none'" : String(sources.dropFirst())
        let forms = hasForm ? "'self'" : "'none'"
        return Array(
            """
            default-src 'none'; style-src \(styles); base-uri 'none'; form-action \(forms); frame-ancestors 'none'
            """
            .utf8)
    }

    /// Refuses a page that is to unsubscribe and has not exactly one form, with a button, that does.
    static func requireUnsubscribeForm(_ text: [UInt8]) throws(PageTemplateError) {
        let form = ranges(of: "<form", in: text)
        guard form.count == 1, let end = ranges(of: "</form", in: text).first, form[0] < end else {
            throw .noUnsubscribeForm
        }
        let inside = String(decoding: text[form[0]..<end], as: UTF8.self)
        let parts = [
            "method=\"post\"", "name=\"\(UnsubscribeLink.formField)\"", "value=\"\(UnsubscribeLink.formValue)\"",
            "<button",
        ]
        // Also `formaction`.
        guard parts.allSatisfy({ inside.contains($0) }), ranges(of: "action=", in: text).isEmpty else {
            throw .noUnsubscribeForm
        }
    }

    /// Refuses scripts, frames, images and whatever else a browser would fetch or run.
    ///
    /// - Parameter mayHaveForm: true for a page whose form is looked at.
    static func refuseActiveContent(_ text: [UInt8], mayHaveForm: Bool = false) throws(PageTemplateError) {
        for what in refused where !(mayHaveForm && what == "<form") {
            guard let place = ranges(of: what, in: text).first else { continue }
            throw .active(what: what, line: 1 + text[..<place].count { $0 == UInt8(ascii: "\n") })
        }
        for place in ranges(of: "on", in: text) where isHandler(text, at: place) {
            throw .active(what: "on…=", line: 1 + text[..<place].count { $0 == UInt8(ascii: "\n") })
        }
    }

    /// True where the attribute of an event handler stands, such as `onclick="…"`, in a tag.
    private static func isHandler(_ text: [UInt8], at place: Int) -> Bool {
        guard place > 0, " \t\r\n/\"'".utf8.contains(text[place - 1]) else { return false }
        let rest = text[place...].drop { $0.isASCIILetter }
        guard rest.first == UInt8(ascii: "="), rest.startIndex > place + 2 else { return false }
        let open = text[..<place].lastIndex { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
        return open.map { text[$0] == UInt8(ascii: "<") } ?? false
    }

    private static let refused = [
        "<script", "<link", "<iframe", "<frame", "<object", "<embed", "<img", "<form", "<base", "http-equiv", "src=",
        "srcset=", "@import", "url(", "javascript:", "style=", "<svg", "<video", "<audio",
    ]

    /// Where a text stands, ASCII letters compared without regard to case.
    private static func ranges(of text: StaticString, in bytes: [UInt8]) -> [Int] {
        ranges(of: "\(text)", in: bytes)
    }

    private static func ranges(of text: String, in bytes: [UInt8]) -> [Int] {
        let sought = Array(text.utf8)
        guard bytes.count >= sought.count else { return [] }
        return (0...bytes.count - sought.count).filter { start in
            sought.indices.allSatisfy { bytes[start + $0].asciiLowercased == sought[$0] }
        }
    }
}
