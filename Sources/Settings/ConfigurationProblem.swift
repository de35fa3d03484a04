package import Bytes

/// One thing that is wrong with a configuration, with its place.
package struct ConfigurationProblem: Error, Equatable, Sendable {
    /// Where the value or the name stands that is wrong.
    package let origin: ValueOrigin
    /// Which setting it is, such as `sections.8781202.hosts[1]`; empty for the whole file.
    package let setting: String
    /// What is wrong.
    package let reason: Reason

    /// What can be wrong.
    package enum Reason: Equatable, Sendable {
        /// The file is not JSON5.
        case syntax(JSON5Error)
        /// The file is larger than is read.
        case fileTooLarge(bytesMax: Int)
        /// No setting has this name.
        case unknownSetting(nearest: String?)
        /// The value is of another kind.
        case wrongType(expected: SettingType, found: SettingType)
        /// A text that a flag or variable gives is no whole number.
        case noWholeNumber(String)
        /// The number or quantity lies outside its range.
        case outOfRange(minimum: String, maximum: String)
        /// The quantity can't be read.
        case quantity(QuantityError)
        /// The value is not one of those that the setting takes.
        case notAChoice(known: [String], nearest: String?)
        /// The text is empty.
        case empty
        /// The text is longer than is kept.
        case tooLong(bytesMax: Int)
        /// The text has a character that can't stand in it.
        case badCharacter
        /// There are more values than are kept.
        case tooMany(Int)
        /// A section's id is not one.
        case badIdentifier
        /// The text is no address with a port.
        case badAddress
        /// The text is no range of addresses.
        case badNetwork
        /// The text is neither a day nor an instant.
        case badDeadline
        /// The day or moment is none of the years that can be held.
        case deadlineOutOfRange
        /// The text is no secret that could be sent in a header.
        case badSecret
        /// It is no digest of a key.
        case notADigest
        /// Whoever knows what this value means refuses it, and says why.
        case refused(why: String)
        /// The same value stands there twice.
        case repeated
        /// Two settings exclude each other.
        case excludedBy(String)
        /// Another setting has this value already.
        case sameAs(String)
        /// The value needs another setting that is missing.
        case needs(String, because: String)
        /// The value must be this one or more.
        case lessThan(String, because: String, orChange: String)
        /// The value must be more than another setting's.
        case mustExceed(String, value: String)
    }
}

/// The kinds of values there are in a file.
package enum SettingType: String, Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case truth = "true or false"
    /// A number.
    case number = "a number"
    /// A number without a fraction.
    case wholeNumber = "a whole number"
    /// A text.
    case text = "a text in quotes"
    /// A size with its unit, as a text.
    case size = "a size with its unit, such as \"64 MiB\""
    /// A span of time with its unit, as a text.
    case span = "a time with its unit, such as \"30 s\""
    /// A number of calendar months with its unit, as a text.
    case months = "a number of months, such as \"13 months\""
    /// One address, or a list of them.
    case addresses = "an address such as \"127.0.0.1:8080\", or a list in [ ]"
    /// A list.
    case list = "a list in [ ]"
    /// Named settings.
    case object = "settings in { }"
}

extension ConfigurationProblem: CustomStringConvertible {
    /// One line: place, setting, what is wrong and what to do, such as
    /// `tremolo.json5:3:5: lissten: there is no such setting: did you mean 'listen'?`.
    package var description: String {
        let parts = [place] + reason.sentences
        return parts.map(Message.onOneLine).joined(separator: ": ")
    }

    /// The same for standard error.
    package var message: Message {
        let sentences = reason.sentences
        return Message(place, why: sentences[0], whatToDo: sentences.count > 1 ? sentences[1] : nil)
    }

    /// Origin and setting. A flag has the setting's name.
    private var place: String {
        if setting.isEmpty { return origin.description }
        if case .flag = origin { return origin.description }
        return "\(origin): \(setting)"
    }
}

extension ConfigurationProblem.Reason {
    /// What is wrong, and (where there is something to say) what to do. Never empty.
    var sentences: [String] {
        switch self {
        case .syntax(let error): [error.message]
        case .fileTooLarge(let bytesMax):
            ["the file is larger than \(ByteSize(bytes: UInt64(bytesMax)))", "make it smaller"]
        case .unknownSetting(let nearest):
            ["there is no such setting", nearest.map { "did you mean '\($0)'?" } ?? "remove it"]
        case .wrongType(let expected, let found): ["it is \(found.rawValue)", "write \(expected.rawValue)"]
        case .noWholeNumber(let text): ["'\(text)' is no whole number", "write digits alone"]
        case .outOfRange(let minimum, let maximum):
            ["it is out of range", "write a value from \(minimum) to \(maximum)"]
        case .quantity(let error): ["\(error)"]
        case .notAChoice(let known, let nearest):
            [
                "it is none of \(known.map { "\"\($0)\"" }.joined(separator: ", "))",
                nearest.map { "did you mean \"\($0)\"?" } ?? "write one of them",
            ]
        case .empty: ["it is empty", "write a value, or leave it out"]
        case .tooLong(let bytesMax): ["it is longer than \(bytesMax) bytes", "make it shorter"]
        case .badCharacter: ["it has a character that can't stand here", "remove control characters and separators"]
        case .tooMany(let limit): ["there are more than \(limit) values", "remove some"]
        case .badIdentifier: ["it is no id", "write 1 to 64 letters, digits, '-' or '_'"]
        case .badAddress:
            [
                "it is no address with a port",
                "write it as in \"127.0.0.1:8080\" or \"[::1]:8080\"; names are not looked up",
            ]
        case .badNetwork:
            [
                "it is no range of addresses",
                "write it as in \"10.0.0.0/8\" or \"2001:db8::/32\", with no bit behind the prefix",
            ]
        case .badDeadline:
            ["it is neither a day nor a moment", "write it as in \"2026-12-31\" or \"2026-12-31T18:00:00Z\""]
        case .deadlineOutOfRange: ["it is out of range", "write a day or a moment of the years 1970 to 2260"]
        case .notADigest: ["it is no SHA-256", "write the 64 hex digits that tremolo consent key prints"]
        case .badSecret: ["it is no token", "write 16 to 512 printable ASCII characters without spaces"]
        case .refused(let why): [why]
        case .repeated: ["the same value stands here twice", "remove one"]
        case .excludedBy(let other): ["'\(other)' is given too", "give one of the two"]
        case .sameAs(let other): ["it is the same as '\(other)'", "choose another value for one of them"]
        case .needs(let other, let because): [because, "set '\(other)'"]
        case .lessThan(let minimum, let because, let other):
            [because, "write \"\(minimum)\" or more, or change \(other)"]
        case .mustExceed(let other, let value):
            ["it must be more than '\(other)', which is \(value)", "change one of them"]
        }
    }
}
