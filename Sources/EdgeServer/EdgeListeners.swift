import HTTPEngine
import LinuxSystem
import Settings

/// The listening sockets: for each address one a worker, which share it by SO_REUSEPORT, and one for the admin
/// listener; of those that a service manager passed on, what there is.
struct EdgeListeners {
    /// For each worker its listeners, one an address.
    let edge: [[HTTPListener]]
    /// The admin listener.
    let admin: HTTPListener

    /// Binds those that were not passed on.
    ///
    /// - Parameter inherited: what a service manager passed on.
    /// - Throws: `EdgeError.listen` for an address that is taken or can't be bound, `.inherited` for a socket that is
    ///   for none of them.
    init(_ configuration: Configuration, inherited: [InheritedSocket] = []) throws(EdgeError) {
        let count = configuration.workersOrProcessors
        let plan = try ListenerPlan(inherited, configuration)
        var edge = Array(repeating: [HTTPListener](), count: count)
        for (listen, sockets) in zip(configuration.listen, plan.edge) {
            let requiresProxyHeader = configuration.requiresProxyHeader(listen)
            if !sockets.isEmpty {
                try Self.share(sockets, among: &edge, requiresProxyHeader)
                continue
            }
            var address = listen.address
            for worker in 0..<count {
                // The first one asks whether the port is free and learns which it is; the others join it.
                let listener = try Self.listen(address, flag: .listen, isFirst: worker == 0, requiresProxyHeader)
                address = listener.address
                edge[worker].append(listener)
            }
        }
        self.edge = edge
        if let socket = plan.admin {
            admin = try Self.inherit(socket, isShared: false)
        } else {
            admin = try Self.listen(configuration.admin, flag: .admin, isFirst: true)
        }
    }

    /// Gives each worker a socket and each socket a worker, however many there are of either.
    private static func share(
        _ sockets: [InheritedSocket], among edge: inout [[HTTPListener]], _ requiresProxyHeader: Bool
    ) throws(EdgeError) {
        var listeners: [HTTPListener] = []
        for socket in sockets {
            listeners.append(try inherit(socket, isShared: sockets.count < edge.count, requiresProxyHeader))
        }
        for turn in 0..<max(listeners.count, edge.count) {
            edge[turn % edge.count].append(listeners[turn % listeners.count])
        }
    }

    private static func inherit(
        _ socket: InheritedSocket, isShared: Bool, _ requiresProxyHeader: Bool = false
    ) throws(EdgeError) -> HTTPListener {
        do throws(SystemError) {
            return HTTPListener(
                try ListenerSocket(inheriting: socket.number), isShared: isShared,
                requiresProxyHeader: requiresProxyHeader, outlivesProcess: true)
        } catch {
            throw .inherited(socket: "\(socket)", reason: error.reason)
        }
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
