import Foundation
import LinuxSystem
import LoadEngine
import Settings

/// What rows measure with: folders, servers, calls of the load generator, the length of runs.
final class Workbench {
    let isQuick: Bool
    /// Absolute.
    let folder: String
    /// The commands that were shown to the page, each once.
    private(set) var commands: [String] = []
    private var servers: [MeasuredServer] = []
    private var scratchCount = 0

    /// - Throws: when the folder is in memory: what a sync costs there is no figure.
    init(isQuick: Bool, folder: String) throws(BenchFailure) {
        self.isQuick = isQuick
        self.folder =
            folder.hasPrefix("/") ? folder : FileManager.default.currentDirectoryPath + "/" + folder
        do {
            try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
            try? FileManager.default.removeItem(atPath: data)
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        } catch {
            throw BenchFailure(.cannotCreate, Message(folder, why: error.localizedDescription))
        }
        if ["tmpfs", "ramfs"].contains(MachineFacts.fileSystem(of: self.folder)) {
            throw .unavailable(folder, why: "it is in memory", whatToDo: "name a folder on a disk with --folder")
        }
    }

    /// Where data folders of runs are; emptied at each start and end.
    private var data: String { folder + "/data" }

    /// Rounds of each subject.
    var rounds: Int { isQuick ? 3 : 5 }

    /// Rounds where a high percentile is compared: one stall of the machine decides such a figure of a round, so that
    /// few rounds say little.
    var latencyRounds: Int { isQuick ? 3 : 11 }

    /// A run's length: what is given, or a short one.
    func seconds(_ full: Double) -> Double { isQuick ? min(full, 1) : full }

    /// The processors of servers and load, as taskset(1) writes them.
    static let serverProcessor = "0"
    static let loadProcessor = "1"

    /// A line on standard error.
    func say(_ line: String) { try? StandardStream.error.write("tremolo-bench: \(line)\n") }

    /// Keeps a command for the page.
    func show(_ command: String) {
        if !commands.contains(command) { commands.append(command) }
    }

    /// A new, empty folder, gone when the row has ended.
    func scratch(_ name: String) throws -> String {
        scratchCount += 1
        let path = "\(data)/\(scratchCount)-\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Ends the servers and removes the data of a row; the next one begins as the first did.
    func clear() {
        for server in servers { server.stop() }
        servers = []
        commands = []
        try? FileManager.default.removeItem(atPath: data)
        try? FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    }

    /// Keeps a server until the row has ended.
    func add(_ server: MeasuredServer) -> MeasuredServer {
        servers.append(server)
        return server
    }

    /// Ends one server before the row does.
    func stop(_ server: MeasuredServer) {
        server.stop()
        servers.removeAll { $0 === server }
    }

    /// A file that takes what a child writes.
    func log(in folder: String, _ name: String) throws -> FileHandle {
        let path = "\(folder)/\(name).log"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw BenchFailure(.cannotCreate, Message(name, why: "its log can't be written"))
        }
        return file
    }

    // MARK: Load

    /// Calls `tremolo-load` once, and waits until the server rests again.
    func load(_ call: LoadCall, _ server: MeasuredServer, isShown: Bool = true) throws -> [String: Double] {
        let before = try Whole.take(server)
        if isShown { show(call.shown(checksStatusAlone: server.checksStatusAlone)) }
        let outcome = try ChildProcess.run(
            call.command(
                url: server.url, process: "\(server.answering)", checksStatusAlone: server.checksStatusAlone))
        guard outcome.status == 0 || outcome.status == 65,
            let run = LoadOutput.read(outcome.output)
        else { throw BenchFailure.unavailable(server.name, why: "tremolo-load ended with \(outcome.status)") }
        var figures = run.figures
        if let errors = figures["errors"], errors > 0 { say("\(server.name): \(Int(errors)) answers were wrong") }
        if let configuration = server.configuration, server.hasAggregator {
            // A report makes the server count what is pending now, not in the middle of the next one's run.
            _ = try ChildProcess.run(
                [".build/release/tremolo", "report", "--config", configuration, "--by", "sec"],
                processor: Self.serverProcessor, errors: .nullDevice)
        }
        server.settle()
        if let before, let after = try Whole.take(server), after.events > before.events {
            figures["cpuProcess"] =
                after.sample.processorSeconds(since: before.sample) * 1e6 / (after.events - before.events)
        }
        return figures
    }

    /// What an edge has cost so far and how many events it has recorded: between two of these lies all that a run
    /// cost, the counting of its events that follows included.
    private struct Whole {
        var sample: ProcessSample
        var events: Double

        /// Nil for a peer, whose process does nothing behind a run.
        static func take(_ server: MeasuredServer) throws -> Whole? {
            guard server.hasAggregator, let sample = ProcessSample.take(server.answering) else { return nil }
            let metrics = try Asking.metrics(of: server)
            let events = metrics.filter { $0.name == "tremolo_journaled_events_total" }.map(\.value)
            return Whole(sample: sample, events: events.reduce(0, +))
        }
    }

    /// One subject of a row: its name and how one of its rounds is measured.
    typealias Way = (name: String, round: () throws -> [String: Double])

    /// Measures several ways in interleaved rounds: A B C, A B C.
    func interleave(_ ways: [Way], rounds: Int? = nil) throws -> [MeasuredRow.Subject] {
        let rounds = rounds ?? self.rounds
        var subjects = ways.map { MeasuredRow.Subject(name: $0.name) }
        for index in Interleaving.order(servers: ways.count, rounds: rounds) {
            let number = subjects[index].rounds.count + 1
            say("round \(number) of \(rounds): \(ways[index].name)")
            subjects[index].rounds.append(try ways[index].round())
        }
        return subjects
    }
}
