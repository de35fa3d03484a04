package import LinuxSystem

/// What is known of a connection as long as it lives: who is at its other end, on whose behalf, and what the handler
/// worked out about it.
///
/// It holds no reference and costs no allocation; the engine keeps one for each connection in its slab.
package struct ConnectionFacts: Sendable {
    /// The address of whom the connection was made for, IPv4 in IPv6 unwrapped: the peer, or the client that its PROXY
    /// header names. Nil for a socket in the file system.
    package private(set) var address: IPAddress?
    /// The port that belongs to `address`; 0 for a socket in the file system.
    package private(set) var port: UInt16
    /// How the client came, where a PROXY header says it.
    package private(set) var scheme = ClientScheme.unknown
    /// True where `address` is the client that a PROXY header names.
    package private(set) var isNamedByHeader = false
    /// Which of the worker's listeners it came through, from 0.
    package let listenerIndex: UInt8
    /// The peer itself, whomever it speaks for, is a trusted proxy: its connections are never shed while they are idle.
    package internal(set) var isTrusted = false
    /// Requests of this connection so far, the present one included. It stays at its largest value.
    package internal(set) var requestCount: UInt32 = 0
    /// Room for the handler, filled once in `connectionOpened` and kept: a hash of the address, a network's label.
    package var room: InlineArray<4, UInt64> = .init(repeating: 0)

    package init(address: IPAddress?, port: UInt16, listenerIndex: UInt8) {
        self.address = address
        self.port = port
        self.listenerIndex = listenerIndex
    }

    /// Takes over whom a PROXY header names.
    mutating func use(_ sender: ProxyHeader.Sender) {
        guard case .client(let address, let port, let scheme) = sender else { return }
        (self.address, self.port, self.scheme) = (address, port, scheme)
        isNamedByHeader = true
    }
}
