package import Bytes
import TrackingLinks

/// A page for recipients as its author wrote it: HTML with places for what a link asks for.
///
/// `{{host}}` is the host as a browser looks it up, in ASCII, with its port where that is not the scheme's own;
/// `{{unicodeHost}}` the same with the characters that a browser may show; `{{url}}` the address to go on to. What
/// stands between `{{#link}}` and `{{/link}}` is there where a page may link to the host, between `{{^link}}` and
/// `{{/link}}` where it may not, between `{{#unicode}}` and `{{/unicode}}` where the two spellings of the host differ.
/// All of it is escaped. The page with the button that unsubscribes has none of these, and may have `{{#again}}` to
/// `{{/again}}`, which is there where the button was pressed and nothing came of it. Writing a page costs one pass over
/// it and no allocation.
package struct PageTemplate: Sendable {
    /// What a page is for.
    package enum Purpose: String, Sendable, CaseIterable {
        /// To ask whether to go on to a host that the section does not list.
        case ask
        /// To say that a link leads nowhere.
        case refused
        /// To unsubscribe with a button.
        case unsubscribe
        /// To say that somebody has unsubscribed.
        case unsubscribed
    }

    /// What a link asks for.
    package struct Subject: Sendable {
        /// The host in ASCII, as the normalised URL has it.
        let host: ByteRange
        /// The port where it is not the scheme's own.
        let port: UInt16?
        /// The whole URL, or nil when no page may link to it.
        let url: ByteRange?

        package init(host: ByteRange, port: UInt16?, url: ByteRange?) {
            self.host = host
            self.port = port
            self.url = url
        }
    }

    /// The language that its `<html lang="…">` names, in lower case; `en` where it names none.
    package let language: [UInt8]
    /// The value of `Content-Security-Policy`: nothing but the page's own styles (CSP Level 3, 6.6.2), and where it has
    /// the button that unsubscribes, its form.
    package let contentSecurityPolicy: [UInt8]
    private let bytes: [UInt8]
    private let parts: [Part]

    private enum Part: Sendable {
        case text(Range<Int>)
        case host
        case unicodeHost
        case url
        /// Goes on at the part of that number unless the condition holds.
        case unless(Condition, end: Int)
    }

    private enum Condition: Sendable {
        case link
        case noLink
        case unicode
        case again
    }

    /// The most bytes of a template.
    package static let templateBytesMax = 32_768
    /// How often one place may stand in a template.
    private static let placesMax = 4
    /// The most bytes that a page takes: the template, one URL and four times both spellings of the host, each byte at
    /// most 8 when escaped.
    package static let pageBytesMax =
        templateBytesMax + 8 * (LinkLimits.targetBytesMax + 2 * placesMax * UnicodeHost.bytesMax)

    /// Reads a template.
    package init(_ text: [UInt8], for purpose: Purpose) throws(PageTemplateError) {
        guard text.count <= Self.templateBytesMax else { throw .tooLong }
        guard UTF8Validation.isValid(text.span) else { throw .notUTF8 }
        var compiler = Compiler(text: text)
        try compiler.run()
        bytes = text
        parts = compiler.parts
        language = TemplateMarkup.language(of: text)
        contentSecurityPolicy = TemplateMarkup.contentSecurityPolicy(of: text, hasForm: purpose == .unsubscribe)
        try TemplateMarkup.refuseActiveContent(text, mayHaveForm: purpose == .unsubscribe)
        if purpose == .unsubscribe { try TemplateMarkup.requireUnsubscribeForm(text) }
        if purpose != .unsubscribe, compiler.count(of: "#again") > 0 { throw .notHere(name: "#again") }
        for name in ["host", "unicodeHost", "url"] {
            let most = name == "url" ? 1 : Self.placesMax
            let count = compiler.count(of: name)
            if count > 0, purpose != .ask { throw .notHere(name: name) }
            if count > most { throw .tooOften(name: name, most: most) }
            if count == 0, purpose == .ask, name != "unicodeHost" { throw .missing(name: name) }
        }
    }

    /// Appends the page.
    ///
    /// - Parameters:
    ///   - subject: what a link asks for, its ranges in `url`; nil for a page that says nothing of it.
    ///   - spare: room for the host with its characters, `UnicodeHost.bytesMax` bytes.
    ///   - isAgain: true where the button was pressed and nothing came of it.
    ///   - page: has room for `pageBytesMax` bytes, or without a subject for `templateBytesMax`.
    package func write(
        _ subject: Subject?, in url: Span<UInt8>, isAgain: Bool = false, spare: inout ByteBuffer,
        into page: inout ByteBuffer
    ) {
        spare.removeAll()
        let host = subject?.host ?? .empty
        let hasUnicode = UnicodeHost.appendUnicodeForm(of: url.extracting(host.offsets), into: &spare)
        var number = 0
        while number < parts.count {
            switch parts[number] {
            case .text(let range): page.append(bytes.span.extracting(range))
            case .host:
                HTMLEscaping.append(url.extracting(host.offsets), into: &page)
                appendPort(subject?.port, into: &page)
            case .unicodeHost:
                if hasUnicode {
                    spare.withSpan { HTMLEscaping.append($0, into: &page) }
                } else {
                    HTMLEscaping.append(url.extracting(host.offsets), into: &page)
                }
                appendPort(subject?.port, into: &page)
            case .url:
                if let location = subject?.url { HTMLEscaping.append(url.extracting(location.offsets), into: &page) }
            case .unless(let condition, let end):
                let holds =
                    switch condition {
                    case .link: subject?.url != nil
                    case .noLink: subject?.url == nil
                    case .unicode: hasUnicode
                    case .again: isAgain
                    }
                if !holds {
                    number = end
                    continue
                }
            }
            number += 1
        }
    }

    private func appendPort(_ port: UInt16?, into page: inout ByteBuffer) {
        guard let port else { return }
        page.append(UInt8(ascii: ":"))
        page.appendDecimal(UInt64(port))
    }

    /// Takes a template apart at its double braces.
    private struct Compiler {
        let text: [UInt8]
        var parts: [Part] = []
        private var names: [String] = []
        private var open: (name: String, part: Int, line: Int)?

        init(text: [UInt8]) {
            self.text = text
        }

        func count(of name: String) -> Int { names.count { $0 == name } }

        mutating func run() throws(PageTemplateError) {
            var start = 0
            while let (tag, range) = next(from: start) {
                if range.lowerBound > start { parts.append(.text(start..<range.lowerBound)) }
                try take(tag, line: line(of: range.lowerBound))
                start = range.upperBound
            }
            if start < text.count { parts.append(.text(start..<text.count)) }
            if let open { throw .notClosed(name: open.name, line: open.line) }
        }

        private mutating func take(_ tag: String, line: Int) throws(PageTemplateError) {
            switch tag {
            case "host": parts.append(.host)
            case "unicodeHost": parts.append(.unicodeHost)
            case "url": parts.append(.url)
            case "#link": try begin("link", .link, line)
            case "^link": try begin("link", .noLink, line)
            case "#unicode": try begin("unicode", .unicode, line)
            case "#again": try begin("again", .again, line)
            case "/link", "/unicode", "/again":
                guard let begun = open, case .unless(let condition, _) = parts[begun.part],
                    "/" + begun.name == tag
                else { throw .notOpened(name: tag, line: line) }
                parts[begun.part] = .unless(condition, end: parts.count)
                open = nil
            default: throw .unknown(name: tag, line: line)
            }
            names.append(tag)
        }

        private mutating func begin(
            _ name: String, _ condition: Condition, _ line: Int
        ) throws(PageTemplateError) {
            if let open { throw .notClosed(name: open.name, line: open.line) }
            open = (name, parts.count, line)
            parts.append(.unless(condition, end: 0))
        }

        private func next(from start: Int) -> (String, Range<Int>)? {
            var offset = start
            while offset + 1 < text.count {
                if text[offset] == UInt8(ascii: "{"), text[offset + 1] == UInt8(ascii: "{") {
                    var end = offset + 2
                    while end + 1 < text.count, text[end] != UInt8(ascii: "}") || text[end + 1] != UInt8(ascii: "}") {
                        end += 1
                    }
                    guard end + 1 < text.count else { return nil }
                    let name = String(decoding: text[offset + 2..<end], as: UTF8.self)
                    return (String(name.filter { $0 != " " }), offset..<end + 2)
                }
                offset += 1
            }
            return nil
        }

        private func line(of offset: Int) -> Int {
            1 + text[..<offset].count { $0 == UInt8(ascii: "\n") }
        }
    }
}
