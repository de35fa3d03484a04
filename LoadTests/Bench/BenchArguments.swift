import Settings

/// The command line, read and checked.
struct BenchArguments: Equatable {
    /// Short runs and three rounds.
    let isQuick: Bool
    /// The rows to measure, in the order of `BenchRow.all`.
    let rows: [String]
    /// Where data folders and kept measurements are.
    let folder: String
    /// Nothing is measured: the page is written from what was kept.
    let onlyRenders: Bool

    static let description = CommandDescription(
        name: "tremolo-bench", summary: "measures the edge beside its peers and writes LoadTests/RESULTS.md",
        details: [
            "Runs from the root of a checkout whose release products are built; 'make bench' does both. Servers get "
                + "the first processor and the load the second, so run it on a machine that has nothing else to do.",
            "Each row's measurements are kept, and the page is written from all of them: a row can be measured again "
                + "alone. Where some were never measured, the page stays and the rows are printed. Rows: "
                + BenchRow.all.map(\.name).joined(separator: ", ") + ".",
        ],
        flags: [
            FlagDescription(switch: "quick", summary: "short runs and three rounds: a look, no result"),
            FlagDescription(
                "only", value: "ROW", summary: "measures this row alone", choices: BenchRow.all.map(\.name),
                repeats: true),
            FlagDescription(
                "folder", value: "DIR", summary: "data folders and kept measurements, on a real disk",
                standard: BenchArguments.standardFolder),
            FlagDescription(switch: "render", summary: "measures nothing: writes the page from what was kept"),
        ],
        examples: ["--only cpu --quick", "--render"])

    /// Under the build folder, which git ignores.
    static let standardFolder = ".build/bench"

    /// Reads the flags.
    init(_ parsed: ParsedArguments) throws(BenchFailure) {
        isQuick = parsed.has("quick")
        onlyRenders = parsed.has("render")
        folder = parsed.value("folder") ?? Self.standardFolder
        let wanted = parsed.values("only")
        rows = BenchRow.all.map(\.name).filter { wanted.isEmpty || wanted.contains($0) }
        if onlyRenders, isQuick || !wanted.isEmpty {
            throw .usage("--render", why: "it measures nothing", whatToDo: "leave --quick and --only out")
        }
    }
}
