import Bytes
import LinuxSystem
import Settings

/// A CSV file that a command reads, or standard input: opened once, read a chunk at a time.
struct CSVInput: ~Copyable {
    /// The file as messages name it.
    let name: String
    private let file: FileDescriptor
    /// As the file was when it was opened; nil for a pipe.
    private let opened: FileStatus?

    /// Opens a file; `-` is standard input.
    init(_ path: String) throws(CommandFailure) {
        name = path == "-" ? "standard input" : path
        do throws(SystemError) {
            file = try FileDescriptor.open(path == "-" ? "/dev/stdin" : path, .read)
        } catch {
            throw Self.unreadable(name, error)
        }
        opened = (try? file.status()).flatMap { $0.kind == .file ? $0 : nil }
    }

    /// Hands over every record; where something is wrong with the file, those before it and then the failure.
    ///
    /// - Parameter note: what is added to that, such as what was done with the records before.
    borrowing func forEachRecord(
        note: () -> String = { "" }, _ body: (CSVRecord) throws(CommandFailure) -> Void
    ) throws(CommandFailure) {
        var reader = CSVReader()
        var buffer = ByteBuffer(capacity: 65_536)
        var isAtEnd = false
        while !isAtEnd {
            buffer.removeAll()
            isAtEnd = try read(into: &buffer) == 0
            var records: [CSVRecord] = []
            var problem: CSVError?
            do throws(CSVError) {
                if isAtEnd {
                    if let last = try reader.finish() { records.append(last) }
                } else {
                    try buffer.withSpan { bytes throws(CSVError) in try reader.read(bytes, into: &records) }
                }
            } catch {
                problem = error
            }
            for record in records { try body(record) }
            if let problem { throw bad(problem.message, "write it as RFC 4180 has it\(note())") }
        }
    }

    /// Bytes of the file; nil where it is a pipe.
    var sizeBytes: UInt64? { opened?.sizeBytes }

    /// True for a file that somebody has written to since it was opened; a pipe has its own end.
    borrowing func hasChanged() throws(CommandFailure) -> Bool {
        guard let opened else { return false }
        do throws(SystemError) {
            let now = try file.status()
            return now.sizeBytes != opened.sizeBytes || now.changedNanoseconds != opened.changedNanoseconds
        } catch {
            throw Self.unreadable(name, error)
        }
    }

    private static func unreadable(_ name: String, _ error: SystemError) -> CommandFailure {
        CommandFailure(
            error.isNotFound ? .noInput : error.isNoPermission ? .noPermission : .inputOutput,
            Message(name, why: error.reason, whatToDo: "name a CSV file that can be read"))
    }

    /// Appends the next bytes.
    ///
    /// - Returns: how many; 0 at the end.
    borrowing func read(into buffer: inout ByteBuffer) throws(CommandFailure) -> Int {
        do throws(SystemError) {
            return try file.read(into: &buffer)
        } catch {
            throw Self.unreadable(name, error)
        }
    }

    /// A failure of the file's contents.
    borrowing func bad(_ why: String, _ whatToDo: String) -> CommandFailure {
        CommandFailure(.badInput, Message(name, why: why, whatToDo: whatToDo))
    }
}
