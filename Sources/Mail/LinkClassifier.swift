import Bytes
package import TrackingLinks

/// What is to be done with a link of a mail.
package enum LinkVerdict: Equatable, Sendable {
    /// It becomes a tracking link.
    case wrap
    /// It is one already, of the base that was asked about: a click's or a pixel's.
    case tracking(TrackingResource)
    /// It is marked `data-tremolo="off"`.
    case off
    /// It holds one of the texts by which links for unsubscribing and preferences are known.
    case leave(pattern: String)
    /// It has another scheme: `mailto`, `tel`, `sms`, `cid`, `data`, `javascript`.
    case otherScheme
    /// It leads to a place in the mail itself.
    case fragment
    /// It is relative, `//host/path` included: no mail client knows what to.
    case relative
    /// An image: never wrapped. In payloads alone.
    case image
    /// There is nothing in it.
    case empty
    /// A click on it would not be redirected to where it leads: no tracking link is made of it.
    case unusable(TargetRefusal)
    /// It holds a named character reference that is not known here, so that a browser may read another URL.
    case unknownReference(name: String)
}

extension LinkVerdict {
    /// True for a link whose click would not be redirected.
    var isUnusable: Bool { if case .unusable = self { true } else { false } }
}

/// Decides by its text what a link is.
package struct LinkClassifier: Equatable, Sendable {
    /// Texts that mark a link as one for unsubscribing or preferences, in small letters.
    private let patterns: [[UInt8]]
    /// Where tracking links lead; nil where any host will do.
    private let authority: [UInt8]?
    /// True where links that a tracking link can't lead to are told from those that it can.
    let judgesTargets: Bool

    /// The texts that count where nobody says otherwise: any of them anywhere in a link, whatever the case of its
    /// letters.
    package static let standardPatterns = [
        "unsubscribe", "tremunsub", "optout", "opt-out", "opt_out", "preference", "abmeld", "abbestell", "desinscri",
        "desabonn",
    ]

    /// - Parameters:
    ///   - base: where tracking links lead; nil where a link is one by its path alone.
    ///   - patterns: what marks links to be left, beside `standardPatterns`.
    ///   - judgesTargets: true for whoever makes tracking links: `.unusable` is a verdict then.
    package init(base: TrackingBase?, patterns: [String], judgesTargets: Bool = false) {
        authority = base?.authority
        self.judgesTargets = judgesTargets
        self.patterns = (Self.standardPatterns + patterns).filter { !$0.isEmpty }.map { Array($0.utf8).lowercased }
    }

    /// Decides for a link of any part.
    func verdict(_ parts: [LinkPart], ignoresPatterns: Bool = false) -> LinkVerdict {
        guard !parts.isEmpty else { return .empty }
        let text = parts.leadingText.lowercased
        if let resource = trackingResource(of: text) { return .tracking(resource) }
        if parts.flattened.starts(with: Array("\(TrackingVariable.link.spelling)".utf8)) { return .tracking(.click) }
        if !text.isEmpty {
            if text[0] == UInt8(ascii: "#") { return .fragment }
            let scheme = text.prefix { ByteSet.scheme.contains($0) }
            let hasScheme = text.count > scheme.count && text[scheme.count] == UInt8(ascii: ":")
            // `foo{{x}}`: nobody can say whether there is a scheme.
            guard hasScheme else { return .relative }
            guard scheme.elementsEqual("http".utf8) || scheme.elementsEqual("https".utf8) else { return .otherScheme }
        }
        if !ignoresPatterns, let pattern = matchingPattern(parts.flattened.lowercased) {
            return .leave(pattern: String(decoding: pattern, as: UTF8.self))
        }
        if judgesTargets, let refusal = refusal(of: parts) { return .unusable(refusal) }
        return .wrap
    }

    /// Why a click on a tracking link to this target would not be redirected, as far as its text says: all of it, or
    /// what stands in front of code that begins behind its authority.
    private func refusal(of parts: [LinkPart]) -> TargetRefusal? {
        let text = parts.leadingText
        let isWhole = parts.allSatisfy { if case .text = $0 { true } else { false } }
        guard !text.isEmpty, isWhole || Self.holdsAuthority(text) else { return nil }
        var buffer = ByteBuffer(
            capacity: Target.maximumNormalisedCount(of: min(text.count + 2, LinkLimits.targetBytesMax)))
        let judged = isWhole ? text : LinkMaker.withTwoSlashes(text)
        do throws(TargetRefusal) {
            _ = try Target.read(judged.span, into: &buffer)
            return nil
        } catch {
            return error
        }
    }

    /// True where what ends a URL's authority stands in its text.
    private static func holdsAuthority(_ text: [UInt8]) -> Bool {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let authority = text[(colon + 1)...].drop { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        return authority.contains { ByteSet("/?#\\").contains($0) }
    }

    private func matchingPattern(_ text: [UInt8]) -> [UInt8]? {
        patterns.first { pattern in
            guard text.count >= pattern.count else { return false }
            return (0...text.count - pattern.count).contains { start in
                text[start] == pattern[0] && text[start..<start + pattern.count].elementsEqual(pattern)
            }
        }
    }

    /// The resource of the base that a link, in small letters, asks for.
    private func trackingResource(of text: [UInt8]) -> TrackingResource? {
        guard let slashes = ["https://", "http://"].first(where: { text.starts(with: $0.utf8) }) else { return nil }
        let rest = text.dropFirst(slashes.utf8.count)
        let host = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        if let authority, !TrackingBase.withoutDefaultPort(host).elementsEqual(authority) { return nil }
        let path = rest.dropFirst(host.count).prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        return TrackingResource(path: Array(path).span)
    }
}

/// Where tracking links lead: scheme, host and maybe port.
package struct TrackingBase: Equatable, Sendable {
    /// As it was written, without a slash behind it.
    package let text: String
    /// Host and port in small letters, without the port that is every URL's.
    let authority: [UInt8]

    /// Reads a base such as `https://trem.example.com`; nil for anything but http or https, a host of ASCII and maybe a
    /// port.
    package init?(_ text: String) {
        let trimmed = text.hasSuffix("/") ? text.dropLast() : text[...]
        guard let slashes = ["https://", "http://"].first(where: { trimmed.lowercased().hasPrefix($0) }) else {
            return nil
        }
        let authority = Array(trimmed.dropFirst(slashes.count).utf8).lowercased
        let host = authority.prefix { $0 != UInt8(ascii: ":") || authority[0] == UInt8(ascii: "[") }
        guard !host.isEmpty, host.first != UInt8(ascii: "."),
            authority.allSatisfy({ ByteSet.unreserved.union(":[]").contains($0) && $0 != UInt8(ascii: "~") })
        else { return nil }
        if authority.count > host.count {
            guard let port = UInt16(String(decoding: authority.dropFirst(host.count + 1), as: UTF8.self)), port > 0
            else { return nil }
        }
        self.text = String(trimmed)
        self.authority = Array(Self.withoutDefaultPort(authority[...]))
    }

    /// Without `:80` and `:443`: to which scheme the port belongs does not matter to whoever asks whether a link leads
    /// here.
    static func withoutDefaultPort(_ authority: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        for port in [":443", ":80"] where authority.reversed().starts(with: port.utf8.reversed()) {
            return authority.dropLast(port.utf8.count)
        }
        return authority
    }
}

extension ByteSet {
    /// What URL schemes are made of (RFC 3986, 3.1).
    fileprivate static let scheme = ByteSet.letters.union(.digits).union("+-.")
}

extension [UInt8] {
    /// With ASCII capital letters made small.
    var lowercased: [UInt8] { map(\.asciiLowercased) }
}
