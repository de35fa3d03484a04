package import Bytes
import CLinux

/// Standard output and standard error. Whoever reads them may go away: that is the error EPIPE, never a signal.
package enum StandardStream: Int32, Sendable {
    /// Descriptor 0.
    case input = 0
    /// Descriptor 1: data alone.
    case output = 1
    /// Descriptor 2: messages.
    case error = 2

    /// Writes all of `bytes`, in as many calls as it takes.
    package func writeAll(_ bytes: Span<UInt8>) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let rest = bytes.extracting(written..<bytes.count)
            written += try checked(
                unsafe rest.withUnsafeBytes { unsafe tremolo_write_no_signal(rawValue, $0.baseAddress, $0.count) },
                .write)
        }
    }

    /// Writes a text as UTF-8.
    package func write(_ text: String) throws(SystemError) {
        let bytes = Array(text.utf8)
        try writeAll(bytes.span)
    }

    /// True when the stream is a terminal.
    package var isTerminal: Bool { Host.isTerminal(rawValue) }

    /// Reads what is there into the free room of a buffer, or waits for something. The buffer has room.
    ///
    /// - Returns: how many bytes came; 0 at the end.
    package func read(into buffer: inout ByteBuffer) throws(SystemError) -> Int {
        let descriptor = FileDescriptor(owning: rawValue)
        do throws(SystemError) {
            let count = try descriptor.read(into: &buffer)
            _ = descriptor.release()
            return count
        } catch {
            _ = descriptor.release()
            throw error
        }
    }

    /// Reads all of it.
    ///
    /// - Throws: `EFBIG` when there is more than the limit.
    package func readAll(limitBytes: Int) throws(SystemError) -> [UInt8] {
        let descriptor = FileDescriptor(owning: rawValue)
        do throws(SystemError) {
            let contents = try Files.readAll(of: descriptor, limitBytes: limitBytes)
            _ = descriptor.release()
            return contents
        } catch {
            _ = descriptor.release()
            throw error
        }
    }
}
