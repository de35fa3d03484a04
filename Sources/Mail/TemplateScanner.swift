import Bytes

/// Finds template code in bytes. However often it is asked, at places that do not go back, it reads each byte at most
/// a few times for each kind of tag: it remembers where the next closing of a kind stands.
struct TemplateScanner {
    let bytes: [UInt8]
    let syntax: TemplateSyntax
    /// Of each kind of tag: where its next closing and its next opening stand.
    private var closings: [NextPlace]
    private var openings: [NextPlace]

    /// From where something was looked for, and where it was found; `bytes.count` for nowhere.
    private struct NextPlace {
        var from = 0
        var place = -1

        /// True where the answer holds for a search from `start`, too.
        func answers(from start: Int) -> Bool { from <= start && place >= start }
    }

    init(_ bytes: [UInt8], syntax: TemplateSyntax) {
        self.bytes = bytes
        self.syntax = syntax
        closings = Array(repeating: NextPlace(), count: syntax.tags.count)
        openings = closings
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
        if !closings[index].answers(from: start) {
            closings[index] = NextPlace(from: start, place: firstOffset(of: tag.close, from: start))
        }
        let end = closings[index].place + tag.close.count
        guard end <= limit else { return nil }
        // Where the same opening stands again before the closing, that one is closed by it, and this one is text.
        if !openings[index].answers(from: start) {
            openings[index] = NextPlace(from: start, place: nextOpening(of: tag, from: start))
        }
        return openings[index].place >= closings[index].place ? end : nil
    }

    /// A variable is no opening: filled in, it is gone, and what stands around it has to be the same then.
    private func nextOpening(of tag: TemplateSyntax.Tag, from start: Int) -> Int {
        var place = firstOffset(of: tag.open, from: start)
        while place < bytes.count, variable(at: place, limit: bytes.count) != nil {
            place = firstOffset(of: tag.open, from: place + tag.open.count)
        }
        return place
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
