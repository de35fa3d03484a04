package import Bytes
import CLinux

/// A connection that this process made: blocking, with one timeout for connecting and for each send and receive.
///
/// It serves commands that talk to the running server, and tests. The edge never waits on one.
package struct ClientSocket: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// Connects, over TCP or to a socket in the file system.
    ///
    /// - Parameters:
    ///   - source: an address of this machine that a connection over TCP comes from, or nil for the kernel's choice.
    ///   - timeoutMilliseconds: for connecting, and then for each send and each receive; at least 1.
    /// - Throws: `isTimeout` when nobody answered in time, `isNobodyListening` when the address is free.
    package init(
        connectingTo address: SocketAddress, from source: IPAddress? = nil, timeoutMilliseconds: Int32
    ) throws(SystemError) {
        var wanted = address.raw
        let raw: Int
        if case .unix(let path) = address {
            raw = try SocketPath.withShort(path) { (short) throws(SystemError) in
                try checked(unsafe tremolo_connect(&wanted, short, nil, timeoutMilliseconds), .connect)
            }
        } else if let source {
            var from = SocketAddress.internet(source, port: 0).raw
            raw = try checked(unsafe tremolo_connect(&wanted, nil, &from, timeoutMilliseconds), .connect)
        } else {
            raw = try checked(unsafe tremolo_connect(&wanted, nil, nil, timeoutMilliseconds), .connect)
        }
        descriptor = FileDescriptor(owning: Int32(truncatingIfNeeded: raw))
    }

    /// The raw number, for the calls of `Sockets`.
    package var rawValue: Int32 { descriptor.rawValue }

    /// Sends all of `bytes`; waits for room, at most the timeout each time.
    package func sendAll(_ bytes: Span<UInt8>) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            switch Sockets.send(bytes.extracting(sent..<bytes.count), to: descriptor.rawValue) {
            case .bytes(let count): sent += count
            case .wouldBlock: throw SystemError.timeout(in: .send)
            case .failure(let error): throw error
            }
        }
    }

    /// Receives into the free room of `buffer`, which has some.
    ///
    /// - Returns: how many bytes came; 0 when the peer sends nothing more.
    /// - Throws: `isTimeout` when nothing came in time.
    package func receive(into buffer: inout ByteBuffer) throws(SystemError) -> Int {
        switch Sockets.receive(from: descriptor.rawValue, into: &buffer) {
        case .bytes(let count): return count
        case .endOfStream: return 0
        case .wouldBlock: throw SystemError.timeout(in: .recv)
        case .failure(let error): throw error
        }
    }

    /// Ends the sending direction; receiving goes on.
    package func shutdownWrite() throws(SystemError) {
        try Sockets.shutdownWrite(descriptor.rawValue)
    }

    /// Gives up the ownership of the connection without closing it.
    package consuming func release() -> FileDescriptor {
        descriptor
    }
}
