import Bytes
import TestSupport
import Testing

@Suite("CRC-32C gives the published checksums, with the processor's instruction and without")
struct CRC32CTests {
    struct Row: CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let checksum: UInt32
    }

    /// RFC 3720, B.4, whose bytes are in wire order there, and the check value of the CRC catalogue.
    static let rows = [
        Row(testDescription: "nothing", bytes: [], checksum: 0),
        Row(testDescription: "123456789", bytes: Array("123456789".utf8), checksum: 0xE306_9283),
        Row(testDescription: "32 bytes of zeros", bytes: [UInt8](repeating: 0, count: 32), checksum: 0x8A91_36AA),
        Row(testDescription: "32 bytes of ones", bytes: [UInt8](repeating: 0xFF, count: 32), checksum: 0x62A8_AB43),
        Row(testDescription: "32 bytes going up", bytes: Array(0..<32), checksum: 0x46DD_794E),
        Row(testDescription: "32 bytes going down", bytes: (0..<32).reversed(), checksum: 0x113F_DB5C),
        Row(
            testDescription: "an iSCSI read command",
            bytes: [
                0x01, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
                0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
            ],
            checksum: 0xD996_3A56),
    ]

    @Test(arguments: rows)
    func publishedVector(_ row: Row) {
        let checksum = CRC32C.checksum(row.bytes.span)
        let portable = CRC32C.portableChecksum(row.bytes.span)
        #expect(checksum == row.checksum)
        #expect(portable == row.checksum)
    }

    @Test("A checksum goes on from the checksum of what came before, at every split")
    func chaining() {
        let bytes = Array("The quick brown fox jumps over the lazy dog, twice.".utf8)
        let whole = CRC32C.checksum(bytes.span)
        for split in 0...bytes.count {
            let first = CRC32C.checksum(bytes.span.extracting(0..<split))
            let both = CRC32C.checksum(bytes.span.extracting(split..<bytes.count), seed: first)
            let portable = CRC32C.portableChecksum(bytes.span.extracting(split..<bytes.count), seed: first)
            #expect(both == whole)
            #expect(portable == whole)
        }
    }

    @Test("Both ways agree on random bytes of every length and under random seeds")
    func agreement() {
        let seed: UInt64 = 20
        var random = SeededGenerator(seed: seed)
        for count in 0..<300 {
            let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let start = UInt32.random(in: .min ... .max, using: &random)
            let checksum = CRC32C.checksum(bytes.span, seed: start)
            let portable = CRC32C.portableChecksum(bytes.span, seed: start)
            #expect(checksum == portable, "seed \(seed), \(count) bytes")
        }
    }
}
