package import Bytes
package import LinuxSystem

/// Whom a request comes from by its forwarding headers, for whoever trusts the one that sent it.
///
/// **Problem.** A proxy that serves many people over one connection names each request's client in a header field.
/// Everybody can write such fields, and proxies mostly append to what is there. So only what a trusted proxy wrote
/// counts: of the addresses in a list, each written by the one to its right, the rightmost that is not itself a trusted
/// proxy's is the client's.
///
/// **Two families.** `X-Forwarded-For`, `-Proto` and `-Host` are one, `Forwarded` (RFC 7239) is the other. A proxy that
/// writes one passes what a client wrote in the other, and there is no telling which one it writes. They are never
/// mixed: where both name an address, it counts only if it is the same, and then scheme and host are those of the first
/// family.
///
/// **What is not understood is not guessed.** A rightmost address that can't be read, is hidden (`unknown`, `_name`) or
/// contradicted names nobody: the proxy's own address is all that is known.
///
/// Allocates nothing. O(bytes of these fields).
package struct ForwardedClient: Equatable, Sendable {
    /// What the fields say about the address.
    package enum Naming: UInt8, Sendable, CaseIterable {
        /// They name it.
        case named
        /// There is none of them.
        case missing
        /// What counts can't be read, or hides it.
        case unreadable
        /// The two families say different things.
        case contradicted
    }

    /// What the fields say about the address.
    package private(set) var naming = Naming.missing
    /// The client's address, IPv4 in IPv6 unwrapped; nil unless it is named.
    package private(set) var address: IPAddress?
    /// How the client reached the proxy that is nearest to it, as far as the trusted ones say it.
    package private(set) var scheme = ClientScheme.unknown
    /// The host that the client asked for, well-formed; nil where none of the trusted ones says it.
    package private(set) var host: ByteRange?

    /// Reads the fields of a request that came from a trusted proxy.
    ///
    /// - Parameter isTrusted: says whether an address is a trusted proxy's.
    package init(_ head: borrowing RequestHead, in bytes: Span<UInt8>, isTrusted: (IPAddress) -> Bool) {
        let all =
            KnownHeader.xForwardedFor.bit | KnownHeader.forwarded.bit | KnownHeader.xForwardedProto.bit
            | KnownHeader.xForwardedHost.bit
        guard head.headerPresence & all != 0 else { return }
        let listed = Self.readList(head, in: bytes, isTrusted: isTrusted)
        guard head.headerPresence & KnownHeader.forwarded.bit != 0 else {
            self = listed
            readSchemeAndHost(head, in: bytes)
            return
        }
        let described = Self.readElements(head, in: bytes, isTrusted: isTrusted)
        if listed.naming == .missing && described.naming != .missing {
            self = described
        } else if described.naming == .missing
            || listed.naming == described.naming && listed.address == described.address
        {
            self = listed
            readSchemeAndHost(head, in: bytes)
        } else {
            naming = .contradicted
        }
    }

    private init() {
    }

    /// Takes the next address to the right; nil for one that can't be read.
    ///
    /// - Returns: true when it counts as things stand.
    private mutating func take(_ next: IPAddress?, isTrusted: (IPAddress) -> Bool) -> Bool {
        guard let next = next?.folded else {
            (naming, address) = (.unreadable, nil)
            return true
        }
        // Of trusted ones alone the first counts: it is the farthest that is known.
        guard naming == .missing || !isTrusted(next) else { return false }
        (naming, address) = (.named, next)
        return true
    }

    // MARK: X-Forwarded

    private static func readList(
        _ head: borrowing RequestHead, in bytes: Span<UInt8>, isTrusted: (IPAddress) -> Bool
    ) -> ForwardedClient {
        var client = ForwardedClient()
        var place = 0
        while let next = head.place(of: .xForwardedFor, from: place, in: bytes) {
            var list = TokenList(head.field(at: next).value)
            while let element = list.next(bytes) {
                let node = ForwardedNode.address(bytes.extracting(element), in: .list)
                _ = client.take(node, isTrusted: isTrusted)
            }
            place = next + 1
        }
        return client
    }

    /// Takes the last value of each: the one that the nearest proxy wrote.
    private mutating func readSchemeAndHost(_ head: borrowing RequestHead, in bytes: Span<UInt8>) {
        if let last = Self.last(.xForwardedProto, head, in: bytes) {
            scheme = ClientScheme(name: bytes.extracting(last))
        }
        if let last = Self.last(.xForwardedHost, head, in: bytes), HostSyntax.isValid(bytes.extracting(last)) {
            host = ByteRange(last)
        }
    }

    private static func last(
        _ header: KnownHeader, _ head: borrowing RequestHead, in bytes: Span<UInt8>
    ) -> Range<Int>? {
        var last: Range<Int>?
        var place = 0
        while let next = head.place(of: header, from: place, in: bytes) {
            var list = TokenList(head.field(at: next).value)
            while let element = list.next(bytes) { last = element }
            place = next + 1
        }
        return last
    }

    // MARK: Forwarded

    private static func readElements(
        _ head: borrowing RequestHead, in bytes: Span<UInt8>, isTrusted: (IPAddress) -> Bool
    ) -> ForwardedClient {
        var client = ForwardedClient()
        var place = 0
        while let next = head.place(of: .forwarded, from: place, in: bytes) {
            var elements = ForwardedElements(head.field(at: next).value)
            while let element = elements.next(bytes) {
                guard client.take(element.address, isTrusted: isTrusted) else { continue }
                (client.scheme, client.host) = (element.scheme, element.host)
            }
            // Where a line breaks the grammar, nobody knows where its elements end.
            guard !elements.isMalformed else {
                client = ForwardedClient()
                client.naming = .unreadable
                return client
            }
            place = next + 1
        }
        return client
    }
}

/// An address as forwarding headers write it.
enum ForwardedNode {
    /// Which grammar it stands in.
    enum Place {
        /// `X-Forwarded-For`, which nobody has defined: an address, or an IPv4 one or one in brackets with a port.
        case list
        /// `for` of `Forwarded` (RFC 7239 section 6): an IPv6 address stands in brackets, a port may be hidden.
        case element
    }

    /// The address of a node, or nil for one that is hidden or no address.
    static func address(_ node: Span<UInt8>, in place: Place) -> IPAddress? {
        guard node.count > 0 else { return nil }
        if node[0] == UInt8(ascii: "[") {
            guard let end = node.firstOffset(of: UInt8(ascii: "]")),
                isPort(node.extracting(end + 1..<node.count), in: place),
                let address = IPAddress(ascii: node.extracting(1..<end)), address.byteCount == 16
            else { return nil }
            return address
        }
        guard let colon = node.firstOffset(of: UInt8(ascii: ":")) else { return IPAddress(ascii: node) }
        if place == .list && node.firstOffset(of: UInt8(ascii: ":"), from: colon + 1) != nil {
            return IPAddress(ascii: node)
        }
        guard isPort(node.extracting(colon..<node.count), in: place) else { return nil }
        return IPAddress(ascii: node.extracting(0..<colon))
    }

    /// True for nothing, or a colon and a port.
    private static func isPort(_ text: Span<UInt8>, in place: Place) -> Bool {
        guard text.count > 0 else { return true }
        guard text[0] == UInt8(ascii: ":") else { return false }
        let port = text.extracting(1..<text.count)
        if place == .element && port.count > 1 && port[0] == UInt8(ascii: "_") {
            for index in port.indices where !port[index].isTokenByte { return false }
            return true
        }
        return UInt16(port: port) != nil
    }
}

extension ClientScheme {
    /// The scheme of this name, in any case; `unknown` for every other.
    init(name: Span<UInt8>) {
        if name.equalsIgnoringASCIICase("https") {
            self = .https
        } else if name.equalsIgnoringASCIICase("http") {
            self = .http
        } else {
            self = .unknown
        }
    }
}
