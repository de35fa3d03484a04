import Bytes

/// The body that an HTML form sends: `application/x-www-form-urlencoded` (URL Standard, 5.1) or `multipart/form-data`
/// (RFC 7578).
///
/// What is asked of it is whether one field holds one value; nothing is copied or allocated. O(n) for the short bodies
/// that a handler asks for.
package enum FormBody {
    /// True where a field of that name has exactly that value, whatever else the form has.
    ///
    /// - Parameters:
    ///   - body: the whole body.
    ///   - contentType: the value of `Content-Type`; no bytes for a request without one, which counts as
    ///     `application/x-www-form-urlencoded`. A body of another type is no form.
    package static func holds(
        _ name: StaticString, _ value: StaticString, in body: Span<UInt8>, contentType: Span<UInt8>
    ) -> Bool {
        let type = contentType.extracting(trimmed(contentType, 0..<end(of: contentType, from: 0)))
        if type.isEmpty || type.equalsIgnoringASCIICase("application/x-www-form-urlencoded") {
            return holdsURLEncoded(name, value, in: body)
        }
        guard type.equalsIgnoringASCIICase("multipart/form-data"), let place = parameter("boundary", of: contentType)
        else {
            return false
        }
        // RFC 2046, 5.1.1: 1 to 70 characters.
        guard (1...70).contains(place.count) else { return false }
        return holdsMultipart(name, value, in: body, boundary: contentType.extracting(place))
    }

    // MARK: URL-encoded

    private static func holdsURLEncoded(_ name: StaticString, _ value: StaticString, in body: Span<UInt8>) -> Bool {
        var start = 0
        while start < body.count {
            let end = body.firstOffset(of: UInt8(ascii: "&"), from: start) ?? body.count
            let field = body.extracting(start..<end)
            let sign = field.firstOffset(of: UInt8(ascii: "=")) ?? field.count
            if decodes(field.extracting(0..<sign), to: name),
                decodes(field.extracting(min(sign + 1, field.count)..<field.count), to: value)
            {
                return true
            }
            start = end + 1
        }
        return false
    }

    /// True where an encoded text is that one. An escape that is none never is.
    private static func decodes(_ encoded: Span<UInt8>, to text: StaticString) -> Bool {
        var offset = 0
        var count = 0
        while offset < encoded.count {
            var byte = encoded[offset]
            offset += 1
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%") {
                guard let escaped = PercentCoding.escapedByte(in: encoded, at: offset - 1) else { return false }
                byte = escaped
                offset += 2
            }
            guard count < text.utf8CodeUnitCount, byte == self.byte(of: text, at: count) else { return false }
            count += 1
        }
        return count == text.utf8CodeUnitCount
    }

    // MARK: Multipart

    /// Where a line of a multipart body stands.
    private enum Place {
        /// Before the first delimiter.
        case preamble
        /// In the head of a part; true once the name was seen.
        case head(isNamed: Bool)
        /// In a part of the name whose lines so far are these many and are the value.
        case value(lines: Int)
        /// In a part of no interest.
        case other
    }

    private static func holdsMultipart(
        _ name: StaticString, _ value: StaticString, in body: Span<UInt8>, boundary: Span<UInt8>
    ) -> Bool {
        var place = Place.preamble
        var start = 0
        while start < body.count {
            let end = body.firstOffset(of: UInt8(ascii: "\n"), from: start) ?? body.count
            let hasReturn = end > start && body[end - 1] == UInt8(ascii: "\r")
            let line = body.extracting(start..<end - (hasReturn ? 1 : 0))
            start = end + 1
            if let delimiter = delimiter(line, boundary) {
                if case .value(lines: 1) = place { return true }
                if delimiter == .last { return false }
                place = .head(isNamed: false)
                continue
            }
            switch place {
            case .preamble, .other: break
            case .head(let isNamed):
                if line.isEmpty {
                    place = isNamed ? .value(lines: 0) : .other
                } else if names(line, name) {
                    place = .head(isNamed: true)
                }
            case .value(let lines):
                place = lines == 0 && line.equals(value) ? .value(lines: 1) : .other
            }
        }
        // A part that no delimiter ends was cut off.
        return false
    }

    private enum Delimiter {
        case next
        case last
    }

    /// What a line separates; nil for a line of a part. Blanks behind it are padding (RFC 2046, 5.1.1).
    private static func delimiter(_ line: Span<UInt8>, _ boundary: Span<UInt8>) -> Delimiter? {
        guard line.count >= boundary.count + 2, line[0] == UInt8(ascii: "-"), line[1] == UInt8(ascii: "-"),
            line.extracting(2..<2 + boundary.count).equals(boundary)
        else { return nil }
        let rest = line.extracting(trimmed(line, 2 + boundary.count..<line.count))
        if rest.isEmpty { return .next }
        return rest.equals("--") ? .last : nil
    }

    /// True for the `Content-Disposition` of a part of that name.
    private static func names(_ line: Span<UInt8>, _ name: StaticString) -> Bool {
        guard line.hasPrefixIgnoringASCIICase("content-disposition:") else { return false }
        let value = line.extracting(20..<line.count)
        guard let place = parameter("name", of: value) else { return false }
        let kind = value.extracting(trimmed(value, 0..<end(of: value, from: 0)))
        return kind.equalsIgnoringASCIICase("form-data") && value.extracting(place).equals(name)
    }

    // MARK: Header values

    /// Where the value of a parameter stands, without its quotes (RFC 9110, 5.6.6); nil where there is none. The first
    /// of that name counts. A quoted value with a backslash in it is none: no boundary and no name here has one.
    private static func parameter(_ name: StaticString, of value: Span<UInt8>) -> Range<Int>? {
        var offset = end(of: value, from: 0) + 1
        while offset < value.count {
            let stop = end(of: value, from: offset)
            let sign = value.extracting(offset..<stop).firstOffset(of: UInt8(ascii: "=")).map { offset + $0 } ?? stop
            if sign < stop, value.extracting(trimmed(value, offset..<sign)).equalsIgnoringASCIICase(name) {
                let place = trimmed(value, sign + 1..<stop)
                guard place.count > 0, value[place.lowerBound] == UInt8(ascii: "\"") else { return place }
                guard place.count > 1, value[place.upperBound - 1] == UInt8(ascii: "\""),
                    value.extracting(place).firstOffset(of: UInt8(ascii: "\\")) == nil
                else { return nil }
                return place.lowerBound + 1..<place.upperBound - 1
            }
            offset = stop + 1
        }
        return nil
    }

    /// Where the part of a header's value that begins at `start` ends: at a semicolon outside of quotes.
    private static func end(of value: Span<UInt8>, from start: Int) -> Int {
        var isQuoted = false
        var offset = start
        while offset < value.count {
            if value[offset] == UInt8(ascii: "\"") { isQuoted.toggle() }
            if value[offset] == UInt8(ascii: ";"), !isQuoted { return offset }
            offset += 1
        }
        return value.count
    }

    private static func trimmed(_ value: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(value[start]) { start += 1 }
        while end > start, isBlank(value[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func byte(of text: StaticString, at offset: Int) -> UInt8 {
        unsafe text.utf8Start[offset]
    }
}
