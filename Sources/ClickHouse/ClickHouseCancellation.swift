import LinuxSystem
import Synchronization

/// Ends what a client waits for, from another thread.
package final class ClickHouseCancellation: Sendable {
    private struct State {
        var isCancelled = false
        /// The connection's socket, as long as it is open.
        var socket: Int32?
    }

    private let state = Mutex(State())

    /// Cancels nothing yet.
    package init() {}

    /// Ends the exchange that is on and refuses every later one.
    package func cancel() {
        state.withLock { state in
            state.isCancelled = true
            // A peer that has gone has ended it already.
            if let socket = state.socket { try? Sockets.shutdown(socket) }
        }
    }

    /// True once it was cancelled.
    package var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Says which socket the client waits on now.
    func watch(_ socket: Int32) {
        state.withLock { state in
            state.socket = socket
            if state.isCancelled { try? Sockets.shutdown(socket) }
        }
    }

    /// Says that a socket is about to be closed.
    func leave(_ socket: Int32) {
        state.withLock { state in
            if state.socket == socket { state.socket = nil }
        }
    }
}
