/// Where `tremolo doctor` sends its clicks: scheme, host and port of a tracking URL.
struct DoctorOrigin {
    let isSecure: Bool
    /// Without brackets.
    let host: String
    /// As it stands in the URL.
    let authority: String
    /// 443 or 80 where the URL has none.
    let port: Int

    /// As it stands in front of a path.
    var text: String { "\(isSecure ? "https" : "http")://\(authority)" }

    /// An address as it stands before a port.
    static func bracketed(_ address: String) -> String { address.contains(":") ? "[\(address)]" : address }

    /// Reads a URL; what stands behind the host is left out. Nil for what is no http or https URL, and for one with a
    /// user.
    init?(_ url: String) {
        let lower = url.lowercased()
        guard lower.hasPrefix("https://") || lower.hasPrefix("http://") else { return nil }
        isSecure = lower.hasPrefix("https://")
        let rest = lower.dropFirst(isSecure ? 8 : 7)
        authority = String(rest.prefix { !"/?#".contains($0) })
        let isPlain = authority.utf8.allSatisfy { byte in
            byte > 0x20 && byte < 0x7F && !"@\"\\<>^`{|}%".utf8.contains(byte)
        }
        guard !authority.isEmpty, isPlain else { return nil }
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            guard let port = Self.port(authority[authority.index(after: end)...]) else { return nil }
            self.port = port ?? (isSecure ? 443 : 80)
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = String(authority[..<colon])
            guard let port = Self.port(authority[colon...]) else { return nil }
            self.port = port ?? (isSecure ? 443 : 80)
        }
        guard !host.isEmpty else { return nil }
    }

    /// The port behind a host: nil inside where there is none, nil where it is none.
    private static func port(_ text: Substring) -> Int?? {
        guard !text.isEmpty else { return .some(nil) }
        guard text.first == ":", let port = Int(text.dropFirst()), (1...65_535).contains(port) else { return nil }
        return port
    }
}
