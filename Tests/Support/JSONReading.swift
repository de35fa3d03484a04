import Foundation

/// A JSON document as a test looks into it: a key or an index that is not there gives `.missing`, never a crash.
package struct JSONDocument {
    private let value: Any?

    /// Reads `text`; throws when it is no JSON.
    package init(_ text: String) throws {
        value = try JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])
    }

    private init(value: Any?) { self.value = value }

    /// The member of an object.
    package subscript(key: String) -> JSONDocument { JSONDocument(value: (value as? [String: Any])?[key]) }

    /// The elements of an array; none when it is no array.
    package var elements: [JSONDocument] { (value as? [Any] ?? []).map { JSONDocument(value: $0) } }

    /// The members of an object; none when it is no object.
    package var members: [String: JSONDocument] {
        (value as? [String: Any] ?? [:]).mapValues { JSONDocument(value: $0) }
    }

    /// The string, or nil.
    package var string: String? { value as? String }

    /// The whole number, or nil.
    package var int: Int? { (value as? NSNumber)?.intValue }

    /// The number, or nil.
    package var double: Double? { (value as? NSNumber)?.doubleValue }

    /// The truth value, or nil.
    package var bool: Bool? { value as? Bool }

    /// True for JSON's `null`.
    package var isNull: Bool { value is NSNull }

    /// True when there was no such key or index.
    package var isMissing: Bool { value == nil }
}
