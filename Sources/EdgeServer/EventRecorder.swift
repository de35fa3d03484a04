import Bytes
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import TrackingLinks

/// Puts a request and its answer into the worker's shard as an event.
///
/// On the hot path: fields go from the request's bytes into the journal's batch, decoded on the way only where they
/// hold an escape. Nothing is allocated.
struct EventRecorder: ~Copyable {
    /// The shard that is written now; `writer` is its own.
    private(set) var committer: ShardCommitter
    private var writer: ShardWriter
    private let closed: ClosedWatermark
    private let counters: EdgeCounters
    private var events = EventWriter()
    private var decoded = ByteBuffer(capacity: 3 * decodedBytesMax + 3)
    private var plain = FixedTable(count: TrackingField.count, of: PlainField(.sec, .empty))
    private var evidence = EvidenceMemo()
    private var classes: EdgeClasses
    private var addresses: AddressRecorder
    /// The time of this turn, in nanoseconds since 1970.
    private(set) var timeNanoseconds: UInt64 = 0
    private var orderNanoseconds: UInt64 = 0

    init(
        committer: ShardCommitter, closed: ClosedWatermark, addresses: AddressRecorder, rules: EdgeRules,
        counters: EdgeCounters
    ) {
        self.committer = committer
        classes = EdgeClasses(rules)
        writer = committer.writer
        self.closed = closed
        self.addresses = addresses
        self.counters = counters
    }

    /// A turn begins at `now`, the time of all its events.
    ///
    /// A clock that reads less than what was promised makes them late: they get the floor as their order time, and the
    /// aggregator judges them alone.
    mutating func turnBegins(atNanoseconds now: UInt64) {
        timeNanoseconds = now
        orderNanoseconds = max(now, writer.floorNanoseconds, closed.nanoseconds)
        committer.timeNanoseconds = now
        committer.orderNanoseconds = orderNanoseconds
        addresses.turnBegins()
    }

    /// Goes on in another shard: the one so far belongs to the thread that the disk holds.
    mutating func change(to next: ShardCommitter) {
        committer = next
        writer = next.writer
        turnBegins(atNanoseconds: timeNanoseconds)
    }

    /// Labels addresses by other networks from now on.
    mutating func use(_ networks: NetworkLabels) {
        addresses.use(networks)
    }

    /// Judges anonymous events by other rules from now on.
    mutating func use(_ classes: consuming EdgeClasses) {
        self.classes = classes
    }

    /// Works out what is kept of an address.
    func words(of address: IPAddress?) -> AddressRecorder.Words {
        addresses.words(of: address)
    }

    /// Appends the event of one request, whose person was taken up (`SubjectMaker.takeUp`). Where the batch has no room
    /// because the journal can't be written, it is lost, counted, and the person is answered all the same.
    mutating func record(
        _ decision: Decision, resource: TrackingResource, link: borrowing TrackingLink, query: Span<UInt8>,
        head: borrowing RequestHead, bytes: Span<UInt8>, address: AddressRecorder.Words, section: Int?,
        subjects: inout SubjectMaker, stored: borrowing ByteBuffer
    ) {
        guard
            writer.beginRecord(
                kind: .event, version: EventFormat.eventVersion, maximumPayloadBytes: EventFormat.eventBytesMax)
        else {
            writer.countLost(atNanoseconds: timeNanoseconds)
            counters.count(.eventNotRecorded)
            return
        }
        var facts = EventFacts(
            timeNanoseconds: timeNanoseconds, kind: resource, outcome: decision.outcome,
            reason: decision.reason.rawValue)
        if orderNanoseconds > timeNanoseconds { facts.lateOrderTimeNanoseconds = orderNanoseconds }
        switch head.method {
        case .get: facts.method = .get
        default: facts.method = .head
        }
        switch head.version {
        case .http10: facts.httpVersion = 10
        case .http11: facts.httpVersion = 11
        }
        facts.repairs = decision.repairs.rawValue
        let identity = subjects.identity(
            link, of: query, section: section, kind: resource,
            asksNotToBeFollowed: Self.asksNotToBeFollowed(head, in: bytes))
        facts.flags = identity.flags
        guard !identity.isAnonymous else {
            let verdict = classes.verdict(on: facts, link, of: query, head, in: bytes)
            return recordAnonymous(
                facts, verdict, decision, link, of: query, section: section, subjects: subjects, stored: stored)
        }
        facts.subject = identity.subject
        facts.headerPresence = HeaderPresence(knownHeaders: head.headerPresence)
        facts.headerOrderHash = head.orderHash
        addresses.put(address, into: &facts)
        writer.appendPayload { batch in
            events.begin(facts, into: &batch)
            appendCampaignFields(link, of: query, into: &batch)
            subjects.appendIdentifier(link, of: query, to: &events, into: &batch)
            appendField(.tlink, as: .label, link, of: query, into: &batch)
            appendTarget(decision, stored: stored, into: &batch)
            appendRememberedEvidence(head, in: bytes, into: &batch)
            subjects.maskIdentifier(in: &events, keepsSection: section != nil, into: &batch)
            addresses.appendNetwork(of: address, to: &events, into: &batch)
        }
        writer.endRecord(orderNanoseconds: orderNanoseconds)
    }

    /// Appends the event of a person who is not followed: what happened and who fetched it, as far as the request's
    /// method, headers and user agent tell, and nothing of the person.
    private mutating func recordAnonymous(
        _ facts: EventFacts, _ verdict: EdgeClasses.Verdict, _ decision: Decision, _ link: borrowing TrackingLink,
        of query: Span<UInt8>, section: Int?, subjects: borrowing SubjectMaker, stored: borrowing ByteBuffer
    ) {
        var facts = facts
        facts.method = .notKept
        facts.httpVersion = 0
        facts.frozenClass = verdict.engagementClass
        counters.countAnonymous()
        writer.appendPayload { batch in
            events.begin(facts, into: &batch)
            appendCampaignFields(link, of: query, isAnonymous: true, into: &batch)
            appendField(.tlink, as: .label, link, of: query, into: &batch)
            appendTarget(decision, stored: stored, into: &batch)
            subjects.maskIdentifier(in: &events, keepsSection: section != nil, into: &batch)
            classes.append(verdict, to: &events, into: &batch)
        }
        writer.endRecord(orderNanoseconds: orderNanoseconds)
    }

    /// True for a request whose browser says that its person is not to be followed (Global Privacy Control, Tracking
    /// Preference Expression).
    private static func asksNotToBeFollowed(_ head: borrowing RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard head.headerPresence & (KnownHeader.secGPC.bit | KnownHeader.dnt.bit) != 0 else { return false }
        return isOne(.secGPC, head, in: bytes) || isOne(.dnt, head, in: bytes)
    }

    private static func isOne(
        _ header: KnownHeader, _ head: borrowing RequestHead, in bytes: Span<UInt8>
    ) -> Bool {
        guard let range = head.value(of: header) else { return false }
        return bytes.extracting(range.offsets).equals("1")
    }

    // MARK: Fields, by ascending tags

    /// - Parameter isAnonymous: true leaves out what tells one person's message from another's.
    private mutating func appendCampaignFields(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, isAnonymous: Bool = false, into batch: inout ByteBuffer
    ) {
        // Both lists have these fields in one order, section to parent's variations, a place apart: a test holds it.
        var fields = link.present.rawValue & (isAnonymous ? Self.sharedFields : Self.campaignFields)
        var count = 0
        while fields != 0 {
            let number = UInt8(truncatingIfNeeded: fields.trailingZeroBitCount)
            fields &= fields &- 1
            guard let field = TrackingField(rawValue: number), let name = EventField(rawValue: number &- 1),
                let range = link.value(of: field)
            else { break }
            if link.plain.contains(field) {
                plain[count] = PlainField(name, range)
                count &+= 1
            } else {
                events.append(plain, count, of: query, into: &batch)
                count = 0
                appendField(field, as: name, link, of: query, into: &batch)
            }
        }
        events.append(plain, count, of: query, into: &batch)
        if !isAnonymous { appendField(.cuidType, as: .cuidType, link, of: query, into: &batch) }
    }

    /// The bits of `sec` to `pVa`.
    private static var campaignFields: UInt32 { 0x7FFC }
    /// The same without `expVisitId` and `pExpVisitId`, the visits, which are one person's.
    private static var sharedFields: UInt32 { 0x77DC }

    /// More than is kept, so that an address that reaches over the limit is masked before the value is cut.
    private static let decodedBytesMax = LinkLimits.fieldBytesMax + LinkLimits.addressBytesMax

    private mutating func appendField(
        _ field: TrackingField, as name: EventField, _ link: borrowing TrackingLink, of query: Span<UInt8>,
        into batch: inout ByteBuffer
    ) {
        guard let range = link.value(of: field) else { return }
        if link.plain.contains(field) {
            return events.append(name, plain: range.offsets, of: query, into: &batch)
        }
        decoded.removeAll()
        guard let value = link.decodeField(field, of: query, into: &decoded, limitBytes: Self.decodedBytesMax) else {
            return
        }
        decoded.withSpan(of: value.range.offsets) { events.append(name, $0, isCut: value.isCut, into: &batch) }
    }

    /// Target, link and location. What is missing equals the one before, so that most clicks carry the target alone.
    private mutating func appendTarget(
        _ decision: Decision, stored: borrowing ByteBuffer, into batch: inout ByteBuffer
    ) {
        if let target = decision.storedTarget {
            stored.withSpan(of: target.offsets) {
                events.append(.target, $0, isCut: decision.storedTargetIsCut, into: &batch)
            }
        }
        guard let destination = decision.storedDestination, destination != decision.storedTarget else { return }
        // A redirect to another place than was asked for is a rule's: reports count by where it led.
        let isRuled = decision.outcome == .redirected
        stored.withSpan(of: destination.offsets) { events.append(isRuled ? .link : .location, $0, into: &batch) }
    }

    /// Appends what is kept of the header fields: as it was written before, where it was.
    private mutating func appendRememberedEvidence(
        _ head: borrowing RequestHead, in bytes: Span<UInt8>, into batch: inout ByteBuffer
    ) {
        // Where an address may stand in a value, what is kept of it depends on the event too.
        let number = head.mayHoldAtSign ? 0 : head.fieldsNumber
        let isKnown = evidence.withEvidence(of: number) { events.append(written: $0, lastTag: $1, into: &batch) }
        guard !isKnown else { return }
        let start = batch.count
        appendEvidence(head, in: bytes, into: &batch)
        // A value that was cut may have to be masked where another event's identifier was cut with it.
        guard !events.holdsCut else { return }
        batch.withSpan(of: start..<batch.count) {
            evidence.remember($0, lastTag: events.lastAppendedTag, of: number)
        }
    }

    private mutating func appendEvidence(
        _ head: borrowing RequestHead, in bytes: Span<UInt8>, into batch: inout ByteBuffer
    ) {
        appendHeader(.userAgent, as: .userAgent, head, in: bytes, into: &batch)
        let seldom =
            KnownHeader.secPurpose.bit | KnownHeader.purpose.bit | KnownHeader.xMoz.bit | KnownHeader.xPurpose.bit
            | KnownHeader.dnt.bit | KnownHeader.secGPC.bit
        if head.headerPresence & seldom != 0 {
            appendHeader(.secPurpose, as: .secPurpose, head, in: bytes, into: &batch)
            appendHeader(.purpose, as: .purpose, head, in: bytes, into: &batch)
            appendHeader(.xMoz, as: .xMoz, head, in: bytes, into: &batch)
            appendHeader(.xPurpose, as: .xPurpose, head, in: bytes, into: &batch)
            appendHeader(.dnt, as: .dnt, head, in: bytes, into: &batch)
            appendHeader(.secGPC, as: .secGPC, head, in: bytes, into: &batch)
        }
        appendHeader(.secFetchSite, as: .secFetchSite, head, in: bytes, into: &batch)
        appendHeader(.secFetchMode, as: .secFetchMode, head, in: bytes, into: &batch)
        appendHeader(.secFetchDest, as: .secFetchDest, head, in: bytes, into: &batch)
        appendHeader(.secFetchUser, as: .secFetchUser, head, in: bytes, into: &batch)
        if let range = head.value(of: .referer) {
            let referer = bytes.extracting(range.offsets)
            decoded.removeAll()
            if HeaderDigest.appendHost(ofReferer: referer, into: &decoded) {
                decoded.withSpan { events.append(.refererHost, $0, into: &batch) }
            }
        }
        if let range = head.value(of: .acceptLanguage) {
            let tag = HeaderDigest.firstLanguage(bytes.extracting(range.offsets))
            events.append(.acceptLanguage, bytes.extracting(range.offsets).extracting(tag), into: &batch)
        }
    }

    private mutating func appendHeader(
        _ header: KnownHeader, as name: EventField, _ head: borrowing RequestHead, in bytes: Span<UInt8>,
        into batch: inout ByteBuffer
    ) {
        guard let range = head.value(of: header) else { return }
        if head.mayHoldAtSign(header) {
            events.append(name, bytes.extracting(range.offsets), into: &batch)
        } else {
            events.append(name, plain: range.offsets, of: bytes, into: &batch)
        }
    }
}
