import Foundation
import LinuxSystem
import Synchronization

/// A TCP proxy on 127.0.0.1 that a test can have cut connections anywhere, or hold them.
package final class CuttingProxy: Sendable {
    /// Its port.
    package let port: Int
    private let target: UInt16
    private let listener: Int32
    private let state: Mutex<State>

    private struct State {
        var random: SeededGenerator
        /// Most bytes that pass a connection in either direction before it is cut; nil for all.
        var cutsWithinBytes: Int?
        var isEnded = false
        var cuts = 0
    }

    /// Forwards to a port of 127.0.0.1.
    ///
    /// - Parameter seed: decides where connections are cut.
    package init(to target: Int, seed: UInt64) throws {
        let socket = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        guard case .internet(_, let port) = socket.address else { throw UnmetCondition(what: "a port") }
        self.port = Int(port)
        self.target = UInt16(target)
        listener = fcntl(socket.rawValue, F_DUPFD_CLOEXEC, 0)
        guard listener >= 0 else { throw SystemError(call: .open, errno: errno) }
        state = Mutex(State(random: SeededGenerator(seed: seed)))
        Thread { [self] in accept() }.start()
    }

    deinit { end() }

    /// From now on connections are cut after at most so many bytes, or not.
    package func cut(withinBytes bytes: Int?) { state.withLock { $0.cutsWithinBytes = bytes } }

    /// Connections that were cut so far.
    package var cuts: Int { state.withLock { $0.cuts } }

    /// Takes no connection any more.
    package func end() {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.isEnded = true
            shutdown(listener, Int32(SHUT_RDWR))
        }
    }

    private func accept() {
        while !state.withLock({ $0.isEnded }) {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            unsafe poll(&waiting, 1, -1)
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { continue }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            guard
                let server = try? ClientSocket(
                    connectingTo: .internet(.loopback, port: target), timeoutMilliseconds: 5_000)
            else {
                close(client)
                continue
            }
            // It waits as long as its peers do.
            let descriptor = fcntl(server.rawValue, F_DUPFD_CLOEXEC, 0)
            var forever = timeval(tv_sec: 0, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                unsafe setsockopt(
                    descriptor, SOL_SOCKET, option, &forever, socklen_t(MemoryLayout<timeval>.size))
            }
            let budget = state.withLock { state in
                state.cutsWithinBytes.map { Int.random(in: 0...$0, using: &state.random) }
            }
            let line = Line(client: client, server: descriptor, budget: budget)
            Thread { [self] in pump(line, from: client, to: descriptor) }.start()
            Thread { [self] in pump(line, from: descriptor, to: client) }.start()
        }
        close(listener)
    }

    /// A connection and what may still pass it.
    private final class Line: Sendable {
        let client: Int32
        let server: Int32
        let rest: Mutex<(budget: Int?, ends: Int)>

        init(client: Int32, server: Int32, budget: Int?) {
            self.client = client
            self.server = server
            rest = Mutex((budget, 0))
        }

        /// How many of so many bytes pass.
        func take(_ count: Int) -> Int {
            rest.withLock { rest in
                guard let budget = rest.budget else { return count }
                rest.budget = max(0, budget - count)
                return min(count, budget)
            }
        }

        /// The last of its two directions closes it.
        func leave() {
            shutdown(client, Int32(SHUT_RDWR))
            shutdown(server, Int32(SHUT_RDWR))
            let isLast = rest.withLock { rest in
                rest.ends += 1
                return rest.ends == 2
            }
            guard isLast else { return }
            close(client)
            close(server)
        }
    }

    private func pump(_ line: Line, from source: Int32, to target: Int32) {
        defer { line.leave() }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { return }
            let passing = line.take(count)
            var sent = 0
            while sent < passing {
                let written = unsafe bytes.withUnsafeBytes { buffer in
                    unsafe send(target, buffer.baseAddress?.advanced(by: sent), passing - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { return }
                sent += written
            }
            guard passing < count else { continue }
            state.withLock { $0.cuts += 1 }
            return
        }
    }
}
