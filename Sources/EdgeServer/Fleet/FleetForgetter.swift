import Engagement
import LinuxSystem
import Synchronization

/// Carries out what other nodes have recorded of forgetting, one person after the other, on a thread of its own: to
/// look through a journal may take minutes, in which what people say must go on coming here.
struct FleetForgetter {
    /// Carries one out; the closure says whether somebody wants it to end before anything is changed.
    typealias Work = @Sendable (ForgettingRecord, @escaping @Sendable () -> Bool) throws(EdgeError) -> Void

    /// One that is on.
    private final class Run: Sendable {
        let isStopping = StopFlag()
        let end = Mutex<Result<Void, EdgeError>?>(nil)
    }

    private let work: Work
    private let log: ServerLog
    private var run: Run?
    private var thread: SystemThread?
    private var nextNanoseconds: UInt64 = 0
    private var hasFailed = false

    /// After a failure it is tried again so much later.
    private static let pauseNanoseconds: UInt64 = 10_000_000_000
    private static let stopNanoseconds: UInt64 = 2_000_000_000

    init(_ work: @escaping Work, _ log: ServerLog) {
        self.work = work
        self.log = log
    }

    /// Takes note of one that has ended, and begins the next. Often.
    mutating func goOn(_ cycle: inout FactsCycle) {
        if let run {
            guard let end = run.end.withLock({ $0 }) else { return }
            thread?.join()
            (self.run, thread) = (nil, nil)
            note(end, &cycle)
        }
        guard let next = cycle.forgettings.first, SystemClock.monotonicNanoseconds() >= nextNanoseconds else { return }
        let begun = Run()
        do throws(SystemError) {
            thread = try SystemThread.start(name: "fleet-forget", niceness: 10) { [work] in
                do throws(EdgeError) {
                    try work(next.record) { begun.isStopping.isSet }
                    begun.end.withLock { $0 = .success(()) }
                } catch {
                    begun.end.withLock { $0 = .failure(error) }
                }
            }
            run = begun
        } catch {
            note(.failure(.file(path: "threads of the process", error)), &cycle)
        }
    }

    /// Ends one that is on, and waits for that some moments: what still looks through the journal then changes nothing
    /// any more, and the next process begins it again.
    func stop() {
        guard let run else { return }
        run.isStopping.set()
        let end = SystemClock.monotonicNanoseconds() + Self.stopNanoseconds
        while run.end.withLock({ $0 }) == nil, SystemClock.monotonicNanoseconds() < end {
            SystemThread.sleep(nanoseconds: Self.stopNanoseconds / 100)
        }
    }

    private mutating func note(_ end: Result<Void, EdgeError>, _ cycle: inout FactsCycle) {
        do throws(EdgeError) {
            try end.get()
            try cycle.didForget()
            hasFailed = false
        } catch {
            nextNanoseconds = SystemClock.monotonicNanoseconds() + Self.pauseNanoseconds
            if !hasFailed { log.write(.error, "fleet-forgetting", ("reason", "\(error)")) }
            hasFailed = true
        }
    }
}
