import Foundation
import LinuxSystem

/// A journal that `journal-maker` made, and commands that work on it as whole processes.
struct AggregatorRun {
    /// The data folder.
    let data: String
    let events: Int
    let people: Int
    private let configuration: String
    private let log: FileHandle
    private let bench: Workbench

    /// Makes the journal.
    init(_ bench: Workbench, events: Int, people: Int, days: Int, campaigns: Int) throws {
        self.bench = bench
        self.events = events
        self.people = people
        let folder = try bench.scratch("journal")
        data = folder + "/data"
        configuration = try bench.prepareEdge(EdgeOptions(data: data)).configuration
        log = try bench.log(in: folder, "commands")
        let flags = [
            "--events", "\(events)", "--people", "\(people)", "--days", "\(days)", "--campaigns", "\(campaigns)",
        ]
        bench.say("making a journal of \(events) events of \(people) people")
        bench.show((["journal-maker", "--data", "DIR"] + flags).joined(separator: " "))
        let made = try ChildProcess.run([".build/release/journal-maker", "--data", data] + flags)
        guard made.status == 0 else {
            throw BenchFailure.unavailable("journal-maker", why: "it ended with \(made.status)")
        }
    }

    /// Builds the store from the journal.
    func rebuild() throws -> [String: Double] {
        var figures = try run(["rebuild"])
        let millions = Double(events) / 1e6
        figures["eventsPerSecond"] = figures["cpuSeconds"].map { Double(events) / $0 }
        let store = storeBytes()
        figures["storeBytes"] = store
        figures["storeBytesPerMillionEvents"] = store / millions
        figures["storeBytesPerMillionPeople"] = store / (Double(people) / 1e6)
        return figures
    }

    /// Removes the journal, which takes gigabytes, before the row has ended.
    func remove() { try? FileManager.default.removeItem(atPath: data) }

    /// Asks for a report.
    func report(_ flags: [String]) throws -> [String: Double] { try run(["report"] + flags) }

    /// Checks every record of the journal, on every processor.
    func verify() throws -> [String: Double] {
        bench.show(".build/release/tremolo verify --config EDGE.json5")
        return try run([".build/release/tremolo", "verify", "--config", configuration], processor: nil)
    }

    /// Reads files and keeps nothing of them.
    func cat(_ files: [String]) throws -> [String: Double] {
        bench.show("cat DATA/journal/*/*/* > /dev/null")
        return try run(["/bin/sh", "-c", "exec cat \"$@\" > /dev/null", "sh"] + files, processor: nil)
    }

    /// Runs a command of `tremolo` to its end, alone on the server's processor.
    private func run(_ words: [String]) throws -> [String: Double] {
        bench.show("taskset -c 0 .build/release/tremolo \(words.joined(separator: " ")) --config EDGE.json5")
        return try run([".build/release/tremolo"] + words + ["--config", configuration], processor: 0)
    }

    private func run(_ command: [String], processor: Int?) throws -> [String: Double] {
        let command = try TimedCommand(command, processor: processor, log: log)
        return [
            "wallMilliseconds": command.wallSeconds * 1e3, "peakBytes": Double(command.peakBytes),
            "cpuSeconds": command.processorSeconds,
        ]
    }

    /// All files of the data folder that are neither journal nor keys.
    private func storeBytes() -> Double {
        let manager = FileManager.default
        guard let files = manager.enumerator(atPath: data) else { return 0 }
        var sum = 0.0
        for case let file as String in files where !file.hasPrefix("journal/") && !file.hasPrefix("keys/") {
            let attributes = try? manager.attributesOfItem(atPath: "\(data)/\(file)")
            guard attributes?[.type] as? FileAttributeType == .typeRegular else { continue }
            sum += (attributes?[.size] as? NSNumber)?.doubleValue ?? 0
        }
        return sum
    }
}
