package import LinuxSystem

/// One listener of the edge.
package struct ListenSettings: Equatable, Sendable {
    /// The IP address and port to bind; port 0 lets the system choose.
    package var address: SocketAddress
    /// Whether this listener expects a PROXY header; nil: as the setting of the same name beside `listen` says.
    package var proxyProtocol: ProxyProtocolSetting?

    /// Makes a listener.
    package init(address: SocketAddress, proxyProtocol: ProxyProtocolSetting? = nil) {
        self.address = address
        self.proxyProtocol = proxyProtocol
    }
}

extension ListenSettings: SettingsGroup {
    init() {
        self.init(address: .internet(.loopback, port: 8_080))
    }

    static let schema: [Setting<ListenSettings>] = [
        Setting("address", \.address, .address),
        Setting("proxyProtocol", \.proxyProtocol, .optional(.choice())),
    ]
}

/// Whether a connection begins with a PROXY header. There is no guessing: a header that was not announced is an attack.
package enum ProxyProtocolSetting: String, CaseIterable, Sendable {
    /// No connection does.
    case off
    /// Every connection does.
    case require
}
