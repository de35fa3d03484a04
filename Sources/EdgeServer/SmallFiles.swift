import Bytes
import HTTPEngine
import Settings
import Synchronization

/// The small files of one worker, as answers that are ready to send.
final class SmallFiles: Sendable {
    /// An object, because an array takes no value that can't be copied.
    private final class Answer: Sendable {
        let response: PreparedResponse

        init(_ file: SmallFile) {
            response = PreparedResponse(
                status: .ok, contentType: file.contentType,
                headers: [
                    // Nothing here needs to run or to load anything, and what did would do so in the sender's name.
                    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
                    ("X-Content-Type-Options", "nosniff"),
                ], body: file.bytes)
        }
    }

    /// Their paths behind each other, and where each of them stands: looking one up takes a reference to no object.
    private let paths: [UInt8]
    private let ranges: [Range<Int>]
    private let answers: [Answer]

    /// Prepares the answers.
    init(_ files: [SmallFile]) {
        var paths: [UInt8] = []
        var ranges: [Range<Int>] = []
        for file in files {
            ranges.append(paths.count..<paths.count + file.path.utf8.count)
            paths += Array(file.path.utf8)
        }
        self.paths = paths
        self.ranges = ranges
        answers = files.map(Answer.init)
    }

    /// Answers a request for one of them. A file that fits into what a turn may send allocates nothing.
    ///
    /// - Returns: false, and nothing written, where the path is none of theirs.
    func answer(_ path: Span<UInt8>, into response: inout ResponseWriter) -> Bool {
        let paths = paths
        for number in ranges.indices where paths.span.extracting(ranges[number]).equals(path) {
            response.respond(answers[number].response)
            return true
        }
        return false
    }
}

/// The small files in every worker.
final class SmallFilesReload: ReloadPart {
    private let inForce: Mutex<[SmallFile]>

    /// - Parameter inForce: what the workers were made with.
    init(inForce: [SmallFile]) {
        self.inForce = Mutex(inForce)
    }

    func takes(_ path: String) -> Bool { path.hasPrefix("static.") }

    /// Reads every file once, so that all workers serve the same.
    func prepare(
        _ next: Configuration, for workers: inout [WorkerRenewal]
    ) throws(EdgeError) -> @Sendable () -> [String] {
        let files = try SmallFile.read(next)
        for index in workers.indices { workers[index].files = SmallFiles(files) }
        return { [self] in
            inForce.withLock { before in
                defer { before = files }
                // Another path or file is a setting that differs, and is told as one.
                return files.filter { file in before.contains { $0.path == file.path && $0.bytes != file.bytes } }
                    .map { "static.\($0.path) (its content)" }
            }
        }
    }
}
