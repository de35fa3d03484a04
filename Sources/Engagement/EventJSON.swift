package import Bytes
internal import TrackingLinks

/// Events as `tremolo events` prints them: one JSON object with always the same keys. `null` is what is not there.
package enum EventJSON {
    /// What is known of an event beside its payload.
    package struct Context: Sendable {
        /// `node/epoch/shard/sequence`.
        package var identity: String
        /// The verdict on it.
        package var judgement: Judgement
        /// Where the address lies, ISO 3166-1 alpha-2; nil when nobody looked.
        package var country: String?
        /// False while a window that the event stands in is open.
        package var isFinal: Bool

        /// What is known beside the payload.
        package init(identity: String, judgement: Judgement, country: String? = nil, isFinal: Bool) {
            self.identity = identity
            self.judgement = judgement
            self.country = country
            self.isFinal = isFinal
        }
    }

    /// Writes one event.
    ///
    /// - Parameters:
    ///   - event: the event with its text.
    ///   - context: what is known of it beside.
    ///   - classifier: the one that gave the judgement.
    package static func write(
        _ event: Event, _ context: Context, classifier: Classifier, into writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("time", RFC3339.string(event.view.timeNanoseconds))
        writer.member("id", context.identity)
        writer.member("kind", "\(event.view.kind.name)")
        writer.member("outcome", "\(event.view.outcome.name)")
        writer.member("reason", event.reason)
        writer.member("repairs", event.repairs)
        for field in [EventField.sec, .expId, .expVer, .expVisitId, .mech, .smech, .va] {
            writer.member(field.name, event.texts[field])
        }
        writeParent(event, into: &writer)
        writer.member("cuidType", event.texts[.cuidType])
        writer.member("subject", event.subjectText)
        writer.member("target", event.texts[.target])
        writer.member("link", event.link)
        writer.member("location", event.location)
        writer.member("method", event.view.method.name)
        writer.member("userAgent", event.texts[.userAgent])
        writer.member("address", event.view.address?.description)
        writer.member("network", classifier.network(of: context.judgement) ?? event.texts[.network])
        writer.member("class", context.judgement.engagementClass.name)
        writer.member("classReason", classifier.reason(of: context.judgement))
        writer.member("rules", event.texts[.frozenRules] ?? classifier.rules.version)
        writer.member("client", classifier.client(of: context.judgement))
        writer.member("device", classifier.device(of: context.judgement))
        writer.member("platform", classifier.platform(of: context.judgement))
        writer.member("country", event.texts[.frozenCountry] ?? context.country)
        writer.key("final")
        writer.bool(context.isFinal)
        writer.member("lossy", event.lossyFields.map(\.name))
        writer.endObject()
    }

    /// The parent experience under the keys that the experience itself has, or null when the link named none.
    private static func writeParent(_ event: Event, into writer: inout JSONWriter) {
        let parent: [(String, EventField)] = [
            ("expId", .pExpId), ("expVer", .pExpVer), ("expVisitId", .pExpVisitId), ("mech", .pMech),
            ("smech", .pSmech), ("va", .pVa),
        ]
        writer.key("parent")
        guard parent.contains(where: { event.texts[$0.1] != nil }) else { return writer.null() }
        writer.beginObject()
        for (name, field) in parent { writer.member(name, event.texts[field]) }
        writer.endObject()
    }
}
