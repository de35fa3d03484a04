import Bytes
import EdgeServer
import LinuxSystem
import Settings

/// What commands read that stands in no flag.
enum CommandInput {
    /// The most that is read from standard input for one value.
    private static let valueBytesMax = 65_536

    /// An argument, or standard input's text without the line end when the argument is `-`: so that no identifier need
    /// stand in a command line, which every user of the machine can read.
    static func value(_ argument: String) throws(CommandFailure) -> String {
        guard argument == "-" else { return argument }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try StandardStream.input.readAll(limitBytes: valueBytesMax)
        } catch {
            throw CommandFailure(
                .inputOutput, Message("standard input", why: error.reason, whatToDo: "give one line of text"))
        }
        let end = bytes.lastIndex { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// The value of a flag, as `value` reads it; nil when the flag was not given.
    static func value(_ arguments: ParsedArguments, _ flag: String) throws(CommandFailure) -> String? {
        try arguments.value(flag).map { text throws(CommandFailure) in try value(text) }
    }

    /// The values of a flag that repeats, each as `value` reads it.
    static func values(_ arguments: ParsedArguments, _ flag: String) throws(CommandFailure) -> [String] {
        var values: [String] = []
        for text in arguments.values(flag) { values.append(try value(text)) }
        return values
    }

    /// A whole number of a flag.
    static func count(_ text: String, flag: String) throws(CommandFailure) -> UInt64 {
        guard let value = UInt64(text) else {
            throw .usage("--\(flag)", why: "'\(text)' is no whole number", whatToDo: "write digits alone")
        }
        return value
    }

    /// An instant of a flag, RFC 3339.
    static func instant(_ text: String, flag: String) throws(CommandFailure) -> UInt64 {
        guard let value = RFC3339.nanoseconds(text) else {
            throw .usage(
                "--\(flag)", why: "'\(text)' is no RFC 3339 time", whatToDo: "write it as in 2026-11-23T10:00:00Z")
        }
        return value
    }
}

extension CommandContext {
    /// The configuration that counts.
    func configuration() throws(CommandFailure) -> Configuration {
        try settings().configuration
    }

    /// The data folder that counts.
    func folder() throws(CommandFailure) -> DataFolder {
        DataFolder(path: try configuration().data)
    }

    /// Refuses a data folder that is not there, before anybody misses a file in it.
    func requireFolder() throws(CommandFailure) {
        let folder = try folder()
        do throws(EdgeError) {
            try folder.requireThere()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// The section that `--sec` names, which has to be configured.
    func section() throws(CommandFailure) -> SectionSettings {
        guard let id = try CommandInput.value(arguments, "sec") else {
            throw .usage("--sec", why: "it is missing", whatToDo: "say which section it is")
        }
        guard let section = try configuration().section(id) else {
            throw CommandFailure(
                .configuration,
                Message(
                    "section",
                    why: "the configuration has none of that id, so that nobody knows what kind of "
                        + "identifier its people have", whatToDo: "check the id, or add the section"))
        }
        return section
    }
}
