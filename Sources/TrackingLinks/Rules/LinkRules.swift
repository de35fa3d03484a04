package import Bytes

/// What a section's rules say of a link.
package enum LinkRuleVerdict: Equatable, Sendable {
    /// Nothing: the link leads where it says.
    case none
    /// The link is dead: it gets the section's fallback, or the page of a refusal.
    case kill
    /// The link leads elsewhere since a time that has passed; the rule's number in its list.
    case expired(rule: Int)
    /// The link leads to another place; the rule's number in its list, and where in the URL the part begins that is
    /// carried over.
    case rewrite(rule: Int, rest: Int)
}

/// The rules of a section for links that were sent already: dead ones, ones that lead elsewhere after a date, and ones
/// whose beginning is another now. Compiled and immutable.
///
/// **Problem.** A mail can't be called back. What its links lead to changes all the same: a shop moves, a campaign
/// ends, a page must not be reached any more.
///
/// **Shape.** A rule is about a prefix: a host and the first segments of a path. `https://a.example/x` is about `/x`,
/// `/x/y` and `/x?q`, not about `/xy`; a slash at its end makes no difference. http and https are not told apart, and a
/// prefix without a port is about the port that the link's scheme means. Hosts are compared as they stand in a
/// normalised URL, without the full stop at the end of a name; paths by `RulePath`, with regard to case. A dead link
/// may also be named by a host, on every port unless it names one, by `*.` and a domain, or by a path on any host.
///
/// A dead link beats an expired one, which beats a rewritten one. Of several prefixes of one kind the longest counts; a
/// rule whose time has not come does not count at all. One rule is applied: where it leads is not looked at again,
/// because the operator wrote it.
///
/// **Cost.** O(length of the URL) however many rules there are, no allocation; O(length of the host) for a link whose
/// host no rule names.
package struct LinkRules: Sendable {
    /// Where the links of a rewrite go.
    struct Rewrite: Sendable {
        /// The new URL as it was written.
        let url: FallbackURL
        /// How many of its bytes stand before the slashes at its end: a part that begins with one is put behind them.
        let baseCount: Int
    }

    var table = RuleTable()
    var killedHosts = KilledHosts()
    var expiryNanoseconds: [UInt64] = []
    var expiryURLs: [FallbackURL] = []
    var rewrites: [Rewrite] = []
    /// The times at which a link expires, ascending.
    var changes: [UInt64] = []

    /// No rule.
    package init() {}

    /// True when there is no rule.
    package var isEmpty: Bool { table.isEmpty && killedHosts.isEmpty }

    /// What the rules say of a link at a time.
    ///
    /// - Parameters:
    ///   - target: normalised.
    ///   - url: the bytes that the target's ranges lie in.
    package func verdict(
        for target: Target, of url: Span<UInt8>, nowNanoseconds: UInt64
    ) -> LinkRuleVerdict {
        if isEmpty { return .none }
        var host = url.extracting(target.host.offsets)
        if host.count > 1, host[host.count - 1] == UInt8(ascii: ".") { host = host.extracting(first: host.count - 1) }
        if killedHosts.contains(host, port: target.port) { return .kill }
        let port = target.hasDefaultPort ? 0 : target.port
        guard table.isAbout(host: host, port: port) else { return .none }
        let bytes = url.extracting(target.path.offsets)
        let path = RulePath(bytes)
        var expire: Int?
        var rewrite: Int?
        var rewriteDepth = 0
        var isAnyHost = table.isAboutAnyHost
        while true {
            var search = RuleTable.Search(path, host: host, port: port, anyHost: isAnyHost)
            while let place = search.next(in: table, host: host, bytes: bytes) {
                if table[place].kills { return .kill }
                if let rule = table[place].expire, nowNanoseconds >= expiryNanoseconds[rule] { expire = rule }
                if let rule = table[place].rewrite { (rewrite, rewriteDepth) = (rule, search.segmentCount) }
            }
            guard isAnyHost else { break }
            isAnyHost = false
        }
        if let expire { return .expired(rule: expire) }
        guard let rewrite else { return .none }
        return .rewrite(rule: rewrite, rest: Self.rest(behind: rewriteDepth, of: path, target, bytes.count))
    }

    /// Appends the URL that a link leads to by a verdict, absolute and printable ASCII.
    ///
    /// - Parameters:
    ///   - target: what the verdict is about; its ranges lie in `buffer`.
    ///   - buffer: has room for `LinkLimits.targetBytesMax` bytes.
    /// - Returns: the URL taken apart, its ranges in `buffer`; nil, and nothing appended, for a verdict that leads
    ///   nowhere and for a URL that would be longer than `LinkLimits.targetBytesMax`.
    package func append(
        _ verdict: LinkRuleVerdict, for target: Target, in buffer: inout ByteBuffer
    ) -> Target? {
        switch verdict {
        case .none, .kill:
            return nil
        case .expired(let rule):
            let start = buffer.count
            expiryURLs[rule].append(into: &buffer)
            return expiryURLs[rule].target.moved(by: start)
        case .rewrite(let rule, let start):
            return rewrites[rule].append(from: start, of: target, in: &buffer)
        }
    }

    /// The first time after `nanoseconds` at which a verdict may be another one; nil when none ever is.
    package func nextChange(after nanoseconds: UInt64) -> UInt64? {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle] <= nanoseconds { low = middle + 1 } else { high = middle }
        }
        return low < changes.count ? changes[low] : nil
    }

    /// Where in the URL that part begins which lies behind a prefix. The path of a bare host is none.
    private static func rest(behind depth: Int, of path: RulePath, _ target: Target, _ pathCount: Int) -> Int {
        let start = target.path.offsets.lowerBound
        guard depth > 0 else { return pathCount == 1 ? start + 1 : start }
        return start + path.segment(depth - 1).upperBound
    }
}

extension LinkRules.Rewrite {
    /// Appends the URL with the part of a link behind it that begins at an offset of the buffer; nil where it would be
    /// too long.
    fileprivate func append(from start: Int, of target: Target, in buffer: inout ByteBuffer) -> Target? {
        let end = (target.fragment ?? target.query ?? target.path).offsets.upperBound
        let goesOn = buffer.withSpan(of: start..<end) { $0.count > 0 && RulePath.isSeparator($0[0]) }
        let kept = goesOn ? baseCount : url.bytes.count
        guard kept + end - start <= LinkLimits.targetBytesMax else { return nil }
        let urlStart = buffer.count
        buffer.append(0..<kept, of: url.bytes.span)
        let distance = buffer.count - start
        if goesOn { buffer.append(UInt8(ascii: "/")) }
        buffer.append(copyOf: start + (goesOn ? 1 : 0)..<end)
        var led = url.target.moved(by: urlStart)
        led.path = ByteRange(led.path.offsets.lowerBound..<target.path.offsets.upperBound + distance)
        led.query = target.query?.moved(by: distance)
        led.fragment = target.fragment?.moved(by: distance)
        return led
    }
}

extension Target {
    /// The same URL at another place of a buffer.
    fileprivate func moved(by distance: Int) -> Target {
        Target(
            scheme: scheme, host: host.moved(by: distance), hostKind: hostKind, port: port,
            path: path.moved(by: distance), query: query?.moved(by: distance), fragment: fragment?.moved(by: distance))
    }
}

extension ByteRange {
    fileprivate func moved(by distance: Int) -> ByteRange {
        ByteRange(offsets.lowerBound + distance..<offsets.upperBound + distance)
    }
}
