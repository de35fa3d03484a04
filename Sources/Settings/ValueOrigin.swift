package import Bytes

/// Where a value of the configuration comes from.
package enum ValueOrigin: Equatable, Sendable {
    /// Nobody gave one: it is the default.
    case builtIn
    /// It stands in a file.
    case file(name: String, place: TextPlace)
    /// It is an environment variable, here by its name.
    case environment(String)
    /// It is a flag, here by its name without dashes.
    case flag(String)
}

extension ValueOrigin: CustomStringConvertible {
    /// Such as `default`, `tremolo.json5:12:5`, `TREMOLO_LISTEN` or `--listen`.
    package var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let name, let place): "\(name):\(place.line):\(place.column)"
        case .environment(let name): name
        case .flag(let name): "--\(name)"
        }
    }

    /// The environment variable that a top-level setting has: `flushInterval` is `TREMOLO_FLUSH_INTERVAL`.
    package static func environmentName(of setting: String) -> String {
        "TREMOLO_" + words(of: setting).joined(separator: "_").uppercased()
    }

    /// The flag that a top-level setting has: `flushInterval` is `flush-interval`.
    package static func flagName(of setting: String) -> String {
        words(of: setting).joined(separator: "-").lowercased()
    }

    private static func words(of setting: String) -> [String] {
        var words = [""]
        for character in setting {
            if character.isUppercase { words.append("") }
            words[words.count - 1].append(character)
        }
        return words
    }
}
