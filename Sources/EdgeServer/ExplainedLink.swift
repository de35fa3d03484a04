package import Bytes
import Settings
package import TrackingLinks

/// A link and how this server answers it, for a person and for a program.
package struct ExplainedLink: Sendable {
    /// How it is read, judged and decided on.
    package let explanation: LinkExplanation
    /// The status code of the answer; nil for a URL that is no tracking link.
    package let status: Int?
    /// The headers of the answer in their order, but for `Date`.
    package let headers: [(name: String, value: String)]
    /// What an unsubscribe link comes to; nil for every other URL.
    private let unsubscribing: Unsubscribing?
    /// True for a link that nobody typed in, whose recipient is not shown: what a program gets holds `(present)` in the
    /// place of each identifier, and `(email)` in that of an address.
    package var hidesRecipient = false

    /// What an unsubscribe link comes to.
    struct Unsubscribing: Sendable {
        /// What its signature is worth.
        let verdict: SignatureVerdict
        /// True when its `cuid` can be somebody's in its section.
        let namesSomebody: Bool
        /// What a refusal means for clicks and for opens; nil for a section that is not configured.
        let clicks, opens: ConsentSetting?

        /// True when its person can unsubscribe with it.
        var isGood: Bool { verdict == .good(.person) && namesSomebody }
    }

    init(_ explanation: LinkExplanation, headLines: [String], unsubscribing: Unsubscribing? = nil) {
        self.explanation = explanation
        self.unsubscribing = unsubscribing
        status = headLines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") }
        headers = headLines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let name = String(line[..<colon])
            return name == "Date" ? nil : (name, String(line[line.index(colon, offsetBy: 2)...]))
        }
    }

    /// True when a recipient is redirected, gets the image, or can unsubscribe.
    package var isAnswered: Bool {
        guard !isTooLong else { return false }
        if let unsubscribing { return unsubscribing.isGood }
        return switch explanation.outcome {
        case .redirected, .fallback, .pixel: true
        case .asked, .refused, nil: false
        }
    }

    /// True for a link that the server does not read to its end.
    package var isTooLong: Bool { status == 414 }

    /// What its signature is worth, as `signature` of the JSON says it; nil where the section looks at none.
    package var signatureName: String? {
        guard let decision = explanation.decision, explanation.resource == .click,
            explanation.signaturePolicy != .off
        else { return nil }
        return Self.name(of: decision.signature)
    }

    // MARK: For a person

    /// A headline with its lines: a label each and what there is to say.
    package struct Part: Sendable {
        /// The headline.
        package let title: String
        /// The lines. Values hold what a client may have sent, not escaped.
        package let lines: [(label: String, value: String)]
    }

    /// The explanation step by step, in the order in which a link is handled.
    package var parts: [Part] {
        let facts = explanation
        if let unsubscribing { return parts(of: unsubscribing) }
        guard let resource = facts.resource, let decision = facts.decision else {
            return [
                Part(
                    title: "link",
                    lines: [("given", facts.url), ("resource", "none: \(facts.path) is no path of a tracking link")])
            ]
        }
        return [
            linkPart("\(resource.name)"), fieldsPart,
            Part(title: "repairs and notes", lines: facts.notes.map { ($0.name, $0.text) }),
            Part(title: "section", lines: [("configured", facts.sectionIsConfigured ? "yes" : "no")]),
            Part(title: "signature", lines: resource == .click ? [("verdict", signatureText(decision))] : []),
            Part(title: "target", lines: targetLines(decision)),
            Part(
                title: "decision",
                lines: [
                    ("outcome", "\(decision.outcome.name)"),
                    ("reason", "\(decision.reason.name): \(decision.reason.explanation)"),
                ]),
            Part(title: "response", lines: responseLines(decision)),
        ].filter { !$0.lines.isEmpty }
    }

    func linkPart(_ resource: String) -> Part {
        var lines = [("given", explanation.url), ("resource", resource)]
        if let repaired = explanation.repairedQuery { lines.append(("repaired", repaired)) }
        return Part(title: "link", lines: lines)
    }

    var fieldsPart: Part {
        var lines = explanation.fields.map { ($0.name, $0.value) }
        if explanation.targetIsRaw { lines.append(("encoding", "the target is not encoded and reaches to the end")) }
        if explanation.unknownFieldCount > 0 { lines.append(("unknown", "\(explanation.unknownFieldCount)")) }
        return Part(title: "fields", lines: lines)
    }

    private func signatureText(_ decision: Decision) -> String {
        let policy = explanation.signaturePolicy ?? .off
        let hasOne = explanation.fields.contains { $0.name == "\(TrackingField.tsig.name)" }
        let asks = "the section's choice is \"\(policy.rawValue)\""
        if policy == .off { return hasOne ? "there is one, and nobody looks at it: \(asks)" : "none; \(asks)" }
        return "\(Self.text(of: decision.signature)); \(asks)"
    }

    static func text(of verdict: SignatureVerdict) -> String {
        switch verdict {
        case .missing: "none"
        case .good(.link): "good, over the campaign's fields"
        case .good(.target): "good, over the campaign's fields and the target"
        case .good(.person): "good, over the section and the person"
        case .expired: "expired"
        case .bad, .needsTarget: "not good: something that it covers was changed, or its key is unknown"
        }
    }

    private func targetLines(_ decision: Decision) -> [(label: String, value: String)] {
        guard let target = explanation.target else {
            if case .unusable(let refusal) = decision.reason { return [("unusable", refusal.explanation)] }
            return []
        }
        var lines = [("scheme", target.scheme), ("host", target.host)]
        if let unicode = target.unicodeHost { lines.append(("in Unicode", unicode)) }
        lines += [("port", "\(target.port)"), ("path", target.path)]
        if let query = target.query { lines.append(("query", query)) }
        if let fragment = target.fragment { lines.append(("fragment", fragment)) }
        return lines
    }

    private func responseLines(_ decision: Decision) -> [(label: String, value: String)] {
        var lines = [("status", status.map { "\($0)" } ?? "")]
        lines += headers.map { ($0.name, $0.value) }
        if isTooLong { return lines + [("page", "says that the link is too long (requestLineLimit)")] }
        switch decision.outcome {
        case .asked:
            let destination = explanation.destination
            lines.append(("page", destination.map { "asks, and links to \($0)" } ?? "asks, without a link"))
        case .refused: lines.append(("page", "says that the link leads nowhere"))
        case .pixel: lines.append(("image", "1x1 transparent"))
        case .redirected, .fallback: break
        }
        return lines
    }

    // MARK: For a program

    /// Writes one JSON object; README says what its members mean.
    package func write(into json: inout JSONWriter) {
        let facts = explanation
        json.beginObject()
        json.member("url", shown(facts.url))
        json.member("resource", unsubscribing == nil ? facts.resource.map { "\($0.name)" } : Self.unsubscribeName)
        json.member("repairedQuery", shown(facts.repairedQuery))
        json.key("fields")
        json.beginObject()
        for field in facts.fields { json.member(field.name, shown(field)) }
        json.endObject()
        json.key("unknownFields")
        json.number(facts.unknownFieldCount)
        json.key("targetIsRaw")
        json.bool(facts.targetIsRaw)
        json.key("repairs")
        json.beginArray()
        for name in facts.repairs.names { json.string(name) }
        json.endArray()
        json.key("sectionConfigured")
        json.bool(facts.sectionIsConfigured)
        json.member("signatures", facts.signaturePolicy?.rawValue)
        json.member("signature", (unsubscribing?.verdict ?? facts.decision?.signature).map(Self.name))
        writeTarget(into: &json)
        json.member("outcome", facts.decision.map { "\($0.outcome.name)" })
        json.member("reason", facts.decision.map { "\($0.reason.name)" })
        json.member("explanation", facts.decision.map { $0.reason.explanation })
        json.member("destination", shown(facts.destination))
        writeResponse(into: &json)
        json.endObject()
    }

    /// A text as it is shown to a program.
    private func shown(_ text: String?) -> String? { hidesRecipient ? text.map(RecipientMask.masked) : text }

    private func shown(_ field: LinkExplanation.Field) -> String? {
        let isIdentifier = field.name == "\(TrackingField.cuid.name)" && !field.value.isEmpty
        return hidesRecipient && isIdentifier ? RecipientMask.sign : shown(field.value)
    }

    private static func name(of verdict: SignatureVerdict) -> String {
        switch verdict {
        case .missing: "missing"
        case .good(let scope): scope.rawValue
        case .expired: "expired"
        case .bad, .needsTarget: "bad"
        }
    }

    private func writeTarget(into json: inout JSONWriter) {
        json.key("target")
        guard let target = explanation.target else { return json.null() }
        json.beginObject()
        json.member("url", shown(target.url))
        json.member("scheme", target.scheme)
        json.member("host", target.host)
        json.member("unicodeHost", target.unicodeHost)
        json.key("port")
        json.number(target.port)
        json.member("path", shown(target.path))
        json.member("query", shown(target.query))
        json.member("fragment", shown(target.fragment))
        json.endObject()
    }

    private func writeResponse(into json: inout JSONWriter) {
        json.key("response")
        guard let status else { return json.null() }
        json.beginObject()
        json.key("status")
        json.number(status)
        json.key("headers")
        json.beginObject()
        for header in headers { json.member(header.name, shown(header.value)) }
        json.endObject()
        json.endObject()
    }
}
