import Foundation
import Bytes
import TestSupport
import Testing

@Suite("SipHash-2-4 gives the reference results, 8 and 16 bytes wide")
struct SipHash24Tests {
    @Test("All 64 reference vectors of both widths")
    func referenceVectors() throws {
        let text = try String(contentsOfFile: fixture("siphash/reference-vectors.txt"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        try #require(rows.count == 64)
        let key = SipHashKey([UInt8](0..<16).span)
        let hash = SipHash24(key: try #require(key))
        for (count, row) in rows.enumerated() {
            let columns = row.split(separator: " ")
            try #require(columns.count == 2)
            let message = [UInt8](0..<UInt8(count))
            let narrow = hash.hash64(message.span)
            let wide = hash.hash128(message.span)
            let expected = bytes(hexadecimal: String(columns[0])).span.littleEndian(UInt64.self, at: 0)
            #expect(narrow == expected, "message of \(count) bytes")
            #expect(wide.hex == columns[1], "message of \(count) bytes")
        }
    }

    @Test("A key is exactly sixteen bytes")
    func keyLengths() {
        for count in 0..<40 {
            let key = SipHashKey([UInt8](repeating: 1, count: count).span)
            #expect((key != nil) == (count == 16))
        }
    }

    @Test("Hashing allocates nothing")
    func allocations() {
        let hash = SipHash24(key: SipHashKey(bytes: .zero))
        let message = [UInt8](repeating: 7, count: 100)
        var result = hash.hash128(message.span)
        let allocated = allocationCount { result = hash.hash128(message.span) }
        #expect(allocated == 0)
        withExtendedLifetime(result) {}
    }
}
