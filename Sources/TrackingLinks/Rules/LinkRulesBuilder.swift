import Bytes

/// The URL that a rule leads to, checked. Its host counts as allowed: the operator wrote it.
package struct RuleDestination: Sendable {
    let url: FallbackURL

    /// True when neither a query nor a fragment stands in it, so that the rest of a link can be put behind it.
    var isBare: Bool { url.target.query == nil && url.target.fragment == nil }

    /// Reads an absolute URL.
    ///
    /// - Parameter carriesRest: refuses one that the rest of a link can't be put behind.
    package init(_ text: String, carriesRest: Bool = false) throws(LinkRuleError) {
        do throws(TargetRefusal) {
            url = try FallbackURL(text)
        } catch {
            throw .unusable(error)
        }
        guard isBare || !carriesRest else { throw .destinationHasQuery }
    }
}

/// Compiles rules one by one, so that each bad one can be named.
package struct LinkRulesBuilder {
    /// What was compiled so far.
    package private(set) var rules = LinkRules()

    /// Begins without a rule.
    package init() {}

    /// Adds dead links.
    ///
    /// - Parameter pattern: a host, `*.` and a domain, a path with its leading slash, or the beginning of a URL.
    package mutating func kill(_ pattern: String) throws(LinkRuleError) {
        if pattern.hasPrefix("/") {
            var prefix = try Self.prefix("https://any.invalid\(pattern)")
            prefix.host = nil
            return try kill(prefix)
        }
        if pattern.contains("://") { return try kill(try Self.prefix(pattern)) }
        let isWildcard = pattern.hasPrefix("*.")
        let name = String(isWildcard ? pattern.dropFirst(2) : pattern[...])
        guard !name.contains("*") else { throw .misplacedWildcard }
        let url: FallbackURL
        do throws(TargetRefusal) {
            url = try FallbackURL("https://\(name)/")
        } catch {
            throw .notAHost
        }
        let target = url.target
        guard target.path.offsets.count == 1, target.query == nil, target.fragment == nil else { throw .notAHost }
        guard !isWildcard || (target.hostKind != .ipv4 && target.hostKind != .ipv6) else { throw .misplacedWildcard }
        let isNew = rules.killedHosts.insert(
            Self.host(of: url), isWildcard: isWildcard, port: Self.namesPort(name) ? target.port : 0)
        guard isNew else { throw .repeated }
    }

    /// Adds links that lead to a URL from a time on.
    ///
    /// - Parameters:
    ///   - from: the beginning of their URL.
    ///   - nanoseconds: the first moment at which they do, since 1970 UTC.
    package mutating func expire(
        _ from: String, afterNanoseconds nanoseconds: UInt64, to destination: RuleDestination
    ) throws(LinkRuleError) {
        let place = rules.table.place(of: try Self.prefix(from))
        guard rules.table[place].expire == nil else { throw .repeated }
        rules.table[place].expire = rules.expiryURLs.count
        rules.expiryURLs.append(destination.url)
        rules.expiryNanoseconds.append(nanoseconds)
        let next = rules.changes.firstIndex { $0 > nanoseconds } ?? rules.changes.count
        rules.changes.insert(nanoseconds, at: next)
    }

    /// Adds links whose beginning is another now; the rest of path, query and fragment is carried over.
    ///
    /// - Parameters:
    ///   - from: the beginning of their URL.
    ///   - destination: what stands in its place; made to carry the rest of a link.
    package mutating func rewrite(_ from: String, to destination: RuleDestination) throws(LinkRuleError) {
        let url = destination.url
        guard destination.isBare else { throw .destinationHasQuery }
        let place = rules.table.place(of: try Self.prefix(from))
        guard rules.table[place].rewrite == nil else { throw .repeated }
        rules.table[place].rewrite = rules.rewrites.count
        var baseCount = url.bytes.count
        while baseCount > url.target.path.offsets.lowerBound, url.bytes[baseCount - 1] == UInt8(ascii: "/") {
            baseCount -= 1
        }
        rules.rewrites.append(LinkRules.Rewrite(url: url, baseCount: baseCount))
    }

    private mutating func kill(_ prefix: RuleTable.Prefix) throws(LinkRuleError) {
        let place = rules.table.place(of: prefix)
        guard !rules.table[place].kills else { throw .repeated }
        rules.table[place].kills = true
    }

    private static func prefix(_ text: String) throws(LinkRuleError) -> RuleTable.Prefix {
        let url = try RuleDestination(text).url
        let target = url.target
        guard target.query == nil, target.fragment == nil else { throw .prefixHasQuery }
        let bytes = url.bytes.span.extracting(target.path.offsets)
        let path = RulePath(bytes)
        var prefix = RuleTable.Prefix(host: host(of: url), port: target.hasDefaultPort ? 0 : target.port)
        prefix.segmentCount = path.count
        for number in 0..<path.count {
            prefix.path.append(UInt8(ascii: "/"))
            var cursor = RuleSegmentCursor()
            let segment = bytes.extracting(path.segment(number))
            while let byte = cursor.next(in: segment) { prefix.path.append(byte) }
        }
        guard !path.isDeeper else { throw .tooDeep }
        return prefix
    }

    /// The host, without the full stop at the end of a name.
    private static func host(of url: FallbackURL) -> [UInt8] {
        let host = Array(url.bytes[url.target.host.offsets])
        return host.count > 1 && host.last == UInt8(ascii: ".") ? host.dropLast() : host
    }

    /// True when a host is given with a port: a colon with something behind it, outside of brackets.
    private static func namesPort(_ host: String) -> Bool {
        guard let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") else { return false }
        return host.index(after: colon) < host.endIndex
    }
}
