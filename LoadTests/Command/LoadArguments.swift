import LinuxSystem
import LoadEngine
import Settings

/// The command line, read and checked.
struct LoadArguments {
    /// The scenario with what the flags change of it.
    let scenario: Scenario
    /// The servers; the first is the one of the operand. Empty for a self-test.
    let servers: [LoadServer]
    let rounds: Int
    let threads: Int
    let seed: UInt64
    let processor: Int?
    /// The latency goal of the search, in nanoseconds; nil: no search.
    let goal: UInt64?
    let dataFolder: String?
    let tremolo: String
    let wantsJSON: Bool
    let page: String?
    let isSelfTest: Bool

    static let description = CommandDescription(
        name: "tremolo-load", summary: "measures a server of tracking links: how fast, and whether right",
        details: [
            "Without --rate each connection sends again as soon as it is answered (a closed loop). With it, requests "
                + "are due on a schedule and latencies count from then, so a server that stalls can't hide it.",
            "Every answer is checked. The exit code is 0 when all was right, 65 when an answer was wrong or an event "
                + "is lost or double, 69 when nobody answers. LoadTests/README.md shows how to read a result.",
        ],
        operands: [
            OperandDescription("URL", summary: "the server, such as http://127.0.0.1:8080", isOptional: true)
        ],
        flags: [
            FlagDescription(
                "scenario", value: "FILE", summary: "what is asked", standard: "plain clicks, keep-alive"),
            FlagDescription("duration", value: "TIME", summary: "how long is measured, such as 10s"),
            FlagDescription("warmup", value: "TIME", summary: "how long requests are sent before"),
            FlagDescription("rate", value: "N", summary: "arrivals a second: an open loop"),
            FlagDescription(
                "arrivals", value: "KIND", summary: "how they follow each other",
                choices: ArrivalSchedule.Kind.allCases.map(\.rawValue)),
            FlagDescription("connections", value: "N", summary: "connections that requests are sent on"),
            FlagDescription("threads", value: "N", summary: "generator threads", standard: "1"),
            FlagDescription(
                "new-connections", value: "SHARE", summary: "share of the requests with a connection of their own"),
            FlagDescription("clicks", value: "WEIGHT", summary: "how much of the requests is clicks"),
            FlagDescription("opens", value: "WEIGHT", summary: "how much is opens"),
            FlagDescription("idle", value: "N", summary: "connections held open without a request"),
            FlagDescription("slow", value: "N", summary: "clients that send a byte at a time"),
            FlagDescription(switch: "find-max", summary: "searches the highest rate that meets --p99"),
            FlagDescription("p99", value: "TIME", summary: "the goal of --find-max", standard: "1ms"),
            FlagDescription(
                "against", value: "NAME=URL",
                summary: "another server, measured in turns; NAME=URL,status checks "
                    + "its status alone", repeats: true),
            FlagDescription(
                "rounds", value: "N", summary: "runs of each server", standard: "1, with --against 5"),
            FlagDescription("name", value: "NAME", summary: "what the server is called", standard: "edge"),
            FlagDescription(
                "server-pid", value: "[NAME=]PID", summary: "the server's process, for CPU and memory",
                repeats: true),
            FlagDescription(
                "expect", value: "DEPTH", summary: "what is checked of each answer", standard: "full",
                choices: CheckDepth.allCases.map(\.rawValue)),
            FlagDescription(
                "verify-data", value: "DIR", summary: "asks the journal and the store of this data folder afterwards"),
            FlagDescription(
                "tremolo", value: "PATH", summary: "the program that --verify-data asks",
                standard: "tremolo beside this program"),
            FlagDescription(switch: "json", summary: "prints JSON instead of a table"),
            FlagDescription("html", value: "FILE", summary: "writes a page with charts, too"),
            FlagDescription("seed", value: "N", summary: "repeats choices and schedules", standard: "1"),
            FlagDescription(switch: "self-test", summary: "measures what this program itself costs; needs no URL"),
            FlagDescription("cpu", value: "N", summary: "the first processor that its threads are bound to"),
        ],
        examples: [
            "http://127.0.0.1:8080", "http://127.0.0.1:8080 --rate 20000 --arrivals poisson --json",
            "http://127.0.0.1:8080 --find-max --p99 1ms",
            "http://127.0.0.1:8080 --against nginx=http://127.0.0.1:8090 --rounds 5",
        ])

    init(_ parsed: ParsedArguments) throws(LoadFailure) {
        let values = FlagValues(parsed)
        isSelfTest = parsed.has("self-test")
        scenario = try Self.scenario(values)
        servers = try ServerFlags.servers(values, isSelfTest: isSelfTest)
        threads = try values.integer("threads", in: 1...64) ?? 1
        seed = UInt64(try values.integer("seed", in: 0...Int.max) ?? 1)
        processor = try values.integer("cpu", in: 0...1_023)
        rounds = try values.integer("rounds", in: 1...1_000) ?? (servers.count > 1 ? 5 : 1)
        goal = parsed.has("find-max") ? try values.nanoseconds("p99") ?? 1_000_000 : nil
        dataFolder = parsed.value("verify-data")
        tremolo = parsed.value("tremolo") ?? Self.neighbour("tremolo")
        wantsJSON = parsed.has("json")
        page = parsed.value("html")
        if parsed.has("p99"), goal == nil {
            throw .usage("--p99", why: "it is the goal of --find-max", whatToDo: "give --find-max too")
        }
        if goal != nil, servers.count > 1 {
            throw .usage("--find-max", why: "it searches one server", whatToDo: "leave --against out")
        }
        try Self.refuseUseless(parsed, isSelfTest: isSelfTest)
        guard threads <= scenario.connections else {
            throw .usage(
                "--threads", why: "\(threads) threads have only \(scenario.connections) connections between them",
                whatToDo: "give fewer, or more --connections")
        }
        if let processor { try Self.requireProcessors(processor..<processor + threads) }
        if parsed.has("arrivals"), scenario.perSecond == nil, goal == nil {
            throw .usage("--arrivals", why: "a closed loop has none", whatToDo: "give --rate too")
        }
        guard rounds * max(1, servers.count) * threads <= LoadSession.lanesMax - 32 * threads else {
            throw .usage("--rounds", why: "rounds, servers and threads are too many", whatToDo: "give fewer")
        }
    }

    private static func scenario(_ values: FlagValues) throws(LoadFailure) -> Scenario {
        var scenario = Scenario.standard
        if let path = values.text("scenario") { scenario = try ScenarioFile.read(path) }
        if let value = try values.nanoseconds("duration") { scenario.durationSeconds = Double(value) / 1e9 }
        if let value = try values.nanoseconds("warmup") { scenario.warmupSeconds = Double(value) / 1e9 }
        scenario.perSecond = try values.number("rate", in: 0.001...100_000_000) ?? scenario.perSecond
        if let kind = values.text("arrivals") { scenario.arrivals = ArrivalSchedule.Kind(rawValue: kind) ?? .constant }
        scenario.connections = try values.integer("connections", in: 1...20_000) ?? scenario.connections
        scenario.newConnectionShare =
            try values.number("new-connections", in: 0...1) ?? scenario.newConnectionShare
        scenario.clicks = try values.number("clicks", in: 0...1_000_000) ?? scenario.clicks
        scenario.opens = try values.number("opens", in: 0...1_000_000) ?? scenario.opens
        scenario.idle = try values.integer("idle", in: 0...1_000_000) ?? scenario.idle
        scenario.slow = try values.integer("slow", in: 0...100_000) ?? scenario.slow
        guard scenario.clicks + scenario.opens > 0 else {
            throw .usage("--clicks", why: "clicks and opens are both 0", whatToDo: "give one a weight")
        }
        if scenario.clicks > 0, scenario.sections.contains(where: \.links.isEmpty) {
            throw .usage("--clicks", why: "the scenario has no links", whatToDo: "list some in its file")
        }
        guard scenario.durationSeconds > 0 else {
            throw .usage("--duration", why: "nothing can be measured in no time", whatToDo: "give a time such as 10s")
        }
        return scenario
    }

    /// Flags that would change nothing beside others: whoever gives them expects something.
    private static func refuseUseless(_ parsed: ParsedArguments, isSelfTest: Bool) throws(LoadFailure) {
        let useless: [(flag: String, beside: String, isUseless: Bool)] = [
            ("find-max", "self-test", isSelfTest), ("verify-data", "self-test", isSelfTest),
            ("against", "self-test", isSelfTest), ("server-pid", "self-test", isSelfTest),
            ("rounds", "find-max", parsed.has("find-max")), ("rate", "find-max", parsed.has("find-max")),
        ]
        for (flag, beside, isUseless) in useless where isUseless && parsed.has(flag) {
            throw .usage("--\(flag)", why: "it has no use beside --\(beside)", whatToDo: "leave one of them out")
        }
        if parsed.has("tremolo"), !parsed.has("verify-data") {
            throw .usage("--tremolo", why: "it is who --verify-data asks", whatToDo: "give --verify-data too")
        }
    }

    private static func requireProcessors(_ wanted: Range<Int>) throws(LoadFailure) {
        for processor in wanted where !Host.mayRun(onProcessor: processor) {
            throw .usage(
                "--cpu", why: "this process may not run on processor \(processor)",
                whatToDo: "name one that nproc and taskset -p show")
        }
    }

    private static func neighbour(_ name: String) -> String {
        let own = CommandLine.arguments.first ?? ""
        guard let slash = own.lastIndex(of: "/") else { return name }
        return own[...slash] + name
    }
}

/// A scenario's file.
enum ScenarioFile {
    static func read(_ path: String) throws(LoadFailure) -> Scenario {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limitBytes: 4 << 20)
        } catch {
            throw LoadFailure(
                error.isNotFound ? .noInput : .inputOutput,
                Message(path, why: error.reason, whatToDo: "name a file such as LoadTests/scenarios/click.json5"))
        }
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let name = file.hasSuffix(".json5") ? String(file.dropLast(6)) : file
        do throws(ScenarioError) {
            return try ScenarioReader.read(bytes.span, name: name)
        } catch {
            throw LoadFailure(.configuration, Message("\(path), \(error.place)", why: error.message))
        }
    }
}
