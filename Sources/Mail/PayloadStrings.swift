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
        /// Where the string stands, if an escape of it is half of a surrogate pair: `text` has U+FFFD there.
        let halfCharacter: TextPlace?
    }

    /// One step of a path.
    enum Step: Equatable, Sendable {
        case key(String)
        case index(Int)
    }

    /// Reads JSON5, which JSON is a part of, comments included; a key may stand twice, and an escape may be half of a
    /// surrogate pair, as programs write it that cut texts by UTF-16. O(n).
    static func read(_ bytes: [UInt8]) throws(PayloadError) -> [Element] {
        var duplicates: [JSON5Error] = []
        let halves = HalfCharacters(bytes)
        let document: JSON5Value
        do {
            document = try JSON5.parse(halves.readable.span, duplicates: &duplicates)
        } catch {
            throw PayloadError(reason: error)
        }
        // The reader says line and column of each string; the walk through the bytes says their offsets.
        var strings: [Element] = []
        var spans = StringSpans(bytes, halves: halves.offsets)
        collect(document, path: [], &spans, &strings)
        return strings
    }

    private static func collect(
        _ value: JSON5Value, path: [Step], _ spans: inout StringSpans, _ strings: inout [Element]
    ) {
        switch value.kind {
        case .string(let text):
            let range = spans.string(at: value.place)
            strings.append(
                Element(
                    range: range, text: Array(text.utf8), path: path,
                    halfCharacter: spans.holdsHalf(range) ? value.place : nil))
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
    /// Where escapes stand that are half of a surrogate pair, those in front of the last string dropped.
    private var halves: ArraySlice<Int>

    init(_ bytes: [UInt8], halves: [Int]) {
        self.bytes = bytes
        self.halves = halves[...]
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

    /// True where half of a surrogate pair stands in a range at or behind the one asked for before.
    mutating func holdsHalf(_ range: Range<Int>) -> Bool {
        halves = halves.drop { $0 < range.lowerBound }
        return halves.first.map { $0 < range.upperBound } ?? false
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

/// The escapes of a JSON text that are half of a surrogate pair (RFC 8259, 8.2): no text, but they stand in payloads.
private struct HalfCharacters {
    /// Where they begin, in order.
    private(set) var offsets: [Int] = []
    /// The text with U+FFFD in their place, of the same length.
    private(set) var readable: [UInt8]

    init(_ bytes: [UInt8]) {
        readable = bytes
        var offset = 0
        while let escape = bytes[offset...].firstIndex(of: UInt8(ascii: "\\")) {
            guard let code = Self.code(in: bytes, at: escape) else {
                offset = min(escape + 2, bytes.count)
                continue
            }
            offset = escape + 6
            guard 0xD800...0xDFFF ~= code else { continue }
            if code < 0xDC00, let second = Self.code(in: bytes, at: offset), 0xDC00...0xDFFF ~= second {
                offset += 6
            } else {
                offsets.append(escape)
                readable.replaceSubrange((escape + 2)..<offset, with: "fffd".utf8)
            }
        }
    }

    /// The number of an escape such as `\ud83d`; nil where another one stands, or none.
    private static func code(in bytes: [UInt8], at offset: Int) -> UInt32? {
        guard offset + 6 <= bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
        else { return nil }
        var code: UInt32 = 0
        for byte in bytes[(offset + 2)..<(offset + 6)] {
            guard let digit = byte.hexDigitValue else { return nil }
            code = code << 4 | UInt32(digit)
        }
        return code
    }
}
