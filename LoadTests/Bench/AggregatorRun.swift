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

    /// Runs a command of `tremolo` to its end, alone on the server's processor.
    private func run(_ words: [String]) throws -> [String: Double] {
        bench.show("taskset -c 0 .build/release/tremolo \(words.joined(separator: " ")) --config EDGE.json5")
        let before = Self.processorSecondsOfChildren()
        let begin = SystemClock.monotonicNanoseconds()
        let child = try ChildProcess(
            [".build/release/tremolo"] + words + ["--config", configuration], processor: Workbench.serverProcessor,
            log: log)
        var peak: UInt64 = 0
        while child.isRunning {
            // The kernel forgets the high-water mark with the process, so it is looked at until then.
            peak = max(peak, ProcessFacts.peakBytes(child.id) ?? 0)
            SystemThread.sleep(nanoseconds: 1_000_000)
        }
        let status = child.wait()
        let end = SystemClock.monotonicNanoseconds()
        guard status == 0 else {
            throw BenchFailure.unavailable("tremolo \(words[0])", why: "it ended with \(status)")
        }
        return [
            "wallMilliseconds": Double(end - begin) / 1e6, "peakBytes": Double(peak),
            "cpuSeconds": Self.processorSecondsOfChildren() - before,
        ]
    }

    /// Processor time of all children that have ended and were waited for.
    private static func processorSecondsOfChildren() -> Double {
        var usage = rusage()
        guard unsafe getrusage(RUSAGE_CHILDREN.rawValue, &usage) == 0 else {
            return 0
        }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
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
