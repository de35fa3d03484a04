package import Bytes

/// A name that reports show beside an id, kept in the `admin` shard. The last one given to a thing holds.
package struct NameRecord: AdminRecord, Equatable, Sendable {
    /// What can have a name. Raw values stand in records.
    package enum Level: UInt8, Sendable, Equatable, Hashable, CaseIterable {
        case section = 1
        case experience = 2
        case version = 3
        case variation = 4
    }

    /// When this was recorded, in nanoseconds since 1970.
    package var recordedNanoseconds: UInt64
    /// What is named.
    package var level: Level
    /// The ids of the thing that is named, as far as its level goes. A variation without a version is named in all of
    /// them.
    package var selection: CampaignSelection
    /// The name, at most 256 bytes of UTF-8; empty takes away the one given before.
    package var name: String

    /// A name for one thing.
    ///
    /// - Returns: nil when the selection lacks an id that the level needs or the name is longer than 256 bytes.
    package init?(recordedNanoseconds: UInt64, level: Level, selection: CampaignSelection, name: String) {
        guard name.utf8.count <= Self.nameBytesMax, Self.missing(in: selection, for: level) == nil else { return nil }
        self.recordedNanoseconds = recordedNanoseconds
        self.level = level
        self.selection = selection
        self.name = name
    }

    private static let headBytes = 16
    private static let nameBytesMax = 256

    /// The most bytes that a record takes.
    package static let bytesMax = headBytes + CampaignSelection.bytesMax + 3 + nameBytesMax

    /// Appends the payload, `FORMAT.md`'s version 1. The buffer needs `bytesMax` of room.
    package func append(to buffer: inout ByteBuffer) {
        buffer.appendLittleEndian(recordedNanoseconds)
        buffer.appendLittleEndian(UInt64(level.rawValue))
        selection.append(to: &buffer)
        let bytes = Array(name.utf8)
        FieldList.append(
            tag: FieldTable.nameTag, bytes.span, limitBytes: Self.nameBytesMax, isCut: false, into: &buffer)
    }

    /// Reads the payload of a name record.
    package init(_ payload: Span<UInt8>, version: UInt8 = EventFormat.nameVersion) throws(EngagementError) {
        guard version == EventFormat.nameVersion else { throw .unsupportedVersion(version) }
        guard payload.count >= Self.headBytes else { throw .truncated(byteOffset: Self.headBytes) }
        recordedNanoseconds = payload.littleEndian(at: 0)
        guard let level = Level(rawValue: payload[8]) else { throw .unknownValue(byteOffset: 8, value: payload[8]) }
        let fields = try FieldTable(payload, from: Self.headBytes)
        let selection = try CampaignSelection(fields, in: payload)
        if let field = Self.missing(in: selection, for: level) { throw .missingField(field) }
        guard let name = fields.name else { throw .missingName }
        self.level = level
        self.selection = selection
        self.name = payload.extracting(name.offsets).toString()
    }

    /// The first id that a thing of this level can't do without and that is missing.
    private static func missing(in selection: CampaignSelection, for level: Level) -> EventField? {
        if level.rawValue >= Level.experience.rawValue, selection.expId == nil { return .expId }
        if level == .version, selection.expVer == nil { return .expVer }
        if level == .variation, selection.va == nil { return .va }
        return nil
    }
}
