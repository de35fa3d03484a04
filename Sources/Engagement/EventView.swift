package import Bytes
package import TrackingLinks

/// A click or an open as it lies in the journal: read in place, the fields as ranges of the payload.
///
/// The form is `FORMAT.md`'s. Reading is strict (whatever that page calls an error throws), never traps whatever the
/// bytes are, allocates nothing and takes one pass over the fields' heads. The view is about 400 bytes and meaningful
/// only beside the payload that it was made from: pass both on by borrowing, and take fields with
/// `payload.extracting(range.offsets)`. `Event` is the form that owns its text.
package struct EventView: Sendable {
    /// When the request was taken up, in nanoseconds since 1970.
    package let timeNanoseconds: UInt64
    /// The time that windows use: the event's own, or the floor that a `late` event was written under.
    package let orderTimeNanoseconds: UInt64
    /// Click or open.
    package let kind: TrackingResource
    /// How the request was answered.
    package let outcome: Outcome
    /// Why it was answered so: TrackingLinks' number, possibly of a newer version.
    package let reason: UInt8
    /// The request's method.
    package let method: RequestMethod
    /// 10 for HTTP/1.0, 11 for HTTP/1.1, 0 where it is not kept.
    package let httpVersion: UInt8
    /// The verdict given when the evidence was dropped; nil where the event is to be judged.
    package let frozenClass: EngagementClass?
    /// How the event was kept.
    package let flags: EventFlags
    /// What was repaired and noted in the link: TrackingLinks' bits, possibly of a newer version.
    package let repairs: UInt32
    /// Which common headers the request had.
    package let headerPresence: HeaderPresence
    /// Fingerprint of the order of the header names, to compare for equality; 0 where it is not kept.
    package let headerOrderHash: UInt64
    /// The person's pseudonym, or nil for an event of nobody in particular.
    package let subject: EventSubject?
    /// What is kept of the client's address.
    package let address: AddressCut?
    /// The keyed hash of the client's whole address.
    package let addressHash: AddressHash?
    /// True for a click on a link that no person sees (`DecoyLink`).
    package let isDecoy: Bool
    private let fields: FieldTable

    /// Reads a payload of an event record.
    ///
    /// - Parameters:
    ///   - payload: all of the record's payload.
    ///   - version: the version in the record's head.
    /// - Throws: what is wrong with it, and where.
    package init(_ payload: Span<UInt8>, version: UInt8 = EventFormat.eventVersion) throws(EngagementError) {
        guard version == EventFormat.eventVersion else { throw .unsupportedVersion(version) }
        guard payload.count <= EventFormat.eventBytesMax else { throw .tooLong(bytes: payload.count) }
        guard payload.count >= EventFormat.headBytes else { throw .truncated(byteOffset: EventFormat.headBytes) }
        timeNanoseconds = payload.littleEndian(at: 0)
        guard let kind = TrackingResource(rawValue: payload[8]) else {
            throw .unknownValue(byteOffset: 8, value: payload[8])
        }
        guard let outcome = Outcome(rawValue: payload[9]) else {
            throw .unknownValue(byteOffset: 9, value: payload[9])
        }
        guard (kind == .open) == (outcome == .pixel) else { throw .contradiction(byteOffset: 9) }
        self.kind = kind
        self.outcome = outcome
        reason = payload[10]
        guard let method = RequestMethod(rawValue: payload[11]) else {
            throw .unknownValue(byteOffset: 11, value: payload[11])
        }
        self.method = method
        guard payload[12] == 0 || payload[12] == 10 || payload[12] == 11 else {
            throw .unknownValue(byteOffset: 12, value: payload[12])
        }
        httpVersion = payload[12]
        frozenClass = EngagementClass(rawValue: payload[13])
        guard frozenClass != nil || payload[13] == 0 else { throw .unknownValue(byteOffset: 13, value: payload[13]) }
        flags = EventFlags(rawValue: payload.littleEndian(at: 14))
        guard flags.isDisjoint(with: .unknownParts) else { throw .unknownPart(flags: flags.rawValue) }
        guard !flags.keepsNobody || flags.isDisjoint(with: .addressParts),
            !flags.contains(.anonymous) || !flags.contains(.subject)
        else { throw .contradiction(byteOffset: Self.flagsOffset) }
        repairs = payload.littleEndian(at: 16)
        headerPresence = HeaderPresence(rawValue: payload.littleEndian(at: 20))
        headerOrderHash = payload.littleEndian(at: 24)

        let parts = try EventParts(payload, flags: flags)
        orderTimeNanoseconds = parts.orderTimeNanoseconds ?? timeNanoseconds
        subject = parts.subject
        address = parts.address
        addressHash = parts.addressHash
        fields = try FieldTable(payload, from: parts.end)
        isDecoy =
            kind == .click
            && (fields.range(of: .label).map { DecoyLink.isLabel(payload.extracting($0.offsets)) } ?? false)
        guard flags.contains(.rawIdentity) || fields.range(of: .cuid) == nil else {
            throw .contradiction(byteOffset: Self.flagsOffset)
        }
    }

    /// Where the flags stand: the place that is named when they contradict what follows.
    static let flagsOffset = 14

    /// The verdict that is kept beside its evidence; nil for every other event.
    package var keptClass: EngagementClass? {
        flags.contains(.verdictKept) && !flags.keepsNobody ? frozenClass : nil
    }

    /// Where the fields lie that stand together and repeat. Worked out anew each time.
    package var stretches: EventStretches {
        let isFrozen = (frozenClass != nil && keptClass == nil) || flags.keepsNobody
        let bits = RequestEvidence.bits(kind: kind, method: method, headers: headerPresence, isDecoy: isDecoy)
        return EventStretches(fields, evidenceBits: isFrozen ? nil : bits)
    }

    /// Where a field's value lies in the payload; nil when the field is missing, which is not the same as empty.
    package func range(of field: EventField) -> ByteRange? {
        fields.range(of: field)
    }

    /// Offset behind the last field with a smaller tag: where the fields from `field` on begin, or would.
    func offset(ofFieldsFrom field: EventField) -> Int {
        Int(fields.rangeOfFields(from: field, through: field).start)
    }

    /// True when the field's value was cut at its limit.
    package func isCut(_ field: EventField) -> Bool {
        fields.isCut(field)
    }

    /// Where the link that reports count by lies: the destination after the section's rules, without the label.
    package var linkRange: ByteRange? {
        range(of: .link) ?? range(of: .target)
    }

    /// Where the URL lies that the recipient was sent to; nil for a page or a pixel.
    package var locationRange: ByteRange? {
        switch outcome {
        case .redirected: range(of: .location) ?? linkRange
        case .fallback: range(of: .location)
        case .asked, .refused, .pixel: nil
        }
    }
}
