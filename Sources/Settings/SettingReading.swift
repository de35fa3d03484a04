import Bytes

/// A value that is to be read for a setting, with its path and its place.
struct SettingValue {
    /// A value of a file, or the text of a variable or flag.
    enum Content {
        case json(JSON5Value)
        case text(String)
    }

    let content: Content
    let path: String
    let origin: ValueOrigin
}

/// What one pass over a configuration collects.
struct SettingReading {
    let checks: ConfigurationChecks
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var origins: [String: ValueOrigin] = [:]
    /// False when the file could not be read to its end.
    private(set) var isWhole = true

    init(checks: ConfigurationChecks) {
        self.checks = checks
    }

    /// Notes a problem. The result is always nil, so that a decoder can return it.
    @discardableResult
    mutating func note<Value>(_ reason: ConfigurationProblem.Reason, at value: SettingValue) -> Value? {
        note(reason, setting: value.path, origin: value.origin)
        return nil
    }

    mutating func note(_ reason: ConfigurationProblem.Reason, setting: String, origin: ValueOrigin) {
        guard problems.count < SettingsLimits.problemsMax else { return }
        problems.append(ConfigurationProblem(origin: origin, setting: setting, reason: reason))
    }

    mutating func endsEarly() {
        isWhole = false
    }

    mutating func remember(_ value: SettingValue) {
        origins[value.path] = value.origin
    }

    func origin(of path: String) -> ValueOrigin {
        origins[path] ?? .builtIn
    }
}

extension SettingReading {
    /// The text of a value.
    mutating func text(_ value: SettingValue, expected: SettingType = .text) -> String? {
        let text: String
        switch value.content {
        case .text(let given): text = given
        case .json(let json):
            guard case .string(let string) = json.kind else {
                return note(.wrongType(expected: expected, found: SettingType(of: json)), at: value)
            }
            text = string
        }
        guard !text.isEmpty else { return note(.empty, at: value) }
        guard text.utf8.count <= SettingsLimits.textBytesMax else {
            return note(.tooLong(bytesMax: SettingsLimits.textBytesMax), at: value)
        }
        return text
    }

    /// The text of a value, without control characters: it stands in paths, logs and pages.
    mutating func printableText(_ value: SettingValue) -> String? {
        guard let text = text(value) else { return nil }
        let isPrintable = text.unicodeScalars.allSatisfy {
            switch $0.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        return isPrintable ? text : note(.badCharacter, at: value)
    }

    /// A whole number in a range.
    mutating func wholeNumber(_ value: SettingValue, in range: ClosedRange<Int>) -> Int? {
        var number: Int?
        switch value.content {
        case .text(let given):
            number = Int(given)
            if number == nil { return note(.noWholeNumber(given), at: value) }
        case .json(let json):
            guard let double = json.number else {
                return note(.wrongType(expected: .wholeNumber, found: SettingType(of: json)), at: value)
            }
            number = json.integer()
            if number == nil, double.rounded() == double { number = double < 0 ? .min : .max }
        }
        guard let number else { return note(.wrongType(expected: .wholeNumber, found: .number), at: value) }
        guard range.contains(number) else {
            return note(.outOfRange(minimum: "\(range.lowerBound)", maximum: "\(range.upperBound)"), at: value)
        }
        return number
    }

    /// The elements of a list, each with its own path and place. A variable or flag separates them by commas.
    mutating func elements(_ value: SettingValue, limit: Int) -> [SettingValue]? {
        let elements: [SettingValue]
        switch value.content {
        case .text(let given):
            elements = given.split(separator: ",").map {
                SettingValue(content: .text(String($0)), path: value.path, origin: value.origin)
            }
        case .json(let json):
            guard case .array(let values) = json.kind else {
                return note(.wrongType(expected: .list, found: SettingType(of: json)), at: value)
            }
            elements = values.enumerated().map { index, element in
                SettingValue(
                    content: .json(element), path: "\(value.path)[\(index)]",
                    origin: value.origin.moved(to: element.place))
            }
        }
        guard elements.count <= limit else { return note(.tooMany(limit), at: value) }
        return elements
    }

    /// The members of an object.
    mutating func members(_ value: SettingValue) -> [JSON5Value.Member]? {
        guard case .json(let json) = value.content else {
            return note(.wrongType(expected: .object, found: .text), at: value)
        }
        guard case .object(let members) = json.kind else {
            return note(.wrongType(expected: .object, found: SettingType(of: json)), at: value)
        }
        return members
    }

    /// Reads the settings of a group over what `model` holds; unknown names are noted with the nearest known one.
    mutating func group<Model: SettingsGroup>(_ value: SettingValue, into model: inout Model) {
        guard let members = members(value) else { return }
        for member in members {
            let path = value.path.isEmpty ? member.key : "\(value.path).\(member.key)"
            guard let setting = Model.schema.first(where: { $0.name == member.key }) else {
                let nearest = NearestName.find(member.key, among: Model.schema.map(\.name))
                note(.unknownSetting(nearest: nearest), setting: path, origin: value.origin.moved(to: member.keyPlace))
                continue
            }
            let origin = value.origin.moved(to: member.value.place)
            setting.read(SettingValue(content: .json(member.value), path: path, origin: origin), &model, &self)
        }
    }
}

extension ValueOrigin {
    /// Another place in the same file.
    func moved(to place: TextPlace) -> ValueOrigin {
        if case .file(let name, _) = self { .file(name: name, place: place) } else { self }
    }
}

extension SettingType {
    init(of json: JSON5Value) {
        switch json.kind {
        case .null: self = .null
        case .bool: self = .truth
        case .number: self = .number
        case .string: self = .text
        case .array: self = .list
        case .object: self = .object
        }
    }
}
