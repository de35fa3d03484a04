import Bytes

/// An object of a scenario file whose keys are taken one by one; what is left at the end is unknown.
struct ScenarioObject {
    private let place: TextPlace
    private var members: [JSON5Value.Member]
    private var known: [String] = []

    init(_ value: JSON5Value, key: String) throws(ScenarioError) {
        guard let members = value.members else {
            throw .wrongKind(key: key, found: value.kindName, expected: "an object in braces", at: value.place)
        }
        self.members = members
        place = value.place
    }

    /// True when the key is there and not null.
    mutating func has(_ key: String) -> Bool {
        note(key)
        return members.contains { $0.key == key && !$0.value.isNull }
    }

    /// Takes a value out, nil where there is none or null.
    mutating func take(_ key: String) -> JSON5Value? {
        note(key)
        guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
        let value = members.remove(at: index).value
        return value.isNull ? nil : value
    }

    private mutating func note(_ key: String) {
        if !known.contains(key) { known.append(key) }
    }

    /// Whatever was not taken is not known.
    func finish() throws(ScenarioError) {
        guard let member = members.first else { return }
        throw .unknownKey(member.key, known: known, at: member.keyPlace)
    }

    mutating func number(
        _ key: String, or standard: Double, in range: ClosedRange<Double>
    ) throws(ScenarioError) -> Double {
        let expected = "a number from \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound))"
        guard let value = take(key) else { return standard }
        guard let number = value.number else {
            throw .wrongKind(key: key, found: value.kindName, expected: expected, at: value.place)
        }
        guard range.contains(number) else { throw .outOfRange(key: key, expected: expected, at: value.place) }
        return number
    }

    mutating func integer(_ key: String, or standard: Int, in range: ClosedRange<Int>) throws(ScenarioError) -> Int {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let value = take(key) else { return standard }
        guard value.number != nil else {
            throw .wrongKind(key: key, found: value.kindName, expected: expected, at: value.place)
        }
        guard let number = value.integer(Int.self), range.contains(number) else {
            throw .outOfRange(key: key, expected: expected, at: value.place)
        }
        return number
    }

    mutating func share(_ key: String, or standard: Double) throws(ScenarioError) -> Double {
        try number(key, or: standard, in: 0...1)
    }

    mutating func weight(_ key: String, or standard: Double) throws(ScenarioError) -> Double {
        try number(key, or: standard, in: 0...1_000_000_000)
    }

    /// A text that can stand in a header: printable ASCII.
    mutating func text(
        _ key: String, or standard: String? = nil, mayBeEmpty: Bool = false
    ) throws(ScenarioError) -> String {
        guard let value = take(key) else {
            guard let standard else { throw .missing(key: key, at: place) }
            return standard
        }
        return try Self.text(value, key: key, mayBeEmpty: mayBeEmpty)
    }

    mutating func choice(_ key: String, or standard: String, among choices: [String]) throws(ScenarioError) -> String {
        guard let value = take(key) else { return standard }
        let text = try Self.text(value, key: key)
        guard choices.contains(text) else {
            throw .outOfRange(key: key, expected: "one of \(choices.joined(separator: ", "))", at: value.place)
        }
        return text
    }

    /// A name that needs no percent-coding.
    mutating func identifier(_ key: String) throws(ScenarioError) -> String {
        guard let value = take(key) else { throw .missing(key: key, at: place) }
        return try Self.identifier(value, key: key)
    }

    mutating func identifiers(_ key: String, or standard: [String]) throws(ScenarioError) -> [String] {
        let list = try list(key, or: standard) { element throws(ScenarioError) in
            try Self.identifier(element, key: key)
        }
        return list.isEmpty ? standard : list
    }

    /// An absolute URL as a server gives it back: http or https, without a space.
    mutating func target(_ key: String) throws(ScenarioError) -> String {
        guard let value = take(key) else { throw .missing(key: key, at: place) }
        let text = try Self.text(value, key: key)
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.contains(" "), text.utf8.count <= 2_000
        else {
            throw .outOfRange(
                key: key, expected: "a URL of at most 2000 bytes that begins with http:// or https://",
                at: value.place)
        }
        return text
    }

    mutating func list<Element>(
        _ key: String, or standard: [Element], _ read: (JSON5Value) throws(ScenarioError) -> Element
    ) throws(ScenarioError) -> [Element] {
        guard let value = take(key) else { return standard }
        guard let array = value.array else {
            throw .wrongKind(key: key, found: value.kindName, expected: "a list in brackets", at: value.place)
        }
        var elements: [Element] = []
        for element in array { elements.append(try read(element)) }
        return elements
    }

    private static func text(
        _ value: JSON5Value, key: String, mayBeEmpty: Bool = false
    ) throws(ScenarioError) -> String {
        guard let text = value.string else {
            throw .wrongKind(key: key, found: value.kindName, expected: "text in quotes", at: value.place)
        }
        guard mayBeEmpty || !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .outOfRange(key: key, expected: "printable ASCII characters", at: value.place)
        }
        return text
    }

    private static func identifier(_ value: JSON5Value, key: String) throws(ScenarioError) -> String {
        let text = try text(value, key: key)
        let isPlain = text.utf8.allSatisfy { $0.isASCIIDigit || $0.isASCIILetter || $0 == 0x2D || $0 == 0x5F }
        guard isPlain, text.utf8.count <= 64 else {
            throw .outOfRange(key: key, expected: "at most 64 letters, digits, - or _", at: value.place)
        }
        return text
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}
