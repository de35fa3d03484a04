import Foundation
import Synchronization
import TestSupport
import Testing

/// Clients that click and open without a pause longer than two milliseconds, half of them on connections that stay and
/// half on new ones, and remember what they were told. Each request carries a mark of its own.
final class SteadyClients: Sendable {
    /// What came of the requests.
    struct Tally {
        /// The marks of requests that were answered as they should be.
        var clicks: Set<String> = []
        var opens: Set<String> = []
        /// The marks of requests that broke off; a server that was killed may have recorded them.
        var unanswered: Set<String> = []
        /// Answers that are wrong, and connections that were refused or closed.
        var failures: [String] = []
        /// The longest time from the first byte of a connection or request to its answer.
        var slowest = Duration.zero
        /// All of these times.
        var times: [Duration] = []

        /// The time that 99% of them don't exceed.
        var p99: Duration { times.isEmpty ? .zero : times.sorted()[(times.count * 99 - 1) / 100] }

        var answered: Int { clicks.count + opens.count }

        static func + (left: Tally, right: Tally) -> Tally {
            Tally(
                clicks: left.clicks.union(right.clicks), opens: left.opens.union(right.opens),
                unanswered: left.unanswered.union(right.unanswered), failures: left.failures + right.failures,
                slowest: max(left.slowest, right.slowest), times: left.times + right.times)
        }
    }

    private let threads: ClientThreads

    /// The bound for every answer, on a machine that does other things beside. Nothing in a server waits as long: a
    /// request that waits for a disk waits until the fault is over.
    static let bound = Duration.seconds(1)

    /// Starts them.
    ///
    /// - Parameters:
    ///   - name: what the marks begin with.
    ///   - withNewConnections: false for clients that all keep their connections.
    init(port: Int, name: String, withNewConnections: Bool = true) {
        threads = ClientThreads(port: port, name: name, count: 4, withNewConnections: withNewConnections)
        threads.start()
    }

    deinit {
        threads.end()
    }

    /// Waits until each client has got so many more answers, a minute at most.
    func awaitAnswers(_ more: Int) throws {
        guard threads.awaitAnswers(more) else { throw UnmetCondition(what: "\(more) more answers for each client") }
    }

    /// Ends them.
    func stop() -> Tally {
        threads.end()
        return threads.tally
    }
}

/// The clients themselves. They end when whoever started them is gone, however a test ends.
private final class ClientThreads: Sendable {
    private struct State {
        var tally = SteadyClients.Tally()
        var counts: [Int]
        /// Counts at which somebody wants to be woken up.
        var goals: [Int]?
    }

    private let port: Int
    private let name: String
    private let count: Int
    private let withNewConnections: Bool
    private let state: Mutex<State>
    private let reached = DispatchSemaphore(value: 0)
    private let isStopping = Atomic(false)
    private let pause = DispatchSemaphore(value: 0)
    private let ended = DispatchGroup()

    init(port: Int, name: String, count: Int, withNewConnections: Bool) {
        self.port = port
        self.name = name
        self.count = count
        self.withNewConnections = withNewConnections
        state = Mutex(State(counts: [Int](repeating: 0, count: count)))
    }

    func start() {
        for number in 0..<count {
            ended.enter()
            Thread { [self] in
                run(number)
                ended.leave()
            }.start()
        }
    }

    func awaitAnswers(_ more: Int) -> Bool {
        state.withLock { state in state.goals = state.counts.map { $0 + more } }
        return reached.wait(timeout: .now() + .seconds(60)) == .success
    }

    func end() {
        isStopping.store(true, ordering: .releasing)
        ended.wait()
    }

    var tally: SteadyClients.Tally { state.withLock { $0.tally } }

    private func run(_ number: Int) {
        let isNew = withNewConnections && number % 2 == 1
        var client: BlockingHTTPClient?
        for count in 0... {
            if isStopping.load(ordering: .acquiring) { return }
            let mark = "\(name)-\(number)-\(count)"
            let isOpen = count % 3 == 2
            let fields = "cuid=\(mark)%40mail.example&sec=8781202&expId=9&expVer=1&expVisitId=\(mark)&va="
            let target =
                isOpen
                ? "/tremop?\(fields)" : "/tremclk?\(fields)&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fp\(count % 7)"
            let start = ContinuousClock.now
            do throws(HTTPClientFailure) {
                let connected: BlockingHTTPClient
                if let client, !isNew { connected = client } else { connected = try BlockingHTTPClient(port: port) }
                client = connected
                let reply = try connected.get(target)
                note(number, mark, isOpen: isOpen, status: reply.status, after: ContinuousClock.now - start)
            } catch {
                client = nil
                note(number, mark, failure: error)
            }
            _ = pause.wait(timeout: .now() + .milliseconds(2))
        }
    }

    private func note(_ number: Int, _ mark: String, isOpen: Bool, status: Int, after time: Duration) {
        let isReached = state.withLock { state in
            state.tally.slowest = max(state.tally.slowest, time)
            state.tally.times.append(time)
            if status != (isOpen ? 200 : 302) {
                state.tally.failures.append("\(mark): status \(status)")
            } else if isOpen {
                state.tally.opens.insert(mark)
            } else {
                state.tally.clicks.insert(mark)
            }
            state.counts[number] += 1
            guard let goals = state.goals, zip(state.counts, goals).allSatisfy({ $0 >= $1 }) else { return false }
            state.goals = nil
            return true
        }
        if isReached { reached.signal() }
    }

    private func note(_ number: Int, _ mark: String, failure: HTTPClientFailure) {
        state.withLock { state in
            state.tally.unanswered.insert(mark)
            state.tally.failures.append("\(mark): \(failure)")
        }
    }
}
