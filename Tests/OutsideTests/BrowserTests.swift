import Foundation
import TestSupport
import Testing

/// The browser is the judge of where a URL leads; Tremolo has to agree, or to refuse for a reason that is documented.
@Suite(
    "What Tremolo calls the host is where a browser goes", .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct BrowserTests {
    /// A response as a browser takes it.
    private enum Response {
        case redirect(String)
        case ask(shown: String, link: String?)
        case refusal
    }

    private let folder: TemporaryFolder
    private let edge: RunningEdge

    init() throws {
        folder = try TemporaryFolder()
        let hosts = BrowserRow.hosts.map { "\"\($0)\"" }.joined(separator: ", ")
        let configuration = folder.path + "/t.json5"
        try """
        { rules: "\(OutsideProgram.rules)", sections: { "8781202": { hosts: [\(hosts)], otherwise: "ask" } } }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
        edge = try RunningEdge(data: folder.path + "/data", configuration: configuration)
    }

    @Test("Targets that redirectors were fooled with")
    func hostile() throws {
        for (row, response) in zip(BrowserRow.hostile, try agreed(BrowserRow.hostile)) {
            switch response {
            case .redirect(let location):
                let authority = location.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first
                let host = authority.map { String($0.prefix { !"?#".contains($0) }) } ?? ""
                #expect(row.answer == .redirect(host), "\(row.target)")
            case .ask(let shown, let link):
                #expect(row.answer == (link == nil ? .askWithoutLink : .ask(shown)), "\(row.target)")
            case .refusal: #expect(row.answer == .refusal, "\(row.target)")
            }
        }
    }

    @Test("Targets put together at random")
    func random() throws {
        let seed: UInt64 = 71
        let responses = try agreed(BrowserRow.random(2_000, seed: seed))
        var counts = [0, 0, 0]
        for response in responses {
            switch response {
            case .redirect: counts[0] += 1
            case .ask: counts[1] += 1
            case .refusal: counts[2] += 1
            }
        }
        #expect(counts.allSatisfy { $0 > 200 }, "seed \(seed): the targets are of one kind: \(counts)")
    }

    /// Clicks on targets, and holds each answer to what the browser makes of the target and of the answer.
    private func agreed(_ rows: [BrowserRow]) throws -> [Response] {
        let client = try BlockingHTTPClient(port: edge.port)
        let responses = try rows.map { try response(to: $0.target, client) }
        let browser = try Chromium()
        let wanted = try browser.locations(of: rows.map(\.target))
        let given = try browser.locations(
            of: responses.map { response in
                switch response {
                case .redirect(let location): location
                case .ask(_, let link): link ?? ""
                case .refusal: ""
                }
            })
        for (row, (response, (wanted, given))) in zip(rows, zip(responses, zip(wanted, given))) {
            hold(response, to: wanted, given, of: row.target)
        }
        return responses
    }

    private func hold(
        _ response: Response, to wanted: Chromium.Location?, _ given: Chromium.Location?, of target: String
    ) {
        switch response {
        case .redirect(let location):
            #expect(given != nil && given == wanted, "\(target) leads to \(location)")
            #expect(given?.userInfo.isEmpty == true && given?.port.isEmpty == true, "\(target) leads to \(location)")
            #expect(BrowserRow.isListed(given?.hostname ?? ""), "\(target) leads to \(location)")
            #expect(location.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "\(target) leads to \(location)")
        case .ask(let shown, let link?):
            #expect(given != nil && given == wanted, "\(target) links to \(link)")
            #expect(given?.host == shown, "\(target) shows \(shown) and links to \(link)")
        case .ask(let shown, nil):
            #expect(shown.contains("%"), "\(target) shows \(shown) without a link")
        case .refusal:
            guard let wanted else { return }
            #expect(isRefusedForAReason(target, wanted), "\(target) is refused, and a browser would go to \(wanted)")
        }
    }

    /// True for what a browser follows and a redirector should not: other schemes, control bytes, a backslash or user
    /// info in the authority, port 0, hosts that no name server could answer for, and labels that only look like
    /// Punycode, which this browser takes as they are where others refuse them (WHATWG URL, 3.3); that good ones are
    /// followed is for the named rows.
    private func isRefusedForAReason(_ target: String, _ location: Chromium.Location) -> Bool {
        let scalars = target.unicodeScalars
        if !["http:", "https:"].contains(location.scheme) || location.port == "0" { return true }
        if scalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return true }
        let rest = target.drop { $0 == " " }.drop { $0 != ":" }.dropFirst().drop { $0 == "/" }
        let authority = rest.prefix { !"/?#\\".contains($0) }
        if authority.contains("@") || rest.dropFirst(authority.count).first == "\\" { return true }
        let name = location.hostname.hasSuffix(".") ? location.hostname.dropLast() : location.hostname[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName = name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || "-_.".utf8.contains(byte)
        }
        let looksLikePunycode = labels.contains { $0.hasPrefix("xn--") }
        return !isName || looksLikePunycode || labels.contains { $0.isEmpty || $0.utf8.count > 63 }
            || name.utf8.count > 253
    }

    private func response(to target: String, _ client: BlockingHTTPClient) throws -> Response {
        let encoded = target.utf8.map(BrowserRow.escape).joined()
        let reply = try client.get("/tremclk?sec=8781202&targetUrl=\(encoded)&va=")
        let names = Set(reply.headers.keys)
        #expect(names.isSubset(of: Self.headers), "\(target): \(names)")
        switch reply.status {
        case 302: return .redirect(try #require(reply.headers["location"]))
        case 404: return .refusal
        default:
            #expect(reply.status == 200, "\(target)")
            let shown = try #require(reply.text.firstMatch(of: /class="host" dir="ltr">([^<]*)</))
            let link = reply.text.firstMatch(of: /href="([^"]*)"/).map { Self.unescaped($0.1) }
            return .ask(shown: Self.unescaped(shown.1), link: link)
        }
    }

    /// The headers of a redirect and of a page: nothing that a client sent adds one.
    private static let headers: Set = [
        "date", "location", "content-length", "content-type", "cache-control", "x-robots-tag", "referrer-policy",
        "content-security-policy", "x-content-type-options", "vary", "content-language", "x-frame-options",
    ]

    private static func unescaped(_ text: Substring) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")].reduce(String(text)) {
            $0.replacingOccurrences(of: $1.0, with: $1.1)
        }
    }
}
