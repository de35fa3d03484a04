package import LinuxSystem

/// A server that is measured.
package struct LoadServer: Equatable, Sendable {
    /// What reports call it.
    package var name: String
    /// As it was given.
    package var url: String
    /// Where it listens.
    package var address: SocketAddress
    /// How much of its answers is checked.
    package var depth = CheckDepth.full
    /// Its process; nil: not looked at.
    package var process: Int32?

    package init(name: String, url: String, address: SocketAddress, depth: CheckDepth = .full, process: Int32? = nil) {
        self.name = name
        self.url = url
        self.address = address
        self.depth = depth
        self.process = process
    }

    /// Where the server of a URL listens: `http://` and an IP address or localhost, with a port or 80, and at most a
    /// `/` behind it. Nil for anything else: names are not looked up, and paths are the scenario's.
    package static func address(of url: String) -> SocketAddress? {
        let prefix = "http://"
        guard url.lowercased().hasPrefix(prefix) else { return nil }
        var rest = url.dropFirst(prefix.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard !rest.isEmpty, !rest.contains("/"), !rest.contains("@"), !rest.hasPrefix(":"), !rest.hasPrefix("*")
        else { return nil }
        let hasPort = rest.last != "]" && rest.contains(":")
        guard let address = SocketAddress(hasPort ? String(rest) : rest + ":80"), address.ipAddress != nil else {
            return nil
        }
        return address
    }

    /// Finds out whether anybody listens there.
    ///
    /// - Throws: why not.
    package func requireReachable() throws(SystemError) {
        _ = try ClientSocket(connectingTo: address, timeoutMilliseconds: 2_000)
    }
}
