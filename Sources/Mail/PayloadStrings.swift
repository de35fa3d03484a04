package import Bytes

/// Why a payload can't be wrapped: it is no JSON5.
package struct PayloadError: Error, Equatable, Sendable {
    /// What is wrong, with its place.
    package let reason: JSON5Error
}

/// The strings of a payload and where they stand, so that one can be replaced and everything around it stay as it is.
enum PayloadStrings {
    /// One string that is a value.
    struct Element: Equatable, Sendable {
        /// Where its inside stands, without quotes.
        let range: Range<Int>
        /// What it says, its escapes decoded.
        let text: [UInt8]
        /// The keys and places that lead to it, from the outside in.
        let path: [Step]
    }

    /// One step of a path.
    enum Step: Equatable, Sendable {
        case key(String)
        case index(Int)
    }

    /// Reads JSON5, which JSON is a part of, comments included; a key may stand twice. O(n).
    static func read(_ bytes: [UInt8]) throws(PayloadError) -> [Element] {
        var duplicates: [JSON5Error] = []
        let document: JSON5Value
        do {
            document = try JSON5.parse(bytes.span, duplicates: &duplicates)
        } catch {
            throw PayloadError(reason: error)
        }
        // The reader says line and column of each string; the walk through the bytes says their offsets.
        var strings: [Element] = []
        var spans = StringSpans(bytes)
        collect(document, path: [], &spans, &strings)
        return strings
    }

    private static func collect(
        _ value: JSON5Value, path: [Step], _ spans: inout StringSpans, _ strings: inout [Element]
    ) {
        switch value.kind {
        case .string(let text):
            strings.append(Element(range: spans.string(at: value.place), text: Array(text.utf8), path: path))
        case .array(let values):
            for (index, value) in values.enumerated() {
                collect(value, path: path + [.index(index)], &spans, &strings)
            }
        case .object(let members):
            for member in members { collect(member.value, path: path + [.key(member.key)], &spans, &strings) }
        default: break
        }
    }
}

/// Finds places in a text by line and column, going forward.
private struct StringSpans {
    private let bytes: [UInt8]
    private var offset: Int
    private var line = 1
    private var column = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The inside of the string whose opening quote stands at a place that the reader gave.
    mutating func string(at place: TextPlace) -> Range<Int> {
        while offset < bytes.count, TextPlace(line: line, column: column) < place { advance() }
        let start = offset + 1
        var end = start
        while end < bytes.count, bytes[end] != bytes[offset] {
            end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(start, bytes.count)..<min(end, bytes.count)
    }

    /// One character on, as `JSON5` counts them: a line ends at a line feed, a carriage return or both.
    private mutating func advance() {
        let byte = bytes[offset]
        offset += byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        let isPair = byte == UInt8(ascii: "\r") && offset < bytes.count && bytes[offset] == UInt8(ascii: "\n")
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && !isPair {
            line += 1
            column = 1
        } else {
            column += 1
        }
    }
}
