import Bytes
import ClickHouse
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite(
    "A real ClickHouse takes rows whole or not at all, and its refusals are understood",
    .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct ClickHouseTests {
    private static func client(
        _ server: ClickHouseServer, password: String? = nil, database: String? = nil,
        silenceMilliseconds: Int32 = 10_000
    ) throws -> ClickHouseClient {
        var limits = ClickHouseClient.Limits()
        limits.silenceMilliseconds = silenceMilliseconds
        return ClickHouseClient(
            ClickHouseAccount(
                endpoints: [try ClickHouseEndpoint(server.endpoint)], database: database, user: "edge",
                password: password ?? server.password), limits: limits)
    }

    private static let columns = ["number", "day", "text", "subject"]
    private static let table = """
        CREATE TABLE t (number UInt64, day Date, text String, subject FixedString(16))
        ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(day) ORDER BY number
        """

    private static func rows(_ numbers: Range<UInt64>) -> RowBinaryWriter {
        var rows = RowBinaryWriter(capacityBytes: numbers.count * 64)
        for number in numbers {
            rows.append(number)
            rows.append(UInt16(20_000))
            rows.append(text: Array("row \(number) 'é\\".utf8).span)
            rows.append(fixed: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 16).span)
            rows.endRow()
        }
        return rows
    }

    private static func count(_ client: ClickHouseClient) throws -> UInt64 {
        var rows = try client.rows("SELECT count() FROM t FINAL")
        return try rows.number()
    }

    @Test("Rows go in and come back as they were; sent again they are the same rows")
    func rows() throws {
        let server = try ClickHouseServer()
        let client = try Self.client(server)
        try client.run(Self.table)
        for range: Range<UInt64> in [0..<100_000, 50_000..<150_000, 0..<1] {
            try client.insert(into: "t", columns: Self.columns, Self.rows(range))
        }
        #expect(try Self.count(client) == 150_000)
        var rows = try client.rows("SELECT number, text, subject, day FROM t FINAL WHERE number = 149999")
        #expect(try rows.number(UInt64.self) == 149_999)
        #expect(try rows.text() == Array("row 149999 'é\\".utf8))
        #expect(try rows.fixed(16) == [UInt8](repeating: UInt8(truncatingIfNeeded: 149_999), count: 16))
        #expect(try rows.number(UInt16.self) == 20_000)
    }

    @Test("A wrong password, a missing database, table and column, and a question that can't be meant")
    func refusals() throws {
        let server = try ClickHouseServer()
        let good = try Self.client(server)
        let cases: [(String, ClickHouseClient, String, (ClickHouseError) -> Bool)] = [
            ("password", try Self.client(server, password: "wrong"), "SELECT 1", { $0.isLogin }),
            ("no password", try Self.client(server, password: ""), "SELECT 1", { $0.isLogin }),
            ("database", try Self.client(server, database: "nowhere"), "SELECT 1", { $0.isMissing }),
            ("table", good, "SELECT * FROM nothing", { $0.isMissing }),
            ("column", good, "SELECT nothing", { !$0.isMissing && !$0.isLogin }),
            ("syntax", good, "SELECT (", { !$0.isMissing && !$0.isLogin }),
            // It fails behind the first rows.
            ("late", good, "SELECT throwIf(number = 3000000) FROM system.numbers LIMIT 4000000", { !$0.isMissing }),
        ]
        for (name, client, question, isIt) in cases {
            let error = #expect(throws: ClickHouseError.self, "\(name)") { _ = try client.rows(question) }
            #expect(error.map { isIt($0) && !$0.isTemporary } == true, "\(name): \(String(describing: error))")
            #expect(!"\(String(describing: error))".contains("a-password"))
        }
        #expect(try good.rows("SELECT 1").isAtEnd == false)
    }

    @Test("Rows whose frame is cut are none, whole ones behind them are all")
    func cutFrame() throws {
        let server = try ClickHouseServer()
        let client = try Self.client(server)
        try client.run(Self.table)
        var frame: [UInt8] = []
        Self.rows(0..<5_000).withSpan { bytes in GzipFrame.forEachPiece(of: bytes) { frame += $0.toArray() } }
        let statement = "INSERT%20INTO%20t%20FORMAT%20RowBinary"
        for cut in [1, 10, 15, 16, 1_000, 65_550, frame.count / 2, frame.count - 8, frame.count - 1] {
            let peer = try BlockingHTTPClient(port: server.port)
            try peer.send(
                "POST /?query=\(statement) HTTP/1.1\r\nHost: a\r\nX-ClickHouse-User: edge\r\n"
                    + "X-ClickHouse-Key: \(server.password)\r\nContent-Encoding: gzip\r\n"
                    + "Content-Length: \(cut)\r\n\r\n")
            try peer.send(Array(frame.prefix(cut)))
            _ = try peer.receive()
            #expect(try Self.count(client) == 0, "\(cut) of \(frame.count) bytes")
        }
        try client.insert(into: "t", columns: Self.columns, Self.rows(0..<5_000))
        #expect(try Self.count(client) == 5_000)
    }

    @Test("A server that stops answering, is killed and comes back has each row once, whatever was sent again")
    func faults() throws {
        let server = try ClickHouseServer()
        let client = try Self.client(server, silenceMilliseconds: 500)
        try client.run(Self.table)
        try client.insert(into: "t", columns: Self.columns, Self.rows(0..<1_000))
        server.send(SIGSTOP)
        let error = #expect(throws: ClickHouseError.self) {
            try client.insert(into: "t", columns: Self.columns, Self.rows(1_000..<2_000))
        }
        #expect(error?.isTemporary == true)
        server.send(SIGCONT)
        try client.insert(into: "t", columns: Self.columns, Self.rows(500..<2_000))
        #expect(try Self.count(client) == 2_000)
        server.end(SIGKILL)
        #expect(throws: ClickHouseError.self) { _ = try Self.count(client) }
        try server.start()
        // What was acknowledged before a kill is in files; a power cut is another thing.
        #expect(try Self.count(client) == 2_000)
    }
}
