import Bytes

/// A piece of a link, or of a field's value, that may hold template code.
enum LinkPart: Equatable, Sendable {
    /// Text as it is meant, nothing encoded.
    case text([UInt8])
    /// The value of a column of the recipients.
    case column(Int)
    /// Code of the sender that prints a value, as it is written, and its kind in the syntax.
    case value([UInt8], kind: Int)
    /// Code that prints nothing, such as a condition.
    case control([UInt8])
}

/// Reads texts that may hold template code into their parts.
struct LinkTextReader {
    let syntax: TemplateSyntax
    /// The columns of the recipients; empty where there are none.
    let columns: RecipientColumns
    /// What `${User identifier}` stands for; nil where nobody said.
    var identifier: [LinkPart]?

    /// The parts of an attribute's value.
    ///
    /// - Parameter templates: all the code of its start tag.
    func parts(ofAttribute value: Range<Int>, in bytes: [UInt8], templates: [TemplateTag]) -> [LinkPart] {
        let code = templates.standing(in: value)
        return parts(of: value, in: bytes, templates: code) { CharacterReference.decode($0, into: &$1) }
    }

    /// The name of a character reference in an attribute's value, outside of its code, that is not known here; nil
    /// where there is none.
    func unknownReference(inAttribute value: Range<Int>, of bytes: [UInt8], templates: [TemplateTag]) -> String? {
        var offset = value.lowerBound
        for template in templates.standing(in: value) {
            if let name = CharacterReference.unknownName(in: bytes[offset..<template.range.lowerBound]) { return name }
            offset = template.range.upperBound
        }
        return CharacterReference.unknownName(in: bytes[offset..<value.upperBound])
    }

    /// The parts of a text that nothing in it is encoded.
    func parts(of text: [UInt8]) -> [LinkPart] {
        var scanner = TemplateScanner(text, syntax: syntax)
        var templates: [TemplateTag] = []
        var offset = 0
        while offset < text.count {
            if let tag = scanner.tag(at: offset, limit: text.count) {
                templates.append(tag)
                offset = tag.range.upperBound
            } else {
                offset += 1
            }
        }
        return parts(of: 0..<text.count, in: text, templates: templates[...]) { $1.append(contentsOf: $0) }
    }

    private func parts(
        of range: Range<Int>, in bytes: [UInt8], templates: ArraySlice<TemplateTag>,
        decode: (ArraySlice<UInt8>, inout [UInt8]) -> Void
    ) -> [LinkPart] {
        var parts: [LinkPart] = []
        var text: [UInt8] = []
        func endText() {
            if !text.isEmpty { parts.append(.text(text)) }
            text = []
        }
        var offset = range.lowerBound
        for template in templates {
            decode(bytes[offset..<template.range.lowerBound], &text)
            offset = template.range.upperBound
            switch template.kind {
            case .variable(.identifier) where identifier != nil:
                endText()
                parts += (identifier ?? []).map { parts.isEmpty ? $0 : $0.asComponent }
            case .variable: text += bytes[template.range]
            case .code(let kind):
                endText()
                parts.append(part(bytes[template.range], kind: kind))
            }
        }
        decode(bytes[offset..<range.upperBound], &text)
        endText()
        return parts
    }

    private func part(_ tag: ArraySlice<UInt8>, kind: Int) -> LinkPart {
        let code = syntax.code(of: tag, kind: kind)
        guard syntax.tags[kind].prints(code) else { return .control(Array(tag)) }
        if let column = columns.index(of: code) { return .column(column) }
        return .value(Array(tag), kind: kind)
    }
}

extension [TemplateTag] {
    /// Those that stand in a range, of many in their order. O(log n).
    fileprivate func standing(in range: Range<Int>) -> ArraySlice<TemplateTag> {
        self[firstIndex(from: range.lowerBound)..<firstIndex(from: range.upperBound)]
    }

    private func firstIndex(from offset: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].range.lowerBound < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The columns of a recipient list by their names.
package struct RecipientColumns: Equatable, Sendable {
    /// The names in their order.
    package let names: [String]
    private let indices: [[UInt8]: Int]

    /// Makes the columns; of two with one name the first counts.
    package init(names: [String]) {
        self.names = names
        indices = Dictionary(
            names.enumerated().map { (Array($0.element.utf8), $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// No columns.
    package static let none = RecipientColumns(names: [])

    /// The column that a tag's code names, or nil.
    func index(of code: ArraySlice<UInt8>) -> Int? { indices.isEmpty ? nil : indices[Array(code)] }
}

extension LinkPart {
    /// What is a part of a URL and not the whole of it: text percent-encoded, so that it can't end its place.
    fileprivate var asComponent: LinkPart {
        guard case .text(let text) = self else { return self }
        var encoded: [UInt8] = []
        LinkMaker.appendEncoded(text, to: &encoded)
        return .text(encoded)
    }
}

extension [LinkPart] {
    /// As browsers read a URL (WHATWG URL, 4.4): without tabs and line ends, and without spaces and control characters
    /// at either end.
    func trimmedAsURL() -> [LinkPart] {
        var parts = map { part -> LinkPart in
            guard case .text(let text) = part else { return part }
            return .text(text.filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D })
        }
        if case .text(let text)? = parts.first { parts[0] = .text([UInt8](text.drop { $0 <= 0x20 })) }
        if case .text(let text)? = parts.last {
            let end = text.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? 0
            parts[parts.count - 1] = .text([UInt8](text[..<end]))
        }
        return parts.filter { $0 != .text([]) }
    }

    /// The text that it begins with, behind conditions; empty where a value comes first.
    var leadingText: [UInt8] {
        guard let index = firstPrinted, case .text(let text) = self[index] else { return [] }
        return [UInt8](text.drop { $0 <= 0x20 })
    }

    /// The first part that prints something.
    var firstPrinted: Int? {
        firstIndex {
            if case .control = $0 { false } else { true }
        }
    }

    /// Everything as one text, code as it is written.
    var flattened: [UInt8] {
        reduce(into: []) { flat, part in
            switch part {
            case .text(let bytes), .value(let bytes, _), .control(let bytes): flat += bytes
            case .column: break
            }
        }
    }
}
