import Foundation
import TestSupport
import Testing

@Suite("zsh and fish complete what the program takes", .enabled(if: OutsideProgram.isAskedFor))
struct ShellTests {
    /// A folder with a shell's script, a file and a folder to complete to.
    private static func folder(_ shell: String, as name: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try tremolo(["completion", shell]).output.write(
            toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: folder.path + "/other", withIntermediateDirectories: false)
        try Data().write(to: URL(fileURLWithPath: folder.path + "/oddments"))
        return folder
    }

    @Test("A person who types into zsh gets the rest of the word")
    func zsh() throws {
        let folder = try Self.folder("zsh", as: "_tremolo")
        let rows = [
            ("repo", "report "), ("config ch", "config check "), ("sends a", "sends add "), ("reb", "rebuild "),
            ("report --form", "report --format="), ("report --format js", "report --format json "),
            ("report --format=js", "report --format=json "), ("serve --gr", "serve --greet "),
            ("--config od", "--config oddments "), ("wrap --html od", "wrap --html oddments "),
            ("import o", "import other/"), ("completion f", "completion fish "), ("help reb", "help rebuild "),
            ("--data x config allow-seen --mi", "--data x config allow-seen --min="),
            ("report --sec 1 --sec 2 --exp", "report --sec 1 --sec 2 --exp-id="),
            ("report --format json --form", "report --format json --form"),
            ("explain --mai", "explain --mail="), ("sign --sc", "sign --scope="),
            ("explain -- --mai", "explain -- --mai"),
            ("config check --con", "config check --config="), ("manual --he", "manual --help "),
        ]
        let script = fixture("completion/keys.zsh")
        let result = try run(
            ["/usr/bin/timeout", "120", "/usr/bin/zsh", "-f", script, folder.path] + rows.map { "tremolo \($0.0)" },
            environment: ["TERM": "dumb"])
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        #expect(result.output.components(separatedBy: "\n").dropLast() == rows.map { "tremolo \($0.1)" }[...])
    }

    @Test("fish offers every command and flag with what it does")
    func fish() throws {
        let folder = try Self.folder("fish", as: "tremolo.fish")
        let commands = try CommandHelp.all()
        func offered(_ lines: [String]) throws -> [[String]] {
            let script = """
                source tremolo.fish; or exit 70
                for line in $argv; complete -C $line; or exit 70; echo ==; end
                """
            let result = try run(
                [
                    "/usr/bin/env", "--chdir", folder.path, "HOME=\(folder.path)", "/usr/bin/fish", "--no-config", "-c",
                    script,
                ] + lines)
            #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
            return result.output.components(separatedBy: "==\n").dropLast().map { text in
                text.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
            }
        }
        let flags = try offered(commands.map { "tremolo \($0.name) --" })
        for (command, flags) in zip(commands, flags) { #expect(Set(flags) == Set(command.flags), "\(command.name)") }
        let rows: [(String, [String])] = [
            ("re", ["rebuild", "report"]), ("config ", ["allow-seen", "check", "print"]), ("sends ", ["add"]),
            ("report --format ", ["csv", "html", "json", "table"]), ("report --format=j", ["--format=json"]),
            ("--config od", ["oddments"]), ("import o", ["other/"]), ("completion ", ["bash", "fish", "zsh"]),
            ("--config report config al", ["allow-seen"]), ("help config pr", ["print"]), ("report ", []),
        ]
        #expect(try offered(rows.map { "tremolo \($0.0)" }) == rows.map(\.1))
    }
}
