import LinuxSystem
import LoadEngine

/// A server that runs on a port of 127.0.0.1 and is measured.
final class MeasuredServer {
    /// What tables call it.
    let name: String
    let port: Int
    /// The edge's second port; nil for others.
    let adminPort: Int?
    /// Its configuration file; nil where it has none.
    let configuration: String?
    /// The process that answers: of nginx, the worker.
    private(set) var answering: Int32
    /// True for the edge, whose aggregator works on after the load has ended.
    var hasAggregator: Bool { adminPort != nil }
    private let child: ChildProcess

    /// Takes over a child that will listen, and waits until it does.
    init(
        _ name: String, _ child: ChildProcess, port: Int, adminPort: Int? = nil, configuration: String? = nil,
        hasWorkerProcess: Bool = false
    ) throws(BenchFailure) {
        self.name = name
        self.child = child
        self.port = port
        self.adminPort = adminPort
        self.configuration = configuration
        answering = child.id
        do throws(BenchFailure) {
            try Readiness.wait(forPort: port, of: child, name: name)
            if hasWorkerProcess { answering = try Self.worker(of: child.id, name: name) }
        } catch {
            child.stop()
            throw error
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Answers of the floor are right whatever they say: it answers everyone alike.
    var checksStatusAlone = false

    /// The process that was started.
    var id: Int32 { child.id }

    /// Ends it.
    func stop() { child.stop() }

    /// Waits until nothing works on in it: what the aggregator of one server does must not stand in another's round.
    func settle() {
        let giveUp = SystemClock.monotonicNanoseconds() + 10_000_000_000
        var before = ProcessSample.take(answering)
        while SystemClock.monotonicNanoseconds() < giveUp {
            SystemThread.sleep(nanoseconds: 100_000_000)
            guard let earlier = before, let now = ProcessSample.take(answering) else { return }
            if now.processorSeconds(since: earlier) < 0.002 { return }
            before = now
        }
    }

    /// The one process that another started.
    private static func worker(of id: Int32, name: String) throws(BenchFailure) -> Int32 {
        let giveUp = SystemClock.monotonicNanoseconds() + 5_000_000_000
        while SystemClock.monotonicNanoseconds() < giveUp {
            if let child = ProcessFacts.children(of: id).first { return child }
            SystemThread.sleep(nanoseconds: 1_000_000)
        }
        throw .unavailable(name, why: "its worker did not start")
    }
}

/// Whether a server is there, found out by asking it.
enum Readiness {
    /// Waits until somebody listens on a port of 127.0.0.1.
    static func wait(forPort port: Int, of child: ChildProcess, name: String) throws(BenchFailure) {
        let giveUp = SystemClock.monotonicNanoseconds() + 20_000_000_000
        let address = SocketAddress.internet(.loopback, port: UInt16(port))
        while SystemClock.monotonicNanoseconds() < giveUp {
            if (try? ClientSocket(connectingTo: address, timeoutMilliseconds: 1_000)) != nil { return }
            guard child.isRunning else {
                throw .unavailable(name, why: "it ended before it listened: \(child.lastWords ?? "no word")")
            }
            SystemThread.sleep(nanoseconds: 500_000)
        }
        throw .unavailable(name, why: "it does not listen on port \(port)")
    }

    /// A port of 127.0.0.1 that was free a moment ago.
    static func freePort() throws(BenchFailure) -> Int {
        do throws(SystemError) {
            let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0), backlog: 1)
            guard case .internet(_, let port) = listener.address else { preconditionFailure("a TCP listener") }
            return Int(port)
        } catch {
            throw .unavailable("a port", why: "\(error)")
        }
    }
}
