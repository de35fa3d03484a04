import HTTPEngine
import LinuxSystem
import Settings

/// The listening sockets: for each address one a worker, which share it by SO_REUSEPORT, and one for the admin
/// listener.
struct EdgeListeners {
    /// For each worker its listeners, one an address.
    let edge: [[HTTPListener]]
    /// The admin listener.
    let admin: HTTPListener

    /// Binds all of them.
    ///
    /// - Throws: `EdgeError.listen` for an address that is taken or can't be bound.
    init(_ configuration: Configuration) throws(EdgeError) {
        let count = configuration.workersOrProcessors
        var edge = Array(repeating: [HTTPListener](), count: count)
        for listen in configuration.listen {
            var address = listen.address
            let requiresProxyHeader = configuration.requiresProxyHeader(listen)
            for worker in 0..<count {
                // The first one asks whether the port is free and learns which it is; the others join it.
                let listener = try Self.listen(address, flag: .listen, isFirst: worker == 0, requiresProxyHeader)
                address = listener.address
                edge[worker].append(listener)
            }
        }
        self.edge = edge
        admin = try Self.listen(configuration.admin, flag: .admin, isFirst: true)
    }

    private static func listen(
        _ address: SocketAddress, flag: EdgeError.StaticText, isFirst: Bool, _ requiresProxyHeader: Bool = false
    ) throws(EdgeError) -> HTTPListener {
        do throws(SystemError) {
            if isFirst { try ListenerSocket.requireFree(address) }
            return HTTPListener(
                try ListenerSocket(listeningOn: address), requiresProxyHeader: requiresProxyHeader)
        } catch {
            throw .listen(address: address, flag: flag, error)
        }
    }
}
