import Bytes
import TestSupport
import TrackingLinks

/// A decision with its ranges read out, so that a test compares text.
struct Answer: Equatable {
    var outcome: Outcome
    var reason: DecisionReason
    var repairs: LinkRepair = []
    var host: String?
    var destination: String?
    var storedTarget: String?
    var storedTargetIsCut = false
    var storedDestination: String?
}

/// The sections that the tests' links belong to.
enum Sections {
    static func policy(
        _ otherwise: UnlistedPolicy = .ask, hosts: [String] = ["www.mywebsite.com", "*.mywebsite.com"],
        fallback: String? = "https://www.mywebsite.com/", linkQuery: [String] = []
    ) throws -> SectionPolicy {
        SectionPolicy(
            hosts: try HostList(patterns: hosts), otherwise: otherwise, observeUntilNanoseconds: 1_000,
            fallback: try fallback.map { try FallbackURL($0) },
            linkQuery: LinkQuery(names: linkQuery))
    }

    /// The two sections of the samples.
    static func samples() throws -> SectionTable {
        SectionTable(
            sections: [
                ("8781202", try policy()),
                ("8772046", try policy(hosts: ["lifestylelabels.com"], fallback: nil)),
            ], unknown: unknown(.ask))
    }

    /// The policy of sections that are not configured.
    static func unknown(_ otherwise: UnlistedPolicy) -> SectionPolicy {
        SectionPolicy(otherwise: otherwise, isKnown: false)
    }
}

/// Decides on a query under a policy.
func answer(_ resource: TrackingResource = .click, query: [UInt8], policy: SectionPolicy) -> Answer {
    var scratch = LinkScratch()
    return answer(resource, query: query, policy: policy, scratch: &scratch)
}

/// Decides on a query under a policy, with what is remembered of other queries.
func answer(
    _ resource: TrackingResource = .click, query: [UInt8], policy: SectionPolicy, edge: String = "",
    now: UInt64 = 0, scratch: inout LinkScratch
) -> Answer {
    // The section of these links is the one of this policy, whatever they say.
    let isKnown = policy.isKnown
    let sections = SectionTable(
        sections: isKnown ? [("only", policy)] : [], unknown: isKnown ? Sections.unknown(.ask) : policy)
    return answer(
        resource, query: query, sections: sections, section: { _, _ in isKnown ? 0 : nil }, edge: edge, now: now,
        scratch: &scratch)
}

/// Decides on a query by its section.
func answer(
    _ resource: TrackingResource = .click, query: [UInt8], sections: SectionTable, edge: String = "", now: UInt64 = 0,
    scratch: inout LinkScratch
) -> Answer {
    answer(
        resource, query: query, sections: sections, section: { sections.number(for: $0, of: $1) }, edge: edge, now: now,
        scratch: &scratch)
}

private func answer(
    _ resource: TrackingResource, query: [UInt8], sections: SectionTable,
    section: (borrowing TrackingLink, Span<UInt8>) -> Int?, edge: String, now: UInt64, scratch: inout LinkScratch
) -> Answer {
    var link = TrackingLink()
    var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
    link.read(query: query.span, repair: &repair)
    let read = link.isRepaired ? repair.query.toArray() : query
    let decision = TargetPolicy.decide(
        resource, link, of: read.span, section: section(link, read.span), in: sections, edge: edge.utf8.span,
        nowNanoseconds: now, scratch: &scratch)
    let url = scratch.url.toArray()
    let stored = scratch.stored.toArray()
    func text(_ bytes: [UInt8], _ range: ByteRange?) -> String? {
        range.map { String(decoding: bytes[$0.offsets], as: UTF8.self) }
    }
    return Answer(
        outcome: decision.outcome, reason: decision.reason, repairs: decision.repairs,
        host: text(url, decision.target?.host), destination: text(url, decision.destination),
        storedTarget: text(stored, decision.storedTarget), storedTargetIsCut: decision.storedTargetIsCut,
        storedDestination: text(stored, decision.storedDestination))
}

/// Decides on a target that is put into a link percent-encoded.
func answer(target: String, policy: SectionPolicy) -> Answer {
    answer(target: Array(target.utf8), policy: policy)
}

/// Decides on a target of any bytes that is put into a link percent-encoded.
func answer(target: [UInt8], policy: SectionPolicy) -> Answer {
    var link = LinkBuilder(base: "", resource: .click)
    link.append(.targetUrl, target)
    return answer(query: Array(link.text.utf8.dropFirst("/tremclk?".utf8.count)), policy: policy)
}

/// A field of a query, decoded.
func field(_ field: TrackingField, of query: String, limitBytes: Int = LinkLimits.fieldBytesMax) -> String? {
    let bytes = Array(query.utf8)
    let link = TrackingLink.read(query: bytes.span)
    var buffer = ByteBuffer(capacity: bytes.count + 1)
    guard let decoded = link.decodeField(field, of: bytes.span, into: &buffer, limitBytes: limitBytes) else {
        return nil
    }
    return buffer.withSpan(of: decoded.range.offsets) { $0.toString() }
}

/// The notes on a query.
func notes(on query: String) -> LinkRepair {
    let bytes = Array(query.utf8)
    return TrackingLink.read(query: bytes.span).repairs
}

/// What appending to a buffer of that capacity gave.
func written(capacity: Int, _ body: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer(capacity: max(capacity, 1))
    body(&buffer)
    return buffer.withSpan { $0.toString() }
}
