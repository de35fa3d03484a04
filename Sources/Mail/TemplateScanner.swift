import Bytes

/// Finds template code in bytes. However often it is asked, at places that do not go back, it reads each byte at most
/// a few times for each kind of tag: it remembers where the next closing of a kind stands.
struct TemplateScanner {
    let bytes: [UInt8]
    let syntax: TemplateSyntax
    /// Of each kind of tag: from where its closing was looked for, and where it was found; `bytes.count` for nowhere.
    private var closings: [(from: Int, at: Int)]

    init(_ bytes: [UInt8], syntax: TemplateSyntax) {
        self.bytes = bytes
        self.syntax = syntax
        closings = Array(repeating: (0, -1), count: syntax.tags.count)
    }

    /// The code that begins at `offset` and ends at or before `limit`, or nil.
    mutating func tag(at offset: Int, limit: Int) -> TemplateTag? {
        guard offset < limit, syntax.firstBytes.contains(bytes[offset]) else { return nil }
        if bytes[offset] == UInt8(ascii: "$"), let variable = variable(at: offset, limit: limit) { return variable }
        for index in syntax.tags.indices where starts(with: syntax.tags[index].open, at: offset, limit: limit) {
            if let end = end(of: index, at: offset, limit: limit) {
                return TemplateTag(kind: .code(index), range: offset..<end)
            }
        }
        return nil
    }

    private func variable(at offset: Int, limit: Int) -> TemplateTag? {
        let rest = bytes.span.extracting(offset..<limit)
        for variable in TrackingVariable.allCases where rest.hasPrefix(variable.spelling) {
            let end = offset + variable.spelling.utf8CodeUnitCount
            return TemplateTag(kind: .variable(variable), range: offset..<end)
        }
        return nil
    }

    private func starts(with text: [UInt8], at offset: Int, limit: Int) -> Bool {
        guard limit - offset >= text.count else { return false }
        for index in text.indices where bytes[offset + index] != text[index] { return false }
        return true
    }

    private mutating func end(of index: Int, at offset: Int, limit: Int) -> Int? {
        let tag = syntax.tags[index]
        let start = offset + tag.open.count
        if tag.isSymmetric { return endOfName(tag, from: start, limit: limit) }
        let known = closings[index]
        if known.at < start || known.from > start {
            closings[index] = (start, firstOffset(of: tag.close, from: start))
        }
        let end = closings[index].at + tag.close.count
        return end <= limit ? end : nil
    }

    /// Behind a name and the closing.
    private func endOfName(_ tag: TemplateSyntax.Tag, from start: Int, limit: Int) -> Int? {
        var end = start
        while end < limit, end - start <= Self.nameBytesMax, Self.nameBytes.contains(bytes[end]) { end += 1 }
        guard end > start, end - start <= Self.nameBytesMax, starts(with: tag.close, at: end, limit: limit) else {
            return nil
        }
        return end + tag.close.count
    }

    private func firstOffset(of text: [UInt8], from start: Int) -> Int {
        let span = bytes.span
        var offset = start
        while let found = span.firstOffset(of: text[0], from: offset) {
            if starts(with: text, at: found, limit: bytes.count) { return found }
            offset = found + 1
        }
        return bytes.count
    }

    private static let nameBytes = ByteSet.letters.union(.digits).union(" _-.:")
    private static let nameBytesMax = 64
}

extension TemplateSyntax {
    /// The code of a tag, without what opens and closes it and without the space around it.
    func code(of tag: ArraySlice<UInt8>, kind: Int) -> ArraySlice<UInt8> {
        let kind = tags[kind]
        var code = tag.dropFirst(kind.open.count).dropLast(kind.close.count)
        while let first = code.first, Self.space.contains(first) { code.removeFirst() }
        while let last = code.last, Self.space.contains(last) { code.removeLast() }
        return code
    }

    private static let space: ByteSet = " \t\r\n"
}
