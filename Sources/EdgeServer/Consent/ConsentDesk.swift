import Bytes
import Dispatch
import Engagement
import HTTPEngine
import LinuxSystem
import Settings
import Synchronization

/// Takes what senders' systems report of consent, and what people say at an unsubscribe link: on a queue of its own, so
/// that no worker waits for the disk.
///
/// Calls that come while the disk works are recorded together behind it. A caller is answered when the change is on the
/// disk and in force on every worker. At most so many calls wait as the queue holds; whoever comes then is told to come
/// again.
final class ConsentDesk: Sendable {
    /// What is asked for.
    enum Call: Sendable {
        /// An event of the API, as it came.
        case event(ConsentEvent)
        /// A person's own word, whose signature was checked. The answers for when it is done, and when it is not.
        case person(ConsentBook.Statement, done: Answer, failed: Answer)
    }

    /// Writes a response.
    typealias Answer = @Sendable (inout ResponseWriter) -> Void

    private struct Waiting: Sendable {
        let call: Call
        let ticket: AnswerTicket
    }

    private let queue = DispatchQueue(label: "consent")
    private let waiting = Mutex<[Waiting]>([])
    private let callers: Mutex<ConsentCallers>
    private let repeated = Mutex(RepeatedWords())
    private let book: ConsentBook
    private let waitingMax: Int

    /// - Parameter waitingMax: calls that may wait.
    init(_ book: ConsentBook, callers: ConsentCallers, waitingMax: Int = 1_024) {
        self.book = book
        self.waitingMax = waitingMax
        self.callers = Mutex(callers)
    }

    /// Goes on with the keys of other callers.
    func use(_ next: ConsentCallers) {
        callers.withLock { $0.use(next) }
    }

    /// Bytes of body that a request may carry: those of an event, and none for everything else.
    func bodyLimitBytes(for head: borrowing RequestHead, in bytes: Span<UInt8>) -> Int {
        guard head.method == .post, case .event = ConsentEvent.resource(path: bytes.extracting(head.path.offsets))
        else {
            return 0
        }
        return ConsentEvent.bodyBytesMax
    }

    /// Answers an event whose body is longer than that or framed badly, before anybody looks at its key: nothing is
    /// said of that.
    func refuseBody(
        _ rejection: HTTPRejection, of head: borrowing RequestHead, in bytes: Span<UInt8>,
        into response: inout ResponseWriter
    ) {
        guard bodyLimitBytes(for: head, in: bytes) > 0 else { return }
        let isTooLong = rejection == .bodyTooLong
        (isTooLong ? ConsentEventAnswer.bodyTooLong : ConsentEventAnswer.malformedChunks)(&response)
    }

    /// Takes a request to the consent API, and answers it, now or later.
    ///
    /// - Returns: false, and nothing is done, for every other one.
    func takeEvent(
        _ head: borrowing RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, into response: inout ResponseWriter
    ) -> Bool {
        let status: ConsentStatus
        switch ConsentEvent.resource(path: bytes.extracting(head.path.offsets)) {
        case .elsewhere: return false
        case .unknown:
            ConsentEventAnswer.unknownPath(&response)
            return true
        case .event(let reported): status = reported
        }
        guard head.method == .post else {
            response.methodNotAllowed(allow: "POST")
            return true
        }
        guard !ConsentEvent.isEncoded(head, in: bytes) else {
            ConsentEventAnswer.encodedBody(&response)
            return true
        }
        take(.event(ConsentEvent(status, head, in: bytes, body: body)), into: &response, busy: ConsentEventAnswer.busy)
        return true
    }

    /// Takes a call, and answers it, now or later.
    ///
    /// - Parameter busy: the answer where too many wait.
    func take(_ call: Call, into response: inout ResponseWriter, busy: @escaping Answer) {
        // Whether there is room is asked first: a ticket that was drawn has to be answered by it.
        guard hasRoom, let ticket = response.postpone() else { return busy(&response) }
        if !take(call, ticket) { ticket.answer(busy) }
    }

    private var hasRoom: Bool { waiting.withLock { $0.count < waitingMax } }

    /// Takes a call; its answer comes by the ticket.
    ///
    /// - Returns: false, and nothing is done, when too many wait.
    func take(_ call: Call, _ ticket: AnswerTicket) -> Bool {
        let place = waiting.withLock { waiting -> Int? in
            guard waiting.count < waitingMax else { return nil }
            waiting.append(Waiting(call: call, ticket: ticket))
            return waiting.count
        }
        if place == 1 { queue.async { self.work() } }
        return place != nil
    }

    /// True where a person says again and again what is in force.
    ///
    /// - Parameter others: what is recorded before it, and is not in force yet.
    private func isKnown(
        _ statement: ConsentBook.Statement, before others: [ConsentBook.Statement], nowNanoseconds now: UInt64
    ) -> Bool {
        let speaker = RepeatedWords.Speaker(section: statement.section, person: statement.person)
        guard repeated.withLock({ $0.isTooMuch(speaker, nowNanoseconds: now) }),
            !others.contains(where: { $0.person == statement.person && $0.section == statement.section })
        else { return false }
        return book.status(of: statement.person, in: statement.section) == statement.status
    }

    /// Records what waits, together.
    private func work() {
        let batch = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        var statements: [ConsentBook.Statement] = []
        var answers: [(ticket: AnswerTicket, done: Answer, failed: Answer)] = []
        let now = SystemClock.monotonicNanoseconds()
        for one in batch {
            switch one.call {
            case .person(let statement, let done, let failed):
                guard !isKnown(statement, before: statements, nowNanoseconds: now) else {
                    one.ticket.answer(done)
                    continue
                }
                statements.append(statement)
                answers.append((one.ticket, done, failed))
            case .event(let event):
                switch callers.withLock({ $0.judge(event, nowNanoseconds: now) }) {
                case .statement(let statement):
                    statements.append(statement)
                    answers.append((one.ticket, ConsentEventAnswer.accepted, ConsentEventAnswer.notRecorded))
                case .refused(let answer): one.ticket.answer(answer)
                }
            }
        }
        guard !statements.isEmpty else { return }
        let outcome = book.record(statements)
        for (index, answer) in answers.enumerated() {
            let isDone = index < outcome.recorded && outcome.failure == nil
            answer.ticket.answer(isDone ? answer.done : answer.failed)
        }
    }
}
