import Bytes

/// How a tracking link is read, judged and decided on: what `tremolo explain` tells, as facts.
///
/// They come from the same calls that the server makes. Texts are what the link holds, repaired to valid text but not
/// escaped: whoever prints them on a terminal escapes them. Not for the hot path.
package struct LinkExplanation: Equatable, Sendable {
    /// A field of the link, decoded; the whole value, not what an event keeps of it.
    package struct Field: Equatable, Sendable {
        /// Its name in the query.
        package let name: String
        /// Its value.
        package let value: String
    }

    /// Something odd, or something that was undone.
    package struct Note: Equatable, Sendable {
        /// Its name in events and reports.
        package let name: String
        /// What it is about.
        package let text: String
    }

    /// A target, taken apart.
    package struct TargetFacts: Equatable, Sendable {
        /// The normalised URL.
        package let url: String
        /// `http` or `https`.
        package let scheme: String
        /// The host as a browser looks it up, in ASCII.
        package let host: String
        /// The host as a browser may show it, where that is another text.
        package let unicodeHost: String?
        /// The port, the scheme's own where the URL names none.
        package let port: UInt16
        /// The path with its leading slash.
        package let path: String
        /// What stands behind the question mark.
        package let query: String?
        /// What stands behind the number sign.
        package let fragment: String?
    }

    /// The URL as it was given.
    package let url: String
    /// What it asks for; nil for a URL that is no tracking link.
    package private(set) var resource: TrackingResource?
    /// What its signature is worth, for an unsubscribe link; nil for every other URL.
    package private(set) var personVerdict: SignatureVerdict?
    /// The decoded `sec`, for an unsubscribe link whose section is configured.
    package private(set) var section: String?
    /// The decoded `cuid` of an unsubscribe link; nil where it is unfilled, too long or missing.
    package private(set) var identifier: [UInt8]?
    /// The path, for a URL that is no tracking link.
    package private(set) var path = ""
    /// Bytes of the request's target: path, question mark and query, as a client sends them.
    package private(set) var requestTargetBytes = 0
    /// The query after what was done to it as a whole was undone; nil where nothing was.
    package private(set) var repairedQuery: String?
    /// Every known field that the link has.
    package private(set) var fields: [Field] = []
    /// True for a target that was put in without encoding, and reaches to the end of the link.
    package private(set) var targetIsRaw = false
    /// How many fields it has that are not known.
    package private(set) var unknownFieldCount = 0
    /// What was odd, and what was undone.
    package private(set) var notes: [Note] = []
    /// The same as the bits of an event.
    package private(set) var repairs: LinkRepair = []
    /// True when the link's section is configured.
    package private(set) var sectionIsConfigured = false
    /// Whether the section looks at signatures; nil for a URL that is no tracking link.
    package private(set) var signaturePolicy: SignaturePolicy?
    /// The target; nil for one that is no usable URL, for none, and for an open.
    package private(set) var target: TargetFacts?
    /// How the link is answered; nil for a URL that is no tracking link.
    package private(set) var decision: Decision?
    /// The bytes that the decision's ranges lie in.
    package private(set) var decisionURL: [UInt8] = []

    /// How the link is answered; nil for a URL that is no tracking link.
    package var outcome: Outcome? { decision?.outcome }

    /// The absolute URL that a redirect leads to, or that a page links to; nil where there is none.
    package var destination: String? { decision?.destination.map { Self.text(decisionURL, $0) } }

    /// Explains a link.
    ///
    /// - Parameters:
    ///   - url: a whole URL, or a request target such as `/tremclk?sec=1`.
    ///   - sections: the configured sections.
    ///   - nowNanoseconds: since 1970; decides about what has expired.
    package init(of url: String, sections: SectionTable, nowNanoseconds: UInt64) {
        self.url = url
        var given = Self.asSent(url)
        if let sign = given.firstIndex(of: UInt8(ascii: "#")) {
            note(.lostFragment, "what stands behind the first # never reaches a server and is left out")
            given.removeSubrange(sign...)
        }
        let (host, path, query) = Self.split(given)
        self.path = path.span.toString()
        requestTargetBytes = path.count + (query.isEmpty ? 0 : query.count + 1)
        resource = TrackingResource(path: path.span)
        guard resource != nil || UnsubscribeLink.isPath(path.span) else { return }
        var link = TrackingLink()
        var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
        link.read(query: query.span, repair: &repair)
        let read = link.isRepaired ? repair.query.toArray() : query
        if link.isRepaired { repairedQuery = read.span.toString() }
        addFields(of: link, query: read.span)
        sectionIsConfigured = sections.number(for: link, of: read.span) != nil
        if let resource {
            explain(resource, link, query: read.span, host: host.span, sections: sections, nowNanoseconds)
        } else {
            explainUnsubscribing(link, query: read.span, sections: sections, nowNanoseconds)
        }
    }

    /// True for a URL or request target whose path is that of an unsubscribe link.
    package static func isUnsubscribeLink(_ url: String) -> Bool {
        let path = split(Array(asSent(url).prefix { $0 != UInt8(ascii: "#") })).path
        return UnsubscribeLink.isPath(path.span)
    }

    /// A URL as a client sends it: without blanks around it, and what can't stand in a request percent-encoded.
    private static func asSent(_ url: String) -> [UInt8] {
        let isBlank = { (byte: UInt8) in byte <= 0x20 }
        let bytes = Array(url.utf8.drop(while: isBlank))
        let end = bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? 0
        let digits = Array("0123456789ABCDEF".utf8)
        return bytes[..<end].flatMap { byte in
            byte > 0x20 && byte != 0x7F ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }

    private mutating func explain(
        _ resource: TrackingResource, _ link: borrowing TrackingLink, query: Span<UInt8>, host: Span<UInt8>,
        sections: SectionTable, _ nowNanoseconds: UInt64
    ) {
        let section = sections.number(for: link, of: query)
        signaturePolicy = sections.policy(of: section).signatures
        var scratch = LinkScratch()
        let decision = TargetPolicy.decide(
            resource, link, of: query, section: section, in: sections, edge: host, nowNanoseconds: nowNanoseconds,
            scratch: &scratch)
        self.decision = decision
        decisionURL = scratch.url.toArray()
        for (repair, name) in LinkRepair.named where decision.repairs.subtracting(repairs).contains(repair) {
            notes.append(Note(name: name, text: repair.explanation))
        }
        repairs.formUnion(decision.repairs)
        target = decision.target.map { Self.facts(of: $0, in: decisionURL) }
    }

    private mutating func explainUnsubscribing(
        _ link: borrowing TrackingLink, query: Span<UInt8>, sections: SectionTable, _ nowNanoseconds: UInt64
    ) {
        for (repair, name) in LinkRepair.named where link.repairs.subtracting(repairs).contains(repair) {
            notes.append(Note(name: name, text: repair.explanation))
        }
        repairs.formUnion(link.repairs)
        var verifier = LinkVerifier()
        personVerdict = verifier.judgePerson(
            of: link, in: query, keys: sections.signingKeys, nowSeconds: nowNanoseconds / 1_000_000_000)
        var buffer = ByteBuffer(capacity: 3 * LinkLimits.queryBytesMax + 3)
        if sectionIsConfigured, let field = link.decodeField(.sec, of: query, into: &buffer) {
            section = buffer.withSpan(of: field.range.offsets) { $0.toString() }
        }
        buffer.removeAll()
        let limit = LinkLimits.identifierBytesMax
        if !link.unfilled.contains(.cuid),
            let field = link.decodeField(.cuid, of: query, into: &buffer, limitBytes: limit), !field.isCut
        {
            identifier = buffer.withSpan(of: field.range.offsets) { $0.toArray() }
        }
    }

    private mutating func addFields(of link: borrowing TrackingLink, query: Span<UInt8>) {
        var buffer = ByteBuffer(capacity: 3 * LinkLimits.queryBytesMax + 3)
        for field in TrackingField.allCases {
            let limit = LinkLimits.queryBytesMax
            guard let decoded = link.decodeField(field, of: query, into: &buffer, limitBytes: limit) else { continue }
            // A target that was not encoded is not decoded either.
            let raw = field == .targetUrl && link.targetIsRaw ? link.value(of: field) : nil
            let value =
                raw.map { query.extracting($0.offsets).toString() }
                ?? buffer.withSpan(of: decoded.range.offsets) { $0.toString() }
            fields.append(Field(name: "\(field.name)", value: value))
            buffer.removeAll()
            if link.repeated.contains(field) {
                let isRefusal = field == .activeConsentAccepted && link.refusesConsentLater
                note(
                    .repeatedField, "\(field.name) is repeated; \(isRefusal ? "one that refuses" : "the first") counts")
            }
            if link.broken.contains(field) { note(.brokenEscape, "\(field.name) holds a % that is no escape") }
            if link.unfilled.contains(field) { note(.unfilledMergeTag, "\(field.name) holds an unfilled merge tag") }
            if link.overlong.contains(field) {
                note(
                    .overlongField, "\(field.name) is longer than the \(LinkLimits.fieldBytesMax) bytes that are kept")
            }
        }
        targetIsRaw = link.targetIsRaw
        unknownFieldCount = link.unknownFieldCount
    }

    private mutating func note(_ repair: LinkRepair, _ text: String) {
        for name in repair.names { notes.append(Note(name: name, text: text)) }
        repairs.formUnion(repair)
    }

    private static func facts(of target: Target, in url: [UInt8]) -> TargetFacts {
        let end = (target.fragment ?? target.query ?? target.path).offsets.upperBound
        var unicode = ByteBuffer(capacity: UnicodeHost.bytesMax)
        let host = url.span.extracting(target.host.offsets)
        let hasOtherForm = UnicodeHost.appendUnicodeForm(of: host, into: &unicode)
        return TargetFacts(
            url: String(decoding: url[..<end], as: UTF8.self), scheme: "\(target.scheme.name)",
            host: text(url, target.host),
            unicodeHost: hasOtherForm ? String(decoding: unicode.toArray(), as: UTF8.self) : nil, port: target.port,
            path: text(url, target.path), query: target.query.map { text(url, $0) },
            fragment: target.fragment.map { text(url, $0) })
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
