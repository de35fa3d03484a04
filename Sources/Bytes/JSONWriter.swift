/// Writes JSON (RFC 8259) piece by piece into an array that grows: for reports, events and messages, not for the hot
/// path.
///
/// The same calls give the same bytes, on every machine. Texts are escaped so that the result can be shown on a
/// terminal and stand inside an HTML page as it is. Which calls fit together is the caller's to know: a value behind a
/// value in an object without a key between is a bug and traps; so is asking for the bytes while something is open.
///
///     var writer = JSONWriter()
///     writer.beginObject()
///     writer.key("total")
///     writer.number(12)
///     writer.endObject()
package struct JSONWriter: Sendable {
    /// Whether the text is for programs or for people.
    package enum Layout: Sendable {
        /// No space at all, all on one line.
        case compact
        /// A line for each member and element, indented by two spaces; empty brackets stay together.
        case pretty
    }

    private struct Level {
        let isObject: Bool
        var isEmpty = true
        var hasKey = false
    }

    private let layout: Layout
    private var output: [UInt8] = []
    private var levels: [Level] = []

    package init(layout: Layout = .compact) {
        self.layout = layout
    }

    /// What was written. Every object and array must be closed.
    package var bytes: [UInt8] {
        precondition(levels.isEmpty, "JSON is asked for while an object or array is open")
        return output
    }

    /// What was written, as a string.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What was written since it was taken last, whatever is open: a long value can leave in parts. `bytes` then holds
    /// what comes behind.
    package mutating func takeBytes() -> [UInt8] {
        defer { output.removeAll(keepingCapacity: true) }
        return output
    }

    /// Bytes that `takeBytes` would hand out.
    package var byteCount: Int { output.count }

    /// Appends a line feed and starts a new value: one object a line is how events are printed.
    package mutating func endLine() {
        precondition(levels.isEmpty, "a line ends while an object or array is open")
        output.append(UInt8(ascii: "\n"))
    }

    /// Empties the writer for the next use. The memory stays.
    package mutating func removeAll() {
        output.removeAll(keepingCapacity: true)
        levels.removeAll(keepingCapacity: true)
    }

    // MARK: Structure

    /// Opens an object.
    package mutating func beginObject() { begin(isObject: true) }

    /// Closes the object opened last.
    package mutating func endObject() { end(isObject: true) }

    /// Opens an array.
    package mutating func beginArray() { begin(isObject: false) }

    /// Closes the array opened last.
    package mutating func endArray() { end(isObject: false) }

    /// Names the member whose value comes next.
    package mutating func key(_ key: String) {
        guard let level = levels.last, level.isObject, !level.hasKey else {
            preconditionFailure("a key stands only in an object, before its value")
        }
        separate()
        appendQuoted(key)
        output.append(UInt8(ascii: ":"))
        if layout == .pretty { output.append(UInt8(ascii: " ")) }
        levels[levels.count - 1].hasKey = true
    }

    // MARK: Values

    /// Writes a text.
    package mutating func string(_ value: String) {
        beginValue()
        appendQuoted(value)
    }

    /// Writes the bytes of a text; what is not UTF-8 becomes U+FFFD.
    package mutating func string(_ value: Span<UInt8>) {
        string(value.toString())
    }

    /// Writes an integer, all its digits.
    package mutating func number(_ value: some FixedWidthInteger) {
        beginValue()
        output.append(contentsOf: String(value).utf8)
    }

    /// Writes the shortest digits that are read back as the same `Double`; null for an infinity or NaN.
    package mutating func number(_ value: Double) {
        beginValue()
        guard value.isFinite else {
            output.append(contentsOf: "null".utf8)
            return
        }
        // A number that is whole is written as people write it; `1e+20` and the like are JSON as they stand.
        let digits = String(describing: value)
        output.append(contentsOf: (digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits).utf8)
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        beginValue()
        output.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Writes `null`: what is not known.
    package mutating func null() {
        beginValue()
        output.append(contentsOf: "null".utf8)
    }

    // MARK: Inside

    private mutating func begin(isObject: Bool) {
        beginValue()
        levels.append(Level(isObject: isObject))
        output.append(isObject ? UInt8(ascii: "{") : UInt8(ascii: "["))
    }

    private mutating func end(isObject: Bool) {
        guard let level = levels.popLast(), level.isObject == isObject, !level.hasKey else {
            preconditionFailure("a bracket closes that is not the open one, or behind a key")
        }
        if !level.isEmpty { breakLine() }
        output.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    private mutating func beginValue() {
        guard let level = levels.last else { return }
        if level.isObject {
            precondition(level.hasKey, "a value in an object needs a key before it")
            levels[levels.count - 1].hasKey = false
        } else {
            separate()
        }
    }

    /// Writes what stands between the member or element before and this one.
    private mutating func separate() {
        if !levels[levels.count - 1].isEmpty { output.append(UInt8(ascii: ",")) }
        levels[levels.count - 1].isEmpty = false
        breakLine()
    }

    private mutating func breakLine() {
        guard layout == .pretty else { return }
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * levels.count))
    }

    private mutating func appendQuoted(_ text: String) {
        Self.appendQuoted(text, to: &output)
    }
}
