import Foundation

/// Holds a listening socket as a service manager does, and starts servers that inherit it, one behind the end of
/// another.
package final class Supervisor {
    /// Where the socket listens.
    package let port: Int
    /// What the servers tell.
    package let notices: NotifyReceiver
    private let listener: Int32
    private let folder: TemporaryFolder
    private var builds: [String] = []
    private var replacements = 0

    package struct Failure: Error {
        package let call: String
        package let errno: Int32
    }

    /// - Parameter folder: where binaries and the data folder are.
    package init(in folder: TemporaryFolder) throws {
        self.folder = folder
        notices = try NotifyReceiver()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let bound = unsafe bind(listener, pointer, length)
                guard bound == 0, listen(listener, 4_096) == 0 else { return Int32(-1) }
                return unsafe getsockname(listener, pointer, &length)
            }
        }
        guard result == 0 else { throw Failure(call: "bind", errno: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit {
        close(listener)
    }

    /// Puts another file of the program in the place of the one that is installed, as an upgrade does.
    package func replaceBinary() throws {
        if builds.isEmpty {
            builds = ["a", "b"].map { "\(folder.path)/build-\($0)" }
            for build in builds { try FileManager.default.copyItem(atPath: tremoloBinary(), toPath: build) }
        }
        let next = "\(folder.path)/tremolo.new"
        try FileManager.default.linkItem(atPath: builds[replacements % 2], toPath: next)
        guard unsafe rename(next, binary) == 0 else { throw Failure(call: "rename", errno: errno) }
        replacements += 1
    }

    private var binary: String { "\(folder.path)/tremolo" }

    /// Starts the installed program on the socket.
    ///
    /// - Parameters:
    ///   - configuration: its file.
    ///   - variables: further ones, in place of those that name and count the socket.
    package func start(_ configuration: String, _ variables: [String: String] = [:]) throws -> RunningEdge {
        // The socket comes as standard input, which is all that a process of a test hands on, and becomes descriptor 3.
        let script = "exec 3<&0 0</dev/null; shift; export LISTEN_PID=$$; exec '\(binary)' \"$@\""
        return try RunningEdge(
            data: folder.path + "/data", configuration: configuration, drainDelay: "100 ms",
            environment: [
                "LISTEN_FDS": "1", "LISTEN_FDNAMES": "edge", "NOTIFY_SOCKET": notices.name,
            ].merging(variables) { $1 },
            wrapper: ["/bin/sh", "-c", script, "sh"],
            input: listener)
    }

    /// The first lines of the notices up to one that begins so, waited for.
    package func notices(upTo end: String) -> [String] {
        var heads: [String] = []
        while heads.last != end {
            heads.append(notices.next().split(separator: "\n").first.map(String.init) ?? "")
        }
        return heads
    }
}
