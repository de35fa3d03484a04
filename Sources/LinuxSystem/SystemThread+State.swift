import Bytes
import CLinux

// What the kernel says of a thread.

extension SystemThread {
    /// The number by which the kernel knows the calling thread, gettid(2).
    package static var currentNumber: Int32 { tremolo_thread_number() }

    /// Whether a thread of this process runs or could run if it had a processor, and so waits for nothing else: state R
    /// of proc_pid_stat(5).
    ///
    /// - Parameter number: `currentNumber` of that thread.
    /// - Returns: nil when there is no such thread, or where the kernel's word is not to be had: /proc is not mounted,
    ///   no descriptor is left.
    package static func isRunnable(_ number: Int32) -> Bool? {
        guard let file = try? FileDescriptor.open("/proc/self/task/\(number)/stat", .read) else { return nil }
        var line = ByteBuffer(capacity: 512)
        guard let count = try? file.read(into: &line), count > 0 else { return nil }
        return line.withSpan { bytes in
            // The name stands in parentheses and may hold some itself; the state follows the last one and a blank.
            var last = bytes.count - 1
            while last >= 0, bytes[last] != UInt8(ascii: ")") { last -= 1 }
            guard last >= 0, last + 2 < bytes.count else { return nil }
            return bytes[last + 2] == UInt8(ascii: "R")
        }
    }
}
