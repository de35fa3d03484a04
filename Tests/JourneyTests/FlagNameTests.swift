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
        let commands = try tremolo(["help"]).output.split(separator: "\n").drop { $0 != "Commands:" }.dropFirst()
            .prefix { $0.hasPrefix("  ") }.filter { !$0.hasPrefix("   ") }
            .compactMap { $0.dropFirst(2).components(separatedBy: "  ").first }
        #expect(Set(commands).isSuperset(of: ["serve", "sign", "config allow-seen"]))
        for name in commands {
            let help = try tremolo(name.split(separator: " ").map(String.init) + ["--help"])
            #expect(help.status == 0, "\(name)")
            let own = help.output.split(separator: "\n").compactMap { line -> String? in
                line.hasPrefix("  --") ? String(line.dropFirst(2).prefix { $0 != " " }) : nil
            }
            let taken = Set(own).intersection(flags).subtracting(Self.settings[name] ?? []).subtracting(["--data"])
            #expect(taken.isEmpty, "\(name): \(taken.sorted())")
        }
    }
}
