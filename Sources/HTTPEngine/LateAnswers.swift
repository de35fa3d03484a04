import Synchronization

/// A request whose answer is given later, by any thread: what has to wait for something that a worker must not wait
/// for.
package struct AnswerTicket: Sendable {
    /// The worker's connection and its generation.
    let token: UInt64
    /// The request's number on its connection.
    let request: UInt32
    let control: WorkerControl

    /// Answers the request. The first answer counts; one that comes when the client is gone, or after
    /// `HTTPLimits.answerTimeoutNanoseconds`, is dropped.
    ///
    /// - Parameter write: writes exactly one response, on the worker's thread: it must not wait either.
    package func answer(_ write: @escaping @Sendable (inout ResponseWriter) -> Void) {
        control.lateAnswers.put(LateAnswer(token: token, request: request, write: write))
        control.wake()
    }
}

/// One answer on its way to the worker.
struct LateAnswer: Sendable {
    let token: UInt64
    let request: UInt32
    let write: @Sendable (inout ResponseWriter) -> Void
}

/// Answers that other threads leave for a worker. Asking whether there are any costs an atomic load.
final class LateAnswers: Sendable {
    private let hasAny = Atomic(false)
    private let waiting = Mutex<[LateAnswer]>([])

    func put(_ answer: LateAnswer) {
        waiting.withLock { $0.append(answer) }
        hasAny.store(true, ordering: .releasing)
    }

    @inline(__always)
    var isEmpty: Bool { !hasAny.load(ordering: .relaxed) }

    /// Takes what there is.
    func take() -> [LateAnswer] {
        hasAny.store(false, ordering: .sequentiallyConsistent)
        return waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}
