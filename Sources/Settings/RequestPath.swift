import Bytes

/// The path of a request that a setting has answered: that of a small file, or of a probe.
enum RequestPath {
    /// What is wrong with a path, or nil.
    ///
    /// A path is refused that no client would send as it stands: clients resolve dots, encode what is no character of a
    /// path (RFC 3986, 3.3), and end it at `?` or `#`. Percent-encoding is refused too: nobody can tell which of
    /// several spellings a client chooses.
    static func problem(of path: String) -> String? {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count > 1 else {
            return "the path of a request begins with '/' and a name: write it as in \"/healthz\""
        }
        guard path.utf8.count <= SettingsLimits.pathBytesMax else {
            return "the path is longer than \(SettingsLimits.pathBytesMax) bytes: make it shorter"
        }
        if path.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
            return "a path has neither query nor fragment: leave out what stands from '?' or '#' on"
        }
        guard path.utf8.allSatisfy(isPathByte) else {
            return "the path has a character that clients encode: use letters, digits and -._~!$&'()*+,;=:@/ alone"
        }
        let names = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if names.contains("..") || names.contains(".") {
            return "clients resolve '.' and '..' in a path before they ask: write the path that they ask for"
        }
        return nil
    }

    /// True for what may stand in a path as it is (RFC 3986, `pchar`), and for its separator.
    private static func isPathByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || "-._~!$&'()*+,;=:@/".utf8.contains(byte)
    }
}

extension SettingReading {
    /// What is wrong with a path that a setting has answered, or nil.
    func problem(ofPath path: String) -> String? {
        RequestPath.problem(of: path) ?? checks.requestPath(path)
    }
}
