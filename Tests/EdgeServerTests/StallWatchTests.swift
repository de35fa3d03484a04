import Dispatch
import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

/// In a commit for as long as the test says, on a thread that computes or that waits.
private final class WorkerInCommit: HoldableWorker {
    private let number = Atomic<UInt64>(1)
    private let thread = Atomic<Int32>(0)
    private let takings = Mutex<[UInt64]>([])
    private let ends = StopFlag()
    private let gate = DispatchSemaphore(value: 0)

    var commitUnderWay: UInt64? { number.load(ordering: .acquiring) }
    var servingThread: Int32 { thread.load(ordering: .acquiring) }
    var takenOver: [UInt64] { takings.withLock { $0 } }

    func takeOver(_ commit: UInt64) -> Bool {
        takings.withLock { $0.append(commit) }
        return true
    }

    func beginNextCommit() { number.add(2, ordering: .acquiringAndReleasing) }

    /// Starts its thread, and waits until the kernel says of it what is asked for.
    func start(computes: Bool) throws -> SystemThread {
        let started = try SystemThread.start(name: "a worker) R (") { [self] in
            thread.store(SystemThread.currentNumber, ordering: .releasing)
            if computes {
                while !ends.isSet {}
            } else {
                gate.wait()
            }
        }
        do {
            try eventually("a thread that \(computes ? "computes" : "waits")") {
                servingThread != 0 && SystemThread.isRunnable(servingThread) == computes
            }
        } catch {
            end()
            throw error
        }
        return started
    }

    func end() {
        ends.set()
        gate.signal()
    }
}

@Suite("A worker is taken over when its thread waits, and not when it lacks a processor")
struct StallWatchTests {
    private let worker: WorkerInCommit
    private let watch: StallWatch

    init() throws {
        worker = WorkerInCommit()
        watch = try StallWatch(
            workers: [worker], stall: DiskStall(), health: EdgeHealth(), limitNanoseconds: 150_000_000)
    }

    /// Looks at these moments, in milliseconds.
    private func look(_ sightings: inout [StallWatch.Sighting?], at moments: some Sequence<UInt64>) {
        for moment in moments { watch.look(&sightings, nowNanoseconds: moment * 1_000_000) }
    }

    @Test("A thread that could run is never taken over, however long its commit takes")
    func computing() throws {
        let thread = try worker.start(computes: true)
        var sightings: [StallWatch.Sighting?] = [nil]
        look(&sightings, at: stride(from: 0, to: 100_000, by: 25))
        worker.end()
        thread.join()
        #expect(worker.takenOver.isEmpty)
    }

    @Test("A thread that waits is taken over once, when the limit is reached")
    func waiting() throws {
        let thread = try worker.start(computes: false)
        var sightings: [StallWatch.Sighting?] = [nil]
        look(&sightings, at: stride(from: 0, to: 150, by: 25))
        #expect(worker.takenOver.isEmpty)
        look(&sightings, at: [150])
        #expect(worker.takenOver == [1])
        look(&sightings, at: stride(from: 175, to: 1_000, by: 25))
        #expect(worker.takenOver == [1])
        worker.beginNextCommit()
        look(&sightings, at: stride(from: 1_000, to: 1_150, by: 25))
        #expect(worker.takenOver == [1])
        look(&sightings, at: [1_150])
        #expect(worker.takenOver == [1, 3])
        worker.end()
        thread.join()
    }

    @Test("A machine that stood still for a while makes no wait long")
    func standstill() throws {
        let thread = try worker.start(computes: false)
        var sightings: [StallWatch.Sighting?] = [nil]
        look(&sightings, at: [0, 5_000, 5_025])
        #expect(worker.takenOver.isEmpty)
        look(&sightings, at: [5_050])
        #expect(worker.takenOver == [1])
        worker.end()
        thread.join()
    }

    @Test("Where the kernel says nothing of a thread, the time decides")
    func unknown() {
        #expect(SystemThread.isRunnable(0) == nil)
        var sightings: [StallWatch.Sighting?] = [nil]
        look(&sightings, at: stride(from: 0, through: 150, by: 25))
        #expect(worker.takenOver == [1])
    }
}
