import Foundation
import Settings

/// A configuration of `LoadTests/peers` with `{{NAME}}` where a run's own values stand.
struct Template: Equatable {
    /// Its text, as it was read.
    let text: String

    init(text: String) {
        self.text = text
    }

    /// Reads a file of `LoadTests/peers`.
    init(named name: String) throws(BenchFailure) {
        let path = "LoadTests/peers/\(name)"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchFailure(
                .noInput, Message(path, why: "it can't be read", whatToDo: "run from the root of a checkout"))
        }
        text = String(decoding: data, as: UTF8.self)
    }

    /// The text with every name replaced.
    ///
    /// - Throws: when a name has no value, or a value has no place: each would be a mistake in a configuration that
    ///   nobody looks at.
    func filled(_ values: [String: String]) throws(BenchFailure) -> String {
        var filled = ""
        var unused = Set(values.keys)
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                throw BenchFailure(.badInput, Message("template", why: "a {{ is not closed"))
            }
            let name = String(rest[open.upperBound..<close.lowerBound])
            guard let value = values[name] else {
                throw BenchFailure(.badInput, Message("template", why: "{{\(name)}} has no value"))
            }
            unused.remove(name)
            filled += rest[..<open.lowerBound] + value
            rest = rest[close.upperBound...]
        }
        guard unused.isEmpty else {
            let names = unused.sorted().joined(separator: ", ")
            throw BenchFailure(.badInput, Message("template", why: "nothing asks for \(names)"))
        }
        return filled + rest
    }
}
