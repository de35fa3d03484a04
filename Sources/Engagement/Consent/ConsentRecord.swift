package import Bytes

/// A change of consent, kept in the `admin` shard: what one person said, or that a list is in force.
package struct ConsentRecord: AdminRecord, Equatable, Sendable {
    /// What changed.
    package enum Change: Equatable, Sendable {
        /// One person has a status from `effectiveNanoseconds` on.
        case person(Bytes16, ConsentStatus)
        /// Whoever was named by a list of this digest is opted in as of `effectiveNanoseconds`, and nobody else.
        case list(digest: Bytes16, people: UInt64)
    }

    /// By which way it came. Raw values stand in records.
    package enum Source: UInt8, Sendable, Equatable, CaseIterable {
        /// The events of the API.
        case event = 1
        /// A command.
        case command = 2
        /// A subscriber list.
        case list = 3
        /// The unsubscribe link of a mail.
        case unsubscribeLink = 4
        /// The person was forgotten.
        case forgotten = 5
    }

    /// When this was recorded, in nanoseconds since 1970.
    package var recordedNanoseconds: UInt64
    /// From when on it holds: of a list its own time, else the time of recording.
    package var effectiveNanoseconds: UInt64
    /// The section.
    package var section: String
    /// What changed.
    package var change: Change
    /// By which way it came.
    package var source: Source

    /// A change.
    package init(
        recordedNanoseconds: UInt64, effectiveNanoseconds: UInt64, section: String, change: Change, source: Source
    ) {
        self.recordedNanoseconds = recordedNanoseconds
        self.effectiveNanoseconds = effectiveNanoseconds
        self.section = section
        self.change = change
        self.source = source
    }

    private static let headBytes = 48
    private static let listOperation: UInt8 = 3

    /// The most bytes that a record takes.
    package static let bytesMax = headBytes + 3 + 256

    /// Appends the payload, `FORMAT.md`'s version 1. The buffer needs `bytesMax` of room.
    package func append(to buffer: inout ByteBuffer) {
        let (operation, identity, people): (UInt8, Bytes16, UInt64) =
            switch change {
            case .person(let person, .optedIn): (1, person, 0)
            case .person(let person, .optedOut): (2, person, 0)
            case .list(let digest, let people): (Self.listOperation, digest, people)
            }
        buffer.appendLittleEndian(recordedNanoseconds)
        buffer.appendLittleEndian(effectiveNanoseconds)
        buffer.appendLittleEndian(UInt64(operation) | UInt64(source.rawValue) << 8)
        identity.withSpan { buffer.append($0) }
        buffer.appendLittleEndian(people)
        FieldList.append(.sec, section, to: &buffer)
    }

    /// Reads the payload of a consent record.
    package init(_ payload: Span<UInt8>, version: UInt8 = EventFormat.consentVersion) throws(EngagementError) {
        guard version == EventFormat.consentVersion else { throw .unsupportedVersion(version) }
        guard payload.count >= Self.headBytes else { throw .truncated(byteOffset: Self.headBytes) }
        recordedNanoseconds = payload.littleEndian(at: 0)
        effectiveNanoseconds = payload.littleEndian(at: 8)
        guard let source = Source(rawValue: payload[17]) else {
            throw .unknownValue(byteOffset: 17, value: payload[17])
        }
        self.source = source
        let identity = Bytes16(in: payload, at: 24)
        switch payload[16] {
        case 1: change = .person(identity, .optedIn)
        case 2: change = .person(identity, .optedOut)
        case Self.listOperation: change = .list(digest: identity, people: payload.littleEndian(at: 40))
        default: throw .unknownValue(byteOffset: 16, value: payload[16])
        }
        let fields = try FieldTable(payload, from: Self.headBytes)
        guard let sec = fields.range(of: .sec) else { throw .missingField(.sec) }
        section = payload.extracting(sec.offsets).toString()
    }
}
