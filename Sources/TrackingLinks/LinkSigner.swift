import Bytes

/// Signs tracking links and unsubscribe links that are there as text: the call behind `tremolo sign` and `tremolo wrap
/// --sign`.
///
/// The signature goes in before `targetUrl=`, because a target that was put in raw reaches to the link's end, else
/// behind the last field; a fragment stays at the end, a signature that the link has is replaced, and every other byte
/// stays as it was. A link is given out only when a server would find it good.
///
/// Tags of a template may stand in what a signature does not cover (`cuid={{email}}` of a tracking link). For one
/// thread, not for the hot path; a link costs some microseconds.
package struct LinkSigner: ~Copyable {
    private let keys: SigningKeyTable
    private let chosen: SigningKey?
    private let namesSomebody: NamesSomebody
    private var link = TrackingLink()
    private var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
    private var message = SignedMessage()
    private var verifier = LinkVerifier()
    private var decoded = ByteBuffer(capacity: 3 * LinkLimits.queryBytesMax + 3)
    private var spare = ByteBuffer(capacity: LinkLimits.queryBytesMax)
    private var normalised = ByteBuffer(capacity: Target.maximumNormalisedCount(of: LinkLimits.targetBytesMax))

    /// Says whether a decoded `cuid` names anybody in the section of a decoded `sec`.
    package typealias NamesSomebody = @Sendable (_ identifier: Span<UInt8>, _ section: Span<UInt8>) -> Bool

    /// Makes a signer that signs each link with the newest key for the link's section.
    ///
    /// - Parameter namesSomebody: asked before a person's link is signed.
    package init(keys: SigningKeyTable, namesSomebody: @escaping NamesSomebody = { _, _ in true }) {
        self.keys = keys
        chosen = nil
        self.namesSomebody = namesSomebody
    }

    /// Makes a signer that signs with one key alone.
    ///
    /// - Parameter namesSomebody: asked before a person's link is signed.
    package init(key: SigningKey, namesSomebody: @escaping NamesSomebody = { _, _ in true }) {
        keys = SigningKeyTable([key])
        chosen = key
        self.namesSomebody = namesSomebody
    }

    /// Signs a link.
    ///
    /// - Parameters:
    ///   - url: an absolute http or https URL, or a request target such as `/tremclk?sec=1`.
    ///   - scope: what is covered; nil for the target where there is one, else the link, and for the person of an
    ///     unsubscribe link, which has no other scope.
    ///   - expirySeconds: from which second since 1970 on the signature is no longer good; nil for never. At most
    ///     `LinkSignature.expirySecondsMax`.
    package mutating func sign(
        _ url: Span<UInt8>, scope: SignatureScope? = nil, expirySeconds: UInt64? = nil
    ) throws(SigningRefusal) -> [UInt8] {
        guard url.count <= LinkLimits.queryBytesMax else { throw .tooLong }
        // A terminal might obey what is printed.
        guard !url.holdsControlCharacter else { throw .controlByte }
        let masked = TemplateTags.masked(url)
        let place = try LinkPlace(masked.span)
        let query = masked.span.extracting(place.query)
        link.read(query: query)
        let scope = try self.scope(scope, isUnsubscribing: place.isUnsubscribing)
        try refuseRepeatedAndUnfilled(scope)
        let key = try keyOfSection(query)
        if scope == .person { try refuseNobody(query) }
        let signature = LinkSignature(scope: scope, keyID: key.id, expirySeconds: expirySeconds)
        if signature.scope == .target { try normaliseTarget(query) }
        let token = try token(signature, key, query)

        let change = change(of: query, at: place, token: token)
        guard verifies(change.applied(to: masked.span), signature) else { throw .notReadBack }
        return change.applied(to: url)
    }

    /// What is covered where nobody or somebody says so.
    private func scope(
        _ chosen: SignatureScope?, isUnsubscribing: Bool
    ) throws(SigningRefusal) -> SignatureScope {
        if isUnsubscribing {
            guard (chosen ?? .person) == .person else { throw .unsubscribeLinkInOtherScope }
            return .person
        }
        guard chosen != .person else { throw .trackingLinkInPersonScope }
        return chosen ?? (link.value(of: .targetUrl)?.isEmpty == false ? .target : .link)
    }

    private func refuseRepeatedAndUnfilled(_ scope: SignatureScope) throws(SigningRefusal) {
        for field in [TrackingField.sec, scope == .person ? .cuid : .targetUrl, .tsig]
        where link.repeated.contains(field) {
            throw .repeatedField(field)
        }
        guard scope != .person else {
            for field in [TrackingField.sec, .cuid] where link.unfilled.contains(field) { throw .unfilledField(field) }
            return
        }
        var number = SignedMessage.signedFields.lowerBound
        while number <= SignedMessage.signedFields.upperBound, let field = TrackingField(rawValue: number) {
            if link.unfilled.contains(field) { throw .unfilledField(field) }
            number += 1
        }
    }

    private mutating func keyOfSection(_ query: Span<UInt8>) throws(SigningRefusal) -> SigningKey {
        decoded.removeAll()
        guard let section = link.decodeField(.sec, of: query, into: &decoded), !section.range.isEmpty else {
            throw .noSection
        }
        if let key = decoded.withSpan(of: section.range.offsets, { keys.newest(for: $0) }) { return key }
        throw chosen == nil ? .noKey : .otherSection
    }

    /// Refuses an unsubscribe link that a server would find nobody in, or somebody who can't be meant.
    private mutating func refuseNobody(_ query: Span<UInt8>) throws(SigningRefusal) {
        decoded.removeAll()
        let limit = LinkLimits.identifierBytesMax
        guard let person = link.decodeField(.cuid, of: query, into: &decoded, limitBytes: limit),
            !person.range.isEmpty
        else { throw .noPerson }
        if person.isCut { throw .overlongPerson }
        if decoded.withSpan(of: person.range.offsets, { $0.holdsControlCharacter }) { throw .controlInPerson }
        guard let section = link.decodeField(.sec, of: query, into: &decoded, limitBytes: SectionTable.idBytesMax)
        else {
            throw .noSection
        }
        let isSomebody = decoded.withSpan { bytes in
            // One that is longer than ids are is no configured one's.
            namesSomebody(
                bytes.extracting(person.range.offsets),
                section.isCut ? Span() : bytes.extracting(section.range.offsets))
        }
        guard isSomebody else { throw .nobody }
    }

    /// Writes into `normalised` what a redirect would carry: the target as it stands, nothing undone.
    private mutating func normaliseTarget(_ query: Span<UInt8>) throws(SigningRefusal) {
        guard let range = link.value(of: .targetUrl), !range.isEmpty else { throw .missingTarget }
        let place = TargetReader.Place(of: link, in: query)
        normalised.removeAll()
        let reading = TargetReader.read(
            query.extracting(range.offsets), place, isLiteral: true, names: HostList(), text: &decoded, spare: &spare,
            url: &normalised)
        if reading.repairs.contains(.unfilledMergeTag) { throw .unfilledField(.targetUrl) }
        guard let target = reading.target else { throw .unusableTarget(reading.refusal) }
        if target.hostKind == .nonASCII { throw .uncertainHost }
    }

    /// The text of the signature's token.
    private mutating func token(
        _ signature: LinkSignature, _ key: SigningKey, _ query: Span<UInt8>
    ) throws(SigningRefusal) -> String {
        var token = ByteBuffer(capacity: LinkSignature.bytesMax)
        signature.appendHead(into: &token)
        token.withSpan { message.begin(signature.scope, head: $0, link, of: query) }
        if signature.scope == .target {
            let hasRoom = Self.append(normalised, to: &message)
            guard hasRoom else { throw .unusableTarget(.tooLong) }
        }
        let code = message.code(under: key.key)
        code.withSpan { token.append($0.extracting(first: LinkSignature.codeBytes)) }
        return token.withSpan { Base64.encode($0, alphabet: .url) }
    }

    private static func append(_ target: borrowing ByteBuffer, to message: inout SignedMessage) -> Bool {
        target.withSpan { message.append(target: $0) }
    }

    /// What a link becomes by being signed.
    private func change(of query: Span<UInt8>, at place: LinkPlace, token: String) -> LinkChange {
        let field = Array("\(TrackingField.tsig.name)=\(token)".utf8)
        let separator = [UInt8(ascii: "&")]
        if let old = link.value(of: .tsig) {
            let range = Self.startOfField(query, before: Int(old.start))..<Int(old.end)
            return LinkChange(at: place.query, range, with: field)
        }
        if let target = link.value(of: .targetUrl) {
            let start = Self.startOfField(query, before: Int(target.start))
            return LinkChange(at: place.query, start..<start, with: field + separator)
        }
        let end = query.count
        if !place.hasQuestionMark {
            return LinkChange(at: place.query, end..<end, with: [UInt8(ascii: "?")] + field)
        }
        let isOpen = end == 0 || query[end - 1] == UInt8(ascii: "&")
        return LinkChange(at: place.query, end..<end, with: isOpen ? field : separator + field)
    }

    /// Where the field begins whose value begins at `value`.
    private static func startOfField(_ query: Span<UInt8>, before value: Int) -> Int {
        var start = value
        while start > 0, query[start - 1] != UInt8(ascii: "&") { start -= 1 }
        return start
    }

    /// True when a server reads the signed link as it was signed, whatever it takes for damage and undoes.
    private mutating func verifies(_ signed: [UInt8], _ signature: LinkSignature) -> Bool {
        guard let place = try? LinkPlace(signed.span) else { return false }
        let query = signed.span.extracting(place.query)
        link.read(query: query, repair: &repair)
        var verdict =
            link.isRepaired
            ? Self.judge(signature.scope, link, of: repair, keys, &verifier)
            : Self.judge(signature.scope, link, of: query, keys, &verifier)
        if verdict == .needsTarget { verdict = Self.judge(normalised, &verifier) }
        // Expired is said of a good one alone; that an expiry lies in the past is the caller's to say.
        return verdict == .good(signature.scope) || verdict == .expired
    }

    private static func judge(
        _ scope: SignatureScope, _ link: borrowing TrackingLink, of repair: borrowing QueryRepair,
        _ keys: SigningKeyTable, _ verifier: inout LinkVerifier
    ) -> SignatureVerdict {
        repair.query.withSpan { judge(scope, link, of: $0, keys, &verifier) }
    }

    private static func judge(
        _ scope: SignatureScope, _ link: borrowing TrackingLink, of query: Span<UInt8>, _ keys: SigningKeyTable,
        _ verifier: inout LinkVerifier
    ) -> SignatureVerdict {
        scope == .person
            ? verifier.judgePerson(of: link, in: query, keys: keys, nowSeconds: 0)
            : verifier.judge(link, of: query, keys: keys, nowSeconds: 0)
    }

    private static func judge(_ target: borrowing ByteBuffer, _ verifier: inout LinkVerifier) -> SignatureVerdict {
        target.withSpan { verifier.judge(target: $0) }
    }
}
