package import Bytes
internal import TrackingLinks

/// Writes the binary form of clicks and opens, `FORMAT.md`'s version 1, straight into the journal's batch.
///
/// It is on the hot path: a copy of each field, no allocation, no lock. Beside the head it does what every field needs:
/// whatever is shaped like an email address becomes `(email)` unless identity is raw, what is too long is cut at a
/// UTF-8 boundary and marked. A worker owns one writer; the buffers in it are used when something is to be masked.
///
/// Begin an event, then append its fields by ascending tags. The buffer needs `EventFormat.eventBytesMax` of room when
/// the event begins; whoever can't finish an event truncates the buffer to where it began.
package struct EventWriter: ~Copyable {
    private var masked = ByteBuffer(capacity: EmailMask.maximumCount(masking: maskedInputBytesMax))
    private var masksEmails = true
    private var lastTag: UInt8 = 0
    private var own = OwnIdentifier()
    /// Where the fields of the event begin that was begun.
    private var fieldsStart = 0
    /// True when a field of the event was cut.
    package private(set) var holdsCut = false

    /// Bytes of a value that are looked at for email addresses: more than twice the longest field, so that what is
    /// dropped by masking leaves enough, and a hostile header costs no more.
    private static let maskedInputBytesMax = 2 * 2_048 + LinkLimits.addressBytesMax

    /// Makes a writer: the only allocations that it ever does, 37 KiB.
    package init() {}

    /// Writes the head and the parts of an event.
    package mutating func begin(_ facts: EventFacts, into buffer: inout ByteBuffer) {
        precondition(
            (facts.kind.rawValue == TrackingResource.open.rawValue)
                == (facts.outcome.rawValue == Outcome.pixel.rawValue),
            "an open is answered with the pixel, a click never")
        var flags = facts.flags.subtracting(.parts)
        if facts.lateOrderTimeNanoseconds != nil { flags.insert(.late) }
        if facts.subject != nil { flags.insert(.subject) }
        if facts.address != nil { flags.insert(.address) }
        if facts.addressHash != nil { flags.insert(.addressHash) }
        masksEmails = !flags.contains(.rawIdentity)
        lastTag = 0

        // The fields of the head as FORMAT.md lists them, eight bytes at a time.
        let answer = UInt64(facts.kind.rawValue) | UInt64(facts.outcome.rawValue) << 8 | UInt64(facts.reason) << 16
        let request = UInt64(facts.method.rawValue) << 24 | UInt64(facts.httpVersion) << 32
        let kept = UInt64(facts.frozenClass?.rawValue ?? 0) << 40 | UInt64(flags.rawValue) << 48
        buffer.appendLittleEndian(facts.timeNanoseconds)
        buffer.appendLittleEndian(answer | request | kept)
        buffer.appendLittleEndian(UInt64(facts.repairs) | UInt64(facts.headerPresence.rawValue) << 32)
        buffer.appendLittleEndian(facts.headerOrderHash)
        if let orderTime = facts.lateOrderTimeNanoseconds { buffer.appendLittleEndian(orderTime) }
        if let subject = facts.subject { subject.append(to: &buffer) }
        if let address = facts.address { address.append(to: &buffer) }
        if let hash = facts.addressHash { hash.append(to: &buffer) }
        fieldsStart = buffer.count
        holdsCut = false
    }

    /// Appends one field of the event that was begun.
    ///
    /// - Parameters:
    ///   - field: a field with a tag greater than the last one's.
    ///   - value: what was received, of any length; empty is not the same as missing.
    ///   - isCut: true when `value` is only the beginning of what was received.
    package mutating func append(
        _ field: EventField, _ value: Span<UInt8>, isCut: Bool = false, into buffer: inout ByteBuffer
    ) {
        precondition(field.rawValue > lastTag, "fields are appended by ascending tags")
        lastTag = field.rawValue
        let looked = min(value.count, Self.maskedInputBytesMax)
        guard masksEmails && (isCut || value.mayHoldAtSign(before: looked)) else {
            if isCut || value.count > field.limitBytes { holdsCut = true }
            FieldList.append(
                tag: field.rawValue, value, limitBytes: field.limitBytes, isCut: isCut, into: &buffer)
            return
        }
        let wasShortened = isCut || looked < value.count
        masked.removeAll()
        EmailMask.append(value.extracting(0..<looked), isCut: wasShortened, into: &masked)
        if wasShortened || masked.count > field.limitBytes { holdsCut = true }
        masked.withSpan { clean in
            FieldList.append(
                tag: field.rawValue, clean, limitBytes: field.limitBytes, isCut: wasShortened, into: &buffer)
        }
    }

    /// Appends one field as it was written before: it was masked as a whole then, and what is left of a value that was
    /// cut may look otherwise.
    package mutating func append(
        kept field: EventField, _ value: Span<UInt8>, isCut: Bool, into buffer: inout ByteBuffer
    ) {
        precondition(field.rawValue > lastTag, "fields are appended by ascending tags")
        lastTag = field.rawValue
        if isCut { holdsCut = true }
        FieldList.append(tag: field.rawValue, value, limitBytes: field.limitBytes, isCut: isCut, into: &buffer)
    }

    /// Appends fields of `bytes` that are known to hold no at sign, however it is written (`mayHoldAtSign`): as
    /// `append` each, in one go.
    ///
    /// - Parameter count: how many of the list there are.
    package mutating func append(
        _ fields: borrowing FixedTable<PlainField>, _ count: Int, of bytes: Span<UInt8>, into buffer: inout ByteBuffer
    ) {
        for index in 0..<count {
            let field = fields[index]
            precondition(field.tag > lastTag, "fields are appended by ascending tags")
            lastTag = field.tag
            if field.range.count <= PlainField.bytesMax {
                FieldList.append(tag: field.tag, whole: field.range.offsets, of: bytes, into: &buffer)
            } else {
                let limit = EventField(rawValue: field.tag)?.limitBytes ?? PlainField.bytesMax
                if field.range.count > limit { holdsCut = true }
                FieldList.append(
                    tag: field.tag, bytes.extracting(field.range.offsets), limitBytes: limit, isCut: false,
                    into: &buffer)
            }
        }
    }

    /// The tag of the last field that was appended.
    package var lastAppendedTag: UInt8 { lastTag }

    /// Appends fields that a writer with the same settings wrote before, none of them cut.
    ///
    /// - Parameter tag: the tag of the last of them.
    package mutating func append(written fields: Span<UInt8>, lastTag tag: UInt8, into buffer: inout ByteBuffer) {
        guard !fields.isEmpty else { return }
        precondition(tag > lastTag, "fields are appended by ascending tags")
        lastTag = tag
        buffer.append(fields)
    }

    /// Appends one field whose value, the bytes at `range`, is known to hold no at sign, however it is written
    /// (`mayHoldAtSign`), and so no email address. Otherwise as `append`.
    package mutating func append(
        _ field: EventField, plain range: Range<Int>, of bytes: Span<UInt8>, into buffer: inout ByteBuffer
    ) {
        precondition(field.rawValue > lastTag, "fields are appended by ascending tags")
        lastTag = field.rawValue
        if range.upperBound &- range.lowerBound <= field.limitBytes {
            FieldList.append(tag: field.rawValue, whole: range, of: bytes, into: &buffer)
        } else {
            holdsCut = true
            FieldList.append(
                tag: field.rawValue, bytes.extracting(range), limitBytes: field.limitBytes, isCut: false,
                into: &buffer)
        }
    }

    /// Masks the event's own identifier wherever it stands as a word in the fields that were appended so far, unless
    /// identity is raw (`IdentifierMask`). The identifier's own field stays as it is.
    ///
    /// - Parameters:
    ///   - identifier: one form of it.
    ///   - keepsSection: true leaves `sec` as it is: what the operator has configured names no person.
    package mutating func mask(
        identifier: Span<UInt8>, keepsSection: Bool, into buffer: inout ByteBuffer
    ) {
        guard masksEmails else { return }
        own.erase(identifier, from: fieldsStart, holdsCut: holdsCut, keepsSection: keepsSection, in: &buffer)
    }
}
