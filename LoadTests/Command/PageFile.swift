import LinuxSystem
import Settings

/// The file of `--html`. It is opened before anything is measured, so that a name that can't be written costs no run,
/// and written in place: a link or a device stays what it is.
struct PageFile: ~Copyable {
    private let path: String
    private let file: FileDescriptor

    /// Opens the file, making it where there is none; what stands in it stays until `write`.
    init(_ path: String) throws(LoadFailure) {
        self.path = path
        file = try Self.open(path)
    }

    private static func open(_ path: String) throws(LoadFailure) -> FileDescriptor {
        do throws(SystemError) {
            return try FileDescriptor.open(path, [.write, .create])
        } catch {
            throw failure(path, error)
        }
    }

    /// Puts a page in place of what stands there.
    consuming func write(_ text: String) throws(LoadFailure) {
        let path = path
        do throws(SystemError) {
            if try file.status().kind == .file { try file.truncate(to: 0) }
            let bytes = Array(text.utf8)
            var written = 0
            while written < bytes.count { written += try file.write(bytes.span.extracting(written..<bytes.count)) }
            try file.close()
        } catch {
            throw Self.failure(path, error)
        }
    }

    private static func failure(_ path: String, _ error: SystemError) -> LoadFailure {
        LoadFailure(.cannotCreate, Message(path, why: error.reason, whatToDo: "name another file"))
    }
}
