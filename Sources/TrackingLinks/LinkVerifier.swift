import Bytes

/// Judges the signatures of links: one a worker, used again for every request.
///
/// A link whose signature covers the campaign alone is judged at once. One that covers the target is judged in a second
/// step, which may be asked with several targets, the most literal reading first: fields and token are read once.
///
/// Nothing here allocates. What depends on a secret takes the same time whatever the link says. A link without `tsig`
/// costs one look at its table; one with it four or five compressions of SHA-256 and the decoding of its fields.
package struct LinkVerifier: ~Copyable {
    /// What is left to do for a signature that covers the target.
    private struct Pending {
        let key: HMACSHA256Key
        let isExpired: Bool
        let headBytes: Int
    }

    private var text = ByteBuffer(capacity: 3 * LinkSignature.textBytesMax + 3)
    private var token = ByteBuffer(capacity: 2 * LinkSignature.bytesMax)
    private var message = SignedMessage()
    private var pending: Pending?

    /// Makes room for one link at a time.
    package init() {}

    /// Judges a link's signature, as far as that goes without a target.
    ///
    /// Of the fields that decide where a link leads, `sec`, `targetUrl` and the signature itself, none may be repeated:
    /// another reader than this one might take the other value. A link that is not read to its end may hold one more.
    ///
    /// - Parameters:
    ///   - query: the bytes that `link` was read from.
    ///   - nowSeconds: seconds since 1970. From its expiry on a signature is no longer good.
    /// - Returns: `.needsTarget` where the signature may be good for some target.
    package mutating func judge(
        _ link: borrowing TrackingLink, of query: Span<UInt8>, keys: SigningKeyTable, nowSeconds: UInt64
    ) -> SignatureVerdict {
        pending = nil
        guard link.present.contains(.tsig) else { return .missing }
        guard link.repeated.isDisjoint(with: Self.repeatedNever), !link.repairs.contains(.tooManyFields),
            let signature = readToken(of: link, query), signature.scope != .person,
            let pending = begin(signature, link, of: query, keys: keys, nowSeconds: nowSeconds)
        else { return .bad }
        guard signature.scope == .link else {
            self.pending = pending
            return .needsTarget
        }
        return verdict(pending, .link)
    }

    /// Judges the signature of an unsubscribe link, which is one of the scope `person` and no other. Of the fields that
    /// say who unsubscribes from what none may be repeated.
    ///
    /// - Parameters:
    ///   - query: the bytes that `link` was read from.
    ///   - nowSeconds: seconds since 1970. From its expiry on a signature is no longer good.
    /// - Returns: `.missing`, `.good(.person)`, `.expired` or `.bad`.
    package mutating func judgePerson(
        of link: borrowing TrackingLink, in query: Span<UInt8>, keys: SigningKeyTable, nowSeconds: UInt64
    ) -> SignatureVerdict {
        pending = nil
        guard link.present.contains(.tsig) else { return .missing }
        guard link.repeated.isDisjoint(with: Self.repeatedNeverOfPerson), !link.repairs.contains(.tooManyFields),
            let signature = readToken(of: link, query), signature.scope == .person,
            let begun = begin(signature, link, of: query, keys: keys, nowSeconds: nowSeconds)
        else { return .bad }
        return verdict(begun, .person)
    }

    /// Puts the message together; nil where no key can have made the signature.
    private mutating func begin(
        _ signature: LinkSignature, _ link: borrowing TrackingLink, of query: Span<UInt8>, keys: SigningKeyTable,
        nowSeconds: UInt64
    ) -> Pending? {
        guard let key = keys.key(id: signature.keyID) else { return nil }
        token.withSpan(of: 0..<signature.headBytes) { message.begin(signature.scope, head: $0, link, of: query) }
        guard message.isCovered(by: key) else { return nil }
        let isExpired = signature.expirySeconds.map { $0 <= nowSeconds } ?? false
        return Pending(key: key.key, isExpired: isExpired, headBytes: signature.headBytes)
    }

    /// Judges whether the signature that was found to need a target covers this one.
    ///
    /// - Parameter target: the normalised URL (`Target.normalised`), as a redirect would carry it.
    /// - Returns: `.good(.target)`, `.expired` or `.bad`; `.bad` also where no link waits for a target.
    package mutating func judge(target: Span<UInt8>) -> SignatureVerdict {
        guard let pending, message.append(target: target) else { return .bad }
        return verdict(pending, .target)
    }

    /// The fields of which a signed link has one at the most.
    static let repeatedNever = TrackingFieldSet(.sec).union(TrackingFieldSet(.targetUrl)).union(TrackingFieldSet(.tsig))

    /// The fields of which a signed unsubscribe link has one at the most.
    static let repeatedNeverOfPerson =
        TrackingFieldSet(.sec).union(TrackingFieldSet(.cuid)).union(TrackingFieldSet(.tsig))

    private func verdict(_ pending: Pending, _ scope: SignatureScope) -> SignatureVerdict {
        let code = message.code(under: pending.key)
        let isGood = token.withSpan { token in
            let claimed = token.extracting(pending.headBytes..<token.count)
            return code.withSpan { constantTimeEquals($0.extracting(first: claimed.count), claimed) }
        }
        guard isGood else { return .bad }
        return pending.isExpired ? .expired : .good(scope)
    }

    /// Reads the link's token into `token`, or returns nil where it has none that could be good.
    private mutating func readToken(of link: borrowing TrackingLink, _ query: Span<UInt8>) -> LinkSignature? {
        guard let range = link.value(of: .tsig) else { return nil }
        token.removeAll()
        let isToken: Bool
        if link.plain.contains(.tsig) {
            isToken = LinkSignature.decode(query.extracting(range.offsets), into: &token)
        } else {
            text.removeAll()
            let limit = LinkSignature.textBytesMax
            guard let field = link.decodeField(.tsig, of: query, into: &text, limitBytes: limit), !field.isCut else {
                return nil
            }
            isToken = text.withSpan(of: field.range.offsets) { LinkSignature.decode($0, into: &token) }
        }
        return isToken ? token.withSpan { LinkSignature(token: $0) } : nil
    }
}
