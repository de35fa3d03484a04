import CLinux

/// A socket that sends messages to another one of this machine by its name: how service managers are told things.
package struct DatagramSocket: ~Copyable, Sendable {
    private let descriptor: FileDescriptor
    private let name: [UInt8]

    /// Opens it.
    ///
    /// - Parameters:
    ///   - name: a path, or `@` and a name that is in no file system (abstract, unix(7)).
    ///   - timeoutMilliseconds: how long a send waits for room at the other end.
    package init(sendingTo name: String, timeoutMilliseconds: Int32) throws(SystemError) {
        descriptor = FileDescriptor(
            owning: Int32(truncatingIfNeeded: try checked(tremolo_open_datagrams(timeoutMilliseconds), .socket)))
        var bytes = Array(name.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        self.name = bytes
    }

    /// Sends one message.
    ///
    /// - Parameter waits: false for one that is sent at once or not.
    /// - Throws: `isNobodyListening` where nobody has the name, `isWouldBlock` when there was no room in time.
    package func send(_ message: String, waits: Bool = true) throws(SystemError) {
        let bytes = Array(message.utf8)
        let result = unsafe name.withUnsafeBytes { name in
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe tremolo_send_datagram(
                    descriptor.rawValue, name.baseAddress, name.count, bytes.baseAddress, bytes.count,
                    waits ? 1 : 0)
            }
        }
        try check(result, .send)
    }
}
