import CLinux
import Glibc

/// What came of asking a listener for a connection.
package enum AcceptOutcome: Equatable, Sendable {
    /// A connection, non-blocking; who gets the raw number closes it (`Sockets.close`, or `FileDescriptor(owning:)`).
    case connection(Int32, peer: SocketAddress)
    /// Nobody waits.
    case wouldBlock
    /// One that waited is gone or unreachable (accept(2) lists such errors): ask again.
    case aborted
    /// The process or the system has no descriptor or memory left: close something before asking again.
    case outOfDescriptors(SystemError)
    /// The listener itself is broken.
    case failure(SystemError)
}

/// A socket that listens: TCP, or one in the file system. Its calls never wait.
package struct ListenerSocket: ~Copyable, Sendable {
    /// Where it listens; a port of 0 that was asked for is the one that the kernel chose.
    package let address: SocketAddress
    private let descriptor: FileDescriptor

    /// Binds and listens.
    ///
    /// A TCP listener has SO_REUSEADDR and SO_REUSEPORT: several of one user may listen on the same address, and the
    /// kernel spreads connections over them. One on `[::]` takes IPv4 as well. A path must not exist yet: who owns the
    /// folder removes what a dead process left.
    ///
    /// - Parameters:
    ///   - address: where to listen; port 0 lets the kernel choose.
    ///   - backlog: connections that may wait for `accept`; the kernel cuts it to net.core.somaxconn.
    ///   - permissions: the mode of the file for a socket in the file system.
    package init(
        listeningOn address: SocketAddress, backlog: Int32 = 4_096, permissions: UInt32 = 0o600
    ) throws(SystemError) {
        let opened = try Self.open(address, backlog: backlog, permissions: permissions)
        if case .unix = address {
            self.address = address
        } else {
            self.address = try Sockets.localAddress(of: opened.rawValue)
        }
        descriptor = opened
    }

    /// Takes over a TCP socket that whoever started this process has bound and opened, and may hold himself: it is
    /// neither bound nor listened on anew, so that its queue and its backlog stay. Its calls don't wait, and programs
    /// that this one starts don't get it.
    ///
    /// - Parameter rawValue: a descriptor that nobody else in this process owns, `Sockets.isListening`.
    package init(inheriting rawValue: Int32) throws(SystemError) {
        let inherited = FileDescriptor(owning: rawValue)
        try check(tremolo_set_close_on_exec(rawValue), .fcntl)
        try Sockets.setNonblocking(rawValue, true)
        address = try Sockets.localAddress(of: rawValue)
        descriptor = inherited
    }

    /// Finds out whether another socket listens on a TCP address, which SO_REUSEPORT would hide: a second server of the
    /// same user would share the first one's connections.
    ///
    /// - Throws: `SystemError` with `isAddressInUse` when one does; any other reason why the address can't be bound.
    package static func requireFree(_ address: SocketAddress) throws(SystemError) {
        var wanted = address.raw
        try check(unsafe tremolo_is_free_internet(&wanted), .bind)
    }

    private static func open(
        _ address: SocketAddress, backlog: Int32, permissions: UInt32
    ) throws(SystemError) -> FileDescriptor {
        if case .unix(let path) = address {
            let raw = try SocketPath.withShort(path) { (short) throws(SystemError) in
                try checked(unsafe tremolo_listen_unix(short, permissions, backlog), .bind)
            }
            return FileDescriptor(owning: Int32(truncatingIfNeeded: raw))
        }
        var wanted = address.raw
        let raw = try checked(unsafe tremolo_listen_internet(&wanted, backlog), .bind)
        return FileDescriptor(owning: Int32(truncatingIfNeeded: raw))
    }

    /// The number to give to a `Poller`.
    package var rawValue: Int32 { descriptor.rawValue }

    /// Takes the next waiting connection, accept4(2). Allocates nothing.
    package func accept() -> AcceptOutcome {
        var peer = tremolo_address()
        let result = unsafe tremolo_accept(descriptor.rawValue, &peer)
        if result >= 0 { return .connection(Int32(truncatingIfNeeded: result), peer: SocketAddress(peer)) }
        let error = SystemError(call: .accept, errno: Int32(truncatingIfNeeded: -result))
        switch error.errno {
        case EAGAIN:
            return .wouldBlock
        case ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH,
            EPERM:
            return .aborted
        default:
            return error.isOutOfDescriptors ? .outOfDescriptors(error) : .failure(error)
        }
    }

    /// Stops listening. Connections that still wait are reset: accept until `.wouldBlock` first.
    package consuming func close() {
    }
}
