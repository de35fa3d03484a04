package import Bytes
import CLinux
import Glibc

/// What came of asking a socket for bytes.
package enum ReceiveOutcome: Equatable, Sendable {
    /// That many bytes arrived, at least 1.
    case bytes(Int)
    /// Nothing is there yet; on a blocking socket with a timeout, nothing came in time.
    case wouldBlock
    /// The peer sends nothing more.
    case endOfStream
    /// The connection is lost or broken.
    case failure(SystemError)
}

/// What came of handing bytes to a socket.
package enum SendOutcome: Equatable, Sendable {
    /// The kernel took that many bytes, maybe fewer than were offered.
    case bytes(Int)
    /// The kernel's buffer is full; on a blocking socket with a timeout, it stayed full.
    case wouldBlock
    /// The connection is lost or broken.
    case failure(SystemError)
}

/// Sockets by their raw numbers, for an owner that keeps thousands of them in a slab and closes each itself.
///
/// Nothing here allocates. A number that was closed and given out again by the kernel is the caller's trap: the slab
/// tells its entries apart by generation. Code that holds a few sockets uses `FileDescriptor`, `ListenerSocket` and
/// `ClientSocket` instead, which close themselves.
package enum Sockets {
    /// Receives into the free room of a buffer, recv(2). The buffer has room.
    package static func receive(from socket: Int32, into buffer: inout ByteBuffer) -> ReceiveOutcome {
        var outcome = ReceiveOutcome.wouldBlock
        unsafe buffer.appendFilling { room in
            outcome = unsafe receive(from: socket, into: room)
            if case .bytes(let count) = outcome { return count }
            return 0
        }
        return outcome
    }

    /// Receives into memory of at least one byte, recv(2).
    package static func receive(from socket: Int32, into room: UnsafeMutableRawBufferPointer) -> ReceiveOutcome {
        precondition(room.count > 0, "receiving needs room for a byte")
        let result = unsafe tremolo_receive(socket, room.baseAddress, room.count)
        if result > 0 { return .bytes(result) }
        if result == 0 { return .endOfStream }
        if result == -Int(EAGAIN) { return .wouldBlock }
        return .failure(SystemError(call: .recv, errno: Int32(truncatingIfNeeded: -result)))
    }

    /// Sends bytes, send(2) with MSG_NOSIGNAL: a lost peer is a failure, never a signal.
    ///
    /// - Parameter more: true when more follows at once, so that the kernel waits for it (MSG_MORE).
    package static func send(_ bytes: Span<UInt8>, to socket: Int32, more: Bool = false) -> SendOutcome {
        let result = unsafe bytes.withUnsafeBytes {
            unsafe tremolo_send(socket, $0.baseAddress, $0.count, more ? 1 : 0)
        }
        if result >= 0 { return .bytes(result) }
        if result == -Int(EAGAIN) { return .wouldBlock }
        return .failure(SystemError(call: .send, errno: Int32(truncatingIfNeeded: -result)))
    }

    /// Begins a connection without waiting for it, connect(2), with small packets leaving at once (TCP_NODELAY). The
    /// first send says `wouldBlock` as long as it isn't made, and fails when it can't be.
    ///
    /// - Parameters:
    ///   - address: an IP address and port.
    ///   - source: an address of this machine that it comes from, or nil for what the kernel chooses.
    /// - Returns: the raw number; who gets it closes it.
    package static func beginConnecting(
        to address: SocketAddress, from source: IPAddress? = nil
    ) throws(SystemError) -> Int32 {
        var wanted = address.raw
        let raw: Int
        if let source {
            var from = SocketAddress.internet(source, port: 0).raw
            raw = try checked(unsafe tremolo_connect_start(&wanted, &from), .connect)
        } else {
            raw = try checked(unsafe tremolo_connect_start(&wanted, nil), .connect)
        }
        return Int32(truncatingIfNeeded: raw)
    }

    /// Ends both directions, shutdown(2): who waits in a call on it, on any thread, is told the end.
    package static func shutdown(_ socket: Int32) throws(SystemError) {
        try check(tremolo_shutdown(socket), .shutdown)
    }

    /// Ends the sending direction, shutdown(2): the peer reads to the end, and may go on sending.
    package static func shutdownWrite(_ socket: Int32) throws(SystemError) {
        try check(tremolo_shutdown_write(socket), .shutdown)
    }

    /// Closes a raw number, close(2). An error is of no use to anyone here.
    package static func close(_ socket: Int32) {
        _ = tremolo_close(socket)
    }

    /// Lets small packets leave at once, TCP_NODELAY of tcp(7).
    package static func setNoDelay(_ socket: Int32) throws(SystemError) {
        try check(tremolo_set_no_delay(socket), .setsockopt)
    }

    /// Chooses how a TCP socket, or all that a listener accepts, finds out how much the network takes: TCP_CONGESTION
    /// of tcp(7). The kernel has `reno` at least.
    package static func setCongestionControl(_ socket: Int32, _ name: StaticString) throws(SystemError) {
        let result = name.withUTF8Buffer { text in
            unsafe text.withMemoryRebound(to: CChar.self) { text in
                unsafe text.baseAddress.map { unsafe tremolo_set_congestion_control(socket, $0) } ?? 0
            }
        }
        try check(result, .setsockopt)
    }

    /// Makes the next close reset the connection and drop what was not sent, SO_LINGER of socket(7).
    package static func setResetOnClose(_ socket: Int32) throws(SystemError) {
        try check(tremolo_set_reset_on_close(socket), .setsockopt)
    }

    /// Sets the kernel's buffers in bytes; nil leaves one as it is. The kernel doubles the values, socket(7).
    package static func setBuffers(_ socket: Int32, receiveBytes: Int32?, sendBytes: Int32?) throws(SystemError) {
        try check(tremolo_set_buffers(socket, receiveBytes ?? 0, sendBytes ?? 0), .setsockopt)
    }

    /// Makes calls on the descriptor return at once (`wouldBlock`), or wait.
    package static func setNonblocking(_ socket: Int32, _ nonblocking: Bool) throws(SystemError) {
        try check(tremolo_set_nonblocking(socket, nonblocking ? 1 : 0), .setsockopt)
    }

    /// True for a descriptor that is a TCP socket which listens, false for any other.
    ///
    /// - Throws: `EBADF` where nothing is open.
    package static func isListening(_ descriptor: Int32) throws(SystemError) -> Bool {
        try checked(tremolo_is_listening_internet(descriptor), .getsockopt) == 1
    }

    /// Where the socket is bound, getsockname(2). A socket in the file system says `.unnamed`.
    package static func localAddress(of socket: Int32) throws(SystemError) -> SocketAddress {
        var address = tremolo_address()
        try check(unsafe tremolo_local_address(socket, &address), .getsockname)
        return SocketAddress(address)
    }

    /// Who is at the other end, getpeername(2).
    package static func peerAddress(of socket: Int32) throws(SystemError) -> SocketAddress {
        var address = tremolo_address()
        try check(unsafe tremolo_peer_address(socket, &address), .getpeername)
        return SocketAddress(address)
    }

    /// True when the peer sends nothing more and everything that it sent was received, or the connection is lost,
    /// recv(2) with MSG_PEEK. It never waits.
    package static func peerHasEnded(_ socket: Int32) -> Bool {
        tremolo_peer_has_ended(socket) != 0
    }

    /// The user id of the process at the other end of a socket in the file system, SO_PEERCRED of unix(7).
    package static func peerUserID(of socket: Int32) throws(SystemError) -> UInt32 {
        UInt32(truncatingIfNeeded: try checked(tremolo_peer_user(socket), .getsockopt))
    }
}
