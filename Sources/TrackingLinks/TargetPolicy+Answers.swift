import Bytes

// What a target that was read is answered with.

extension TargetPolicy {
    /// Judges a target that was read: it stands in `scratch.url`, its text in `scratch.decoded`.
    static func judge(
        _ reading: TargetReader.Reading, _ signature: SignatureVerdict, _ occasion: Occasion,
        scratch: inout LinkScratch
    ) -> Decision {
        let policy = occasion.policy
        guard let target = reading.target else {
            return unusable(
                reading.refusal, reading.repairs, text: scratch.decoded, policy: policy, url: &scratch.url,
                stored: &scratch.stored
            ).with(signature)
        }
        var repairs = reading.repairs
        if policy.signatures == .accept, signature == .bad || signature == .expired { repairs.insert(.badSignature) }
        appendStored(target, of: scratch.url, policy: policy, into: &scratch.stored)
        if let ruled = answerByRule(target, repairs, occasion, url: &scratch.url, stored: &scratch.stored) {
            return ruled.with(signature)
        }
        return answer(target, repairs, signature, occasion, url: &scratch.url, stored: &scratch.stored).with(signature)
    }

    private static func appendStored(
        _ target: Target, of url: borrowing ByteBuffer, policy: SectionPolicy, into stored: inout ByteBuffer
    ) {
        url.withSpan { StoredTarget.write(target, of: $0, keeping: policy.linkQuery, into: &stored) }
    }

    /// Answers a click whose target stands normalised in `url`, its stored form in `stored`, as the section's rules for
    /// links that were sent already say; nil where they say nothing.
    private static func answerByRule(
        _ target: Target, _ repairs: LinkRepair, _ occasion: Occasion, url: inout ByteBuffer, stored: inout ByteBuffer
    ) -> Decision? {
        let policy = occasion.policy
        let verdict = url.withSpan {
            policy.rules.verdict(for: target, of: $0, nowNanoseconds: occasion.nowNanoseconds)
        }
        let storedTarget = ByteRange(0..<stored.count)
        let reason: DecisionReason
        switch verdict {
        case .none:
            return nil
        case .kill:
            return stray(
                .killedLink, repairs, target: target, storedTarget: storedTarget, policy: policy, url: &url,
                stored: &stored)
        case .expired: reason = .expiredLink
        case .rewrite: reason = .rewrittenLink
        }
        let start = url.count
        guard let led = policy.rules.append(verdict, for: target, in: &url) else {
            return stray(
                .unusable(.tooLong), repairs, target: target, storedTarget: storedTarget, policy: policy, url: &url,
                stored: &stored)
        }
        let storedStart = stored.count
        appendStored(led, of: url, policy: policy, into: &stored)
        return Decision(
            .redirected, reason, repairs, target: target, destination: ByteRange(start..<url.count),
            storedTarget: storedTarget, storedDestination: ByteRange(storedStart..<stored.count))
    }

    /// Answers a click whose target is usable and stands normalised in `url`, its stored form in `stored`.
    private static func answer(
        _ target: Target, _ repairs: LinkRepair, _ signature: SignatureVerdict, _ occasion: Occasion,
        url: inout ByteBuffer, stored: inout ByteBuffer
    ) -> Decision {
        let policy = occasion.policy
        let whole = ByteRange(0..<url.count)
        let storedTarget = ByteRange(0..<stored.count)
        let isCertain = target.hostKind != .nonASCII
        if let reason = reasonToFollow(target, isCertain: isCertain, signature, occasion, of: url) {
            return Decision(
                .redirected, reason, repairs, target: target, destination: whole, storedTarget: storedTarget,
                storedDestination: storedTarget)
        }
        let reason: DecisionReason =
            policy.lacks(signature)
            ?? (!policy.isKnown ? .unknownSection : isCertain ? .unlistedHost : .unlistableHost)
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

    /// Why a target may be redirected to; nil where it may not.
    private static func reasonToFollow(
        _ target: Target, isCertain: Bool, _ signature: SignatureVerdict, _ occasion: Occasion,
        of url: borrowing ByteBuffer
    ) -> DecisionReason? {
        let policy = occasion.policy
        guard isCertain, policy.lacks(signature) == nil else { return nil }
        if signature == .good(.target) { return .signed }
        let isListed = url.withSpan(of: target.host.offsets) {
            policy.hosts.contains(host: $0, port: target.port, scheme: target.scheme)
        }
        if isListed { return .listed }
        return policy.isKnown && policy.observes(atNanoseconds: occasion.nowNanoseconds) ? .observedHost : nil
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
    static func stray(
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

extension SectionPolicy {
    /// Why a link may not be followed for its signature; nil where it may.
    func lacks(_ signature: SignatureVerdict) -> DecisionReason? {
        guard signatures == .require else { return nil }
        return switch signature {
        case .good: nil
        case .missing: .unsigned
        case .expired: .expiredSignature
        case .bad, .needsTarget: .badSignature
        }
    }

    /// True when a link inside of a link of this section is followed.
    func follows(_ signature: SignatureVerdict) -> Bool { lacks(signature) == nil }
}
