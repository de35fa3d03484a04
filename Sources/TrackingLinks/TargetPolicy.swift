import Bytes

/// Decides what a request for one of the two resources is answered with: the one path that the server and `explain`
/// both take.
///
/// An open gets the image, whatever its query was. A click without a usable target goes to its section's fallback,
/// whatever the section chose for hosts that it does not list, else to a page that says so. A usable target is
/// redirected to when the section lists its host; otherwise the section's choice decides. No allocation; O(length of
/// the target).
package enum TargetPolicy {
    /// Decides.
    ///
    /// - Parameters:
    ///   - link: the query, read.
    ///   - query: the bytes that `link` was read from.
    ///   - policy: that of the link's section (`SectionTable`).
    ///   - scratch: takes the URLs that the decision refers to; what was in it is gone.
    package static func decide(
        _ resource: TrackingResource, _ link: borrowing TrackingLink, of query: Span<UInt8>, policy: SectionPolicy,
        scratch: inout LinkScratch
    ) -> Decision {
        scratch.removeAll()
        guard resource == .click else { return Decision(.pixel, .open, link.repairs) }
        guard let range = link.value(of: .targetUrl), !range.isEmpty else {
            return stray(.missingTarget, link.repairs, policy: policy, url: &scratch.url, stored: &scratch.stored)
        }
        let raw = query.extracting(range.offsets)
        let place = DecisionCache.place(of: raw)
        let known = scratch.decisions.decision(
            at: place, on: raw, isRaw: link.targetIsRaw, policy: policy, url: &scratch.url, stored: &scratch.stored)
        if let known { return known.adding(link.repairs) }
        let decision = decide(raw, isRaw: link.targetIsRaw, policy: policy, scratch: &scratch)
        scratch.decisions.remember(
            decision, at: place, on: raw, isRaw: link.targetIsRaw, policy: policy, url: scratch.url,
            stored: scratch.stored)
        return decision.adding(link.repairs)
    }

    /// Decides about a target as it stands in the query.
    private static func decide(
        _ raw: Span<UInt8>, isRaw: Bool, policy: SectionPolicy, scratch: inout LinkScratch
    ) -> Decision {
        if isRaw { return judge(raw, [], policy: policy, url: &scratch.url, stored: &scratch.stored) }
        var repairs: LinkRepair = []
        if PercentCoding.decode(raw, into: &scratch.decoded).brokenEscapes {
            repairs.insert(.brokenEscape)
            if TrackingLink.holdsPercentTag(raw) { repairs.insert(.unfilledMergeTag) }
        }
        return judge(scratch.decoded, repairs, policy: policy, url: &scratch.url, stored: &scratch.stored)
    }

    private static func judge(
        _ decoded: borrowing ByteBuffer, _ repairs: LinkRepair, policy: SectionPolicy, url: inout ByteBuffer,
        stored: inout ByteBuffer
    ) -> Decision {
        decoded.withSpan { judge($0, repairs, policy: policy, url: &url, stored: &stored) }
    }

    /// Judges a target's text, decoded.
    private static func judge(
        _ text: Span<UInt8>, _ linkRepairs: LinkRepair, policy: SectionPolicy, url: inout ByteBuffer,
        stored: inout ByteBuffer
    ) -> Decision {
        let repairs = linkRepairs.union(notes(on: text))
        switch Target.parse(text) {
        case .unusable(let refusal):
            return unusable(text, refusal, repairs, policy: policy, url: &url, stored: &stored)
        case .target(let given):
            let target = given.normalised(of: text, into: &url)
            guard url.count <= LinkLimits.targetBytesMax else {
                url.removeAll()
                return unusable(text, .tooLong, repairs, policy: policy, url: &url, stored: &stored)
            }
            url.withSpan { StoredTarget.write(target, of: $0, keeping: policy.linkQuery, into: &stored) }
            return answer(target, repairs, policy: policy, url: &url, stored: &stored)
        }
    }

    /// Answers a click whose target is usable and stands normalised in `url`, its stored form in `stored`.
    private static func answer(
        _ target: Target, _ repairs: LinkRepair, policy: SectionPolicy, url: inout ByteBuffer, stored: inout ByteBuffer
    ) -> Decision {
        let whole = ByteRange(0..<url.count)
        let storedTarget = ByteRange(0..<stored.count)
        let isListable = target.hostKind.isListable
        let isListed =
            isListable
            && url.withSpan(of: target.host.offsets) {
                policy.hosts.contains(host: $0, port: target.port, scheme: target.scheme)
            }
        let isObserved = policy.otherwise == .observe && policy.isKnown && isListable
        if isListed || isObserved {
            return Decision(
                .redirected, isListed ? .listed : .observedHost, repairs, target: target, destination: whole,
                storedTarget: storedTarget, storedDestination: storedTarget)
        }
        let reason: DecisionReason =
            !policy.isKnown ? .unknownSection : isListable ? .unlistedHost : .unlistableHost
        switch policy.otherwise {
        case .ask, .observe:
            return Decision(
                .asked, reason, repairs, target: target, destination: target.hostKind.isLinkable ? whole : nil,
                storedTarget: storedTarget)
        case .refuse:
            return Decision(.refused, reason, repairs, target: target, storedTarget: storedTarget)
        case .fallback:
            return stray(
                reason, repairs, target: target, storedTarget: storedTarget, policy: policy, url: &url, stored: &stored)
        }
    }

    private static func unusable(
        _ text: Span<UInt8>, _ refusal: TargetRefusal, _ repairs: LinkRepair, policy: SectionPolicy,
        url: inout ByteBuffer, stored: inout ByteBuffer
    ) -> Decision {
        let isCut = StoredTarget.writeUnusable(text, into: &stored)
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

    /// What is odd about a target's decoded text.
    private static func notes(on text: Span<UInt8>) -> LinkRepair {
        var notes: LinkRepair = []
        for offset in text.indices where text[offset] >= 0x80 {
            notes.insert(.rawNonASCII)
            break
        }
        if MergeTag.isUnfilled(text) { notes.insert(.unfilledMergeTag) }
        return notes
    }
}
