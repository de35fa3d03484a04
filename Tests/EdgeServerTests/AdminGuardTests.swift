import Bytes
import HTTPEngine
import LinuxSystem
import Testing

@testable import EdgeServer

/// A request to the admin listener and what must become of it.
struct AdminRequest: CustomTestStringConvertible, Sendable {
    let name: String
    let lines: [String]
    let verdict: AdminGuard.Verdict
    var testDescription: String { name }

    init(_ name: String, _ lines: String..., verdict: AdminGuard.Verdict) {
        self.name = name
        self.lines = lines
        self.verdict = verdict
    }
}

private let token = "0123456789abcdef-secret"
private let own = "Host: 127.0.0.1:8081"

private func basic(_ text: String) -> String {
    "Authorization: Basic \(Base64.encode(Array(text.utf8).span))"
}

private let withoutToken = [
    AdminRequest("by address", own, verdict: .allowed),
    AdminRequest("by localhost", "Host: localhost:8081", verdict: .allowed),
    AdminRequest("by localhost in capitals", "Host: LocalHost:8081", verdict: .allowed),
    AdminRequest("by the IPv6 loopback", "Host: [::1]:8081", verdict: .allowed),
    AdminRequest("another port", "Host: 127.0.0.1:8080", verdict: .foreignHost),
    AdminRequest("without a port", "Host: 127.0.0.1", verdict: .foreignHost),
    AdminRequest("a name that points here", "Host: evil.example:8081", verdict: .foreignHost),
    AdminRequest("a name that ends so", "Host: x.localhost:8081", verdict: .foreignHost),
    AdminRequest("a longer address", "Host: 127.0.0.1:80810", verdict: .foreignHost),
    AdminRequest("an empty host", "Host: ", verdict: .foreignHost),
    AdminRequest("its own origin", own, "Origin: http://127.0.0.1:8081", verdict: .allowed),
    AdminRequest("another page's origin", own, "Origin: http://evil.example", verdict: .foreignOrigin),
    AdminRequest("another port's origin", own, "Origin: http://127.0.0.1:8080", verdict: .foreignOrigin),
    AdminRequest("an origin without its port", own, "Origin: http://127.0.0.1", verdict: .foreignOrigin),
    AdminRequest(
        "an origin that begins so", own, "Origin: http://127.0.0.1:8081.evil.example", verdict: .foreignOrigin),
    AdminRequest("a sandboxed page", own, "Origin: null", verdict: .foreignOrigin),
    AdminRequest("no scheme", own, "Origin: 127.0.0.1:8081", verdict: .foreignOrigin),
    AdminRequest("an empty origin", own, "Origin: ", verdict: .foreignOrigin),
    AdminRequest(
        "two origins", own, "Origin: http://127.0.0.1:8081", "Origin: http://evil.example", verdict: .foreignOrigin),
    AdminRequest(
        "a rebound page of its own name", "Host: evil.example:8081", "Origin: http://evil.example:8081",
        verdict: .foreignHost),
    AdminRequest("a token that nobody asked for", own, "Authorization: Bearer x", verdict: .allowed),
]

private let withToken = [
    AdminRequest("bearer", own, "Authorization: Bearer \(token)", verdict: .allowed),
    AdminRequest("bearer, scheme in capitals", own, "Authorization: BEARER \(token)", verdict: .allowed),
    AdminRequest("basic, any user", own, basic("grafana:\(token)"), verdict: .allowed),
    AdminRequest("basic, no user", own, basic(":\(token)"), verdict: .allowed),
    AdminRequest("by whatever name", "Host: edge.example", "Authorization: Bearer \(token)", verdict: .allowed),
    AdminRequest("none", own, verdict: .needsToken),
    AdminRequest("wrong", own, "Authorization: Bearer 0123456789abcdef-secreT", verdict: .needsToken),
    AdminRequest("cut", own, "Authorization: Bearer \(token.dropLast())", verdict: .needsToken),
    AdminRequest("longer", own, "Authorization: Bearer \(token)x", verdict: .needsToken),
    AdminRequest("empty", own, "Authorization: Bearer ", verdict: .needsToken),
    AdminRequest("as the user", own, basic("\(token):"), verdict: .needsToken),
    AdminRequest("basic, wrong", own, basic("admin:admin"), verdict: .needsToken),
    AdminRequest("basic, a colon more", own, basic("a:b:\(token)"), verdict: .needsToken),
    AdminRequest("basic without a colon", own, basic(token), verdict: .needsToken),
    AdminRequest("basic that is no Base64", own, "Authorization: Basic \(token)", verdict: .needsToken),
    AdminRequest("another scheme", own, "Authorization: Digest \(token)", verdict: .needsToken),
    AdminRequest("the token alone", own, "Authorization: \(token)", verdict: .needsToken),
    AdminRequest(
        "twice", own, "Authorization: Bearer \(token)", "Authorization: Bearer \(token)", verdict: .needsToken),
    AdminRequest(
        "right, from another page", own, "Authorization: Bearer \(token)", "Origin: https://evil.example",
        verdict: .foreignOrigin),
    AdminRequest(
        "right, from its own page", "Host: edge.example", "Authorization: Bearer \(token)",
        "Origin: https://edge.example", verdict: .allowed),
]

@Suite("The admin listener answers its operator and nobody's web page")
struct AdminGuardTests {
    @Test("On a loopback address without a token", arguments: withoutToken)
    func loopback(_ row: AdminRequest) throws {
        #expect(try judge(row, token: nil, address: .internet(.loopback, port: 8_081)) == row.verdict)
    }

    @Test("With a token", arguments: withToken)
    func withAToken(_ row: AdminRequest) throws {
        let anywhere = SocketAddress.internet(.ipv4(0), port: 8_081)
        #expect(try judge(row, token: token, address: anywhere) == row.verdict)
        #expect(try judge(row, token: token, address: .internet(.loopback, port: 8_081)) == row.verdict)
    }

    @Test("The viewers' token lets look, the operator's do everything, and no other one anything")
    func viewers() throws {
        let viewers = "viewers-token-0123456789"
        for (lines, verdict) in [
            ("Authorization: Bearer \(viewers)", AdminGuard.Verdict.looking), (basic("ann:\(viewers)"), .looking),
            ("Authorization: Bearer \(token)", .allowed), (basic(":\(token)"), .allowed),
            ("Authorization: Bearer \(viewers)x", .needsToken), (basic("\(viewers):"), .needsToken),
            ("Accept: */*", .needsToken),
        ] {
            let row = AdminRequest(lines, own, lines, verdict: verdict)
            let found = try judge(row, token: token, viewers: viewers, address: .internet(.loopback, port: 8_081))
            #expect(found == verdict, "\(lines)")
        }
        let foreign = AdminRequest(
            "foreign", own, "Authorization: Bearer \(viewers)", "Origin: http://evil.example", verdict: .foreignOrigin)
        #expect(
            try judge(foreign, token: token, viewers: viewers, address: .internet(.loopback, port: 8_081))
                == .foreignOrigin)
    }

    /// Clients leave a scheme's own port out of `Host`.
    @Test("On port 80 its own names stand without the port too", arguments: ["127.0.0.1", "localhost", "[::1]"])
    func schemesOwnPort(_ name: String) throws {
        for host in [name, "\(name):80"] {
            let row = AdminRequest(host, "Host: \(host)", verdict: .allowed)
            #expect(try judge(row, token: nil, address: .internet(.loopback, port: 80)) == .allowed)
        }
        let other = AdminRequest("another", "Host: \(name)", verdict: .foreignHost)
        #expect(try judge(other, token: nil, address: .internet(.loopback, port: 8_080)) == .foreignHost)
    }

    private func judge(
        _ row: AdminRequest, token: String?, viewers: String? = nil, address: SocketAddress
    ) throws -> AdminGuard.Verdict {
        let bytes = Array(("GET /metrics HTTP/1.1\r\n" + row.lines.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
        var head = RequestHead()
        let outcome = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head)
        try #require(outcome == .complete(consumedBytes: bytes.count))
        return AdminGuard(token: token, viewerToken: viewers, address: address).judge(head, in: bytes.span)
    }
}
