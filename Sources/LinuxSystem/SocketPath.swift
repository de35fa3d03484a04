/// Reaches a socket in the file system by a path of any length: what does not fit into a socket's address (unix(7),
/// `sun_path`) goes through the descriptor of its folder.
enum SocketPath {
    /// The most bytes that a socket's address takes, the zero byte behind them left out.
    private static let bytesMax = 107

    /// Calls `body` with a path that leads to the same file and is short enough, as long as the file's own name is.
    static func withShort<Result>(
        _ path: String, _ body: (String) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        guard path.utf8.count > bytesMax else { return try body(path) }
        let folder = try FileDescriptor.open(Files.parent(of: path), [.read, .directory])
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String($0) ?? "" } ?? ""
        let result = try body("/proc/self/fd/\(folder.rawValue)/\(name)")
        // The descriptor must not be closed before the path was used.
        try folder.close()
        return result
    }
}
