import Foundation

/// The end that a service manager holds of sd_notify(3): a datagram socket of a name.
package final class NotifyReceiver {
    /// What `NOTIFY_SOCKET` is to be.
    package let name: String
    private let descriptor: Int32
    private let folder: TemporaryFolder

    /// The socket could not be made.
    package struct Unmade: Error {
        package let errno: Int32
    }

    /// - Parameter isAbstract: true for a name that is in no file system.
    package init(isAbstract: Bool = false) throws {
        folder = try TemporaryFolder()
        name = isAbstract ? "@tremolo-test-\(UUID().uuidString)" : folder.path + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        if isAbstract { bytes[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
        }
        guard result == 0 else { throw Unmade(errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// The next message, waited for.
    package func next() -> String { receive(0) ?? "" }

    /// The next message, if it has come.
    package func nextIfAny() -> String? { receive(Int32(MSG_DONTWAIT)) }

    private func receive(_ flags: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, flags) }
        return count >= 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
