import Bytes
import TrackingLinks

/// A piece of HTML or SVG.
///
/// What stands in its literal is markup; whatever is put in by interpolation is text and is escaped, unless it is
/// `Markup` itself. So nothing from outside becomes markup because somebody forgot to escape it.
struct Markup: ExpressibleByStringInterpolation, Sendable {
    /// The bytes that are written.
    private(set) var text: String

    init(stringLiteral: String) { text = stringLiteral }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Takes markup that the program itself holds, such as its style sheet.
    init(trusted markup: String) { text = markup }

    /// Nothing.
    init() { text = "" }

    var isEmpty: Bool { text.isEmpty }

    static func += (left: inout Markup, right: Markup) { left.text += right.text }

    static func + (left: Markup, right: Markup) -> Markup {
        var both = left
        both += right
        return both
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

        mutating func appendInterpolation(_ words: String) { text += Markup.escaped(words) }

        mutating func appendInterpolation(_ number: Int) { text += String(number) }

        /// A coordinate, to a tenth.
        mutating func appendInterpolation(_ coordinate: Double) { text += Markup.coordinate(coordinate) }
    }

    /// The text fit for HTML's text and quoted attributes.
    static func escaped(_ words: String) -> String {
        if words.utf8.allSatisfy(isPlain) { return words }
        let bytes = Array(words.utf8)
        var buffer = ByteBuffer(capacity: HTMLEscaping.maximumCount(escaping: bytes.count))
        HTMLEscaping.append(bytes.span, into: &buffer)
        return String(decoding: buffer.toArray(), as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): false
        default: (0x20...0x7E).contains(byte)
        }
    }

    /// Such as `12`, `12.5` or `-0.3`; what is no number becomes 0.
    static func coordinate(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "0" }
        let tenths = Int((value * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let rest = abs(tenths) % 10
        return sign + String(abs(tenths) / 10) + (rest == 0 ? "" : ".\(rest)")
    }
}

extension Sequence where Element == Markup {
    func joined(_ separator: Markup = Markup()) -> Markup {
        var all = Markup()
        for (index, piece) in enumerated() { all += index == 0 ? piece : separator + piece }
        return all
    }
}
