import Foundation
package import LinuxSystem
import Synchronization

/// A server of a test that says what it is told to, one connection after the other, and remembers what it heard.
package final class ScriptedPeer: Sendable {
    /// What it does on a connection, step by step.
    package enum Step: Sendable {
        /// Reads until the text has come.
        case read(until: String)
        /// Says a text, a byte at a time where it is slow.
        case say(String, isSlow: Bool = false)
        /// Waits until the client has given up.
        case wait
    }

    /// Where it listens.
    package let address: SocketAddress
    private let heard = Mutex<[String]>([])
    private let done = DispatchSemaphore(value: 0)

    /// Plays a list of steps for each connection that comes, then listens no more.
    package init(_ connections: [Step]...) throws {
        let listener = try ListenerSocket(listeningOn: .internet(.loopback, port: 0))
        address = listener.address
        let rawValue = try Self.released(listener)
        Thread { [self] in
            for steps in connections { play(steps, on: Self.accepted(rawValue)) }
            close(rawValue)
            done.signal()
        }.start()
    }

    /// What each connection said, waited for.
    package func end() -> [String] {
        done.wait()
        return heard.withLock { $0 }
    }

    private static func released(_ listener: consuming ListenerSocket) throws -> Int32 {
        // Programs that other tests start meanwhile must not hold it open.
        let copy = fcntl(listener.rawValue, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemError(call: .open, errno: errno) }
        return copy
    }

    private static func accepted(_ listener: Int32) -> Int32 {
        while true {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            unsafe poll(&waiting, 1, -1)
            let client = accept(listener, nil, nil)
            guard client >= 0 else { continue }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            return client
        }
    }

    private func play(_ steps: [Step], on client: Int32) {
        defer { close(client) }
        var text = ""
        defer { heard.withLock { $0.append(text) } }
        for step in steps {
            switch step {
            case .read(let end):
                let start = text.count
                while !text.dropFirst(start).hasSuffix(end) {
                    var bytes = [UInt8](repeating: 0, count: 65_536)
                    let count = unsafe recv(client, &bytes, bytes.count, 0)
                    guard count > 0 else { return }
                    text += String(decoding: bytes[..<count], as: UTF8.self)
                }
            case .say(let words, let isSlow):
                let bytes = Array(words.utf8)
                for piece in isSlow ? bytes.map({ [$0] }) : [bytes] {
                    _ = unsafe send(client, piece, piece.count, Int32(MSG_NOSIGNAL))
                }
            case .wait:
                var byte: UInt8 = 0
                while unsafe recv(client, &byte, 1, 0) > 0 {}
            }
        }
    }
}
