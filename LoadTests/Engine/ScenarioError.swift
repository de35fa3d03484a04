package import Bytes

/// Why a file is no scenario, and where: the first thing wrong.
package enum ScenarioError: Error, Equatable, Sendable {
    /// It is not JSON5.
    case syntax(JSON5Error)
    /// A key that means nothing there; one that is spelled like it may exist.
    case unknownKey(String, known: [String], at: TextPlace)
    /// Something else stands where `expected` is needed.
    case wrongKind(key: String, found: String, expected: String, at: TextPlace)
    /// A value outside of what the key takes.
    case outOfRange(key: String, expected: String, at: TextPlace)
    /// A key that is needed and not there; the place is the object's.
    case missing(key: String, at: TextPlace)
    /// Values that don't fit together; the place is the file's object.
    case contradiction(String, at: TextPlace)

    /// Where it is wrong.
    package var place: TextPlace {
        switch self {
        case .syntax(let error): error.place
        case .unknownKey(_, _, let place), .wrongKind(_, _, _, let place), .outOfRange(_, _, let place),
            .missing(_, let place), .contradiction(_, let place):
            place
        }
    }

    /// What is wrong and what to do, without the place.
    package var message: String {
        switch self {
        case .syntax(let error): error.message
        case .unknownKey(let key, let known, _):
            "there is no key \(JSONWriter.quoted(key)) here: use one of \(known.joined(separator: ", "))"
        case .wrongKind(let key, let found, let expected, _): "\(key) is \(found): write \(expected)"
        case .outOfRange(let key, let expected, _): "\(key) is out of range: write \(expected)"
        case .missing(let key, _): "\(key) is missing: add it"
        case .contradiction(let text, _): text
        }
    }
}

extension ScenarioError: CustomStringConvertible {
    /// `line 3, column 14: ` and the message.
    package var description: String { "\(place): \(message)" }
}
