import Foundation

/// One call of `tremolo-load` against one server.
struct LoadCall {
    var scenario = "click"
    var connections = 64
    var seconds: Double
    var warmupSeconds = 0.5
    /// Arrivals a second, by Poisson; nil: a closed loop.
    var rate: Double?
    var idle = 0
    var slow = 0
    var threads = 1
    /// The first processor of the generator; nil: any.
    var processor: Int? = 1

    /// The command line.
    func command(url: String, process: String, checksStatusAlone: Bool) -> [String] {
        var words = [
            ".build/release/tremolo-load", url, "--json", "--scenario", "LoadTests/scenarios/\(scenario).json5",
            "--connections", "\(connections)", "--duration", Self.time(seconds), "--warmup",
            Self.time(warmupSeconds), "--server-pid", process,
        ]
        if let processor { words += ["--cpu", "\(processor)"] }
        if let rate { words += ["--rate", "\(Int(rate))", "--arrivals", "poisson"] }
        if idle > 0 { words += ["--idle", "\(idle)"] }
        if slow > 0 { words += ["--slow", "\(slow)"] }
        if threads > 1 { words += ["--threads", "\(threads)"] }
        if checksStatusAlone { words += ["--expect", "status"] }
        return words
    }

    /// The command line as the page shows it: without what differs from run to run.
    func shown(checksStatusAlone: Bool) -> String {
        command(url: "http://127.0.0.1:PORT", process: "PID", checksStatusAlone: checksStatusAlone)
            .joined(separator: " ")
    }

    private static func time(_ seconds: Double) -> String { "\(Int(seconds * 1_000))ms" }
}

/// What the bench reads of `tremolo-load --json`.
struct LoadOutput: Decodable {
    struct Server: Decodable {
        var rounds: [Run]
    }

    struct Run: Decodable {
        var arrivals: Double
        var completed: Double
        var requestsPerSecond: Double
        var errors: [String: Double]
        var latencyMicroseconds: [String: Double?]
        var lagMicroseconds: [String: Double?]
        var server: Process?
        var generator: Generator
        var background: Background
    }

    struct Background: Decodable {
        var idleLost: Double
        var slowErrors: Double
    }

    struct Process: Decodable {
        var cpuMicrosecondsPerRequest: Double?
        var peakMemoryBytes: Double?
        var requests: Double
        var threads: [Thread]
    }

    struct Thread: Decodable {
        var name: String
        var cpuMicrosecondsPerRequest: Double?
        var writeCalls: Double?
    }

    struct Generator: Decodable {
        var cpuMicrosecondsPerRequest: Double?
    }

    var servers: [Server]

    /// The one run of one server; nil when the text is something else.
    static func read(_ text: String) -> Run? {
        try? JSONDecoder().decode(LoadOutput.self, from: Data(text.utf8)).servers.first?.rounds.first
    }
}

extension LoadOutput.Run {
    /// The figures that rows are made of, by their names in kept measurements: microseconds, counts, shares.
    var figures: [String: Double] {
        var figures: [String: Double] = [
            "perSecond": requestsPerSecond,
            "errors": errors.values.reduce(0, +) + background.idleLost + background.slowErrors,
            "answeredShare": arrivals > 0 ? completed / arrivals : 1,
        ]
        for name in ["p50", "p99", "p999", "max"] { figures[name] = latencyMicroseconds[name] ?? nil }
        figures["lagP99"] = lagMicroseconds["p99"] ?? nil
        figures["cpuOfLoad"] = generator.cpuMicrosecondsPerRequest
        guard let server else { return figures }
        figures["cpuProcess"] = server.cpuMicrosecondsPerRequest
        figures["peakMemory"] = server.peakMemoryBytes
        let workers = server.threads.filter { $0.name.hasPrefix("worker-") }
        guard !workers.isEmpty else {
            figures["cpuAnswering"] = server.cpuMicrosecondsPerRequest
            return figures
        }
        let answering = workers + server.threads.filter { $0.name == "tremolo-sync" }
        figures["cpuAnswering"] = answering.compactMap(\.cpuMicrosecondsPerRequest).reduce(0, +)
        let worker = workers.compactMap(\.cpuMicrosecondsPerRequest).reduce(0, +)
        figures["cpuWorker"] = worker
        figures["workerBusyShare"] = worker * requestsPerSecond / 1e6
        let writes = workers.compactMap(\.writeCalls).reduce(0, +)
        if writes > 0 { figures["requestsPerWrite"] = server.requests / writes }
        return figures
    }
}
