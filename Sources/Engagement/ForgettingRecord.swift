package import Bytes

/// That a person was forgotten, kept in the `admin` shard, so that every node of a fleet does the same. It holds no
/// token and no pseudonym of an event: nothing leads from it to what is left of the person's events.
package struct ForgettingRecord: AdminRecord, Equatable, Sendable {
    /// When this was recorded, in nanoseconds since 1970.
    package var recordedNanoseconds: UInt64
    /// The section.
    package var section: String
    /// The person, made with the section's key.
    package var person: Bytes16
    /// What is known of the person's consent was left as it is.
    package var keepsConsent: Bool

    /// Puts its parts together.
    package init(recordedNanoseconds: UInt64, section: String, person: Bytes16, keepsConsent: Bool) {
        self.recordedNanoseconds = recordedNanoseconds
        self.section = section
        self.person = person
        self.keepsConsent = keepsConsent
    }

    private static let headBytes = 32

    /// The most bytes that a record takes.
    package static let bytesMax = headBytes + 3 + 256

    /// Appends the payload, `FORMAT.md`'s version 1. The buffer needs `bytesMax` of room.
    package func append(to buffer: inout ByteBuffer) {
        buffer.appendLittleEndian(recordedNanoseconds)
        buffer.appendLittleEndian(UInt64(keepsConsent ? 1 : 0))
        person.withSpan { buffer.append($0) }
        FieldList.append(.sec, section, to: &buffer)
    }

    /// Reads the payload of a forgetting record.
    package init(_ payload: Span<UInt8>, version: UInt8 = EventFormat.forgettingVersion) throws(EngagementError) {
        guard version == EventFormat.forgettingVersion else { throw .unsupportedVersion(version) }
        guard payload.count >= Self.headBytes else { throw .truncated(byteOffset: Self.headBytes) }
        guard payload[8] <= 1 else { throw .unknownValue(byteOffset: 8, value: payload[8]) }
        recordedNanoseconds = payload.littleEndian(at: 0)
        keepsConsent = payload[8] == 1
        person = Bytes16(in: payload, at: 16)
        let fields = try FieldTable(payload, from: Self.headBytes)
        guard let sec = fields.range(of: .sec) else { throw .missingField(.sec) }
        section = payload.extracting(sec.offsets).toString()
    }
}
