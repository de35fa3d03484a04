import Bytes

/// How a tracking link is read, judged and answered, step by step: what `tremolo explain` prints.
///
/// The steps come from the same calls that the server makes. Values are what the link holds, repaired to valid text but
/// not escaped: whoever prints them on a terminal escapes them. Not for the hot path.
package struct LinkExplanation: Equatable, Sendable {
    /// What a step is about.
    package enum Topic: String, Sendable {
        /// The URL as given and which resource it asks for.
        case link
        /// A field, decoded.
        case field
        /// Something odd.
        case note
        /// The section that the link belongs to.
        case section
        /// A part of the target.
        case target
        /// The outcome and its reason.
        case decision
        /// The answer that a client gets.
        case response
    }

    /// One line of the explanation.
    package struct Step: Equatable, Sendable {
        /// What it is about.
        package let topic: Topic
        /// The label, unique within its topic but for notes.
        package let name: String
        /// The value.
        package let value: String
    }

    /// The steps, in the order in which a link is handled.
    package private(set) var steps: [Step] = []
    /// How the link is answered; nil for a URL that is no tracking link.
    package private(set) var outcome: Outcome?
    /// What was odd about the link.
    package private(set) var repairs: LinkRepair = []

    /// Explains a link.
    ///
    /// - Parameters:
    ///   - url: a whole URL, or a request target such as `/tremclk?sec=1`.
    ///   - sections: the configured sections.
    ///   - nowNanoseconds: since 1970; decides about what has expired.
    package init(of url: String, sections: SectionTable, nowNanoseconds: UInt64) {
        var given = Array(url.utf8)
        add(.link, "given", url)
        if let sign = given.firstIndex(of: UInt8(ascii: "#")) {
            addNote(.lostFragment, "what stands behind the first # never reaches a server and is left out")
            given.removeSubrange(sign...)
        }
        let (host, path, query) = Self.split(given)
        guard let resource = TrackingResource(path: path.span) else {
            add(.link, "resource", "none: \(path.span.toString()) is no path of a tracking link")
            return
        }
        add(.link, "resource", "\(resource.name)")
        var link = TrackingLink()
        var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
        link.read(query: query.span, repair: &repair)
        if link.isRepaired {
            let repaired = repair.query.toArray()
            add(.link, "repaired", String(decoding: repaired, as: UTF8.self))
            explain(resource, link, query: repaired.span, host: host.span, sections: sections, nowNanoseconds)
        } else {
            explain(resource, link, query: query.span, host: host.span, sections: sections, nowNanoseconds)
        }
    }

    private mutating func explain(
        _ resource: TrackingResource, _ link: borrowing TrackingLink, query: Span<UInt8>, host: Span<UInt8>,
        sections: SectionTable, _ nowNanoseconds: UInt64
    ) {
        addFields(of: link, query: query)
        let section = sections.number(for: link, of: query)
        add(.section, "configured", section == nil ? "no" : "yes")

        var scratch = LinkScratch()
        let decision = TargetPolicy.decide(
            resource, link, of: query, section: section, in: sections, edge: host, nowNanoseconds: nowNanoseconds,
            scratch: &scratch)
        outcome = decision.outcome
        for name in decision.repairs.subtracting(repairs).names { add(.note, name, "") }
        repairs.formUnion(decision.repairs)
        addTarget(decision, scratch.url.toArray())
        add(.decision, "outcome", "\(decision.outcome.name)")
        add(.decision, "reason", "\(decision.reason.name): \(decision.reason.explanation)")
        addResponse(decision, scratch.url.toArray())
    }

    private mutating func addFields(of link: borrowing TrackingLink, query: Span<UInt8>) {
        var buffer = ByteBuffer(capacity: LinkLimits.queryBytesMax)
        for field in TrackingField.allCases {
            // The whole value, not what an event keeps of it: a person wants to see what the link says.
            let limit = LinkLimits.queryBytesMax
            guard let decoded = link.decodeField(field, of: query, into: &buffer, limitBytes: limit) else { continue }
            add(.field, "\(field.name)", buffer.withSpan(of: decoded.range.offsets) { $0.toString() })
            buffer.removeAll()
            if link.repeated.contains(field) { addNote(.repeatedField, "\(field.name) is repeated; the first counts") }
            if link.broken.contains(field) { addNote(.brokenEscape, "\(field.name) holds a % that is no escape") }
            if link.unfilled.contains(field) { addNote(.unfilledMergeTag, "\(field.name) holds an unfilled merge tag") }
            if link.overlong.contains(field) {
                addNote(
                    .overlongField, "\(field.name) is longer than the \(LinkLimits.fieldBytesMax) bytes that are kept")
            }
        }
        if link.targetIsRaw { add(.field, "encoding", "the target is not encoded and reaches to the end of the link") }
        if link.unknownFieldCount > 0 { add(.field, "unknown", "\(link.unknownFieldCount)") }
    }

    private mutating func addTarget(_ decision: Decision, _ url: [UInt8]) {
        guard let target = decision.target else {
            if case .unusable(let refusal) = decision.reason { add(.target, "unusable", refusal.explanation) }
            return
        }
        add(.target, "scheme", "\(target.scheme.name)")
        add(.target, "host", Self.text(url, target.host))
        add(.target, "port", "\(target.port)")
        add(.target, "path", Self.text(url, target.path))
        if let query = target.query { add(.target, "query", Self.text(url, query)) }
        if let fragment = target.fragment { add(.target, "fragment", Self.text(url, fragment)) }
    }

    private mutating func addResponse(_ decision: Decision, _ url: [UInt8]) {
        add(.response, "status", "\(decision.outcome.statusCode)")
        let destination = decision.destination.map { Self.text(url, $0) }
        switch decision.outcome {
        case .redirected, .fallback: add(.response, "Location", destination ?? "")
        case .asked: add(.response, "page", destination.map { "asks, and links to \($0)" } ?? "asks, without a link")
        case .refused: add(.response, "page", "says that the link leads nowhere")
        case .pixel: add(.response, "image", "1x1 transparent")
        }
    }

    private mutating func add(_ topic: Topic, _ name: String, _ value: String) {
        steps.append(Step(topic: topic, name: name, value: value))
    }

    private mutating func addNote(_ repair: LinkRepair, _ value: String) {
        for name in repair.names { add(.note, name, value) }
        repairs.formUnion(repair)
    }

    /// Host, path and query of a URL or request target.
    private static func split(_ given: [UInt8]) -> (host: [UInt8], path: [UInt8], query: [UInt8]) {
        var pathStart = 0
        var authority: [UInt8] = []
        if given.span.hasPrefixIgnoringASCIICase("https://") || given.span.hasPrefixIgnoringASCIICase("http://") {
            let authorityStart = given[0...].firstIndex(of: UInt8(ascii: ":")).map { $0 + 3 } ?? 0
            pathStart =
                given[authorityStart...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
                ?? given.count
            authority = Array(given[authorityStart..<pathStart])
        }
        let rest = given[pathStart...]
        guard let sign = rest.firstIndex(of: UInt8(ascii: "?")) else { return (authority, Array(rest), []) }
        return (authority, Array(rest[..<sign]), Array(rest[(sign + 1)...]))
    }

    private static func text(_ bytes: [UInt8], _ range: ByteRange) -> String {
        String(decoding: bytes[range.offsets], as: UTF8.self)
    }
}
