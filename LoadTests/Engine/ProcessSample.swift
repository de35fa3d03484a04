import Bytes
import LinuxSystem

/// What a process has cost so far, from proc(5).
package struct ProcessSample: Equatable, Sendable {
    /// Nanoseconds on a processor, by thread (schedstat).
    package var threadNanoseconds: [String: UInt64]
    /// The same of the whole process, in ticks of 10 ms, threads that have ended included (stat).
    package var ticks: UInt64
    /// The most memory that it ever had in use (VmHWM).
    package var peakMemoryBytes: UInt64?
    /// What each thread calls itself (comm), by thread.
    package var threadNames: [String: String]
    /// `write` calls and their kin, `send` not among them, by thread (io); without the threads that can't be asked.
    package var threadWrites: [String: UInt64]

    package init(
        threadNanoseconds: [String: UInt64], ticks: UInt64, peakMemoryBytes: UInt64?,
        threadNames: [String: String] = [:], threadWrites: [String: UInt64] = [:]
    ) {
        self.threadNanoseconds = threadNanoseconds
        self.ticks = ticks
        self.peakMemoryBytes = peakMemoryBytes
        self.threadNames = threadNames
        self.threadWrites = threadWrites
    }

    /// Looks at a process; nil when there is none or it can't be read.
    package static func take(_ process: Int32) -> ProcessSample? {
        let folder = "/proc/\(process)"
        guard let stat = words(folder + "/stat"), stat.count > 14 else { return nil }
        // The name in parentheses may hold spaces: count from behind it.
        guard let close = stat.lastIndex(where: { $0.hasSuffix(")") }), stat.count > close + 13,
            let user = UInt64(stat[close + 12]), let system = UInt64(stat[close + 13])
        else { return nil }
        var threads: [String: UInt64] = [:]
        var names: [String: String] = [:]
        var writes: [String: UInt64] = [:]
        for thread in (try? Files.list(folder + "/task")) ?? [] {
            guard let time = words("\(folder)/task/\(thread)/schedstat")?.first.flatMap({ UInt64($0) }) else {
                continue
            }
            threads[thread] = time
            names[thread] = words("\(folder)/task/\(thread)/comm")?.joined(separator: " ")
            writes[thread] = value(of: "syscw:", in: "\(folder)/task/\(thread)/io")
        }
        return ProcessSample(
            threadNanoseconds: threads, ticks: user + system,
            peakMemoryBytes: value(of: "VmHWM:", in: folder + "/status").map { $0 * 1_024 }, threadNames: names,
            threadWrites: writes)
    }

    /// Processor time between an earlier sample and this one. Exact to what the scheduler accounts; where a thread
    /// ended in between, to 10 ms.
    package func processorSeconds(since earlier: ProcessSample) -> Double {
        let hasEnded = earlier.threadNanoseconds.keys.contains { threadNanoseconds[$0] == nil }
        if hasEnded || threadNanoseconds.isEmpty { return Double(ticks - min(ticks, earlier.ticks)) / 100 }
        var sum: UInt64 = 0
        for (thread, time) in threadNanoseconds { sum += time - min(time, earlier.threadNanoseconds[thread] ?? 0) }
        return Double(sum) / 1e9
    }

    /// What each thread that runs on did between an earlier sample and this one; threads of one name together, by name.
    package func threads(since earlier: ProcessSample) -> [ThreadFigures] {
        var sums: [String: ThreadFigures] = [:]
        for (thread, time) in threadNanoseconds {
            let name = threadNames[thread] ?? ""
            var figures = sums[name] ?? ThreadFigures(name: name, processorSeconds: 0, writeCalls: nil)
            figures.processorSeconds += Double(time - min(time, earlier.threadNanoseconds[thread] ?? 0)) / 1e9
            if let writes = threadWrites[thread] {
                figures.writeCalls = (figures.writeCalls ?? 0) + writes - min(writes, earlier.threadWrites[thread] ?? 0)
            }
            sums[name] = figures
        }
        return sums.values.sorted { $0.name < $1.name }
    }

    private static func value(of key: String, in path: String) -> UInt64? {
        guard let words = words(path), let index = words.firstIndex(of: key), index + 1 < words.count else {
            return nil
        }
        return UInt64(words[index + 1])
    }

    private static func words(_ path: String) -> [String]? {
        guard let bytes = try? Files.readAll(path, limitBytes: 65_536) else { return nil }
        return bytes.span.toString().split { " \t\n".contains($0) }.map(String.init)
    }
}
