import Bytes
import Engagement
import Testing

@Suite("That a person was forgotten is read as it was written, and nothing else is")
struct ForgettingRecordTests {
    private let record = ForgettingRecord(
        recordedNanoseconds: 5, section: "8781202", person: Bytes16(littleEndian: 0x0102, 0x0304), keepsConsent: true)

    @Test("A record is read as it was written")
    func whole() throws {
        for keepsConsent in [true, false] {
            var record = record
            record.keepsConsent = keepsConsent
            #expect(try ForgettingRecord(record.payload.span) == record)
            #expect(record.payload.count <= ForgettingRecord.bytesMax)
        }
        let head: [UInt8] = [5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
        let person: [UInt8] = [2, 1, 0, 0, 0, 0, 0, 0, 4, 3, 0, 0, 0, 0, 0, 0]
        #expect(record.payload == head + person + [1, 7] + Array("8781202".utf8))
    }

    @Test("Cut anywhere, of another version, or with another flag it is refused; what was reserved is passed over")
    func refused() throws {
        let payload = record.payload
        for count in payload.indices {
            #expect(throws: EngagementError.self) { _ = try ForgettingRecord(Array(payload[..<count]).span) }
        }
        #expect(throws: EngagementError.unsupportedVersion(2)) {
            _ = try ForgettingRecord(payload.span, version: 2)
        }
        var other = payload
        other[8] = 2
        #expect(throws: EngagementError.unknownValue(byteOffset: 8, value: 2)) {
            _ = try ForgettingRecord(other.span)
        }
        other = payload
        other[12] = 9
        #expect(try ForgettingRecord(other.span) == record)
    }
}
