import CLinux

/// The addresses of a machine's name: for whoever connects to one. What a server binds to is never looked up.
package enum HostName {
    /// Why a name gives no address.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The call failed.
        case system(SystemError)
        /// The resolver's words.
        case unknown(String)

        /// The reason.
        package var description: String {
            switch self {
            case .system(let error): "\(error)"
            case .unknown(let reason): reason
            }
        }
    }

    /// Most addresses that are looked at.
    private static let addressesMax = 16

    /// The addresses of a name, best first, or the one that it is itself. It may wait for a name server: some seconds,
    /// as resolv.conf(5) says.
    ///
    /// - Throws: why there is none.
    package static func addresses(of name: String) throws(Failure) -> [IPAddress] {
        if let address = IPAddress(name) { return [address] }
        guard !name.utf8.contains(0) else { throw .unknown("it is no name") }
        var found = [tremolo_address](repeating: tremolo_address(), count: addressesMax)
        var reason: UnsafePointer<CChar>?
        let count = unsafe tremolo_look_up(name, &found, found.count, &reason)
        if count < 0 { throw .system(SystemError(call: .getaddrinfo, errno: Int32(truncatingIfNeeded: -count))) }
        let addresses = found.prefix(count).compactMap { raw -> IPAddress? in
            guard case .internet(let address, _) = SocketAddress(raw) else { return nil }
            return address
        }
        guard addresses.isEmpty else { return addresses }
        throw .unknown(unsafe reason.map { unsafe String(cString: $0) } ?? "it has no address")
    }
}
