import Dispatch
import Journal
import LinuxSystem
import Settings
import Synchronization

/// Imports into the running server's journal, one at a time, on a thread that lets the workers go first.
final class ImportRunner: Sendable {
    private struct State {
        /// The folder that is imported from, while one is.
        var folder: String?
        var isStopping = false
        /// Somebody is being forgotten: what is imported meanwhile might be what was just looked through.
        var isHeld = false
    }

    /// What one import says, and what it has to know of whoever asked; read and written on its thread alone.
    private final class Talk: @unchecked Sendable {
        var outcome: ImportOutcome?
        var shownNanoseconds: UInt64 = 0
        var askedNanoseconds: UInt64 = 0
        var isGone = false
    }

    private let folder: DataFolder
    private let keyFolder: String
    private let minimumFree: ByteSize
    private let writes: @Sendable (ShardIdentity) -> Bool
    private let log: ServerLog
    private let state = Mutex(State())
    private let group = DispatchGroup()
    /// Held while something is put into the journal: by an import, or by whoever lays facts in.
    private let turn = Mutex<Void>(())
    private let ended = Atomic<UInt64>(0)

    /// Between two looks at the connection, and between two lines of progress, in nanoseconds.
    private static let paceNanoseconds: UInt64 = 50_000_000
    /// How long the server's end waits for an import: one that hangs on its disk is ended with the process.
    private static let stopSeconds = 10

    /// - Parameter writes: true for a shard that this process writes.
    init(
        _ folder: DataFolder, keyFolder: String, minimumFree: ByteSize, log: ServerLog,
        writes: @escaping @Sendable (ShardIdentity) -> Bool
    ) {
        self.folder = folder
        self.log = log
        self.keyFolder = keyFolder
        self.minimumFree = minimumFree
        self.writes = writes
    }

    /// Imports, and waits for the end.
    ///
    /// - Parameters:
    ///   - isGone: true when nobody waits for it any more.
    ///   - reply: gets notes and progress.
    /// - Throws: `EdgeError.refused` while another import is on, and when the server is stopping.
    func run(
        _ source: String, options: JournalImport.Options, isGone: @escaping @Sendable () -> Bool,
        reply: @escaping @Sendable (ControlReply) -> Void
    ) throws(EdgeError) -> ImportOutcome {
        let refusal: EdgeError? = state.withLock { state in
            if state.isStopping { return .refused(reason: "the server is stopping") }
            if let other = state.folder {
                return .refused(reason: "an import from \(other) is on already: wait for its end, or end that command")
            }
            if state.isHeld {
                return .refused(reason: "a person is being forgotten: import again when that is done")
            }
            state.folder = source
            group.enter()
            return nil
        }
        if let refusal { throw refusal }
        defer {
            ended.add(1, ordering: .releasing)
            state.withLock { $0.folder = nil }
            group.leave()
        }
        let talk = Talk()
        do throws(SystemError) {
            let thread = try SystemThread.start(name: "import", niceness: 10) { [self] in
                turn.withLock { _ in
                    talk.outcome = work(source, options: options, talk, isGone: isGone, reply: reply)
                }
            }
            thread.join()
        } catch {
            throw .file(path: "threads of the process", error)
        }
        guard let outcome = talk.outcome else { preconditionFailure("a thread has ended without its work") }
        log.write(
            outcome.end == .done ? .info : .warning, "import", ("folder", source), ("end", outcome.end.rawValue),
            ("segments", "\(outcome.tally.takenSegments)"), ("events", "\(outcome.tally.takenEvents)"),
            ("reason", outcome.reason))
        return outcome
    }

    /// Does something while nothing is imported; who wants to import meanwhile is refused.
    ///
    /// - Throws: `EdgeError.refused` while an import is on.
    func whileNone<Result>(_ body: () throws(EdgeError) -> Result) throws(EdgeError) -> Result {
        let isOn = state.withLock { state in
            if state.folder == nil { state.isHeld = true }
            return state.folder != nil
        }
        if isOn { throw .refused(reason: "an import is on: wait for its end, or end that command") }
        defer { state.withLock { $0.isHeld = false } }
        return try body()
    }

    /// How many imports have ended since the start: what is in the journal may be more than before.
    var endedCount: UInt64 { ended.load(ordering: .acquiring) }

    /// Does something short while nothing is imported; an import that is asked for meanwhile waits.
    ///
    /// - Returns: nil, and nothing is done, while an import is on.
    func between<Result: Sendable>(_ body: () throws(EdgeError) -> Result) throws(EdgeError) -> Result? {
        let result = turn.withLockIfAvailable { _ -> Swift.Result<Result, EdgeError> in
            do throws(EdgeError) {
                return .success(try body())
            } catch {
                return .failure(error)
            }
        }
        return try result?.get()
    }

    /// Ends an import that is on, and takes no further one.
    func stop() {
        state.withLock { $0.isStopping = true }
        _ = group.wait(timeout: .now() + .seconds(Self.stopSeconds))
    }

    private func work(
        _ source: String, options: JournalImport.Options, _ talk: Talk, isGone: @escaping @Sendable () -> Bool,
        reply: @escaping @Sendable (ControlReply) -> Void
    ) -> ImportOutcome {
        ImportWork(folder: folder, keyFolder: keyFolder, minimumFree: minimumFree, writes: writes).run(
            source, options: options, onNote: { reply(.note($0)) },
            progress: { done, total in
                let now = SystemClock.monotonicNanoseconds()
                guard now - talk.shownNanoseconds >= Self.paceNanoseconds else { return }
                talk.shownNanoseconds = now
                reply(.progress(counted: done, of: total))
            },
            isStopped: { [self] in
                if state.withLock({ $0.isStopping }) { return true }
                let now = SystemClock.monotonicNanoseconds()
                guard now - talk.askedNanoseconds >= Self.paceNanoseconds else { return talk.isGone }
                talk.askedNanoseconds = now
                talk.isGone = talk.isGone || isGone()
                return talk.isGone
            })
    }
}
