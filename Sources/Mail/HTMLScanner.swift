import Bytes

/// Where an attribute stands in its document.
package struct HTMLAttribute: Equatable, Sendable {
    /// Its name, as it is spelled.
    package let name: Range<Int>
    /// Its value without quotes; empty, behind the name, where it has none.
    package let value: Range<Int>
    /// `"` or `'`; nil for a value without quotes, and for none.
    package let quote: UInt8?
}

/// Where a start tag stands in its document.
package struct HTMLStartTag: Equatable, Sendable {
    /// From `<` to `>`.
    package let range: Range<Int>
    /// The element's name, as it is spelled.
    package let name: Range<Int>
    /// Its attributes in their order, repeated ones too.
    package let attributes: [HTMLAttribute]
    /// The template code in it, in its order: in values, in names, or between attributes.
    package let templates: [TemplateTag]
    /// True where code stands between attributes: which of them are there, the engine decides.
    package let hasCodeBetweenAttributes: Bool
    /// True inside of a conditional comment that browsers skip and Outlook for Windows reads.
    package let isConditional: Bool
}

/// Kinds of text (WHATWG HTML, 13.1.2).
package enum HTMLText: Equatable, Sendable {
    /// Between tags.
    case normal
    /// In `title` and `textarea`: character references count, tags don't.
    case escapableRaw
    /// In `script`, `style` and their like: nothing counts.
    case raw
}

/// What `HTMLScanner` finds. What lies between two of these is text.
package enum HTMLToken: Equatable, Sendable {
    case startTag(HTMLStartTag)
    /// The end tag of an element with this name.
    case endTag(name: Range<Int>, range: Range<Int>)
    /// Template code in text; not in a comment.
    case template(TemplateTag, in: HTMLText)
    /// A comment, one that the standard calls bogus, or the opening of a conditional one.
    case comment(Range<Int>)
    case doctype(Range<Int>)
}

/// Walks through a mail's HTML and says where its tags and attributes stand, by the rules that browsers tokenize by
/// (WHATWG HTML, 13.2.5), and steps over template code as one piece wherever it stands.
///
/// **Conditional comments.** `<!--[if mso]> ... <![endif]-->` is a comment for browsers and markup for Outlook on
/// Windows: what is in it is read like the rest, and nothing that begins in it reaches past the `-->` where browsers go
/// on. Other comments are skipped. `<![CDATA[` is, in HTML, a bogus comment that ends at the next `>`.
///
/// **Raw text.** What `script`, `style`, `title`, `textarea` and their like hold is no markup; template code is found
/// in it. The double escapes of scripts (`<!--<script>`) are not followed: no mail client runs scripts.
///
/// **Guarantees.** Any bytes are read to their end in O(n) for each kind of template tag; nothing traps. Ranges are in
/// order and don't overlap. A tag that the document's end cuts off is none, as the standard has it.
package struct HTMLScanner {
    let bytes: [UInt8]
    private var templates: TemplateScanner
    private var offset = 0
    /// Where what is read ends: the end of the conditional comment, or of the document.
    private var limit: Int
    private var isConditional = false
    /// Where the raw text ends that is being read; 0 outside of any.
    private var rawTextEnd = 0
    private var rawTextKind = HTMLText.raw

    /// Scans a document.
    package init(_ bytes: [UInt8], syntax: TemplateSyntax) {
        self.bytes = bytes
        templates = TemplateScanner(bytes, syntax: syntax)
        limit = bytes.count
        interesting = syntax.firstBytes.union("<")
    }

    private let interesting: ByteSet

    /// The next token, or nil at the end.
    package mutating func next() -> HTMLToken? {
        while true {
            if rawTextEnd > 0 {
                if let tag = nextTemplate(before: rawTextEnd) { return .template(tag, in: rawTextKind) }
                rawTextEnd = 0
            }
            while offset < limit, !interesting.contains(bytes[offset]) { offset += 1 }
            if offset >= limit {
                if limit == bytes.count { return nil }
                limit = bytes.count
                isConditional = false
            } else if let tag = templates.tag(at: offset, limit: limit) {
                offset = tag.range.upperBound
                return .template(tag, in: .normal)
            } else if bytes[offset] != UInt8(ascii: "<") {
                offset += 1
            } else if let token = readMarkup() {
                return token
            }
        }
    }

    private mutating func nextTemplate(before end: Int) -> TemplateTag? {
        while offset < end {
            if let tag = templates.tag(at: offset, limit: end) {
                offset = tag.range.upperBound
                return tag
            }
            offset += 1
        }
        return nil
    }

    /// 13.2.5.6, tag open state: what stands behind a `<`.
    private mutating func readMarkup() -> HTMLToken? {
        switch byte(at: offset + 1) {
        case .some(let next) where next.isASCIILetter:
            return readStartTag()
        case UInt8(ascii: "/"):
            if byte(at: offset + 2)?.isASCIILetter == true { return readEndTag() }
            if byte(at: offset + 2) == UInt8(ascii: ">") {
                offset += 3
                return nil
            }
            return readBogusComment()
        case UInt8(ascii: "!"):
            if stands("<!--", at: offset) { return readComment() }
            if stands("<!doctype", at: offset) { return .doctype(takeToNextGreaterThan()) }
            return readBogusComment()
        case UInt8(ascii: "?"):
            return readBogusComment()
        default:
            offset += 1
            return nil
        }
    }

    private func byte(at place: Int) -> UInt8? { place < limit ? bytes[place] : nil }

    private func stands(_ literal: StaticString, at place: Int) -> Bool {
        bytes.span.extracting(place..<limit).hasPrefixIgnoringASCIICase(literal)
    }

    // MARK: Comments

    private mutating func takeToNextGreaterThan() -> Range<Int> {
        let start = offset
        while offset < limit, bytes[offset] != UInt8(ascii: ">") { offset += 1 }
        offset = min(offset + 1, limit)
        return start..<offset
    }

    private mutating func readBogusComment() -> HTMLToken { .comment(takeToNextGreaterThan()) }

    /// 13.2.5.42 to 13.2.5.52: ends at `-->` or `--!>`; `<!-->` and `<!--->` are whole.
    private mutating func readComment() -> HTMLToken {
        let start = offset
        let end = isConditional ? limit : endOfComment(from: start + 4)
        if let opening = endOfCondition(from: start + 4, limit: end) {
            offset = opening
            limit = end
            isConditional = true
        } else {
            offset = end
        }
        return .comment(start..<offset)
    }

    private func endOfComment(from start: Int) -> Int {
        let rest = bytes.span.extracting(start..<limit)
        if rest.hasPrefix(">") { return start + 1 }
        if rest.hasPrefix("->") { return start + 2 }
        var place = start
        while let dash = bytes.span.firstOffset(of: UInt8(ascii: "-"), from: place), dash < limit {
            let tail = bytes.span.extracting(dash..<limit)
            if tail.hasPrefix("-->") { return dash + 3 }
            if tail.hasPrefix("--!>") { return dash + 4 }
            place = dash + 1
        }
        return limit
    }

    /// Behind the `]>` of `<!--[if ...]>`, or nil for another comment.
    private func endOfCondition(from start: Int, limit: Int) -> Int? {
        guard start < limit, bytes.span.extracting(start..<limit).hasPrefixIgnoringASCIICase("[if") else { return nil }
        var place = start
        while place + 1 < limit {
            if bytes[place] == UInt8(ascii: "]"), bytes[place + 1] == UInt8(ascii: ">") { return place + 2 }
            place += 1
        }
        return nil
    }

    // MARK: Tags

    private mutating func readEndTag() -> HTMLToken? {
        guard let tag = readTag(nameAt: offset + 2) else { return nil }
        return .endTag(name: tag.name, range: tag.range)
    }

    private mutating func readStartTag() -> HTMLToken? {
        guard let tag = readTag(nameAt: offset + 1) else { return nil }
        if isNamed(tag, "plaintext") {
            rawTextEnd = limit
            rawTextKind = .raw
        } else if Self.rawTextElements.contains(where: { isNamed(tag, $0) }) {
            rawTextEnd = endOfRawText(of: tag.name)
            rawTextKind = isNamed(tag, "title") || isNamed(tag, "textarea") ? .escapableRaw : .raw
        }
        return .startTag(tag)
    }

    private func isNamed(_ tag: HTMLStartTag, _ name: StaticString) -> Bool {
        bytes.span.extracting(tag.name).equalsIgnoringASCIICase(name)
    }

    /// Where the next `</name` of an element begins (13.2.5.9 to 13.2.5.14), or the end.
    private func endOfRawText(of name: Range<Int>) -> Int {
        var place = offset
        while let found = bytes.span.firstOffset(of: UInt8(ascii: "<"), from: place), found < limit {
            place = found + 1
            let behind = found + 2 + name.count
            guard behind < limit, bytes[found + 1] == UInt8(ascii: "/"), Self.endsName.contains(bytes[behind]) else {
                continue
            }
            let isSame = name.indices.allSatisfy {
                bytes[$0].asciiLowercased == bytes[found + 2 + $0 - name.lowerBound].asciiLowercased
            }
            if isSame { return found }
        }
        return limit
    }

    /// Reads a tag to its `>` (13.2.5.8, 13.2.5.32 to 13.2.5.40). Nil, with everything taken, where there is none.
    private mutating func readTag(nameAt nameStart: Int) -> HTMLStartTag? {
        let start = offset
        var tag = TagParts()
        var place = take(from: nameStart, until: Self.endsName, &tag)
        let nameEnd = place
        while true {
            while place < limit, Self.betweenAttributes.contains(bytes[place]) { place += 1 }
            guard place < limit else { break }
            if bytes[place] == UInt8(ascii: ">") {
                offset = place + 1
                return HTMLStartTag(
                    range: start..<offset, name: nameStart..<nameEnd, attributes: tag.attributes,
                    templates: tag.templates, hasCodeBetweenAttributes: tag.hasCodeBetween,
                    isConditional: isConditional)
            }
            if let code = templates.tag(at: place, limit: limit) {
                tag.templates.append(code)
                tag.hasCodeBetween = true
                place = code.range.upperBound
            } else {
                place = readAttribute(from: place, &tag)
            }
        }
        offset = limit
        return nil
    }

    private struct TagParts {
        var attributes: [HTMLAttribute] = []
        var templates: [TemplateTag] = []
        var hasCodeBetween = false
    }

    /// Reads an attribute and returns where the next may begin; `limit` where the value's closing quote is missing.
    private mutating func readAttribute(from start: Int, _ tag: inout TagParts) -> Int {
        // An equals sign that nothing stands before is the first of a name.
        let first = bytes[start] == UInt8(ascii: "=") ? start + 1 : start
        let nameEnd = take(from: first, until: Self.endsAttributeName, &tag)
        var place = skipSpace(from: nameEnd)
        guard byte(at: place) == UInt8(ascii: "=") else {
            tag.attributes.append(HTMLAttribute(name: start..<nameEnd, value: nameEnd..<nameEnd, quote: nil))
            return nameEnd
        }
        place = skipSpace(from: place + 1)
        guard let opening = byte(at: place) else { return limit }
        guard opening == UInt8(ascii: "\"") || opening == UInt8(ascii: "'") else {
            let end = take(from: place, until: Self.endsUnquotedValue, &tag)
            tag.attributes.append(HTMLAttribute(name: start..<nameEnd, value: place..<end, quote: nil))
            return end
        }
        let end = take(from: place + 1, until: opening == UInt8(ascii: "'") ? "'" : "\"", &tag)
        guard end < limit else { return limit }
        tag.attributes.append(HTMLAttribute(name: start..<nameEnd, value: place + 1..<end, quote: opening))
        return end + 1
    }

    /// Steps over bytes that are not in `stops`, and over template code whatever it holds.
    private mutating func take(from start: Int, until stops: ByteSet, _ tag: inout TagParts) -> Int {
        let looked = stops.union(templates.syntax.firstBytes)
        var place = start
        while place < limit {
            if looked.contains(bytes[place]) {
                if let code = templates.tag(at: place, limit: limit) {
                    tag.templates.append(code)
                    place = code.range.upperBound
                    continue
                }
                if stops.contains(bytes[place]) { return place }
            }
            place += 1
        }
        return limit
    }

    private func skipSpace(from start: Int) -> Int {
        var place = start
        while place < limit, Self.space.contains(bytes[place]) { place += 1 }
        return place
    }

    private static let space: ByteSet = " \t\n\r\u{C}"
    private static let betweenAttributes: ByteSet = " \t\n\r\u{C}/"
    private static let endsName: ByteSet = " \t\n\r\u{C}/>"
    private static let endsAttributeName: ByteSet = " \t\n\r\u{C}/>="
    private static let endsUnquotedValue: ByteSet = " \t\n\r\u{C}>"
    private static let rawTextElements: [StaticString] = [
        "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
    ]
}
