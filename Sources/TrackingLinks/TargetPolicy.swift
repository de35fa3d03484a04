import Bytes

/// Decides what a request for one of the two resources is answered with: the one path that the server and `explain`
/// both take.
///
/// An open gets the image, whatever its query was. A click without a usable target goes to its section's fallback,
/// whatever the section chose for hosts that it does not list, else to a page that says so. A usable target is
/// redirected to when the section lists its host; otherwise the section's choice decides. A target that is a tracking
/// link of this edge itself is followed as if it had been clicked. No allocation; O(length of the target).
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
    ///   - scratch: takes the URLs that the decision refers to; what was in it is gone.
    package static func decide(
        _ resource: TrackingResource, _ link: borrowing TrackingLink, of query: Span<UInt8>, section: Int?,
        in sections: SectionTable, edge: Span<UInt8>, scratch: inout LinkScratch
    ) -> Decision {
        scratch.removeAll()
        guard resource == .click else { return Decision(.pixel, .open, link.repairs) }
        let policy = sections.policy(of: section)
        guard let range = link.value(of: .targetUrl), !range.isEmpty else {
            return stray(.missingTarget, link.repairs, policy: policy, url: &scratch.url, stored: &scratch.stored)
        }
        let value = query.extracting(range.offsets)
        let place = TargetReader.Place(isRaw: link.targetIsRaw, isLast: range.offsets.upperBound == query.count)
        let slot = DecisionCache.place(of: value)
        let known = scratch.decisions.decision(
            at: slot, on: value, place, policy: policy, url: &scratch.url, stored: &scratch.stored)
        if let known { return known.adding(link.repairs) }

        let reading = TargetReader.read(
            value, place, names: policy.hosts, text: &scratch.decoded, spare: &scratch.spare, url: &scratch.url)
        if let target = reading.target, hasTrackingPath(target, of: scratch.url) {
            if isTrackingLink(target, of: scratch.url, at: edge) {
                let repairs = reading.repairs.union(link.repairs)
                return follow(target, repairs, policy, sections, edge: edge, scratch: &scratch)
            }
            // Whose link it is depends on who was asked: it is not remembered.
            return judge(reading, policy: policy, scratch: &scratch).adding(link.repairs)
        }
        let decision = judge(reading, policy: policy, scratch: &scratch)
        scratch.decisions.remember(
            decision, at: slot, on: value, place, policy: policy, url: scratch.url, stored: scratch.stored)
        return decision.adding(link.repairs)
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
        _ target: Target, _ repairs: LinkRepair, _ outer: SectionPolicy, _ sections: SectionTable,
        edge: Span<UInt8>, scratch: inout LinkScratch
    ) -> Decision {
        guard var nest = scratch.nest.take() else { preconditionFailure("a link is followed inside of another") }
        let decision = follow(target, repairs, outer, sections, edge: edge, nest: &nest, scratch: &scratch)
        scratch.nest = consume nest
        return decision
    }

    private static func follow(
        _ target: Target, _ repairs: LinkRepair, _ outer: SectionPolicy, _ sections: SectionTable,
        edge: Span<UInt8>, nest: inout LinkNest, scratch: inout LinkScratch
    ) -> Decision {
        var repairs = repairs.union(.nestedLink)
        var target = target
        for _ in 0..<nestingMax {
            nest.read(target, of: scratch.url)
            repairs.formUnion(nest.link.repairs)
            let (policy, reading) = nest.withQuery { link, query in
                read(link, of: query, sections, scratch: &scratch)
            }
            guard let reading else {
                return stray(.missingTarget, repairs, policy: policy, url: &scratch.url, stored: &scratch.stored)
            }
            guard let next = reading.target, isTrackingLink(next, of: scratch.url, at: edge) else {
                return judge(reading, policy: policy, scratch: &scratch).adding(repairs)
            }
            repairs.formUnion(reading.repairs)
            target = next
        }
        scratch.removeAll()
        return stray(.unusable(.nested), repairs, policy: outer, url: &scratch.url, stored: &scratch.stored)
    }

    /// Reads the target of a link inside of another; nil where it has none.
    private static func read(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, _ sections: SectionTable, scratch: inout LinkScratch
    ) -> (SectionPolicy, TargetReader.Reading?) {
        scratch.removeAll()
        let policy = sections.policy(of: sections.number(for: link, of: query))
        guard let range = link.value(of: .targetUrl), !range.isEmpty else { return (policy, nil) }
        let place = TargetReader.Place(isRaw: link.targetIsRaw, isLast: range.offsets.upperBound == query.count)
        let reading = TargetReader.read(
            query.extracting(range.offsets), place, names: policy.hosts, text: &scratch.decoded, spare: &scratch.spare,
            url: &scratch.url)
        return (policy, reading)
    }

    // MARK: Answers

    /// Judges a target that was read.
    private static func judge(
        _ reading: TargetReader.Reading, policy: SectionPolicy, scratch: inout LinkScratch
    ) -> Decision {
        guard let target = reading.target else {
            return unusable(
                reading.refusal, reading.repairs, text: scratch.decoded, policy: policy, url: &scratch.url,
                stored: &scratch.stored)
        }
        appendStored(target, of: scratch.url, policy: policy, into: &scratch.stored)
        return answer(target, reading.repairs, policy: policy, url: &scratch.url, stored: &scratch.stored)
    }

    private static func appendStored(
        _ target: Target, of url: borrowing ByteBuffer, policy: SectionPolicy, into stored: inout ByteBuffer
    ) {
        url.withSpan { StoredTarget.write(target, of: $0, keeping: policy.linkQuery, into: &stored) }
    }

    /// Answers a click whose target is usable and stands normalised in `url`, its stored form in `stored`.
    private static func answer(
        _ target: Target, _ repairs: LinkRepair, policy: SectionPolicy, url: inout ByteBuffer, stored: inout ByteBuffer
    ) -> Decision {
        let whole = ByteRange(0..<url.count)
        let storedTarget = ByteRange(0..<stored.count)
        let isCertain = target.hostKind != .nonASCII
        let isListed =
            isCertain
            && url.withSpan(of: target.host.offsets) {
                policy.hosts.contains(host: $0, port: target.port, scheme: target.scheme)
            }
        let isObserved = policy.otherwise == .observe && policy.isKnown && isCertain
        if isListed || isObserved {
            return Decision(
                .redirected, isListed ? .listed : .observedHost, repairs, target: target, destination: whole,
                storedTarget: storedTarget, storedDestination: storedTarget)
        }
        let reason: DecisionReason =
            !policy.isKnown ? .unknownSection : isCertain ? .unlistedHost : .unlistableHost
        switch policy.otherwise {
        case .ask, .observe:
            return Decision(
                .asked, reason, repairs, target: target, destination: isCertain ? whole : nil,
                storedTarget: storedTarget)
        case .refuse:
            return Decision(.refused, reason, repairs, target: target, storedTarget: storedTarget)
        case .fallback:
            return stray(
                reason, repairs, target: target, storedTarget: storedTarget, policy: policy, url: &url, stored: &stored)
        }
    }

    private static func unusable(
        _ refusal: TargetRefusal, _ repairs: LinkRepair, text: borrowing ByteBuffer, policy: SectionPolicy,
        url: inout ByteBuffer, stored: inout ByteBuffer
    ) -> Decision {
        let isCut = text.withSpan { StoredTarget.writeUnusable($0, into: &stored) }
        return stray(
            .unusable(refusal), repairs, storedTarget: ByteRange(0..<stored.count), storedTargetIsCut: isCut,
            policy: policy, url: &url, stored: &stored)
    }

    /// Answers a click that can't go where it asked to: the section's fallback, else a refusal.
    private static func stray(
        _ reason: DecisionReason, _ repairs: LinkRepair, target: Target? = nil, storedTarget: ByteRange? = nil,
        storedTargetIsCut: Bool = false, policy: SectionPolicy, url: inout ByteBuffer, stored: inout ByteBuffer
    ) -> Decision {
        guard let fallback = policy.fallback else {
            return Decision(
                .refused, reason, repairs, target: target, storedTarget: storedTarget,
                storedTargetIsCut: storedTargetIsCut)
        }
        let start = url.count
        fallback.append(into: &url)
        let storedStart = stored.count
        policy.appendStoredFallback(into: &stored)
        return Decision(
            .fallback, reason, repairs, target: target, destination: ByteRange(start..<url.count),
            storedTarget: storedTarget, storedTargetIsCut: storedTargetIsCut,
            storedDestination: ByteRange(storedStart..<stored.count))
    }
}
