import Bytes
package import HTTPEngine
package import LinuxSystem

/// Who may ask the admin listener: whoever has the token, and, where there is none, whoever is on this machine and did
/// not come through a web page.
///
/// A page that a browser on this machine shows could ask too: by a form or script (the `Origin` is then foreign), or by
/// a name that its owner points to 127.0.0.1 (the `Host` is then foreign). Both are refused.
package struct AdminGuard: Sendable {
    /// What a request may do, or is answered with when it is refused.
    package enum Verdict: Equatable, Sendable {
        /// Everything: the operator's token, or nobody has one.
        case allowed
        /// To look and change nothing: the viewers' token.
        case looking
        /// 401: the token is missing or wrong.
        case needsToken
        /// 421: the `Host` names another server.
        case foreignHost
        /// 403: a page of another origin asks.
        case foreignOrigin
    }

    private let tokenDigest: SHA256Digest?
    private let viewerDigest: SHA256Digest?
    private let hosts: [[UInt8]]

    /// - Parameters:
    ///   - token: what the operator's requests carry, or nil on a loopback address.
    ///   - viewerToken: what the viewers' requests carry, or nil where there are none; another one than `token`.
    ///   - address: where the listener is.
    package init(token: String?, viewerToken: String? = nil, address: SocketAddress) {
        tokenDigest = token.map { SHA256Digest.hash(Array($0.utf8).span) }
        viewerDigest = viewerToken.map { SHA256Digest.hash(Array($0.utf8).span) }
        let port = address.port ?? 0
        var names = ["\(address)", "localhost:\(port)", "127.0.0.1:\(port)", "[::1]:\(port)"]
        // Clients leave the scheme's own port out.
        if port == 80 { names += names.map { String($0.dropLast(":80".count)) } }
        hosts = names.map { Array($0.utf8) }
    }

    /// Judges one request.
    package func judge(_ head: borrowing RequestHead, in bytes: Span<UInt8>) -> Verdict {
        let hasToken: Bool
        var isOperator = true
        if let tokenDigest {
            guard let presented = Self.token(head, in: bytes) else { return .needsToken }
            // Digests are compared, so that neither length nor content of the token shows in the time.
            let digest = SHA256Digest.hash(presented.span)
            isOperator = digest == tokenDigest
            let isViewer = viewerDigest.map { $0 == digest } ?? false
            guard isOperator || isViewer else { return .needsToken }
            hasToken = true
        } else {
            hasToken = false
        }
        guard hasToken || isOwnHost(head, in: bytes) else { return .foreignHost }
        guard isOwnOrigin(head, in: bytes) else { return .foreignOrigin }
        return isOperator ? .allowed : .looking
    }

    private func isOwnHost(_ head: borrowing RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard let range = head.host else { return false }
        return isOwn(bytes.extracting(range.offsets))
    }

    /// An `Origin` (RFC 6454) must be this server's own; a request without one is not from a page's form or script.
    private func isOwnOrigin(_ head: borrowing RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard let range = head.value(of: .origin) else { return true }
        guard !head.isRepeated(.origin) else { return false }
        let origin = bytes.extracting(range.offsets)
        let start =
            origin.hasPrefixIgnoringASCIICase("http://") ? 7 : origin.hasPrefixIgnoringASCIICase("https://") ? 8 : 0
        guard start > 0, let hostRange = head.host else { return false }
        let host = bytes.extracting(hostRange.offsets)
        return origin.extracting(start..<origin.count).equals(host)
    }

    private func isOwn(_ host: Span<UInt8>) -> Bool {
        hosts.contains { own in
            guard own.count == host.count else { return false }
            for offset in host.indices where host[offset].asciiLowercased != own[offset] { return false }
            return true
        }
    }

    /// The token of `Authorization: Bearer TOKEN` (RFC 6750) or the password of `Authorization: Basic` (RFC 7617).
    private static func token(_ head: borrowing RequestHead, in bytes: Span<UInt8>) -> [UInt8]? {
        guard let range = head.value(of: .authorization), !head.isRepeated(.authorization) else { return nil }
        let value = bytes.extracting(range.offsets)
        if value.hasPrefixIgnoringASCIICase("bearer ") {
            return value.extracting(7..<value.count).toArray()
        }
        guard value.hasPrefixIgnoringASCIICase("basic "),
            let pair = Base64.decode(value.extracting(6..<value.count)),
            let colon = pair.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return Array(pair[(colon + 1)...])
    }
}
