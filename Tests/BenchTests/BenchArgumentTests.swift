import Settings
import Testing

@testable import TremoloBench

@Suite("tremolo-bench measures what its command line names")
struct BenchArgumentTests {
    private func arguments(_ words: String) throws -> BenchArguments {
        let description = BenchArguments.description
        let reader = ArgumentReader(commands: [description], sharedFlags: [])
        let invocation = try reader.read([description.name] + words.split(separator: " ").map(String.init))
        guard case .command(let parsed) = invocation else { throw ArgumentError.missingCommand }
        return try BenchArguments(parsed)
    }

    @Test("Alone it measures every row in full")
    func standard() throws {
        let arguments = try arguments("")
        #expect(arguments.rows == BenchRow.all.map(\.name))
        #expect(!arguments.isQuick && !arguments.onlyRenders && arguments.folder == ".build/bench")
    }

    @Test("Rows can be chosen, in the page's order")
    func only() throws {
        let arguments = try arguments("--quick --only pixel --only cpu --folder somewhere")
        #expect(arguments.rows == ["cpu", "pixel"] && arguments.isQuick && arguments.folder == "somewhere")
    }

    @Test(
        "What can't be obeyed is refused",
        arguments: ["--only nothing", "--render --quick", "--render --only cpu", "--rounds 3", "cpu"])
    func refused(_ words: String) {
        #expect(throws: (any Error).self) { try arguments(words) }
    }
}
