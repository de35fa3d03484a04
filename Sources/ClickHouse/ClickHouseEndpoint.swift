import Bytes
import LinuxSystem

/// Where a ClickHouse server answers HTTP.
package struct ClickHouseEndpoint: Equatable, Sendable {
    /// A name or an address.
    package let host: String
    /// Its port; 8123 where the URL names none, which is ClickHouse's own.
    package let port: UInt16
    /// What stands before the query in the path: empty, or such as `/clickhouse`.
    package let path: String

    /// Why a text is no endpoint.
    package enum Problem: Error, Equatable, Sendable, CustomStringConvertible {
        /// It begins with `https://`.
        case encrypted
        /// Something of it has no place in an endpoint.
        case malformed(String)

        /// What is wrong, and what to do.
        package var description: String {
            switch self {
            case .encrypted:
                "TLS is made by a proxy on this machine: name the proxy's address, as in http://127.0.0.1:8123 "
                    + "(Documentation/fleet.md)"
            case .malformed(let why): "\(why): write it as http://HOST:PORT"
            }
        }
    }

    /// Reads `http://HOST[:PORT][/PATH]`.
    package init(_ url: String) throws(Problem) {
        let small = url.lowercased()
        if small.hasPrefix("https://") { throw .encrypted }
        guard small.hasPrefix("http://") else { throw .malformed("it does not begin with http://") }
        let rest = url.dropFirst(7)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else { throw .malformed("it has a query") }
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .malformed("it holds a blank or what is not ASCII")
        }
        guard !authority.contains("@") else {
            throw .malformed("it names a user, which belongs into clickhouse.user and clickhouse.passwordFile")
        }
        (host, port) = try Self.place(authority)
        self.path = path == "/" ? "" : String(path)
    }

    private static func place(_ authority: Substring) throws(Problem) -> (String, UInt16) {
        var name = authority
        var port: UInt16 = 8_123
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            let digits = authority[authority.index(after: colon)...]
            guard let number = UInt16(digits), number > 0, digits.utf8.allSatisfy(\.isASCIIDigit) else {
                throw .malformed("its port is none")
            }
            port = number
            name = authority[..<colon]
        }
        if name.hasPrefix("["), name.hasSuffix("]") {
            name = name.dropFirst().dropLast()
            guard name.contains(":"), IPAddress(name) != nil else { throw .malformed("its address is none") }
        } else if name.contains(":") {
            throw .malformed("an IPv6 address stands in brackets")
        }
        guard !name.isEmpty else { throw .malformed("it names no machine") }
        return (String(name), port)
    }
}

extension ClickHouseEndpoint: CustomStringConvertible {
    /// As `Host` has it: the machine and the port.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
