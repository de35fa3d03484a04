import Foundation
import LoadEngine

/// One call of Debian's `wrk`, a closed loop, with the requests that `tremolo-load` makes.
struct WrkCall {
    var connections = 64
    var seconds: Double
    var isTLS = false
    /// The file of request heads.
    var heads: String

    private func command(port: String, heads: String) -> [String] {
        [
            "wrk", "-t1", "-c\(connections)", "-d\(max(1, Int(seconds)))s", "--latency", "-s",
            "LoadTests/peers/requests.lua", "\(isTLS ? "https" : "http")://127.0.0.1:\(port)", "--", heads,
        ]
    }

    /// As the page shows it.
    var shown: String { "taskset -c 1 " + command(port: "PORT", heads: "HEADS").joined(separator: " ") }

    /// Runs it, and looks at the processor time of some servers before and after.
    ///
    /// - Parameter watched: servers by the figure that gets the time of what answers in them for each request.
    func run(port: Int, watched: [(figure: String, server: MeasuredServer)]) throws -> [String: Double] {
        let before = watched.map { ProcessSample.take($0.server.answering) }
        let outcome = try ChildProcess.run(
            command(port: "\(port)", heads: heads), processor: Workbench.loadProcessor)
        guard outcome.status == 0, var figures = Self.figures(outcome.output), let requests = figures["requests"]
        else { throw BenchFailure.unavailable("wrk", why: "it ended with \(outcome.status): \(outcome.output)") }
        for (place, before) in zip(watched, before) {
            guard let before, let after = ProcessSample.take(place.server.answering), requests > 0 else { continue }
            let threads = after.threads(since: before)
            let workers = threads.filter { $0.name.hasPrefix("worker-") }
            let answering = workers.isEmpty ? threads : workers + threads.filter { $0.name == "tremolo-sync" }
            figures[place.figure] = answering.map(\.processorSeconds).reduce(0, +) * 1e6 / requests
            let writes = Double(workers.compactMap(\.writeCalls).reduce(0, +))
            if writes > 0 { figures["requestsPerWrite"] = requests / writes }
        }
        for place in watched { place.server.settle() }
        return figures
    }

    /// What its report says, by the names of `LoadOutput.Run.figures`; nil when it is no report.
    static func figures(_ report: String) -> [String: Double]? {
        var figures: [String: Double] = ["errors": 0]
        for line in report.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "50%" where words.count == 2: figures["p50"] = microseconds(words[1])
            case "99%" where words.count == 2: figures["p99"] = microseconds(words[1])
            case "Requests/sec:" where words.count == 2: figures["perSecond"] = Double(words[1])
            case "Non-2xx": figures["errors", default: 0] += words.last.flatMap { Double($0) } ?? 0
            case "Socket":
                figures["errors", default: 0] += words.compactMap { Double($0.filter { $0 != "," }) }.reduce(0, +)
            default:
                if words.count > 2, words[1] == "requests", words[2] == "in" { figures["requests"] = Double(words[0]) }
            }
        }
        return figures["perSecond"] == nil || figures["requests"] == nil ? nil : figures
    }

    private static func microseconds(_ text: String) -> Double? {
        for (unit, factor) in [("us", 1.0), ("ms", 1e3), ("s", 1e6)] where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).map { $0 * factor }
        }
        return nil
    }
}
