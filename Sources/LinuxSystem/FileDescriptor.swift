import CLinux

/// An open file, socket or other thing of the kernel: owned by exactly one value, and closed with it.
///
/// Where the end of the value closes it, an error of close(2) is not seen; `close()` hands it over.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number that the kernel knows it by. It means nothing once this value is gone.
    package let rawValue: Int32

    /// Takes over a number that nobody else owns.
    package init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    deinit {
        _ = tremolo_close(rawValue)
    }

    /// Closes it, close(2).
    ///
    /// - Throws: what the kernel had to say about earlier writes. The descriptor is gone either way.
    package consuming func close() throws(SystemError) {
        let raw = release()
        try check(tremolo_close(raw), .close)
    }

    /// Gives up the ownership without closing.
    ///
    /// - Returns: the number; who gets it closes it.
    package consuming func release() -> Int32 {
        let raw = rawValue
        discard self
        return raw
    }
}
