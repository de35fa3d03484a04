import HTTPEngine
import Journal
import LinuxSystem
import Synchronization

/// Looks whether a worker is held by its disk, and has another thread take it over, so that nobody waits for a disk
/// that hangs.
///
/// It touches no file and writes no log: it must not be held itself.
final class StallWatch: Sendable {
    private let workers: [EdgeWorker]
    private let stall: DiskStall
    private let health: EdgeHealth
    private let limitNanoseconds: UInt64
    private let wakeup: Wakeup
    private let isStopping = StopFlag()
    private let thread = Mutex<SystemThread?>(nil)

    /// A commit that was seen under way.
    private struct Sighting {
        let commit: UInt64
        let sinceNanoseconds: UInt64
        var isTakenOver = false
    }

    /// How long a commit may take before its worker is taken over. Where each commit waits for the disk anyway, a slow
    /// one is more likely than a disk that hangs; in both cases somebody who clicks is answered within 300 ms.
    static func limitNanoseconds(_ durability: JournalDurability) -> UInt64 {
        durability == .disk ? 240_000_000 : 150_000_000
    }

    /// Watches the workers.
    init(
        workers: [EdgeWorker], stall: DiskStall, health: EdgeHealth, limitNanoseconds: UInt64
    ) throws(SystemError) {
        self.workers = workers
        self.stall = stall
        self.health = health
        self.limitNanoseconds = limitNanoseconds
        wakeup = try Wakeup()
    }

    /// Starts the thread that looks.
    func start() throws(SystemError) {
        let poller = try Poller(capacity: 1)
        try poller.add(wakeup.rawValue, token: 0, interest: .readable)
        let lent = Mutex<Poller?>(poller)
        let started = try SystemThread.start(name: "stall-watch") { [self] in
            guard var poller = lent.withLock({ $0.take() }) else { return }
            var sightings = [Sighting?](repeating: nil, count: workers.count)
            while !isStopping.isSet {
                do throws(SystemError) {
                    try poller.wait(timeoutMilliseconds: Self.intervalMilliseconds)
                } catch {
                    SystemThread.sleep(nanoseconds: UInt64(Self.intervalMilliseconds) * 1_000_000)
                }
                look(&sightings, nowNanoseconds: SystemClock.monotonicNanoseconds())
            }
        }
        thread.withLock { $0 = started }
    }

    /// Ends the thread. From then on nobody is taken over.
    func stop() {
        isStopping.set()
        wakeup.signal()
        thread.withLock { $0.take() }?.join()
    }

    private func look(_ sightings: inout [Sighting?], nowNanoseconds now: UInt64) {
        for (number, worker) in workers.enumerated() {
            guard let commit = worker.commitUnderWay else {
                sightings[number] = nil
                continue
            }
            guard var sighting = sightings[number], sighting.commit == commit else {
                sightings[number] = Sighting(commit: commit, sinceNanoseconds: now)
                continue
            }
            if !sighting.isTakenOver, now >= sighting.sinceNanoseconds + limitNanoseconds {
                sighting.isTakenOver = worker.takeOver(commit)
                sightings[number] = sighting
            }
        }
        let hangs = stall.isOn
        health.set(.disk, hangs ? "the disk of the journal does not answer: events wait in memory" : nil)
    }

    private static let intervalMilliseconds: Int32 = 25
}
