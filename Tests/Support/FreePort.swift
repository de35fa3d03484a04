import Foundation

/// A port of 127.0.0.1 that nobody listens on.
package func freePortOfLoopback() -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
        }
    }
    precondition(result == 0, "the kernel gives a port")
    return Int(UInt16(bigEndian: address.sin_port))
}
