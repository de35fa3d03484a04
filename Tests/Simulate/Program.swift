import Foundation
import LinuxSystem
import Simulation
import Synchronization

/// The executable `simulate`, run by `make simulate`: hunts with fresh seeds for so many seconds, or runs one seed
/// again. It ends with 65 when it has found something.
@main
enum Program {
    private struct Hunt {
        var statistics = SimulationStatistics()
        var failures: [Simulation.Outcome] = []
        var nextSeed: UInt64
    }

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.dropFirst().first.flatMap { UInt64($0) }) {
        case ("--seed", let seed?): try run(seed)
        case ("--seconds", let seconds?): try hunt(seconds: seconds)
        default:
            try StandardStream.error.write("usage: simulate --seconds N | --seed N\n")
            Host.endProcess(64)
        }
    }

    private static func run(_ seed: UInt64) throws {
        let outcome = try Simulation.run(seed: seed, isTold: true)
        for line in outcome.story { try StandardStream.error.write(line + "\n") }
        try StandardStream.output.write(outcome.statistics.text + "\n")
        try tell(outcome)
        Host.endProcess(outcome.findings.isEmpty ? 0 : 65)
    }

    private static func tell(_ outcome: Simulation.Outcome) throws {
        for finding in outcome.findings { try StandardStream.output.write("seed \(outcome.seed): \(finding)\n") }
    }

    /// Each processor takes the next seed, until the time is over.
    private static func hunt(seconds: UInt64) throws {
        let end = SystemClock.monotonicNanoseconds() + seconds * 1_000_000_000
        let hunt = Mutex(Hunt(nextSeed: try SystemRandom.uint64() >> 16))
        let threads = try (0..<Host.processorCount).map { number in
            try SystemThread.start(name: "simulate-\(number)") {
                while SystemClock.monotonicNanoseconds() < end {
                    let seed = hunt.withLock { hunt in
                        hunt.nextSeed += 1
                        return hunt.nextSeed
                    }
                    let outcome: Simulation.Outcome
                    do {
                        outcome = try Simulation.run(seed: seed)
                    } catch {
                        outcome = Simulation.Outcome(seed: seed, findings: ["\(error)"], statistics: .init())
                    }
                    hunt.withLock { hunt in
                        hunt.statistics.add(outcome.statistics)
                        if !outcome.findings.isEmpty { hunt.failures.append(outcome) }
                    }
                }
            }
        }
        let isTerminal = StandardStream.error.isTerminal
        while SystemClock.monotonicNanoseconds() < end {
            SystemThread.sleep(nanoseconds: 200_000_000)
            guard isTerminal else { continue }
            let (text, failures) = hunt.withLock { ($0.statistics.text, $0.failures.count) }
            try StandardStream.error.write("\r\u{1B}[K\(failures) failing; \(text)")
        }
        for thread in threads { thread.join() }
        if isTerminal { try StandardStream.error.write("\r\u{1B}[K") }
        let found = hunt.withLock { $0 }
        try StandardStream.output.write(found.statistics.text + "\n")
        for outcome in found.failures { try tell(outcome) }
        if let first = found.failures.first {
            try StandardStream.output.write("run it again: make simulate SEED=\(first.seed)\n")
        }
        Host.endProcess(found.failures.isEmpty ? 0 : 65)
    }
}
