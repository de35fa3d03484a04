/// A value that was read from JSON5 or JSON, and where it began.
package struct JSON5Value: Equatable, Sendable {
    /// What the value is.
    package enum Kind: Equatable, Sendable {
        case null
        case bool(Bool)
        /// As it was written, sign and all, and as the nearest `Double`. JSON5 knows infinities and NaN.
        case number(text: String, value: Double)
        case string(String)
        case array([JSON5Value])
        /// In the order of the text. No two have the same key, unless duplicates were asked for.
        case object([Member])
    }

    /// A key of an object and what stands behind it.
    package struct Member: Equatable, Sendable {
        /// The key without quotes, its escapes decoded.
        package let key: String
        /// Where the key begins.
        package let keyPlace: TextPlace
        /// What it is set to.
        package let value: JSON5Value

        package init(key: String, keyPlace: TextPlace, value: JSON5Value) {
            self.key = key
            self.keyPlace = keyPlace
            self.value = value
        }
    }

    /// What the value is.
    package let kind: Kind
    /// Where its first character stands.
    package let place: TextPlace

    package init(kind: Kind, place: TextPlace) {
        self.kind = kind
        self.place = place
    }

    /// True for `null`.
    package var isNull: Bool { kind == .null }

    /// The truth value, or nil when it is something else.
    package var bool: Bool? {
        if case .bool(let value) = kind { value } else { nil }
    }

    /// The text, or nil when it is something else.
    package var string: String? {
        if case .string(let value) = kind { value } else { nil }
    }

    /// The number as the nearest `Double`, or nil when it is something else.
    package var number: Double? {
        if case .number(_, let value) = kind { value } else { nil }
    }

    /// The elements, or nil when it is no array.
    package var array: [JSON5Value]? {
        if case .array(let values) = kind { values } else { nil }
    }

    /// The members, or nil when it is no object.
    package var members: [Member]? {
        if case .object(let members) = kind { members } else { nil }
    }

    /// The value of a member, or nil when there is none or this is no object. O(members).
    package subscript(_ key: String) -> JSON5Value? {
        members?.first { $0.key == key }?.value
    }

    /// The number as an integer when it is exactly one and fits, however it was written: `16`, `0x10` and `1.6e1` are
    /// the same. Digits beyond the precision of a `Double` count where there is neither point nor exponent.
    package func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value? {
        guard case .number(let text, let value) = kind else { return nil }
        var digits = Substring(text)
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits = digits.dropFirst() }
        let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        if isHexadecimal { digits = digits.dropFirst(2) }
        if isHexadecimal || digits.utf8.allSatisfy(\.isASCIIDigit) {
            return Value((isNegative ? "-" : "") + digits, radix: isHexadecimal ? 16 : 10)
        }
        // Larger ones may be the neighbour of what was written.
        return value.magnitude <= 9_007_199_254_740_992 ? Value(exactly: value) : nil
    }

    /// What the value is, for a message: `a number`, `text`.
    package var kindName: String {
        switch kind {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
