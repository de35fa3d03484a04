import Bytes
import Foundation
import TestSupport
import Testing
import TrackingLinks

@Suite("No target leads to a host that is not listed")
struct HostileTargetTests {
    /// Ways in which redirectors were talked into leaving. `{L}` is a listed host, `{E}` the attacker's.
    static let payloads: [String] = [
        "https://{E}/", "//{E}/", "///{E}/", "////{E}", "/\\{E}", "\\\\{E}", "\\/{E}/", "https:{E}", "https:/{E}",
        "https:///{E}", "https:\\\\{E}", "https:/\\{E}", "http:\\/{E}", "https://{L}@{E}/", "https://{L}:80@{E}/",
        "https://{L}:pass@{E}/", "https://{L}%40{E}/", "https://{E}%40{L}/", "https://{E}\\@{L}/", "https://{L}\\@{E}/",
        "https://{E}#@{L}/", "https://{E}?@{L}/", "https://{E};@{L}/", "https://{E}#{L}", "https://{E}?{L}",
        "https://{E}/{L}", "https://{L}.{E}/", "https://{L}{E}/", "https://{E}/.{L}", "https://{E}%2F.{L}/",
        "https://{E}%5C.{L}/", "https://{E}%3F.{L}/", "https://{E}%23.{L}/", "https://{E}%00.{L}/",
        "https://{E}%20{L}/",
        "https://{E}\u{0}.{L}/", "https://{E} .{L}/", "https://{E}\t.{L}/", "https://{E}\r\n.{L}/",
        "https://{E}\u{3002}{L}/",
        "https://{E}\u{FF0F}.{L}/", "https://{E}\u{2044}.{L}/", "https://{L}\u{FF20}{E}/", "https://{L}\u{FE6B}{E}/",
        "https://{E}\u{FF1F}.{L}/", "https://{E}\u{FF03}.{L}/", "https://{E}\u{2100}.{L}/", "https://{L}\u{3002}{E}/",
        "https://{E}:443\\@{L}/", "https://{E}:{L}/", "https://{E}:80:{L}/", "https://[{E}]/", "https://[::1]@{E}/",
        "https://{L}[@{E}/", "https://{L}]@{E}/", "https://{L}&@{E}/", "https://{L}=@{E}", "https://{L},{E}/",
        "https://{L};{E}/", "https://{L}|{E}/", "https://{L}^{E}/", "https://{L}`{E}/", "https://{L}'{E}/",
        "https://{L}\"{E}/", "https://{L}<{E}/", "https://{L}>{E}/", "https://{L}{{E}}/", "https://{L}~{E}/",
        "https://{L}!{E}/", "https://{L}*{E}/", "https://{L}+{E}/", "https://{L}({E})/", "https://{L}${E}/",
        "https://{L}%252F@{E}/", "https://{L}%2F@{E}/", "https://{L}%09.{E}/", "https://{L}%0d%0a.{E}/",
        "\thttps://{E}/", " https://{E}/", "\u{FEFF}https://{E}", "\u{A0}https://{E}", "https\t://{E}/",
        "https:\n//{E}",
        "https://\t{E}/", "h\u{0}ttps://{E}", "https://{L}/\r\nLocation: https://{E}/", "https://{L}/\nSet-Cookie: a=b",
        "https://{L}/%0d\n%0a", "javascript:alert(1)", "java\tscript:alert(1)", "JaVaScRiPt://{L}/%0aalert(1)",
        "data:text/html,<script>x</script>", "vbscript:x", "file:///etc/passwd", "ftp://{L}/", "blob:https://{L}/x",
        "view-source:https://{L}/", "about:blank", "ws://{L}/", "intent://{L}/#Intent;scheme=https;end",
        "https://127.0.0.1/", "https://127.1/", "https://0x7f000001/", "https://017700000001/", "https://2130706433/",
        "https://0/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://①②⑦.⓪.⓪.①/",
        "https://169.254.169.254/latest/meta-data/", "https://0251.0376.0251.0376/", "https://ⓔⓥⓘⓛ.example/",
        "https://{L}:8443/", "https://{L}:80/", "http://{L}:443/", "https://{L}:0443@{E}/", "https://{L}./",
        "https://{L}%2e/", "https://{L}\u{FF0E}{E}/", "https://{L}\u{AD}.{E}/", "https://www.my\u{AD}website.com/",
        "https://www.my\u{200D}website.com/", "https://www.mywebsıte.com/", "https://www.mywebsite.cοm/",
        "https://xn--www-mywebsite.com/", "https://www.xn--mywebsite-.com/", "https://ﬀ.mywebsite.com/",
        "https://www.mywebsite.com\u{338}/", "https://www.mywebsite.com\u{2024}{E}/", "{L}", "{L}:443", "https",
        "https://",
        "?", "#", "/", ".", "..", "@", ":", "://", "https://@", "https://:", "https://:@{E}/", "https://?{E}",
        "https://#{E}",
    ]

    private static let listed = "www.mywebsite.com"

    private static func filled(_ payload: String) -> String {
        payload.replacingOccurrences(of: "{L}", with: listed).replacingOccurrences(of: "{E}", with: "evil.example")
    }

    @Test(arguments: payloads)
    func payload(_ payload: String) throws {
        let policy = try Sections.policy()
        let text = Self.filled(payload)
        for spelling in [text, text.uppercased(), text + "/", text + "?x=1", text + "#x", text + "\u{9}"] {
            check(answer(target: spelling, policy: policy), spelling)
            check(answer(query: Array(("targetUrl=" + spelling).utf8), policy: policy), spelling)
        }
    }

    @Test func textMadeOfDangerousParts() throws {
        let seed: UInt64 = 21
        var generator = SeededGenerator(seed: seed)
        let policy = try Sections.policy()
        let parts = [
            "https:", "http:", "HTTPS://", "//", "/", "\\", "@", ":", "443", "80", "?", "#", "%", "%2F", "%40", "%2e",
            "%00",
            "www.mywebsite.com", "mywebsite.com", ".mywebsite.com", "evil.example", ".", "[", "]", "::1", "127.0.0.1",
            "0x7f",
            "\t", "\r\n", " ", "\u{0}", "é", "\u{3002}", "xn--a", "-", "_", "\"", "<", "&", "=", "'",
        ]
        for _ in 0..<20_000 {
            var text = Bool.random(using: &generator) ? "https://" : ""
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                text += parts.randomElement(using: &generator) ?? ""
            }
            check(answer(target: text, policy: policy), "seed \(seed): \(text)")
            check(answer(query: Array(("targetUrl=" + text).utf8), policy: policy), "seed \(seed): \(text)")
        }
    }

    @Test func anyBytes() throws {
        let seed: UInt64 = 22
        var generator = SeededGenerator(seed: seed)
        let policy = try Sections.policy()
        for round in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            check(answer(query: bytes, policy: policy), "seed \(seed), round \(round)")
            let target = Array("https://www.mywebsite.com".utf8) + bytes
            check(answer(target: target, policy: policy), "seed \(seed), round \(round)")
            check(answer(query: Array("targetUrl=".utf8) + target, policy: policy), "seed \(seed), round \(round)")
        }
    }

    /// What must hold of every answer: a redirect leads to a listed host by a reading other than ours too, and nothing
    /// that a header or a page carries is more than printable ASCII.
    private func check(_ answer: Answer, _ comment: String) {
        if let destination = answer.destination {
            #expect(destination.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "\\") }, "\(comment)")
            #expect(destination.utf8.allSatisfy { !"\"<>".utf8.contains($0) }, "\(comment)")
            #expect(destination.hasPrefix("https://") || destination.hasPrefix("http://"), "\(comment)")
        }
        guard answer.outcome == .redirected, let destination = answer.destination else { return }
        let host = Self.hostByPlainReading(of: destination)
        #expect(host == Self.listed || host.hasSuffix(".mywebsite.com"), "\(comment)")
        #expect(host == answer.host, "\(comment)")
        if let other = URL(string: destination)?.host { #expect(other == host, "\(comment)") }
    }

    /// The host as the simplest reader of a URL sees it: between the two slashes and the next sign that is no host's.
    private static func hostByPlainReading(of url: String) -> String {
        let authority = url.drop { $0 != "/" }.dropFirst(2)
        return String(authority.prefix { !"/?#:@".contains($0) })
    }
}
