import Dispatch
import Journal
import Synchronization

/// Where the threads that read pieces of a journal and the one that tells of them meet.
///
/// Pieces are given out in their order, and troubles are told in that order, whoever is the quicker. What waits to be
/// told is bounded: a thread with more waits until there is room.
final class JournalCheckBoard: Sendable {
    private struct State {
        /// The next piece to give out.
        var next = 0
        /// The piece whose troubles are told now.
        var turn = 0
        /// By piece, from `turn` on.
        var troubles: [Int: [JournalTrouble]] = [:]
        var troubleCount = 0
        var finished: Set<Int> = []
        var waitingForRoom = 0
        var failure: JournalError?
        var isStopped = false
    }

    private let state = Mutex(State())
    private let pieceCount: Int
    private let readBytes = Atomic<UInt64>(0)
    private let changed = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 0)

    /// Troubles that wait to be told, at most: each is about 200 bytes.
    private static let troublesMax = 4_096

    init(pieceCount: Int) {
        self.pieceCount = pieceCount
    }

    /// Bytes that were read so far.
    var doneBytes: UInt64 { readBytes.load(ordering: .relaxed) }

    /// True once reading is to end early.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Why reading ended early, where it was no wish.
    var failure: JournalError? { state.withLock { $0.failure } }

    // MARK: For those who read

    /// The next piece to read; nil when there is none left.
    func claim() -> Int? {
        state.withLock { state in
            guard !state.isStopped, state.next < pieceCount else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Counts bytes that were read.
    ///
    /// - Returns: false when reading is to end.
    func advance(_ bytes: UInt64) -> Bool {
        readBytes.add(bytes, ordering: .relaxed)
        return !isStopped
    }

    /// Hands a trouble over; waits for room.
    func add(_ trouble: JournalTrouble, of piece: Int) {
        while !state.withLock({ Self.put(trouble, of: piece, into: &$0) }) { room.wait() }
        changed.signal()
    }

    private static func put(_ trouble: JournalTrouble, of piece: Int, into state: inout State) -> Bool {
        // The piece whose turn it is gets room for itself: the others may wait for it.
        let taken = piece == state.turn ? state.troubles[piece]?.count ?? 0 : state.troubleCount
        guard taken < troublesMax || state.isStopped else {
            state.waitingForRoom += 1
            return false
        }
        state.troubles[piece, default: []].append(trouble)
        state.troubleCount += 1
        return true
    }

    /// Says that a piece is read.
    func finish(_ piece: Int, failure: JournalError?) {
        state.withLock { state in
            state.finished.insert(piece)
            if let failure, state.failure == nil {
                state.failure = failure
                state.isStopped = true
            }
        }
        changed.signal()
    }

    // MARK: For the one who tells

    /// Lets reading end early.
    func stop() {
        state.withLock { $0.isStopped = true }
        makeRoom()
    }

    /// Waits until something has changed or a tenth of a second is over.
    func wait() {
        _ = changed.wait(timeout: .now() + .milliseconds(100))
    }

    /// The troubles whose turn it is.
    ///
    /// - Returns: them, and whether there will be no more: every piece that was given out is read.
    func take() -> (troubles: [JournalTrouble], isLast: Bool) {
        let taken = state.withLock { state in
            var troubles: [JournalTrouble] = []
            repeat {
                troubles += state.troubles.removeValue(forKey: state.turn) ?? []
                guard state.finished.remove(state.turn) != nil else { break }
                state.turn += 1
            } while true
            state.troubleCount -= troubles.count
            let end = state.isStopped ? state.next : pieceCount
            return (troubles, state.turn == end)
        }
        makeRoom()
        return taken
    }

    private func makeRoom() {
        let waiting = state.withLock { state in
            defer { state.waitingForRoom = 0 }
            return state.waitingForRoom
        }
        for _ in 0..<waiting { room.signal() }
    }
}
