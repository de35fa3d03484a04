/// What `tremolo help` says of the program's commands, for tests that hold other texts against it.
package struct CommandHelp {
    /// A command's name, such as `config check`.
    package let name: String
    /// The whole help on it.
    package let text: String
    /// Its flags with those that every command takes, such as `--format`.
    package let flags: [String]

    /// Asks the program under test about each of its commands.
    package static func all() throws -> [CommandHelp] {
        let names = try tremolo(["help"]).output.split(separator: "\n").drop { $0 != "Commands:" }.dropFirst()
            .prefix { $0.hasPrefix("  ") }.filter { !$0.hasPrefix("   ") }
            .compactMap { $0.dropFirst(2).firstMatch(of: /^\S+( \S+)?/).map { String($0.0) } }
        return try names.map { name in
            let text = try tremolo(name.split(separator: " ").map(String.init) + ["--help"]).output
            let flags = text.split(separator: "\n").compactMap { line in
                line.hasPrefix("  --") ? String(line.dropFirst(2).prefix { $0 != " " }) : nil
            }
            return CommandHelp(name: name, text: text, flags: flags)
        }
    }
}
