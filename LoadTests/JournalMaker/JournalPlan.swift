import Settings

/// What a journal is to hold, from the command line.
struct JournalPlan: Equatable {
    /// The data folder, which has no journal yet.
    var data: String
    /// Clicks and opens together.
    var events: UInt64 = 1_000_000
    /// Distinct people; each has as many events as the next one, up to one.
    var people: UInt64 = 1_000_000
    /// Days that the events are spread over evenly.
    var days: UInt64 = 1
    /// Campaigns, sent one after the other over the days.
    var campaigns: UInt64 = 20
    /// Links in each campaign's message.
    var links: UInt64 = 20
    /// Shards, as a server with so many workers makes them.
    var shards: UInt64 = 2
    /// What everything random is made of.
    var seed: UInt64 = 1

    /// A flag that can't be used.
    struct Problem: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// Reads the flags.
    init(_ arguments: ParsedArguments) throws(Problem) {
        guard let data = arguments.value("data") else { throw Problem(description: "--data is missing") }
        self.data = data
        try Self.read("events", of: arguments, 0...1_000_000_000_000, into: &events)
        people = events
        try Self.read("people", of: arguments, 1...4_000_000_000, into: &people)
        try Self.read("days", of: arguments, 1...3_650, into: &days)
        try Self.read("campaigns", of: arguments, 1...100_000, into: &campaigns)
        try Self.read("links", of: arguments, 1...10_000, into: &links)
        try Self.read("shards", of: arguments, 1...1_024, into: &shards)
        try Self.read("seed", of: arguments, 0...UInt64.max, into: &seed)
        people = max(1, people)
    }

    private static func read(
        _ flag: String, of arguments: ParsedArguments, _ range: ClosedRange<UInt64>, into value: inout UInt64
    ) throws(Problem) {
        guard let text = arguments.value(flag) else { return }
        guard let number = UInt64(text), range.contains(number) else {
            throw Problem(
                description:
                    "--\(flag) \(text): a whole number from \(range.lowerBound) to \(range.upperBound) is needed")
        }
        value = number
    }

    /// The command line.
    static let command = CommandDescription(
        name: "journal-maker", summary: "writes a journal of made-up events into a new data folder",
        details: [
            "The folder is one that tremolo rebuild and tremolo report accept with Config/tremolo.json5. The same "
                + "flags give the same events, and one line of JSON on standard output says what was written."
        ],
        flags: [
            FlagDescription("data", value: "DIR", summary: "the data folder, made where it is not there"),
            FlagDescription("events", value: "N", summary: "clicks and opens", standard: "1000000"),
            FlagDescription("people", value: "M", summary: "distinct people", standard: "as many as events"),
            FlagDescription("days", value: "D", summary: "days that the events are spread over", standard: "1"),
            FlagDescription("campaigns", value: "C", summary: "campaigns, one after the other", standard: "20"),
            FlagDescription("links", value: "L", summary: "links in each campaign's message", standard: "20"),
            FlagDescription("shards", value: "N", summary: "workers that would have written it", standard: "2"),
            FlagDescription("seed", value: "S", summary: "what everything random is made of", standard: "1"),
        ],
        examples: ["--data /tmp/million --events 1000000 --people 1000000"])
}
