/// Reads JSON5 (https://spec.json5.org) and JSON (RFC 8259) and says where everything stands.
///
/// **Problem.** A configuration is written by people, who forget a bracket, repeat a key or misspell it. A reader that
/// lets the second of two keys win, or that answers "not valid JSON", costs them an evening.
///
/// **Shape.** The whole text is read into a tree of `JSON5Value`, each with its line and column. The first thing wrong
/// ends the reading with a `JSON5Error` that names the place, and the place of the other end where there is one: where
/// the bracket was opened, where the key stood before. Whoever wants to name every mistake of a file can have repeated
/// keys collected, and the tree all the same.
///
/// **Guarantees.** Every text that the specification allows is read, none that it forbids. Nothing in the bytes traps
/// or recurses deeper than `depthLimit`. Beyond the specification, these are refused, because in a configuration each
/// is a mistake: a key twice in one object (also when only its Unicode normalisation differs), half of a surrogate
/// pair, a number that a `Double` can't hold.
///
/// **Not promised.** Speed: it is for files and messages that someone waits for. A bound on size: the caller has one.
package enum JSON5 {
    /// Objects and arrays that may stand inside each other.
    package static let depthLimit = 64

    /// Which grammar is read.
    package enum Dialect: Sendable {
        /// JSON5 1.0.0, for what people write.
        case json5
        /// RFC 8259 to the letter, for what programs write.
        case json
    }

    /// Reads one value with nothing but space (and, in JSON5, comments) around it. A byte order mark at the start is
    /// skipped.
    ///
    /// O(n).
    package static func parse(_ bytes: Span<UInt8>, dialect: Dialect = .json5) throws(JSON5Error) -> JSON5Value {
        var duplicates: [JSON5Error] = []
        let value = try parse(bytes, dialect: dialect, duplicates: &duplicates)
        if let duplicate = duplicates.first { throw duplicate }
        return value
    }

    /// The same, but a key that stands twice does not end the reading: the tree has both members, and is of no use but
    /// to look for further mistakes.
    ///
    /// - Parameter duplicates: gets a `.duplicateKey` for each key that stood before, in the order of the text, also
    ///   when an error ends the reading later.
    package static func parse(
        _ bytes: Span<UInt8>, dialect: Dialect = .json5, duplicates: inout [JSON5Error]
    ) throws(JSON5Error) -> JSON5Value {
        var reader = JSON5Reader(bytes, dialect: dialect)
        do throws(JSON5Error) {
            let value = try reader.readText()
            duplicates += reader.duplicates
            return value
        } catch {
            duplicates += reader.duplicates
            throw error
        }
    }
}
