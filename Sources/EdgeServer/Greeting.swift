package import LinuxSystem
package import Settings

/// What a newcomer can try next: a link, a pixel and the report, ready to be copied.
package enum Greeting {
    /// The text.
    ///
    /// - Parameters:
    ///   - address: where the edge listens. A server that listens everywhere is reached on this machine, or through a
    ///     container's forwarded port, as 127.0.0.1.
    ///   - configuration: names a section and the data folder.
    package static func text(listeningOn address: SocketAddress, _ configuration: Configuration) -> String {
        let base = "http://\(reachable(address))"
        let section = configuration.sections.first
        let host = section?.hosts.first { !$0.hasPrefix("*") } ?? "www.example.com"
        let fields = "cuid=you%40mail.example&cuidType=ihe&sec=\(section?.id ?? "1")&expId=1&expVer=1&va="
        let data = configuration.data == "data" ? "" : " --data \(quoted(configuration.data))"
        return """

            Tremolo answers on \(base). Try a tracking link in a browser:
              \(base)/tremclk?\(fields)&targetUrl=https%3A%2F%2F\(host)%2F
            and a pixel:
              \(base)/tremop?\(fields)
            Then see the report, from another terminal:
              .build/release/tremolo report\(data)
            Stop with control-C.
            """
    }

    private static func reachable(_ address: SocketAddress) -> SocketAddress {
        switch address {
        case .internet(.ipv4(0), let port), .internet(.ipv6(0, 0), let port): .internet(.loopback, port: port)
        default: address
        }
    }

    /// A text as one word of a shell.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-+:,@%".utf8.contains(byte)
            }
        }
        if isPlain, !text.isEmpty { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
