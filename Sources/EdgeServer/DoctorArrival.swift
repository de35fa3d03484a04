import Bytes
import HTTPEngine
import Settings

/// What arrived of a click that `tremolo doctor` sent, as the edge saw it: it travels back in a header field, as JSON
/// in base64url.
package struct DoctorArrival: Equatable, Sendable {
    /// The mark's nonce.
    package var nonce = ""
    /// The version of the edge.
    package var version = Version.text
    /// The client's address, as far as the edge believes it; nil for none.
    package var address: String?
    /// How it is known: `connection`, `proxyHeader`, `forwarded`, or why a trusted proxy's headers gave none:
    /// `missing`, `unreadable`, `contradicted`.
    package var addressBy = ""
    /// True when the connection came from a trusted proxy.
    package var isFromProxy = false
    /// `http`, `https` or `unknown`.
    package var scheme = ""
    /// The host that the client asked for; nil where there is none.
    package var host: String?
    /// The length of the request's target as it arrived.
    package var targetBytes = 0
    /// The SHA-256 of its bytes, in hex.
    package var targetHash = ""
    /// How long the edge keeps a connection without a request, seconds.
    package var idleTimeoutSeconds: UInt64 = 0
    /// How often since its start the edge has closed a trusted proxy's connection because it idled; nil from an edge
    /// that does not say it.
    package var proxyIdleTimeouts: UInt64?
    /// What became of it: `redirected`, `asked`, `fallback`, `refused` or `pixel`.
    package var outcome = ""

    package init() {}

    /// How the address is known, in the words of `addressBy`.
    ///
    /// - Parameter forwarded: what forwarding headers say, where they are believed.
    static func source(of facts: ConnectionFacts, _ forwarded: ForwardedClient?) -> String {
        if forwarded?.address != nil { return "forwarded" }
        if let forwarded, forwarded.naming != .missing || !facts.isNamedByHeader { return "\(forwarded.naming)" }
        return facts.isNamedByHeader ? "proxyHeader" : "connection"
    }

    /// The header field's value.
    var text: String {
        var json = JSONWriter()
        json.beginObject()
        for (key, value) in [
            ("nonce", nonce), ("version", version), ("address", address), ("addressBy", addressBy), ("scheme", scheme),
            ("host", host), ("targetHash", targetHash), ("outcome", outcome),
        ] {
            json.key(key)
            if let value { json.string(value) } else { json.null() }
        }
        json.key("isFromProxy")
        json.bool(isFromProxy)
        json.key("targetBytes")
        json.number(targetBytes)
        json.key("idleTimeoutSeconds")
        json.number(idleTimeoutSeconds)
        json.key("proxyIdleTimeouts")
        if let proxyIdleTimeouts { json.number(proxyIdleTimeouts) } else { json.null() }
        json.endObject()
        return Base64.encode(json.bytes.span, alphabet: .url)
    }

    /// Reads a header field's value; nil when something on the way has changed it.
    package init?(_ text: String) {
        guard let json = Base64.decode(Array(text.utf8).span, alphabet: .url),
            let value = try? JSON5.parse(json.span, dialect: .json),
            let nonce = value["nonce"]?.string, let version = value["version"]?.string,
            let addressBy = value["addressBy"]?.string, let scheme = value["scheme"]?.string,
            let targetHash = value["targetHash"]?.string, let outcome = value["outcome"]?.string,
            let isFromProxy = value["isFromProxy"]?.bool, let targetBytes = value["targetBytes"]?.integer(Int.self),
            let idleTimeoutSeconds = value["idleTimeoutSeconds"]?.integer(UInt64.self)
        else { return nil }
        (self.nonce, self.version, self.addressBy, self.scheme) = (nonce, version, addressBy, scheme)
        (self.targetHash, self.outcome, self.isFromProxy) = (targetHash, outcome, isFromProxy)
        (self.targetBytes, self.idleTimeoutSeconds) = (targetBytes, idleTimeoutSeconds)
        address = value["address"]?.string
        host = value["host"]?.string
        proxyIdleTimeouts = value["proxyIdleTimeouts"]?.integer(UInt64.self)
    }
}
