import Settings

/// The command line of the demonstration, read and checked.
struct DemoArguments {
    /// The folder that is made, and kept; nil: one that goes with the demonstration.
    let data: String?
    let listen: String
    let admin: String
    let people: Int
    let seed: UInt64
    /// True when it ends behind the report.
    let once: Bool
    let tremolo: String
    let rules: String

    static let description = CommandDescription(
        name: "tremolo-demo",
        summary: "plays two campaigns of which the truth is known, and shows what is made of them",
        details: [
            "It starts a server of its own, plays three days of opens, clicks and scanners through its HTTP port in "
                + "seconds, prints the report and what the rules got right, and leaves the server running until "
                + "control-C.",
            "The story is made of its seed: the same one is the same story, ended today.",
        ],
        flags: [
            FlagDescription(
                "data", value: "DIR", summary: "a folder that it makes and leaves", standard: "one that goes at the end"
            ),
            FlagDescription(
                "listen", value: "HOST:PORT", summary: "where clicks and opens arrive", standard: "a free port"),
            FlagDescription(
                "admin", value: "HOST:PORT", summary: "where the dashboard is", standard: "a free port"),
            FlagDescription("people", value: "N", summary: "how many get the mails, 40 to 20000", standard: "1200"),
            FlagDescription("seed", value: "N", summary: "which story", standard: "7"),
            FlagDescription(
                "tremolo", value: "PROGRAM", summary: "the program tremolo", standard: "the one beside this one"),
            FlagDescription("rules", value: "DIR", summary: "the rules that judge", standard: "Config/rules"),
            FlagDescription(switch: "once", summary: "ends behind the report"),
        ],
        examples: ["--once", "--people 5000 --admin 127.0.0.1:8081"])

    init(_ parsed: ParsedArguments, besides program: String) throws(DemoFailure) {
        data = parsed.value("data")
        listen = parsed.value("listen") ?? "127.0.0.1:0"
        admin = parsed.value("admin") ?? "127.0.0.1:0"
        rules = parsed.value("rules") ?? "Config/rules"
        once = parsed.has("once")
        people = Int(try Self.number(parsed, "people", in: 40...20_000) ?? 1_200)
        seed = try Self.number(parsed, "seed", in: 0...UInt64.max) ?? 7
        let folder = program.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        tremolo = parsed.value("tremolo") ?? folder + "/tremolo"
    }

    private static func number(
        _ parsed: ParsedArguments, _ flag: String, in range: ClosedRange<UInt64>
    ) throws(DemoFailure) -> UInt64? {
        guard let text = parsed.value(flag) else { return nil }
        guard let value = UInt64(text), range.contains(value) else {
            throw DemoFailure(
                .usage, "--\(flag)", why: "'\(text)' is not one of its numbers",
                whatToDo: "write a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
