package import Bytes
internal import TrackingLinks

/// What becomes of events when a person is forgotten: theirs keep what figures are made of, and those beside them that
/// would be judged otherwise now keep their verdict. `FORMAT.md`, "Forgetting".
package struct ForgottenEvent: ~Copyable {
    private var writer = EventWriter()

    /// Makes a writer of such events.
    package init() {}

    /// The fields that a forgotten event keeps as they are: `sec` to `pVa` without the visits, which are one person's,
    /// and the link.
    static let keptFields: [EventField] = [
        .sec, .expId, .expVer, .mech, .smech, .va, .pExpId, .pExpVer, .pMech, .pSmech, .pVa, .label, .target, .link,
        .location,
    ]

    /// Appends what is left of an event. Every email address is masked, also where identity was raw.
    ///
    /// - Parameters:
    ///   - token: stands for the person; nil where the event had no subject.
    ///   - buffer: has room for `EventFormat.eventBytesMax`.
    package mutating func append(
        _ event: EventView, in payload: Span<UInt8>, token: Bytes16?, verdict: FrozenVerdict,
        into buffer: inout ByteBuffer
    ) {
        var facts = EventFacts(
            timeNanoseconds: event.timeNanoseconds, kind: event.kind, outcome: event.outcome, reason: event.reason)
        if event.flags.contains(.late) { facts.lateOrderTimeNanoseconds = event.orderTimeNanoseconds }
        facts.flags = .forgotten
        facts.repairs = event.repairs
        facts.frozenClass = verdict.engagementClass
        facts.subject = token.map { EventSubject(keyID: 0, pseudonym: $0) }
        writer.begin(facts, into: &buffer)
        for field in Self.keptFields {
            guard let range = event.range(of: field) else { continue }
            let value = payload.extracting(range.offsets)
            if event.flags.contains(.rawIdentity) {
                writer.append(field, value, isCut: event.isCut(field), into: &buffer)
            } else {
                // It was masked as a whole: what is left of a value that was cut may look otherwise.
                FieldList.append(
                    tag: field.rawValue, value, limitBytes: field.limitBytes, isCut: event.isCut(field), into: &buffer)
            }
        }
        Self.append(.frozenReason, verdict.reason, &buffer)
        Self.append(.frozenRules, verdict.rules, &buffer)
        Self.append(.frozenClient, verdict.client, &buffer)
        Self.append(.frozenDevice, verdict.device, &buffer)
        if let country = verdict.country { Self.append(.frozenCountry, country, &buffer) }
    }

    private static func append(_ field: EventField, _ word: String, _ buffer: inout ByteBuffer) {
        let bytes = Array(word.utf8)
        FieldList.append(
            tag: field.rawValue, bytes.span, limitBytes: field.limitBytes, isCut: false, into: &buffer)
    }

    /// Appends an event as it is, with a verdict that no later judgement changes.
    ///
    /// - Parameter buffer: has room for `EventFormat.eventBytesMax`.
    /// - Returns: false, and nothing is appended, where the event would become longer than an event may be.
    package static func appendKeeping(
        _ verdict: FrozenVerdict, of event: EventView, in payload: Span<UInt8>, into buffer: inout ByteBuffer
    ) -> Bool {
        let (reason, rules) = (Array(verdict.reason.utf8), Array(verdict.rules.utf8))
        guard payload.count + reason.count + rules.count + 6 <= EventFormat.eventBytesMax else { return false }
        let start = buffer.count
        let place = event.offset(ofFieldsFrom: .frozenReason)
        buffer.append(payload.extracting(0..<place))
        append(.frozenReason, verdict.reason, &buffer)
        append(.frozenRules, verdict.rules, &buffer)
        buffer.append(payload.extracting(place..<payload.count))
        let flags = event.flags.union(.verdictKept)
        buffer.storeLittleEndian(
            UInt32(verdict.engagementClass.rawValue) << 8 | UInt32(payload[12]) | UInt32(flags.rawValue) << 16,
            at: start + 12)
        return true
    }

    /// True when a forgotten event has all its words still: no email address was masked in them.
    ///
    /// - Parameter forgotten: what `append` has made of the event.
    package static func keepsWords(of event: EventView, _ payload: Span<UInt8>, in forgotten: Span<UInt8>) -> Bool {
        guard let left = try? EventView(forgotten) else { return false }
        return keptFields.allSatisfy { field in
            guard let before = event.range(of: field), let after = left.range(of: field) else { return true }
            return payload.extracting(before.offsets).equals(forgotten.extracting(after.offsets))
        }
    }

    /// True when two records are one event, of which one may be what forgetting has left of the other: then identity,
    /// time and answer are the same.
    package static func isSame(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        if left.equals(right) { return true }
        guard let one = try? EventView(left), let other = try? EventView(right), one.isChanged || other.isChanged
        else { return false }
        return one.timeNanoseconds == other.timeNanoseconds && one.orderTimeNanoseconds == other.orderTimeNanoseconds
            && one.kind == other.kind && one.outcome == other.outcome && one.reason == other.reason
    }
}

extension EventView {
    /// True when forgetting somebody has changed the record.
    fileprivate var isChanged: Bool { flags.contains(.forgotten) || flags.contains(.verdictKept) }

    /// The payload as it was before its verdict was kept.
    package func withoutKeptVerdict(_ payload: Span<UInt8>) -> [UInt8] {
        let place = offset(ofFieldsFrom: .frozenReason)
        let end = offset(ofFieldsFrom: .frozenClient)
        var bytes = payload.extracting(0..<place).toArray() + payload.extracting(end..<payload.count).toArray()
        bytes[13] = 0
        bytes[15] &= ~UInt8(EventFlags.verdictKept.rawValue >> 8)
        return bytes
    }
}
