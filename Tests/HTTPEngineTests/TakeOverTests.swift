import Bytes
import HTTPEngine
import LinuxSystem
import Synchronization
import TestSupport
import Testing

/// A committer whose calls a test can hold.
private final class HeldCommitter: HTTPCommitter, Sendable {
    let commits = Gate()
    let ticks = Gate()
    private let left = Atomic(false)
    private let finished = Atomic(false)

    var wasLeft: Bool { left.load(ordering: .acquiring) }
    var hasFinished: Bool { finished.load(ordering: .acquiring) }

    func commit() { commits.pass() }
    func tick() { ticks.pass() }
    func wasTakenOver() { left.store(true, ordering: .releasing) }
    func finish() { finished.store(true, ordering: .releasing) }
}

/// Lets through what the test lets through.
private final class Gate: Sendable {
    private let isShut = Atomic(false)
    private let inside = Atomic(0)

    var isHolding: Bool { inside.load(ordering: .acquiring) == 1 }

    func shut() { isShut.store(true, ordering: .releasing) }
    func open() { isShut.store(false, ordering: .releasing) }

    func pass() {
        inside.add(1, ordering: .acquiringAndReleasing)
        while isShut.load(ordering: .acquiring) { SystemThread.giveWay() }
        inside.subtract(1, ordering: .acquiringAndReleasing)
    }
}

private final class HeldHandler: HTTPHandler, @unchecked Sendable {
    let committers = (0..<3).map { _ in HeldCommitter() }
    /// Used by the worker's thread alone.
    private var index = 0

    var committer: HeldCommitter { committers[index] }

    /// Lets every thread go on: none computes behind the end of a test that failed.
    func open() {
        for committer in committers {
            committer.commits.open()
            committer.ticks.open()
        }
    }

    func takenOver() { index += 1 }

    func turnWillBegin(realtimeNanoseconds: UInt64, monotonicNanoseconds: UInt64) {}
    func connectionOpened(_ facts: inout ConnectionFacts) {}
    func bodyLimitBytes(for head: borrowing RequestHead, in bytes: Span<UInt8>, from facts: ConnectionFacts) -> Int {
        0
    }

    func respond(
        to head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, from facts: inout ConnectionFacts,
        into response: inout ResponseWriter
    ) {
        response.begin(.ok)
        response.finish(contentType: "text/plain", body: bytes.extracting(head.path.offsets))
    }

    func requestRejected(
        _ rejection: HTTPRejection, from facts: inout ConnectionFacts, into response: inout ResponseWriter
    ) {}
}

@Suite("A worker whose commit does not come back goes on with another thread")
struct TakeOverTests {
    private let handler = HeldHandler()
    private let worker: HTTPWorker<HeldHandler>
    private let address: SocketAddress

    init() throws {
        let listener = HTTPListener(try ListenerSocket(listeningOn: .internet(.loopback, port: 0)))
        address = listener.address
        worker = try HTTPWorker(handler: handler, listeners: [listener])
    }

    private func start(_ body: @escaping @Sendable (HTTPWorker<HeldHandler>) throws -> Void) throws -> SystemThread {
        try SystemThread.start(name: "taken-over") { [worker] in
            do { try body(worker) } catch { Issue.record("\(error)") }
        }
    }

    private func startTakingOver(_ commit: UInt64) throws -> SystemThread {
        try start { worker in
            let isTaken = try worker.takeOver(commit)
            #expect(isTaken)
        }
    }

    private func answers(_ client: TestClient, _ count: Int) throws -> [String] {
        try eventually("\(count) answers") {
            client.poll()
            return client.responses().count >= count
        }
        return client.responses().map(\.body)
    }

    @Test("Everybody is answered, those of the held commit first, and the first thread ends when its call comes back")
    func commit() throws {
        defer { handler.open() }
        let first = try start { try $0.run() }
        let old = try TestClient(address)
        old.send(get("/before"))
        #expect(try answers(old, 1) == ["/before"])

        handler.committers[0].commits.shut()
        old.send(get("/held"))
        try eventually("a commit is held") { handler.committers[0].commits.isHolding }
        let held = try #require(worker.commitUnderWay)
        let new = try TestClient(address)
        new.send(get("/new"))
        let second = try startTakingOver(held)
        #expect(try answers(old, 2) == ["/before", "/held"] && answers(new, 1) == ["/new"])
        // Nobody takes over what was taken over.
        #expect(try !worker.takeOver(held))

        handler.committers[0].commits.open()
        first.join()
        #expect(handler.committers[0].wasLeft)
        #expect(!handler.committers[0].hasFinished)
        for (client, count) in [(old, 3), (new, 2)] {
            client.send(get("/after"))
            #expect(try answers(client, count).last == "/after")
        }
        worker.control.drain(closeListenersAt: 0, finishBy: 0)
        second.join()
        #expect(handler.committers[1].hasFinished)
        #expect(!handler.committers[1].wasLeft)
    }

    @Test("The same for a tick, twice in a row")
    func tick() throws {
        defer { handler.open() }
        handler.committers[0].ticks.shut()
        handler.committers[1].ticks.shut()
        var threads = [try start { try $0.run() }]
        let client = try TestClient(address)
        for number in 0..<2 {
            worker.control.wake()
            try eventually("a tick is held") { handler.committers[number].ticks.isHolding }
            let held = try #require(worker.commitUnderWay)
            client.send(get("/\(number)"))
            threads.append(try startTakingOver(held))
            #expect(try answers(client, number + 1).last == "/\(number)")
        }
        for committer in handler.committers { committer.ticks.open() }
        threads[0].join()
        threads[1].join()
        worker.control.drain(closeListenersAt: 0, finishBy: 0)
        threads[2].join()
        let wereLeft = handler.committers.map(\.wasLeft)
        #expect(wereLeft == [true, true, false])
    }

    @Test("A call that has come back is not taken over")
    func late() throws {
        defer { handler.open() }
        let client = try TestClient(address)
        client.send(get("/"))
        handler.committers[0].commits.shut()
        let first = try start { try $0.run() }
        try eventually("a commit is held") { handler.committers[0].commits.isHolding }
        let held = try #require(worker.commitUnderWay)
        handler.committers[0].commits.open()
        #expect(try answers(client, 1) == ["/"])
        #expect(try !worker.takeOver(held))
        worker.control.drain(closeListenersAt: 0, finishBy: 0)
        first.join()
        #expect(handler.committers[0].hasFinished)
    }
}
