import Bytes

/// Decides what a request for one of the two resources is answered with: the one path that the server and `explain`
/// both take.
///
/// An open gets the image, whatever its query was. A click without a usable target goes to its section's fallback,
/// whatever the section chose for hosts that it does not list, else to a page that says so. A usable target is
/// redirected to when a signature covers it or the section lists its host; otherwise the section's choice decides. The
/// section's rules for links that were sent already come before all of that: the operator wrote where they lead. A
/// target that is a tracking link of this edge itself is followed as if it had been clicked. No allocation; O(length of
/// the target).
package enum TargetPolicy {
    /// How many tracking links may stand in one another.
    package static let nestingMax = 4

    /// Decides.
    ///
    /// - Parameters:
    ///   - link: the query, read.
    ///   - query: the bytes that `link` was read from.
    ///   - section: the number of the link's section in `sections`, or nil for one that is not configured.
    ///   - edge: the host that was asked, with its port where one was named: targets there are this edge's own links.
    ///     Empty where it is not known.
    ///   - nowNanoseconds: since 1970; decides about what has expired and until when a section observes.
    ///   - scratch: takes the URLs that the decision refers to; what was in it is gone.
    package static func decide(
        _ resource: TrackingResource, _ link: borrowing TrackingLink, of query: Span<UInt8>, section: Int?,
        in sections: SectionTable, edge: Span<UInt8>, nowNanoseconds: UInt64, scratch: inout LinkScratch
    ) -> Decision {
        scratch.removeAll()
        guard resource == .click else { return Decision(.pixel, .open, link.repairs) }
        let policy = sections.policy(of: section)
        guard let range = link.value(of: .targetUrl), !range.isEmpty else {
            return stray(.missingTarget, link.repairs, policy: policy, url: &scratch.url, stored: &scratch.stored)
        }
        let value = query.extracting(range.offsets)
        let place = TargetReader.Place(of: link, in: query)
        let isUnsigned = policy.signatures == .off || !link.present.contains(.tsig)
        let slot = DecisionCache.place(of: value)
        if isUnsigned,
            let known = scratch.decisions.decision(
                at: slot, on: value, place, policy: policy, nowNanoseconds: nowNanoseconds, url: &scratch.url,
                stored: &scratch.stored)
        {
            return known.adding(link.repairs)
        }
        let occasion = Occasion(policy: policy, nowNanoseconds: nowNanoseconds)
        let (reading, signature) = read(link, of: query, occasion, sections.signingKeys, scratch: &scratch)
        if let target = reading.target, hasTrackingPath(target, of: scratch.url) {
            if policy.follows(signature), isTrackingLink(target, of: scratch.url, at: edge) {
                let repairs = reading.repairs.union(link.repairs)
                return follow(target, repairs, occasion, sections, edge: edge, scratch: &scratch)
            }
            // Whose link it is depends on who was asked: it is not remembered.
            return judge(reading, signature, occasion, scratch: &scratch).adding(link.repairs)
        }
        let decision = judge(reading, signature, occasion, scratch: &scratch)
        if isUnsigned {
            scratch.decisions.remember(
                decision, at: slot, on: value, place, policy: policy,
                untilNanoseconds: policy.nextChange(after: nowNanoseconds) ?? .max, url: scratch.url,
                stored: scratch.stored)
        }
        return decision.adding(link.repairs)
    }

    /// Under which policy and when a link is judged.
    struct Occasion {
        let policy: SectionPolicy
        let nowNanoseconds: UInt64
    }

    // MARK: Target and signature

    /// Reads the target of a link that has one, and judges the link's signature where its section asks for it.
    ///
    /// A signature over the target decides which reading was meant: the literal one is tried first, then the one with
    /// damage undone.
    private static func read(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, _ occasion: Occasion, _ keys: SigningKeyTable,
        scratch: inout LinkScratch
    ) -> (TargetReader.Reading, SignatureVerdict) {
        var signature = SignatureVerdict.missing
        if occasion.policy.signatures != .off {
            signature = scratch.verifier.judge(
                link, of: query, keys: keys, nowSeconds: occasion.nowNanoseconds / 1_000_000_000)
        }
        guard signature == .needsTarget else {
            return (readTarget(link, of: query, isLiteral: false, occasion.policy, scratch: &scratch), signature)
        }
        let literal = readTarget(link, of: query, isLiteral: true, occasion.policy, scratch: &scratch)
        if literal.target != nil {
            signature = judge(scratch.url, with: &scratch.verifier)
            if signature != .bad { return (literal, signature) }
        }
        let repaired = readTarget(link, of: query, isLiteral: false, occasion.policy, scratch: &scratch)
        guard repaired.target != nil else { return (repaired, .bad) }
        return (repaired, judge(scratch.url, with: &scratch.verifier))
    }

    private static func readTarget(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, isLiteral: Bool, _ policy: SectionPolicy,
        scratch: inout LinkScratch
    ) -> TargetReader.Reading {
        scratch.url.removeAll()
        let range = link.value(of: .targetUrl)?.offsets ?? 0..<0
        return TargetReader.read(
            query.extracting(range), TargetReader.Place(of: link, in: query), isLiteral: isLiteral, names: policy.hosts,
            text: &scratch.decoded, spare: &scratch.spare, url: &scratch.url)
    }

    private static func judge(
        _ url: borrowing ByteBuffer, with verifier: inout LinkVerifier
    ) -> SignatureVerdict {
        url.withSpan { verifier.judge(target: $0) }
    }

    // MARK: Links in links

    private static func hasTrackingPath(_ target: Target, of url: borrowing ByteBuffer) -> Bool {
        url.withSpan(of: target.path.offsets) { TrackingResource(path: $0) == .click }
    }

    /// True when the target is a click's link of the edge that was asked.
    private static func isTrackingLink(
        _ target: Target, of url: borrowing ByteBuffer, at edge: Span<UInt8>
    ) -> Bool {
        guard !edge.isEmpty, hasTrackingPath(target, of: url) else { return false }
        return url.withSpan(of: target.host.offsets) {
            isHost($0, port: target.port, scheme: target.scheme, edge)
        }
    }

    /// True when host and port are those of the edge, which a request names without regard to case and may name without
    /// a default port.
    private static func isHost(
        _ host: Span<UInt8>, port: UInt16, scheme: Target.Scheme, _ edge: Span<UInt8>
    ) -> Bool {
        guard let authority = try? Authority(parsing: edge), authority.host.count == host.count else { return false }
        for offset in host.indices where edge[offset].asciiLowercased != host[offset] { return false }
        // TLS ends in front: a request does not tell its scheme, so that either default port will do.
        let isDefault = authority.port == nil || authority.port == 80 || authority.port == 443
        return isDefault ? port == scheme.defaultPort : port == authority.port
    }

    /// Follows a tracking link inside of another, as if the edge had been asked for it: its own section decides.
    private static func follow(
        _ target: Target, _ repairs: LinkRepair, _ outer: Occasion, _ sections: SectionTable, edge: Span<UInt8>,
        scratch: inout LinkScratch
    ) -> Decision {
        guard var nest = scratch.nest.take() else { preconditionFailure("a link is followed inside of another") }
        let decision = follow(target, repairs, outer, sections, edge: edge, nest: &nest, scratch: &scratch)
        scratch.nest = consume nest
        return decision
    }

    private static func follow(
        _ target: Target, _ repairs: LinkRepair, _ outer: Occasion, _ sections: SectionTable, edge: Span<UInt8>,
        nest: inout LinkNest, scratch: inout LinkScratch
    ) -> Decision {
        var repairs = repairs.union(.nestedLink)
        var target = target
        for _ in 0..<nestingMax {
            nest.read(target, of: scratch.url)
            repairs.formUnion(nest.link.repairs)
            let (occasion, reading, signature) = nest.withQuery { link, query in
                readInner(link, of: query, sections, outer.nowNanoseconds, scratch: &scratch)
            }
            guard let reading else {
                return stray(
                    .missingTarget, repairs, policy: occasion.policy, url: &scratch.url, stored: &scratch.stored)
            }
            guard let next = reading.target, occasion.policy.follows(signature),
                isTrackingLink(next, of: scratch.url, at: edge)
            else { return judge(reading, signature, occasion, scratch: &scratch).adding(repairs) }
            repairs.formUnion(reading.repairs)
            target = next
        }
        scratch.removeAll()
        return stray(.unusable(.nested), repairs, policy: outer.policy, url: &scratch.url, stored: &scratch.stored)
    }

    /// Reads a link inside of another; no target where it has none.
    private static func readInner(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, _ sections: SectionTable, _ nowNanoseconds: UInt64,
        scratch: inout LinkScratch
    ) -> (Occasion, TargetReader.Reading?, SignatureVerdict) {
        scratch.removeAll()
        let policy = sections.policy(of: sections.number(for: link, of: query))
        let occasion = Occasion(policy: policy, nowNanoseconds: nowNanoseconds)
        guard let range = link.value(of: .targetUrl), !range.isEmpty else { return (occasion, nil, .missing) }
        let (reading, signature) = read(link, of: query, occasion, sections.signingKeys, scratch: &scratch)
        return (occasion, reading, signature)
    }
}
