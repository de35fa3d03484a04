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

    /// A field of an event that forgetting changes: a word that figures are kept by, or the link.
    package struct Word: Equatable, Sendable {
        /// The field.
        package var field: EventField
        /// What is left of it.
        package var text: [UInt8]
        /// True where its end is missing.
        package var isCut: Bool

        /// Makes a word.
        package init(field: EventField, text: [UInt8], isCut: Bool) {
            self.field = field
            self.text = text
            self.isCut = isCut
        }
    }

    /// Appends what is left of an event. Every email address is masked, also where identity was raw.
    ///
    /// - Parameters:
    ///   - token: stands for the person; nil where the event had no subject.
    ///   - identifiers: forms of the person's identifier that are masked where they stand as a word.
    ///   - words: what is left of some fields, as `changedWords` said it.
    ///   - buffer: has room for `EventFormat.eventBytesMax`.
    package mutating func append(
        _ event: EventView, in payload: Span<UInt8>, token: Bytes16?, verdict: FrozenVerdict,
        masking identifiers: [[UInt8]] = [], words: [Word] = [], into buffer: inout ByteBuffer
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
            if let word = words.first(where: { $0.field == field }) {
                writer.append(kept: field, word.text.span, isCut: word.isCut, into: &buffer)
            } else if event.flags.contains(.rawIdentity) {
                writer.append(field, value, isCut: event.isCut(field), into: &buffer)
            } else {
                writer.append(kept: field, value, isCut: event.isCut(field), into: &buffer)
            }
        }
        for identifier in identifiers {
            // The section is the one in which the person is forgotten.
            writer.mask(identifier: identifier.span, keepsSection: true, into: &buffer)
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

    /// The words of an event that are others when it is forgotten, because an address or an identifier was masked in
    /// them.
    ///
    /// - Parameter forgotten: what `append` has made of the event.
    package static func changedWords(
        of event: EventView, _ payload: Span<UInt8>, in forgotten: Span<UInt8>
    ) -> [Word] {
        guard let left = try? EventView(forgotten) else { return [] }
        var words: [Word] = []
        for field in keptFields {
            guard let before = event.range(of: field), let after = left.range(of: field) else { continue }
            let text = forgotten.extracting(after.offsets)
            guard !payload.extracting(before.offsets).equals(text) else { continue }
            words.append(Word(field: field, text: text.toArray(), isCut: left.isCut(field)))
        }
        return words
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
