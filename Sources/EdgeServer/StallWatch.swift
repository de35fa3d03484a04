import HTTPEngine
import Journal
import LinuxSystem
import Synchronization

/// What may be held by its disk, and goes on on another thread.
protocol HoldableWorker: Sendable {
    /// The call to its disk that it is in now, by a number that no other has.
    var commitUnderWay: UInt64? { get }
    /// The thread that is in that call: `SystemThread.currentNumber`.
    var servingThread: Int32 { get }
    /// Has another thread go on for one that is in this call.
    ///
    /// - Returns: false when that can't be had: try again.
    func takeOver(_ commit: UInt64) -> Bool
}

/// Looks whether a worker is held by its disk, and has another thread take it over, so that nobody waits for a disk
/// that hangs.
///
/// A thread that could run is not held: it lacks a processor, and so do all others. Its events are about to be written,
/// and no answer leaves before.
///
/// It touches no file of a disk and writes no log: it must not be held itself.
final class StallWatch: Sendable {
    private let workers: [any HoldableWorker]
    private let stall: DiskStall
    private let health: EdgeHealth
    private let limitNanoseconds: UInt64
    private let wakeup: Wakeup
    private let isStopping = StopFlag()
    private let thread = Mutex<SystemThread?>(nil)

    /// A commit that was seen under way, and for how long its thread has waited each time.
    struct Sighting {
        let commit: UInt64
        var sinceNanoseconds: UInt64
        var looks = 0
        var isTakenOver = false
    }

    /// How long a commit may take before its worker is taken over. Where each commit waits for the disk anyway, a slow
    /// one is more likely than a disk that hangs; in both cases somebody who clicks is answered within 300 ms.
    static func limitNanoseconds(_ durability: JournalDurability) -> UInt64 {
        durability == .disk ? 240_000_000 : 150_000_000
    }

    /// Watches the workers.
    init(
        workers: [any HoldableWorker], stall: DiskStall, health: EdgeHealth, limitNanoseconds: UInt64
    ) throws(SystemError) {
        self.workers = workers
        self.stall = stall
        self.health = health
        self.limitNanoseconds = limitNanoseconds
        wakeup = try Wakeup()
    }

    /// Starts the thread that looks.
    ///
    /// - Parameter watchdog: looks, too: this thread is the one that nothing else holds up.
    func start(_ watchdog: Watchdog) throws(SystemError) {
        let poller = try Poller(capacity: 1)
        try poller.add(wakeup.rawValue, token: 0, interest: .readable)
        let lent = Mutex<Poller?>(poller)
        let started = try SystemThread.start(name: "stall-watch") { [self] in
            guard var poller = lent.withLock({ $0.take() }) else { return }
            var sightings = [Sighting?](repeating: nil, count: workers.count)
            var watchdog = watchdog
            while !isStopping.isSet {
                do throws(SystemError) {
                    try poller.wait(timeoutMilliseconds: Self.intervalMilliseconds)
                } catch {
                    SystemThread.sleep(nanoseconds: UInt64(Self.intervalMilliseconds) * 1_000_000)
                }
                let now = SystemClock.monotonicNanoseconds()
                look(&sightings, nowNanoseconds: now)
                watchdog.look(nowNanoseconds: now)
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

    /// Looks once at each worker.
    ///
    /// - Parameter sightings: what the last look saw, nil for each worker at the first.
    func look(_ sightings: inout [Sighting?], nowNanoseconds now: UInt64) {
        for (number, worker) in workers.enumerated() {
            guard let commit = worker.commitUnderWay else {
                sightings[number] = nil
                continue
            }
            guard var sighting = sightings[number], sighting.commit == commit else {
                sightings[number] = Sighting(commit: commit, sinceNanoseconds: now)
                continue
            }
            if !sighting.isTakenOver {
                if SystemThread.isRunnable(worker.servingThread) == true {
                    sighting.sinceNanoseconds = now
                    sighting.looks = 0
                } else {
                    sighting.looks += 1
                    if now >= sighting.sinceNanoseconds + limitNanoseconds, sighting.looks >= Self.looksMin {
                        sighting.isTakenOver = worker.takeOver(commit)
                    }
                }
            }
            sightings[number] = sighting
        }
        let hangs = stall.isOn
        health.set(.disk, hangs ? "the disk of the journal does not answer: events wait in memory" : nil)
    }

    private static let intervalMilliseconds: Int32 = 25
    /// How often a thread has to be seen waiting: a machine that stood still makes any wait look long.
    private static let looksMin = 3
}
