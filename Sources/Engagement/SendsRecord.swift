package import Bytes

/// How many messages of one selection went out, and when: a fact that no request carries, kept in the `admin` shard.
///
/// Records of one selection and time add up.
package struct SendsRecord: AdminRecord, Equatable, Sendable {
    /// When this was recorded, in nanoseconds since 1970.
    package var recordedNanoseconds: UInt64
    /// When the messages were sent; the time of recording where nobody gave it.
    package var sentNanoseconds: UInt64
    /// Messages sent.
    package var sent: UInt64
    /// Messages delivered; nil when not known.
    package var delivered: UInt64?
    /// Links in one message; nil when not known.
    package var linksInMessage: UInt32?
    /// The section, experience, version and variation that were sent.
    package var selection: CampaignSelection

    /// Sends of one selection.
    package init(
        recordedNanoseconds: UInt64, sentNanoseconds: UInt64, sent: UInt64, delivered: UInt64? = nil,
        linksInMessage: UInt32? = nil, selection: CampaignSelection
    ) {
        self.recordedNanoseconds = recordedNanoseconds
        self.sentNanoseconds = sentNanoseconds
        self.sent = sent
        self.delivered = delivered
        self.linksInMessage = linksInMessage
        self.selection = selection
    }

    /// False where nobody said when the messages were sent, so that it is the time of recording to the nanosecond.
    package var isTimeTold: Bool { sentNanoseconds != recordedNanoseconds }

    /// Dates it anew: a time of sending that nobody gave moves along, and one that was given stays told apart.
    package mutating func recorded(atNanoseconds time: UInt64) {
        if isTimeTold {
            recordedNanoseconds = time == sentNanoseconds ? time + 1 : time
        } else {
            (recordedNanoseconds, sentNanoseconds) = (time, time)
        }
    }

    private static let headBytes = 40
    private static let addOperation: UInt8 = 1

    /// The most bytes that a record takes.
    package static let bytesMax = headBytes + CampaignSelection.bytesMax

    /// Appends the payload, `FORMAT.md`'s version 1. The buffer needs `bytesMax` of room.
    package func append(to buffer: inout ByteBuffer) {
        buffer.appendLittleEndian(recordedNanoseconds)
        buffer.appendLittleEndian(sentNanoseconds)
        buffer.appendLittleEndian(sent)
        buffer.appendLittleEndian(delivered ?? .max)
        buffer.appendLittleEndian(linksInMessage ?? 0)
        buffer.appendLittleEndian(UInt32(Self.addOperation))
        selection.append(to: &buffer)
    }

    /// Reads the payload of a sends record.
    package init(_ payload: Span<UInt8>, version: UInt8 = EventFormat.sendsVersion) throws(EngagementError) {
        guard version == EventFormat.sendsVersion else { throw .unsupportedVersion(version) }
        guard payload.count >= Self.headBytes else { throw .truncated(byteOffset: Self.headBytes) }
        recordedNanoseconds = payload.littleEndian(at: 0)
        sentNanoseconds = payload.littleEndian(at: 8)
        sent = payload.littleEndian(at: 16)
        let delivered: UInt64 = payload.littleEndian(at: 24)
        self.delivered = delivered == .max ? nil : delivered
        let links: UInt32 = payload.littleEndian(at: 32)
        linksInMessage = links == 0 ? nil : links
        guard payload[36] == Self.addOperation else { throw .unknownValue(byteOffset: 36, value: payload[36]) }
        selection = try CampaignSelection(FieldTable(payload, from: Self.headBytes), in: payload)
    }
}
