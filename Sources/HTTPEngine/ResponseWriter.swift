import Bytes

/// Writes responses behind each other into the one output of a turn.
///
/// A response is `begin`, any number of `header`, and one `finish`. It carries `Date`, the engine's default headers
/// and, where needed, `Connection`; a HEAD request gets the length and not the body. It holds no header that a client
/// could have smuggled a line end into: control bytes of a value become spaces (RFC 9110 section 5.5). There is no
/// `Server` header.
///
/// Nothing is allocated while the output has room. A response that outgrows it (a large page of the admin listener)
/// moves to a buffer of its own: one allocation and a copy each time it doubles.
package struct ResponseWriter: ~Copyable {
    /// How far the present response is.
    package enum Stage: Sendable {
        /// Nothing is written.
        case empty
        /// The head has begun.
        case head
        /// The response is whole.
        case finished
        /// Another thread gives it.
        case postponed
    }

    /// How far the present response is.
    package private(set) var stage = Stage.empty
    /// The status of the present response.
    package private(set) var status = HTTPStatus.ok
    /// Ends the connection after this response. The engine sets it where the protocol asks for it; a handler may.
    package var closesConnection = false

    /// Finished responses, and what there is of the present one.
    var output: ByteBuffer
    /// The turn's own output while the present response stands in a larger buffer.
    private var parked: ByteBuffer?
    private var start = 0
    private var answersHead = false
    private var namesKeepAlive = false
    private var common: ByteBuffer
    private var commonSeconds = UInt64.max
    /// The connection of the present request.
    var token: UInt64 = 0
    /// The present request's number on its connection.
    var request: UInt32 = 0
    private let control: WorkerControl?

    /// - Parameters:
    ///   - capacity: bytes of output in a turn.
    ///   - defaultHeaders: whole lines, each with its line end, that every response carries.
    ///   - control: how late answers come to the worker; nil where there is none.
    init(capacity: Int, defaultHeaders: [UInt8], control: WorkerControl? = nil) {
        self.control = control
        output = ByteBuffer(capacity: capacity)
        common = ByteBuffer(capacity: Self.datePlace + HTTPDate.byteCount + 2 + defaultHeaders.count)
        common.append(literal: "Date: ")
        for _ in 0..<HTTPDate.byteCount { common.append(UInt8(ascii: " ")) }
        common.append(literal: "\r\n")
        common.append(defaultHeaders.span)
    }

    /// Where the time stands behind `Date: `.
    private static let datePlace = 6

    /// The bytes of one response as a worker would send it to a request that keeps its connection, for whoever wants to
    /// know them without one. Not for the hot path.
    package static func response(
        atNanoseconds now: UInt64, _ respond: (inout ResponseWriter) -> Void
    ) -> [UInt8] {
        var writer = ResponseWriter(capacity: 65_536, defaultHeaders: HTTPDefaults.headers.flatMap(\.bytes))
        writer.setTime(realtimeNanoseconds: now)
        writer.prepare(answersHead: false, keepsAlive: true, version: .http11)
        respond(&writer)
        return writer.takeOutgrown()?.toArray() ?? writer.output.toArray()
    }

    // MARK: For handlers

    /// Begins the response: status line, `Date` and default headers.
    package mutating func begin(_ status: HTTPStatus) {
        precondition(stage == .empty, "a request has one response")
        stage = .head
        self.status = status
        let line = status.statusLine
        ensure(line.utf8CodeUnitCount + common.count)
        output.append(line)
        common.withSpan { output.append($0) }
    }

    /// Adds a header whose value is known when the program is built.
    package mutating func header(_ name: StaticString, _ value: StaticString) {
        precondition(stage == .head, "headers stand between the beginning and the end of a response")
        ensure(name.utf8CodeUnitCount + value.utf8CodeUnitCount + 4)
        output.append(name)
        output.append(literal: ": ")
        output.append(value)
        output.append(literal: "\r\n")
    }

    /// Adds a header. Control bytes in its value become spaces.
    package mutating func header(_ name: StaticString, _ value: Span<UInt8>) {
        precondition(stage == .head, "headers stand between the beginning and the end of a response")
        ensure(name.utf8CodeUnitCount + value.count + 4)
        output.append(name)
        appendValue(": ", value)
    }

    /// Appends a value behind a literal, and the line end. There is room. Control bytes become spaces.
    @inline(__always)
    private mutating func appendValue(_ literal: StaticString, _ value: Span<UInt8>) {
        output.append(literal: literal)
        let valueStart = output.count
        output.append(value)
        var offset = value.firstControl(from: 0, to: value.count)
        while offset < value.count {
            if value[offset] != UInt8(ascii: "\t") {
                output.storeLittleEndian(UInt8(ascii: " "), at: valueStart + offset)
            }
            offset = value.firstControl(from: offset + 1, to: value.count)
        }
        output.append(literal: "\r\n")
    }

    /// Ends a response without a body.
    package mutating func finish() {
        endHead(bodyCount: 0)
        stage = .finished
    }

    /// Ends a response with a body.
    package mutating func finish(contentType: StaticString, body: Span<UInt8>) {
        header("Content-Type", contentType)
        endHead(bodyCount: body.count)
        if !answersHead && !status.forbidsBody {
            ensure(body.count)
            output.append(body)
        }
        stage = .finished
    }

    /// Ends a response with a body that is known when the program is built.
    package mutating func finish(contentType: StaticString, body: StaticString) {
        header("Content-Type", contentType)
        endHead(bodyCount: body.utf8CodeUnitCount)
        if !answersHead && !status.forbidsBody {
            ensure(body.utf8CodeUnitCount)
            output.append(body)
        }
        stage = .finished
    }

    /// Writes a whole response that was prepared before: the cheapest way to answer.
    package mutating func respond(_ prepared: borrowing PreparedResponse) {
        begin(prepared.status)
        let bodyless = answersHead || prepared.status.forbidsBody
        ensure(prepared.bytes.count + Self.connectionRoom)
        writeConnection()
        let end = bodyless ? prepared.headCount : prepared.bytes.count
        output.append(prepared.bytes.span.extracting(0..<end))
        stage = .finished
    }

    /// Writes a redirect whose headers but `Location` were prepared before.
    ///
    /// - Parameter location: an absolute URL; control bytes in it become spaces.
    package mutating func respond(_ redirect: borrowing PreparedRedirect, to location: Span<UInt8>) {
        precondition(stage == .empty, "a request has one response")
        stage = .head
        status = redirect.status
        ensure(redirect.head.count + common.count + location.count + redirect.tail.count + 2 * Self.connectionRoom)
        output.append(redirect.head.span)
        common.withSpan { output.append($0) }
        appendValue("Location: ", location)
        writeConnection()
        output.append(redirect.tail.span)
        stage = .finished
    }

    /// Leaves the response to another thread, which gives it by the ticket: for a request that has to wait for
    /// something. The connection's next request is read when it is answered.
    ///
    /// - Returns: nil where nothing can be answered later; then the response is written now.
    package mutating func postpone() -> AnswerTicket? {
        precondition(stage == .empty, "a request has one response")
        guard let control else { return nil }
        stage = .postponed
        return AnswerTicket(token: token, request: request, control: control)
    }

    /// Answers 405 (RFC 9110 section 15.5.6).
    ///
    /// - Parameter allow: the methods that the resource has, such as `GET, HEAD`.
    package mutating func methodNotAllowed(allow: StaticString) {
        begin(.methodNotAllowed)
        header("Allow", allow)
        finish(contentType: "text/plain; charset=utf-8", body: "This method is not allowed here.\n")
    }

    // MARK: For the engine

    /// Offset of the present response's first byte in `output`.
    var responseStart: Int { start }

    /// True when the present response outgrew the turn's output and stands in a buffer of its own.
    var isOutgrown: Bool { parked != nil }

    /// Sets the time that responses carry. Cheap within one second.
    mutating func setTime(realtimeNanoseconds: UInt64) {
        let seconds = realtimeNanoseconds / 1_000_000_000
        guard seconds != commonSeconds else { return }
        commonSeconds = seconds
        HTTPDate.write(seconds: seconds) { offset, byte in
            common.storeLittleEndian(byte, at: Self.datePlace + offset)
        }
    }

    /// Makes ready for the response to one request.
    @inline(__always)
    mutating func prepare(answersHead: Bool, keepsAlive: Bool, version: HTTPVersion) {
        start = output.count
        stage = .empty
        self.answersHead = answersHead
        closesConnection = !keepsAlive
        namesKeepAlive = version == .http10
    }

    /// Drops what there is of the present response.
    mutating func discard() {
        output.truncate(to: start)
        stage = .empty
    }

    /// Appends bytes that are no response: `100 Continue`.
    mutating func appendInterim(_ line: StaticString) {
        start = output.count
        ensure(line.utf8CodeUnitCount)
        output.append(line)
    }

    /// Takes an outgrown response out and puts the turn's output back.
    mutating func takeOutgrown() -> ByteBuffer? {
        guard let turn = parked.take() else { return nil }
        let outgrown = exchange(&output, with: turn)
        start = output.count
        return outgrown
    }

    // MARK: Inside

    private static let connectionRoom = 64

    private mutating func endHead(bodyCount: Int) {
        precondition(stage == .head, "a response ends once, behind its beginning")
        ensure(Self.connectionRoom + 48)
        if !status.forbidsBody {
            output.append(literal: "Content-Length: ")
            output.appendDecimal(UInt64(bodyCount))
            output.append(literal: "\r\n")
        }
        writeConnection()
        output.append(literal: "\r\n")
    }

    /// Says whether the connection goes on, where that isn't the version's default (RFC 9112 section 9.3).
    private mutating func writeConnection() {
        if closesConnection {
            output.append(literal: "Connection: close\r\n")
        } else if namesKeepAlive {
            output.append(literal: "Connection: keep-alive\r\n")
        }
    }

    @inline(__always)
    private mutating func ensure(_ count: Int) {
        if count > output.freeCapacity { outgrow(count) }
    }

    /// Moves the present response to a buffer that has room for `count` more bytes.
    @inline(never)
    private mutating func outgrow(_ count: Int) {
        let written = output.count - start
        var larger = ByteBuffer(capacity: max(2 * output.capacity, written + count))
        output.withSpan(of: start..<output.count) { larger.append($0) }
        output.truncate(to: start)
        let left = exchange(&output, with: larger)
        if parked == nil { parked = consume left }
        start = 0
    }
}
