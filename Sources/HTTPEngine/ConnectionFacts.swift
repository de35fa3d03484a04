package import LinuxSystem

/// What is known of a connection as long as it lives: who is at its other end, and what the handler worked out about
/// it.
///
/// It holds no reference and costs no allocation; the engine keeps one for each connection in its slab.
package struct ConnectionFacts: Sendable {
    /// The address of the peer, IPv4 in IPv6 unwrapped; nil for a socket in the file system.
    package let address: IPAddress?
    /// The port of the peer; 0 for a socket in the file system.
    package let port: UInt16
    /// Which of the worker's listeners it came through, from 0.
    package let listenerIndex: UInt8
    /// Set by the handler in `connectionOpened`: connections of a trusted proxy are never shed while they are idle.
    package var isTrusted = false
    /// Requests of this connection so far, the present one included. It stays at its largest value.
    package internal(set) var requestCount: UInt32 = 0
    /// Room for the handler, filled once in `connectionOpened` and kept: a hash of the address, a network's label.
    package var room: InlineArray<4, UInt64> = .init(repeating: 0)

    package init(address: IPAddress?, port: UInt16, listenerIndex: UInt8) {
        self.address = address
        self.port = port
        self.listenerIndex = listenerIndex
    }
}
