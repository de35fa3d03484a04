import Bytes
import TestSupport
import Testing

@testable import ClickHouse

@Suite("Endpoints, rows and names are what ClickHouse takes")
struct ClickHousePartsTests {
    struct EndpointRow: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var host = "db.example"
        var port: UInt16 = 8_123
        var path = ""
    }

    static let endpoints = [
        EndpointRow(testDescription: "http://db.example"), EndpointRow(testDescription: "http://db.example/"),
        EndpointRow(testDescription: "HTTP://db.example:9000", port: 9_000),
        EndpointRow(testDescription: "http://127.0.0.1:1/x", host: "127.0.0.1", port: 1, path: "/x"),
        EndpointRow(testDescription: "http://[2001:db8::1]", host: "2001:db8::1"),
        EndpointRow(testDescription: "http://[::1]:65535/a/b", host: "::1", port: 65_535, path: "/a/b"),
    ]

    @Test("An endpoint", arguments: endpoints)
    func endpoint(_ row: EndpointRow) throws {
        let endpoint = try ClickHouseEndpoint(row.testDescription)
        #expect(endpoint.host == row.host && endpoint.port == row.port && endpoint.path == row.path)
    }

    @Test(
        "What is none says why",
        arguments: [
            ("https://db.example", "TLS is made by a proxy"), ("db.example:8123", "does not begin with"),
            ("http://", "names no machine"), ("http://:8123", "names no machine"), ("http://a:0", "its port is none"),
            ("http://a:65536", "its port is none"), ("http://a:+1", "its port is none"),
            ("http://a:", "its port is none"),
            ("http://user:key@a", "names a user"), ("http://a/?x=1", "has a query"), ("http://a b", "holds a blank"),
            ("http://a/\r\nX: y", "holds a blank"), ("http://dö.example", "holds a blank"),
            ("http://::1:8123", "stands in brackets"), ("http://[a]:1", "its address is none"),
        ])
    func noEndpoint(_ url: String, _ words: String) {
        let problem = #expect(throws: ClickHouseEndpoint.Problem.self) { try ClickHouseEndpoint(url) }
        #expect(problem.map { "\($0)".contains(words) } == true, "\(String(describing: problem))")
    }

    @Test("Rows are read back as they were written", arguments: [0, 1, 127, 128, 16_383, 16_384, 70_000])
    func rows(_ count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let text = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        var writer = RowBinaryWriter(capacityBytes: 2 * count + 100)
        for number in [UInt64.min, .max] {
            writer.append(number)
            writer.append(UInt8(truncatingIfNeeded: number))
            writer.append(text: text.span)
            writer.append(fixed: [1, 2, 3].span)
            writer.append(Int32(truncatingIfNeeded: number))
            writer.endRow()
        }
        #expect(writer.rowCount == 2)
        let bytes = writer.withSpan { $0.toArray() }
        var reader = RowBinaryReader(bytes)
        for number in [UInt64.min, .max] {
            #expect(try reader.number(UInt64.self) == number)
            #expect(try reader.number(UInt8.self) == UInt8(truncatingIfNeeded: number))
            #expect(try reader.text() == text)
            #expect(try reader.fixed(3) == [1, 2, 3])
            #expect(try reader.number(Int32.self) == Int32(truncatingIfNeeded: number))
        }
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
    }

    @Test("Rows that are cut or have a length that can't be are refused")
    func cut() {
        for bytes: [UInt8] in [[], [5, 1, 2], [0x80], [UInt8](repeating: 0xFF, count: 12)] {
            #expect(throws: RowBinaryReader.Cut.self) {
                var reader = RowBinaryReader(bytes)
                _ = try reader.text()
            }
        }
        #expect(throws: RowBinaryReader.Cut.self) {
            var reader = RowBinaryReader([1, 2, 3])
            _ = try reader.number(UInt32.self)
        }
    }

    @Test("Texts and names are quoted")
    func text() {
        #expect(ClickHouseText.literal("it's a \\ and\na `") == #"'it\'s a \\ and\na `'"#)
        #expect(ClickHouseText.name("tre`mo'lo") == #"`tre\`mo'lo`"#)
    }

    @Test("After each failure it may be waited twice as long, up to a bound, and after a success as at first")
    func backoff() {
        var generator = SeededGenerator(seed: 7)
        var backoff = Backoff(firstNanoseconds: 100, mostNanoseconds: 3_000)
        for bound: UInt64 in [100, 200, 400, 800, 1_600] + [UInt64](repeating: 3_000, count: 100) {
            #expect(backoff.fail(by: &generator) <= bound)
        }
        #expect(backoff.failures == 105)
        backoff.succeed()
        #expect(
            (0..<50).map { _ in
                var fresh = backoff
                return fresh.fail(by: &generator)
            }.max() ?? 0 <= 100)
        var most: [UInt64] = []
        for _ in 0..<200 {
            var late = Backoff(firstNanoseconds: 100, mostNanoseconds: 3_000)
            for _ in 0..<10 { _ = late.fail(by: &generator) }
            most.append(late.fail(by: &generator))
        }
        #expect(most.max() ?? 0 > 2_500 && most.min() ?? .max < 500, "it is spread over all of it")
    }
}
