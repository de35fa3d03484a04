import Foundation
import TestSupport
import Testing

@Suite("A flag named as a setting gives that setting")
struct FlagNameTests {
    /// The flags that are meant to give settings, by command.
    private static let settings: [String: Set<String>] = [
        "serve": ["--listen", "--admin", "--workers", "--flush-interval"]
    ]

    @Test("No command has a flag of its own that is named as a top-level setting")
    func names() throws {
        let print = try tremolo(["config", "print", "--config", shippedConfiguration()])
        let flags = Set(
            print.output.split(separator: "\n").compactMap { line -> String? in
                // Two spaces, a name, a colon.
                guard line.hasPrefix("  "), !line.hasPrefix("   "), let end = line.firstIndex(of: ":") else {
                    return nil
                }
                return "--"
                    + line[..<end].dropFirst(2).map { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }.joined()
            })
        #expect(flags.isSuperset(of: ["--keys", "--rules", "--flush-interval", "--data"]))
        let commands = try CommandHelp.all()
        #expect(Set(commands.map(\.name)).isSuperset(of: ["serve", "sign", "config allow-seen"]))
        for command in commands {
            let name = command.name
            let taken = Set(command.flags).intersection(flags).subtracting(Self.settings[name] ?? []).subtracting([
                "--data"
            ])
            #expect(taken.isEmpty, "\(name): \(taken.sorted())")
        }
    }
}
