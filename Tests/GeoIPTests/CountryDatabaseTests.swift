import Engagement
import Foundation
import TestSupport
import Testing

@testable import GeoIP

@Suite("A country database tells the country of a cut address, and no file ends the process")
final class CountryDatabaseTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/countries.mmdb"
    }

    private func write(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func open(_ bytes: [UInt8]) throws -> CountryDatabase {
        try write(bytes)
        return try CountryDatabase(path: path)
    }

    /// What is wrong with a file of these bytes.
    private func trouble(_ bytes: [UInt8]) throws -> String {
        try write(bytes)
        do throws(GeoIPError) {
            _ = try CountryDatabase(path: path)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private func cut(_ bytes: [UInt8], _ prefix: Int) throws -> AddressCut {
        let read = NetworkAddress(networkBytes: bytes.span)
        let address = try #require(read)
        return address.cut(ipv4Prefix: prefix, ipv6Prefix: prefix)
    }

    #if GeoIP
        private func sample(isIPv6: Bool) -> MaxMindWriter {
            var writer = MaxMindWriter(isIPv6: isIPv6)
            writer.add([192, 0, 2], 24, country: "DE")
            writer.add([198, 51], 16, country: "FR")
            writer.add([203, 0, 113, 0], 25, country: "AT")
            writer.add([203, 0, 113, 128], 25, country: "AT")
            writer.add([203, 0, 112, 0], 25, country: "AT")
            writer.add([203, 0, 112, 128], 25, country: "CH")
            writer.add([203, 0, 111, 0], 25, country: "AT")
            return writer
        }

        @Test("IPv4, in a tree of either family", arguments: [false, true])
        func ipv4(isIPv6: Bool) throws {
            let database = try open(sample(isIPv6: isIPv6).bytes())
            #expect(database.version == "Test-Country 2025-11-24T16:00:00Z")
            #expect(database.country(of: try cut([192, 0, 2, 77], 24))?.text == "DE")
            #expect(database.country(of: try cut([198, 51, 100, 7], 24))?.text == "FR")
            #expect(database.country(of: try cut([192, 0, 3, 1], 24)) == nil)
            // The whole range lies in one country, in two, and partly in none.
            #expect(database.country(of: try cut([203, 0, 113, 7], 24))?.text == "AT")
            #expect(database.country(of: try cut([203, 0, 112, 7], 24)) == nil)
            #expect(database.country(of: try cut([203, 0, 111, 7], 24)) == nil)
            // More of the address was kept than the network needs; nothing of it was.
            #expect(database.country(of: try cut([203, 0, 112, 200], 32))?.text == "CH")
            #expect(database.country(of: try cut([192, 0, 2, 77], 0)) == nil)
            #expect(database.country(of: try cut([255, 255, 255, 255], 24)) == nil)
        }

        @Test("Any time of making is told", arguments: [1, 9_000_000_000, 9_000_000_001, 100_000_000_000, UInt64.max])
        func time(_ seconds: UInt64) throws {
            var writer = sample(isIPv6: false)
            writer.epochSeconds = seconds
            let time =
                switch seconds {
                case 1: "1970-01-01T00:00:01Z"
                case 9_000_000_000: "2255-03-14T16:00:00Z"
                default: "\(seconds)"
                }
            #expect(try open(writer.bytes()).version == "Test-Country \(time)")
        }

        @Test("IPv6; a tree of IPv4 addresses has none")
        func ipv6() throws {
            var writer = sample(isIPv6: true)
            let documentation: [UInt8] = [0x20, 0x01, 0x0D, 0xB8]
            writer.add(documentation + [0, 1], 48, country: "NL")
            writer.add(documentation + [0, 2, 0, 0, 0], 65, country: "BE")
            writer.add(documentation + [0, 2, 0, 0, 0x80], 65, country: "BE")
            let database = try open(writer.bytes())
            func address(_ third: UInt8) -> [UInt8] { documentation + [0, third] + [UInt8](repeating: 0, count: 10) }
            #expect(database.country(of: try cut(address(1), 48))?.text == "NL")
            #expect(database.country(of: try cut(address(2), 64))?.text == "BE")
            #expect(database.country(of: try cut(address(2), 48)) == nil)
            #expect(database.country(of: try cut(address(3), 48)) == nil)
            #expect(try open(sample(isIPv6: false).bytes()).country(of: try cut(address(1), 48)) == nil)
        }

        @Test("A file that is written over and cut while it is in use changes nothing")
        func cutFile() throws {
            let database = try open(sample(isIPv6: true).bytes())
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: 0)
            #expect(database.country(of: try cut([192, 0, 2, 77], 24))?.text == "DE")
        }

        @Test("What is no country is none: another record, no letters, a level too many")
        func otherRecords() throws {
            var writer = sample(isIPv6: false)
            writer.add([10], 8, record: MaxMindWriter.map([("country", MaxMindWriter.text("DE"))]))
            writer.add([11], 8, record: MaxMindWriter.record("de"))
            writer.add([12], 8, record: MaxMindWriter.record("DEU"))
            writer.add([13], 8, record: MaxMindWriter.map([("registered_country", MaxMindWriter.record("DE"))]))
            // A pointer to the first record, which is a good one.
            writer.add([14], 8, record: [0x20, 0x00])
            writer.add([15], 8, record: MaxMindWriter.text("DE"))
            // The library's own reader of records would call itself so often that the process ends.
            let deep = [("aa", MaxMindWriter.nested(3_000_000)), ("country", MaxMindWriter.record("DE"))]
            writer.add([16], 8, record: MaxMindWriter.map(deep))
            let database = try open(writer.bytes())
            for first: UInt8 in [10, 11, 12, 13, 15, 16] {
                #expect(database.country(of: try cut([first, 0, 0, 0], 24)) == nil)
            }
            #expect(database.country(of: try cut([14, 0, 0, 0], 24))?.text == "DE")
        }

        @Test("Files that are no country database are refused, and why is said")
        func refused() throws {
            let good = sample(isIPv6: true).bytes()
            #expect(try trouble([]).contains("metadata are missing"))
            #expect(try trouble(Array(good.dropLast(good.count / 2))).contains("it is no country database"))
            var deep = sample(isIPv6: true)
            deep.description = MaxMindWriter.map([("en", MaxMindWriter.nested(60_000))])
            #expect(try trouble(deep.bytes()).contains("metadata are missing or out of order"))
            var huge = sample(isIPv6: true)
            huge.nodeCount = 0x2AAA_AAAB
            #expect(try trouble(huge.bytes()).contains("download it again"))
            var other = MaxMindWriter(isIPv6: true)
            other.type = "Test-ASN\u{7}"
            other.add([192, 0, 2], 24, record: MaxMindWriter.map([("number", MaxMindWriter.number(7))]))
            #expect(try trouble(other.bytes()).contains("the type Test-ASN_, whose records have no country.iso_code"))
            #expect(throws: GeoIPError.noFile) { _ = try CountryDatabase(path: folder.path) }
            try FileManager.default.removeItem(atPath: path)
            let missing = #expect(throws: GeoIPError.self) { _ = try CountryDatabase(path: path) }
            #expect("\(missing.map { "\($0)" } ?? "")".hasPrefix("No such file or directory (ENOENT): check the path"))
        }

        @Test("Cut anywhere and with bytes changed, it gives countries or a refusal")
        func damaged() throws {
            let good = sample(isIPv6: true).bytes()
            var answers: Set<String> = []
            let asked = try ([0, 10, 192, 198, 203] as [UInt8]).map { try cut([$0, 0, 2, 1], 24) }
            func ask(_ bytes: [UInt8]) throws {
                try write(bytes)
                do throws(GeoIPError) {
                    let database = try CountryDatabase(path: path)
                    for cut in asked { answers.insert(database.country(of: cut)?.text ?? "none") }
                } catch {
                    answers.insert("refused")
                }
            }
            for count in stride(from: 0, to: good.count, by: 7) { try ask(Array(good.prefix(count))) }
            let seed = UInt64.random(in: 0...UInt64.max)
            print("seed of damaged databases: \(seed)")
            var random = SeededGenerator(seed: seed)
            for _ in 0..<3_000 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                }
                try ask(bytes)
            }
            #expect(answers.isSuperset(of: ["refused", "none", "DE"]))
        }
    #else
        @Test("A build without the trait opens none, and says what to do")
        func notBuiltIn() throws {
            #expect(!CountryDatabase.isBuiltIn)
            #expect(try trouble(MaxMindWriter(isIPv6: true).bytes()).contains("build with make build GEOIP=1"))
        }
    #endif

    @Test("Country codes are two capital letters")
    func codes() {
        for (text, isCode) in [("DE", true), ("ZA", true), ("de", false), ("D", false), ("DEU", false), ("A[", false)] {
            let bytes = Array(text.utf8)
            let code = CountryCode(bytes.span)
            #expect(code?.text == (isCode ? text : nil))
        }
    }
}
