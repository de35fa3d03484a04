import Foundation
import Synchronization
import TestSupport

/// Clients that ask without a pause, half of them on connections that stay: each request once, but where a connection
/// that stayed ended before a byte of its answer came, which HTTP has a client ask again (RFC 9112, 9.3.1).
final class RestartClients: Sendable {
    private struct State {
        var isStopping = false
        var answered = 0
        var failures: [String] = []
        var running = 0
    }

    private let state = Mutex(State())
    private let changed = NSCondition()

    init(port: Int, count: Int) {
        state.withLock { $0.running = count }
        for number in 0..<count {
            Thread { [self] in
                run(port, number, staysConnected: number % 2 == 0)
                change { $0.running -= 1 }
            }.start()
        }
    }

    /// Waits until so many more requests are answered, or one has failed.
    func awaitAnswers(_ more: Int) throws {
        let goal = state.withLock { $0.answered + more }
        try wait("\(more) more answers") { $0.answered >= goal || !$0.failures.isEmpty }
    }

    /// Ends them.
    func stop() throws -> (answered: Int, failures: [String]) {
        change { $0.isStopping = true }
        try wait("the clients' end") { $0.running == 0 }
        return state.withLock { ($0.answered, $0.failures) }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    /// Sleeps until a change makes it true, so that the clients have the processors; two minutes at most.
    private func wait(_ what: String, until condition: (State) -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 120)
        changed.lock()
        defer { changed.unlock() }
        while !state.withLock({ condition($0) }) {
            guard changed.wait(until: deadline) else { throw UnmetCondition(what: what) }
        }
    }

    private func run(_ port: Int, _ number: Int, staysConnected: Bool) {
        var kept: BlockingHTTPClient?
        for count in 0... {
            if state.withLock({ $0.isStopping }) { return }
            let target =
                count % 3 == 0
                ? "/tremop?cuid=\(number)-\(count)%40mail.example&sec=8781202&expId=9"
                : "/tremclk?cuid=\(number)-\(count)%40mail.example&sec=8781202&expId=9"
                    + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F"
            do {
                let reply: HTTPReply
                if let kept, let again = try? kept.get(target) {
                    reply = again
                } else {
                    let client = try BlockingHTTPClient(port: port)
                    reply = try client.get(target)
                    kept = client
                }
                if !staysConnected || reply.headers["connection"] == "close" { kept = nil }
                change { state in
                    state.answered += 1
                    if reply.status != (count % 3 == 0 ? 200 : 302) {
                        state.failures.append("\(number)-\(count): status \(reply.status)")
                    }
                }
            } catch {
                kept = nil
                change { $0.failures.append("\(number)-\(count): \(error)") }
            }
        }
    }
}
