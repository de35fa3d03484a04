package import LinuxSystem

/// A listening socket that one worker, or several, accept from.
///
/// The socket closes when the last worker that has it drained and nobody else holds this object.
package final class HTTPListener: Sendable {
    /// Where it listens.
    package let address: SocketAddress
    /// True when several workers accept from this one socket.
    package let isShared: Bool
    /// True when every connection begins with a PROXY header, and only trusted proxies may connect.
    package let requiresProxyHeader: Bool
    /// True when another process holds the socket, too: whoever waits in its queue when this one ends is taken by the
    /// next that accepts.
    package let outlivesProcess: Bool
    let socket: ListenerSocket

    /// Takes a listening socket over. Accepted TCP connections inherit that small packets leave at once (TCP_NODELAY)
    /// and the simplest congestion control that there is.
    ///
    /// - Parameters:
    ///   - isShared: true when more than one worker is given this object, so that a new connection wakes one.
    ///   - requiresProxyHeader: true when every connection begins with a PROXY header (`ProxyHeader`).
    ///   - outlivesProcess: true for a socket that another process holds, too: a drain leaves its queue alone.
    package init(
        _ socket: consuming ListenerSocket, isShared: Bool = false, requiresProxyHeader: Bool = false,
        outlivesProcess: Bool = false
    ) {
        self.requiresProxyHeader = requiresProxyHeader
        address = socket.address
        self.isShared = isShared
        self.outlivesProcess = outlivesProcess
        // A socket in the file system has no such option and no need for it.
        if address.ipAddress != nil {
            try? Sockets.setNoDelay(socket.rawValue)
            // Answers fit in the first flight of a connection, so that there is nothing to find out about the network.
            // Controls that model it (BBR) do so for each of them all the same, at two hundredths of a click.
            try? Sockets.setCongestionControl(socket.rawValue, "reno")
        }
        self.socket = socket
    }
}
