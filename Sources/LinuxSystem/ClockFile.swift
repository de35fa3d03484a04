import Bytes
import CLinux

/// A time of day in a file that processes share: 8 bytes, little-endian, nanoseconds since 1970 UTC. Who owns the file
/// sets the time; a server that follows it (`SystemClock.follow`) lives by it.
///
/// It lets days pass in seconds, for demonstrations and tests: a server that judges clicks by the seconds between them
/// can't be shown a campaign faster than it happened by any other clock. Setting and reading are one store and one
/// load, so that no reader sees a part of two times.
@safe
package struct ClockFile: ~Copyable {
    private let clock: UnsafeMutablePointer<UInt64>
    /// The bytes of the file that are the clock.
    package static let byteCount = 8

    /// Makes the file, or begins one that is there anew.
    package init(making path: String, nanoseconds: UInt64) throws(SystemError) {
        let file = try FileDescriptor.open(path, [.readWrite, .create, .truncate])
        var bytes = ByteBuffer(capacity: Self.byteCount)
        bytes.appendLittleEndian(nanoseconds)
        let content = bytes.toArray()
        try file.writeAll(content.span, at: 0)
        unsafe clock = try Self.map(file, writable: true)
    }

    /// Opens a clock that another process sets.
    ///
    /// - Returns: nil when it is no file, or shorter than a clock.
    package static func open(_ path: String) throws(SystemError) -> ClockFile? {
        // A pipe would wait for its writer.
        guard try Files.status(path).kind == .file else { return nil }
        let file = try FileDescriptor.open(path, .read)
        guard try file.status().sizeBytes >= byteCount else { return nil }
        return unsafe ClockFile(clock: try map(file, writable: false))
    }

    private init(clock: UnsafeMutablePointer<UInt64>) {
        unsafe self.clock = unsafe clock
    }

    deinit {
        unsafe tremolo_unmap_clock(clock)
    }

    private static func map(
        _ file: borrowing FileDescriptor, writable: Bool
    ) throws(SystemError) -> UnsafeMutablePointer<UInt64> {
        var clock: UnsafeMutablePointer<UInt64>?
        try check(unsafe tremolo_map_clock(file.rawValue, writable ? 1 : 0, &clock), .mmap)
        guard let clock = unsafe clock else { preconditionFailure("a mapping that was made has an address") }
        return unsafe clock
    }

    /// Sets the time, of a clock that this process has made.
    package func set(nanoseconds: UInt64) {
        unsafe tremolo_set_clock(clock, nanoseconds)
    }

    /// Hands the mapping over for good.
    consuming func becomeRealtimeClock() {
        unsafe tremolo_follow_clock(clock)
        discard self
    }
}
