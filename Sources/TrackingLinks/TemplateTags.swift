import Bytes

/// The tags of a template that is not filled in yet, as whole pieces of a URL: what they hold separates nothing.
///
/// A tag such as `{{ email | encode: "&" }}` or `{{#if a}}…{{/if}}` may hold the signs that a URL is taken apart at.
/// When it is filled in they are gone, so a link is read now as it will be read then.
enum TemplateTags {
    private static let kinds: [(opening: StaticString, closing: StaticString)] = [
        ("{{", "}}"), ("{%", "%}"), ("${", "}"), ("<%", "%>"), ("*|", "|*"), ("%%=", "=%%"),
    ]

    /// The text with the separators inside of whole tags made `_`: of the same length, with the same tags. O(n).
    static func masked(_ text: Span<UInt8>) -> [UInt8] {
        var masked = text.toArray()
        // A kind whose closing does not come any more is not looked for again.
        var isOver = [Bool](repeating: false, count: kinds.count)
        var offset = 0
        while offset < text.count {
            guard beginning.contains(text[offset]), let end = endOfTag(text, at: offset, &isOver) else {
                offset += 1
                continue
            }
            for inside in offset..<end where separators.contains(text[inside]) { masked[inside] = UInt8(ascii: "_") }
            offset = end
        }
        return masked
    }

    private static let beginning: ByteSet = "{$<*%"
    private static let separators: ByteSet = "&#?=/"

    /// Offset behind the tag that begins at `offset`, or nil where none does.
    private static func endOfTag(_ text: Span<UInt8>, at offset: Int, _ isOver: inout [Bool]) -> Int? {
        let rest = text.extracting(offset..<text.count)
        for (kind, tag) in kinds.enumerated() where !isOver[kind] && rest.hasPrefix(tag.opening) {
            var place = tag.opening.utf8CodeUnitCount
            while place < rest.count {
                if rest.extracting(place..<rest.count).hasPrefix(tag.closing) {
                    return offset + place + tag.closing.utf8CodeUnitCount
                }
                place += 1
            }
            isOver[kind] = true
        }
        return nil
    }
}
