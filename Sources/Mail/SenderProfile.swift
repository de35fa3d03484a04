package import Bytes
import TrackingLinks

/// What is to know about the service that sends a mail: its template language, and how it is told to leave a link
/// alone. Read from a data file (`Config/esp`), so that a new sender needs no program.
package struct SenderProfile: Equatable, Sendable {
    /// The kinds of its template code.
    package let syntax: TemplateSyntax
    /// The attribute that keeps it from tracking a link, or nil where it has none.
    package let mark: Mark?
    /// Texts in links that are to be left: its own tags for unsubscribing and the like.
    package let leave: [String]

    /// An attribute and its value.
    package struct Mark: Equatable, Sendable {
        /// The attribute's name.
        package let name: String
        /// Its value: no quote, no sign of markup.
        package let value: String
    }

    /// For whoever names no sender.
    package static let common = SenderProfile(syntax: .common, mark: nil, leave: [])

    /// Makes a profile.
    package init(syntax: TemplateSyntax, mark: Mark?, leave: [String]) {
        self.syntax = syntax
        self.mark = mark
        self.leave = leave
    }

    /// True where a text holds code of this sender's, so that it differs from mail to mail.
    package func holdsCode(_ text: String) -> Bool {
        let reader = LinkTextReader(syntax: syntax, columns: .none, identifier: nil)
        return reader.parts(of: Array(text.utf8)).contains {
            if case .text = $0 { false } else { true }
        }
    }

    /// Code of another template language in a text, as it is written there: this sender would send it as text. Nil
    /// where there is none.
    package func foreignCode(in text: String) -> [UInt8]? {
        let own = LinkTextReader(syntax: syntax, columns: .none, identifier: nil)
        return Self.foreignCode(in: own.parts(of: Array(text.utf8)))
    }

    /// The same in a text whose own code was found.
    static func foreignCode(in parts: [LinkPart]) -> [UInt8]? {
        let common = LinkTextReader(syntax: .common, columns: .none, identifier: nil)
        for case .text(let plain) in parts {
            for case .value(let code, _) in common.parts(of: plain) { return code }
        }
        // `[NAME]`, which is a tag where it is the whole of a value alone.
        if parts.count == 1, case .text(let plain) = parts[0], plain.first == UInt8(ascii: "["),
            MergeTag.isUnfilled(plain.span)
        {
            return plain
        }
        return nil
    }

    /// Reads a data file: an object with `tags`, and maybe `mark` and `leave`.
    ///
    /// - Throws: the first thing that is wrong with it, with its place.
    package init(file bytes: Span<UInt8>) throws(SenderProfileError) {
        let document: JSON5Value
        do {
            document = try JSON5.parse(bytes)
        } catch {
            throw SenderProfileError(at: error.place, why: error.message)
        }
        try Self.checkKeys(of: document, ["tags", "mark", "leave"])
        guard let list = document["tags"]?.array else { throw Self.problem(document, "'tags' is missing, a list") }
        var tags: [TemplateSyntax.Tag] = []
        for value in list { tags.append(try Self.tag(value)) }
        guard tags.count <= Self.tagsMax else { throw Self.problem(document, "it has more than \(Self.tagsMax) tags") }
        syntax = TemplateSyntax(tags: tags)
        mark = try document["mark"].flatMap { value throws(SenderProfileError) in try Self.mark(value) }
        leave = try document["leave"].map { value throws(SenderProfileError) in try Self.texts(value) } ?? []
    }

    private static let tagsMax = 64

    private static func tag(_ value: JSON5Value) throws(SenderProfileError) -> TemplateSyntax.Tag {
        try checkKeys(of: value, ["open", "close", "control", "encode"])
        let open = try text(value, "open")
        let close = try text(value, "close")
        var encoding: TemplateSyntax.Encoding?
        if let pattern = value["encode"], !pattern.isNull {
            encoding = pattern.string.flatMap { TemplateSyntax.Encoding(pattern: $0) }
            let hole = TemplateSyntax.Encoding.hole
            if encoding == nil { throw problem(pattern, "'encode' is no text that holds the word \(hole) once") }
        }
        guard let control = value["control"] else {
            return TemplateSyntax.Tag(open: open, close: close, encoding: encoding)
        }
        if let isControl = control.bool {
            return TemplateSyntax.Tag(open: open, close: close, isControl: isControl, encoding: encoding)
        }
        return TemplateSyntax.Tag(open: open, close: close, control: try texts(control), encoding: encoding)
    }

    private static func mark(_ value: JSON5Value) throws(SenderProfileError) -> Mark? {
        if value.isNull { return nil }
        try checkKeys(of: value, ["name", "value"])
        let mark = Mark(name: try text(value, "name"), value: try text(value, "value"))
        let nameBytes = ByteSet.letters.union(.digits).union("-_:")
        let isName = mark.name.utf8.allSatisfy { nameBytes.contains($0) }
        guard isName, mark.name.utf8.first?.isASCIILetter == true else {
            throw problem(value, "'name' is no attribute's name: letters, digits, '-', '_' and ':', a letter first")
        }
        let valueBytes = ByteSet.unreserved.union(" :;,=/")
        guard mark.value.utf8.allSatisfy({ valueBytes.contains($0) }) else {
            throw problem(value, "'value' holds a sign that would need escaping")
        }
        return mark
    }

    private static func text(_ value: JSON5Value, _ key: String) throws(SenderProfileError) -> String {
        guard let text = value[key]?.string, !text.isEmpty else {
            throw problem(value[key] ?? value, "'\(key)' is no text")
        }
        return text
    }

    private static func texts(_ value: JSON5Value) throws(SenderProfileError) -> [String] {
        guard let values = value.array else { throw problem(value, "it is no list of texts") }
        var texts: [String] = []
        for value in values {
            guard let text = value.string, !text.isEmpty else { throw problem(value, "it is no text") }
            texts.append(text)
        }
        return texts
    }

    private static func checkKeys(of value: JSON5Value, _ known: [String]) throws(SenderProfileError) {
        guard let members = value.members else { throw problem(value, "it is no object") }
        for member in members where !known.contains(member.key) {
            throw SenderProfileError(
                at: member.keyPlace, why: "'\(member.key)' is not known here; \(known.joined(separator: ", ")) are")
        }
    }

    private static func problem(_ value: JSON5Value, _ why: String) -> SenderProfileError {
        SenderProfileError(at: value.place, why: why)
    }
}

/// What is wrong with a sender's data file.
package struct SenderProfileError: Error, Equatable, Sendable {
    /// Where.
    package let place: TextPlace
    /// What, as a sentence without a full stop.
    package let why: String

    init(at place: TextPlace, why: String) {
        self.place = place
        self.why = why
    }
}
