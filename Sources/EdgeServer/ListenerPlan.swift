import LinuxSystem
import Settings

/// Which of the sockets that a service manager passed on serves which address of the configuration.
///
/// A socket serves the address that it is bound to. One that is called `admin` is the admin listener wherever it is;
/// one that is called `edge` takes the place of the one address in `listen` that is left over, so that the socket unit
/// alone says where the edge is.
struct ListenerPlan {
    /// For each address of `listen`, in their order, its sockets; none: the server binds it.
    private(set) var edge: [[InheritedSocket]]
    /// The admin listener's socket; nil: the server binds it.
    private(set) var admin: InheritedSocket?

    /// - Throws: `EdgeError.inherited` for a socket that serves none of them.
    init(_ sockets: [InheritedSocket], _ configuration: Configuration) throws(EdgeError) {
        edge = configuration.listen.map { _ in [] }
        var others: [InheritedSocket] = []
        for socket in sockets {
            let place = configuration.listen.firstIndex { $0.address == socket.address }
            if socket.name == "admin"
                || (place == nil && socket.name != "edge" && socket.address == configuration.admin)
            {
                try takeAdmin(socket, configuration)
            } else if let place {
                edge[place].append(socket)
            } else {
                others.append(socket)
            }
        }
        try takeLeftOver(others, configuration)
        // The engine's bound for one worker; a worker has one socket of each address, or more where there are more
        // sockets than workers.
        let workers = configuration.workersOrProcessors
        let most = edge.reduce(0) { $0 + max(1, ($1.count + workers - 1) / workers) }
        if most > SettingsLimits.listenersMax, let last = edge.joined().max(by: { $0.number < $1.number }) {
            throw .inherited(
                socket: "\(last)",
                reason: "a worker takes \(SettingsLimits.listenersMax) sockets at most: pass fewer on, or raise workers"
            )
        }
    }

    private mutating func takeAdmin(_ socket: InheritedSocket, _ configuration: Configuration) throws(EdgeError) {
        if let admin {
            throw .inherited(
                socket: "\(socket)", reason: "\(admin) is the admin listener already: pass one of them on")
        }
        if !socket.address.isLoopback, configuration.adminToken == nil, configuration.adminTokenFile == nil {
            throw .inherited(
                socket: "\(socket)",
                reason: "an admin listener that other machines reach needs a token: set adminTokenFile, or have the "
                    + "socket unit listen on 127.0.0.1")
        }
        admin = socket
    }

    private mutating func takeLeftOver(
        _ others: [InheritedSocket], _ configuration: Configuration
    ) throws(EdgeError) {
        guard let first = others.first(where: { $0.name != "edge" }) ?? others.first else { return }
        let free = edge.indices.filter { edge[$0].isEmpty }
        guard first.name == "edge", free.count == 1, others.allSatisfy({ $0.address == first.address }) else {
            let listen = configuration.listen.map { "\($0.address)" }.joined(separator: ", ")
            throw .inherited(
                socket: "\(first)",
                reason: "neither listen (\(listen)) nor admin (\(configuration.admin)) has this address: add it to "
                    + "listen, or give the socket unit one of theirs, or FileDescriptorName=edge where listen has one "
                    + "address, or =admin")
        }
        edge[free[0]] = others
    }
}
