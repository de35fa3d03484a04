import Bytes
import HTTPEngine
import LinuxSystem

/// Who asks, and where.
package struct ClickHouseAccount: Sendable {
    /// Servers that are tried in turn; one at least.
    package var endpoints: [ClickHouseEndpoint]
    /// The database that names without one are of; nil for the server's own.
    package var database: String?
    /// The user.
    package var user: String
    /// The password; empty for none.
    package var password: String
    /// Replicas that must have an insert before it counts as done; nil for the server's own setting.
    package var insertQuorum: Int?

    /// Makes an account.
    package init(endpoints: [ClickHouseEndpoint], database: String?, user: String, password: String) {
        self.endpoints = endpoints
        self.database = database
        self.user = user
        self.password = password
    }
}

/// A client of ClickHouse's HTTP interface, for one thread that may wait.
///
/// A server that does not answer is left for the next one, at once and once each; whoever asks decides when to ask
/// again. An insert is done when the server says so without a word of doubt, and else may have been done or not: its
/// rows have to be such that a second time does no harm.
package final class ClickHouseClient {
    /// Limits of one exchange.
    package struct Limits: Sendable {
        /// For connecting, and for each send and receive, in milliseconds.
        package var silenceMilliseconds: Int32 = 10_000
        /// For an exchange as a whole, in nanoseconds.
        package var exchangeNanoseconds: UInt64 = 300_000_000_000
        /// When everything ends, as the monotonic clock has it: whoever asks later is not answered.
        package var untilNanoseconds = UInt64.max
        /// Questions are waited for as long as the exchange may take: a server that looks at many rows says nothing
        /// before it has seen them all.
        package var isPatient = false
        /// Most bytes of an answer.
        package var answerBytesMax = 256 << 20

        /// The usual ones.
        package init() {}
    }

    /// What inserts ask for where the server knows it: one that gathers inserts, or spools them for other servers,
    /// would answer before it has them; one that takes rows for a block that it had once would drop them, though that
    /// block is lost.
    private static let insertSettings = [
        "async_insert": "0", "insert_distributed_sync": "1", "insert_deduplicate": "0",
    ]

    private let cancellation: ClickHouseCancellation
    private let account: ClickHouseAccount
    private let limits: Limits
    private var place = 0
    private var connection: Kept?
    /// Settings that the server at `place` has, of those that are sent where they are known.
    private var known: Set<String>?

    /// A connection that stays open between two questions.
    private final class Kept {
        var connection: HTTPClientConnection
        private let cancellation: ClickHouseCancellation

        init(_ connection: consuming HTTPClientConnection, _ cancellation: ClickHouseCancellation) {
            cancellation.watch(connection.rawValue)
            self.connection = connection
            self.cancellation = cancellation
        }

        deinit { cancellation.leave(connection.rawValue) }

        func exchange(
            _ request: HTTPClientRequest, _ bodyCount: Int, _ answerBytesMax: Int, _ deadline: UInt64,
            isPatient: Bool, _ body: Body
        ) throws(HTTPClientError) -> HTTPAnswer {
            try connection.exchange(
                request, bodyCount: bodyCount, answerBytesMax: answerBytesMax, deadlineNanoseconds: deadline,
                isPatient: isPatient, body: body
            )
        }
    }

    /// Connects when something is asked.
    ///
    /// - Parameter cancellation: ends what it waits for, from another thread.
    package init(
        _ account: ClickHouseAccount, limits: Limits = Limits(),
        cancellation: ClickHouseCancellation = ClickHouseCancellation()
    ) {
        precondition(!account.endpoints.isEmpty, "a client has a server")
        self.account = account
        self.limits = limits
        self.cancellation = cancellation
    }

    /// Has a statement done that gives no rows.
    package func run(_ statement: String) throws(ClickHouseError) {
        _ = try inTurn { () throws(ClickHouseError) in try ask([:], Array(statement.utf8)) }
    }

    /// Asks a question, and gives its rows as RowBinary.
    package func rows(_ question: String) throws(ClickHouseError) -> RowBinaryReader {
        let text = Array((question + " FORMAT RowBinary").utf8)
        return RowBinaryReader(try inTurn { () throws(ClickHouseError) in try ask([:], text) })
    }

    /// Inserts rows.
    ///
    /// - Parameters:
    ///   - table: its name in SQL.
    ///   - columns: the names of the columns that a row has, in SQL.
    /// - Throws: why it is not certain that all of them are there; then any part of them may be.
    package func insert(
        into table: String, columns: [String], _ rows: borrowing RowBinaryWriter
    ) throws(ClickHouseError) {
        let statement = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) FORMAT RowBinary"
        try rows.withSpan { bytes throws(ClickHouseError) in
            let answer = try inTurn { () throws(ClickHouseError) in
                let known = try knownSettings()
                var parameters = Self.insertSettings.filter { known.contains($0.key) }
                if let quorum = account.insertQuorum { parameters["insert_quorum"] = "\(quorum)" }
                parameters["query"] = statement
                return try exchange(
                    parameters, bodyCount: GzipFrame.framedCount(of: bytes.count), isZipped: true
                ) { send throws(HTTPClientError) in try GzipFrame.forEachPiece(of: bytes, send) }
            }
            guard answer.isEmpty else {
                throw unintelligible("it answered an insert with words: \(Self.short(answer))")
            }
        }
    }

    // MARK: Endpoints

    /// Does something with the server in use or, where that one does not answer or can't do it now, with each of the
    /// others.
    private func inTurn<Result>(
        _ body: () throws(ClickHouseError) -> Result
    ) throws(ClickHouseError) -> Result {
        var attempts: [ClickHouseError.Attempt] = []
        var refusal: ClickHouseError?
        for _ in account.endpoints.indices {
            do throws(ClickHouseError) {
                return try body()
            } catch {
                switch error {
                case .unanswered(let failed): attempts += failed
                // A full server, or one without the tables, is one of several.
                case .refused where error.mayDifferElsewhere: refusal = refusal ?? error
                case .refused, .unintelligible: throw error
                }
                place = (place + 1) % account.endpoints.count
                connection = nil
                known = nil
            }
        }
        throw refusal ?? .unanswered(attempts)
    }

    private var endpoint: ClickHouseEndpoint { account.endpoints[place] }

    private func unintelligible(_ why: String) -> ClickHouseError {
        .unintelligible(endpoint: "\(endpoint)", why: why)
    }

    private func unanswered(_ reason: String) -> ClickHouseError {
        .unanswered([ClickHouseError.Attempt(endpoint: "\(endpoint)", reason: reason)])
    }

    private func connect() throws(ClickHouseError) -> Kept {
        if cancellation.isCancelled { throw unanswered("it was called off") }
        let addresses: [IPAddress]
        do throws(HostName.Failure) {
            addresses = try HostName.addresses(of: endpoint.host)
        } catch {
            throw unanswered("\(error)")
        }
        var failure = HTTPClientError.overdue
        for address in addresses {
            do throws(HTTPClientError) {
                return Kept(
                    try HTTPClientConnection(
                        connectingTo: .internet(address, port: endpoint.port), host: "\(endpoint)",
                        timeoutMilliseconds: try silenceLeft()), cancellation)
            } catch {
                failure = error
            }
        }
        throw unanswered("\(failure)")
    }

    /// How long a connection may be silent, in milliseconds.
    private func silenceLeft() throws(HTTPClientError) -> Int32 {
        let now = SystemClock.monotonicNanoseconds()
        guard now < limits.untilNanoseconds else { throw .overdue }
        let left = (limits.untilNanoseconds - now) / 1_000_000
        return max(1, min(limits.silenceMilliseconds, Int32(clamping: left)))
    }

    // MARK: Exchanges

    private func knownSettings() throws(ClickHouseError) -> Set<String> {
        if let known { return known }
        let names = Self.insertSettings.keys.sorted().map(ClickHouseText.literal)
        let text = "SELECT name FROM system.settings WHERE name IN (\(names.joined(separator: ", "))) FORMAT RowBinary"
        var rows = RowBinaryReader(try ask([:], Array(text.utf8)))
        var found: Set<String> = []
        do throws(RowBinaryReader.Cut) {
            while !rows.isAtEnd { found.insert(String(decoding: try rows.text(), as: UTF8.self)) }
        } catch {
            throw unintelligible("its list of settings is cut")
        }
        known = found
        return found
    }

    private func ask(_ parameters: [String: String], _ statement: [UInt8]) throws(ClickHouseError) -> [UInt8] {
        // Otherwise an error comes behind a status of 200 and a part of the rows.
        let parameters = parameters.merging(["wait_end_of_query": "1"]) { $1 }
        if limits.isPatient {
            // Who waits for long knows first that somebody is there.
            let sign = Array("SELECT 1 FORMAT RowBinary".utf8)
            _ = try exchange(parameters, bodyCount: sign.count, isZipped: false) { send throws(HTTPClientError) in
                try send(sign.span)
            }
        }
        return try exchange(
            parameters, bodyCount: statement.count, isZipped: false, isPatient: limits.isPatient
        ) { send throws(HTTPClientError) in
            try send(statement.span)
        }
    }

    private typealias Body = ((Span<UInt8>) throws(HTTPClientError) -> Void) throws(HTTPClientError) -> Void

    private func exchange(
        _ parameters: [String: String], bodyCount: Int, isZipped: Bool, isPatient: Bool = false, _ body: Body
    ) throws(ClickHouseError) -> [UInt8] {
        let request = request(parameters, isZipped: isZipped)
        let deadline = min(
            SystemClock.monotonicNanoseconds() + limits.exchangeNanoseconds, limits.untilNanoseconds)
        if cancellation.isCancelled { throw unanswered("it was called off") }
        let wasKept = connection
        connection = nil
        var kept: Kept
        if let wasKept { kept = wasKept } else { kept = try connect() }
        let answer: HTTPAnswer
        do throws(HTTPClientError) {
            answer = try kept.exchange(
                request, bodyCount, limits.answerBytesMax, deadline, isPatient: isPatient, body)
        } catch {
            // A server closes a connection that was idle for some seconds, at any moment.
            guard wasKept != nil, error.isConnectionLost else { throw failure(error) }
            kept = try connect()
            do throws(HTTPClientError) {
                answer = try kept.exchange(
                    request, bodyCount, limits.answerBytesMax, deadline, isPatient: isPatient, body)
            } catch {
                throw failure(error)
            }
        }
        if kept.connection.isReusable { connection = kept }
        try check(answer)
        return answer.body
    }

    private func failure(_ error: HTTPClientError) -> ClickHouseError {
        switch error {
        case .unsendable, .malformed, .tooLong: unintelligible("\(error)")
        case .unreachable, .broken, .closed, .overdue: unanswered("\(error)")
        }
    }

    private func request(_ parameters: [String: String], isZipped: Bool) -> HTTPClientRequest {
        var parameters = parameters
        if let database = account.database { parameters["database"] = database }
        let query = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.encoded($0.value))" }
            .joined(separator: "&")
        var fields = [("X-ClickHouse-User", account.user)]
        if !account.password.isEmpty { fields.append(("X-ClickHouse-Key", account.password)) }
        if isZipped { fields.append(("Content-Encoding", "gzip")) }
        return HTTPClientRequest(
            "POST", "\(endpoint.path)/?\(query)", fields: fields.map { (name: $0.0, value: $0.1) })
    }

    private static func encoded(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var buffer = ByteBuffer(capacity: PercentCoding.encodedCount(of: bytes.span))
        PercentCoding.encode(bytes.span, into: &buffer)
        return buffer.withSpan { $0.toString() }
    }

    /// Takes an answer for what it is: done only with the status 200 and no word of an error.
    private func check(_ answer: HTTPAnswer) throws(ClickHouseError) {
        let code = answer.head.value(of: "x-clickhouse-exception-code").flatMap { Int($0) }
        if answer.head.status == 200, code == nil { return }
        let text = Self.short(answer.body)
        guard let code = code ?? Self.code(in: answer.body) else {
            let why = "it answered with status \(answer.head.status): \(text)"
            // A proxy in front that has no server behind it, or a server that stops.
            throw [429, 502, 503, 504].contains(answer.head.status) ? unanswered(why) : unintelligible(why)
        }
        throw .refused(endpoint: "\(endpoint)", code: code, text: text)
    }

    /// The number of an error that begins with `Code: `.
    private static func code(in body: [UInt8]) -> Int? {
        let text = body.span.extracting(first: min(body.count, 32)).toString()
        guard text.hasPrefix("Code: ") else { return nil }
        return Int(text.dropFirst(6).prefix { $0.isNumber })
    }

    /// The first line of a text, at most some hundred bytes, without what a terminal would act on.
    private static func short(_ bytes: [UInt8]) -> String {
        let line = bytes.prefix(400).prefix { $0 != UInt8(ascii: "\n") }
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text.append("\u{FFFD}")
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}

extension HTTPClientError {
    /// True where the peer ended the connection, maybe before it saw the request.
    fileprivate var isConnectionLost: Bool {
        switch self {
        case .closed: true
        case .broken(let error): error.isConnectionLost
        default: false
        }
    }
}
