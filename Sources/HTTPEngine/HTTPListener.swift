package import LinuxSystem

/// A listening socket that one worker, or several, accept from.
///
/// The socket closes when the last worker that has it drained and nobody else holds this object.
package final class HTTPListener: Sendable {
    /// Where it listens.
    package let address: SocketAddress
    /// True when several workers accept from this one socket.
    package let isShared: Bool
    let socket: ListenerSocket

    /// Takes a listening socket over. Accepted TCP connections send small packets at once (TCP_NODELAY is inherited).
    ///
    /// - Parameter isShared: true when more than one worker is given this object, so that a new connection wakes one.
    package init(_ socket: consuming ListenerSocket, isShared: Bool = false) {
        address = socket.address
        self.isShared = isShared
        // A socket in the file system has no such option and no need for it.
        if address.ipAddress != nil { try? Sockets.setNoDelay(socket.rawValue) }
        self.socket = socket
    }
}
