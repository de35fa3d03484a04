/// What a shell can offer where a value is typed.
package enum ArgumentOffer: Equatable, Sendable {
    /// Any value will do, and none is known.
    case nothing
    /// One of these.
    case choices([String])
    /// The path of a file.
    case file
    /// The path of a folder.
    case folder

    /// Tells it by what stands for the value in help: `FILE` is a file, `DIR` and `FOLDER` are folders.
    init(placeholder: String, choices: [String]) {
        guard choices.isEmpty else {
            self = .choices(choices)
            return
        }
        switch placeholder {
        case "FILE": self = .file
        case "DIR", "FOLDER": self = .folder
        default: self = .nothing
        }
    }
}
