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

    package init(threadNanoseconds: [String: UInt64], ticks: UInt64, peakMemoryBytes: UInt64?) {
        self.threadNanoseconds = threadNanoseconds
        self.ticks = ticks
        self.peakMemoryBytes = peakMemoryBytes
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
        for thread in (try? Files.list(folder + "/task")) ?? [] {
            guard let time = words("\(folder)/task/\(thread)/schedstat")?.first.flatMap({ UInt64($0) }) else {
                continue
            }
            threads[thread] = time
        }
        return ProcessSample(
            threadNanoseconds: threads, ticks: user + system, peakMemoryBytes: peakMemory(folder + "/status"))
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

    private static func peakMemory(_ path: String) -> UInt64? {
        guard let words = words(path), let key = words.firstIndex(of: "VmHWM:"), key + 1 < words.count else {
            return nil
        }
        return UInt64(words[key + 1]).map { $0 * 1_024 }
    }

    private static func words(_ path: String) -> [String]? {
        guard let bytes = try? Files.readAll(path, limitBytes: 65_536) else { return nil }
        return bytes.span.toString().split { " \t\n".contains($0) }.map(String.init)
    }
}
