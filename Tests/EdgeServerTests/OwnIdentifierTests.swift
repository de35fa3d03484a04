import Bytes
import Engagement
import TestSupport
import Testing

@testable import EdgeServer

/// A form of the identifier `given` that a link's maker, or a client, puts elsewhere.
struct OwnIdentifierCase: CustomTestStringConvertible, Sendable {
    /// The section's kind.
    let kind: String
    /// The link's `cuid`.
    let given: String
    /// What stands in other fields, percent-encoded for a query.
    let elsewhere: String
    var isMasked = true
    var testDescription: String { "\(kind) \(given): \(elsewhere)" }

    private static let hash = "2fd2f4ab3d3e4f5d6a7b8c9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b"
    private static let ofAnn = SHA256Digest.hash("ann@mail.example".utf8.span).description

    static let all = [
        OwnIdentifierCase(kind: "email", given: "ann%40mail.example", elsewhere: ofAnn),
        OwnIdentifierCase(kind: "email", given: "%20Ann%40Mail.example", elsewhere: ofAnn.uppercased()),
        OwnIdentifierCase(kind: "email", given: "ann%40mail.example", elsewhere: "ANN%40mail.example"),
        OwnIdentifierCase(kind: "email", given: "ann%40localhost", elsewhere: "Ann%40localhost"),
        OwnIdentifierCase(kind: "email", given: hash, elsewhere: hash),
        OwnIdentifierCase(kind: "email", given: hash.uppercased(), elsewhere: hash),
        OwnIdentifierCase(kind: "email", given: "customer-104711", elsewhere: "customer-104711"),
        OwnIdentifierCase(kind: "phone", given: "%2B49%20170%201234567", elsewhere: "491701234567"),
        OwnIdentifierCase(kind: "phone", given: "%2B49%20170%201234567", elsewhere: "%2B49%20170%201234567"),
        OwnIdentifierCase(kind: "phone", given: "ann.smith", elsewhere: "ann.smith"),
        OwnIdentifierCase(kind: "other", given: "104711", elsewhere: "104711"),
        OwnIdentifierCase(kind: "other", given: "C%2F104711", elsewhere: "c%2F104711"),
        OwnIdentifierCase(kind: "other", given: "10471", elsewhere: "10471", isMasked: false),
        OwnIdentifierCase(kind: "other", given: "104711", elsewhere: "1047112", isMasked: false),
        OwnIdentifierCase(kind: "other", given: "%7B%7Bcustomer%7D%7D", elsewhere: "customer", isMasked: false),
        OwnIdentifierCase(kind: "other", given: "", elsewhere: "104711", isMasked: false),
    ]
}

@Suite("An event's own identifier stands in none of its fields, in whatever form the link's maker knows it")
struct OwnIdentifierTests {
    private static func rig(_ kind: String = "other", identity: String = "pseudonym", consent: String = "ignore") throws
        -> EdgeRig
    {
        try EdgeRig(
            """
            { identity: "\(identity)", sections: { "104711": { hosts: ["www.shop.example"], identifier: "\(kind)",
              linkQuery: ["page"], consent: "\(consent)", privacySignals: "anonymous" } } }
            """)
    }

    /// A click with a text in every place of the link and the head that an event keeps; all of them are fields of 256
    /// bytes at least.
    private static func click(_ cuid: String, _ text: String, _ lines: String = "") -> String {
        let names = [
            "expId", "expVer", "expVisitId", "mech", "smech", "va", "pExpId", "pExpVer", "pExpVisitId", "pMech",
            "pSmech", "pVa", "cuidType", "tlink",
        ]
        let fields = names.map { "\($0)=x.\(text)" }.joined(separator: "&")
        let plain = text.replacing("%20", with: " ").replacing("%40", with: "@").replacing("%2B", with: "+")
        let headers = ["User-Agent", "Purpose", "X-Moz", "Sec-Fetch-Site", "Accept-Language"]
            .map { "\($0): x/\(plain.replacing(" ", with: ""))\r\n" }.joined()
        let inTarget = text.replacing("%", with: "%25")
        return "GET /tremclk?cuid=\(cuid)&sec=104711&\(fields)&targetUrl=https%3A%2F%2Fwww.shop.example%2Fu%2F"
            + "\(inTarget)%3Fpage%3D\(inTarget)%26other%3D1 HTTP/1.1\r\nHost: t.example\r\n\(headers)\(lines)\r\n"
    }

    @Test("It is masked in every field and form", arguments: OwnIdentifierCase.all, ["pseudonym", "none"])
    func forms(_ row: OwnIdentifierCase, _ identity: String) throws {
        let rig = try Self.rig(row.kind, identity: identity)
        let client = try rig.connect()
        let answer = try rig.exchange(client, Self.click(row.given, row.elsewhere))
        #expect(answer.hasPrefix("HTTP/1.1 302") && answer.contains("Location: https://www.shop.example/u/"))
        let event = try #require(try rig.journaled().events.first)
        #expect(event.texts[.sec] == "104711")
        for (field, text) in event.texts where ![.sec, .network].contains(field) {
            #expect(text.contains("(email)") == row.isMasked, "\(field): \(text)")
        }
        #expect(event.texts.count >= 20)
        #expect(event.texts[.target]?.hasSuffix("(email)") == row.isMasked)
    }

    @Test("Of somebody who is not followed it stands nowhere either", arguments: ["pseudonym", "none", "raw"])
    func anonymous(_ identity: String) throws {
        let rig = try Self.rig(identity: identity)
        let client = try rig.connect()
        _ = try rig.exchange(client, Self.click("customer-7", "customer-7", "Sec-GPC: 1\r\n"))
        let event = try #require(try rig.journaled().events.first)
        #expect(event.view.flags.contains(.anonymous))
        for (field, text) in event.texts where ![.sec, .frozenReason, .frozenRules].contains(field) {
            #expect(text.contains("(email)") && !text.contains("customer"), "\(field): \(text)")
        }
    }

    @Test("What the link says of consent does not get in the way")
    func consent() throws {
        let rig = try Self.rig(consent: "requireOptIn")
        let client = try rig.connect()
        for (number, claim) in ["true", "false"].enumerated() {
            let request = Self.click("customer-\(number)", "customer-\(number)")
                .replacing("&sec=", with: "&active_consent_accepted=\(claim)&sec=")
            _ = try rig.exchange(client, request)
        }
        let events = try rig.journaled().events
        #expect(events.map { $0.view.flags.contains(.anonymous) } == [false, true])
        for event in events { #expect(event.texts[.va] == "x.(email)" && event.texts[.sec] == "104711") }
    }

    @Test("With identity raw it stays wherever it stands")
    func raw() throws {
        let rig = try Self.rig(identity: "raw")
        let client = try rig.connect()
        _ = try rig.exchange(client, Self.click("customer-7", "customer-7"))
        let event = try #require(try rig.journaled().events.first)
        #expect(event.texts[.cuid] == "customer-7" && event.texts[.va] == "x.customer-7")
        #expect(!event.texts.values.contains { $0.contains("(email)") })
    }

    @Test("A section that nobody configured is a text like others")
    func unknownSection() throws {
        let rig = try EdgeRig("{ unknownSections: { otherwise: \"ask\" } }")
        let client = try rig.connect()
        _ = try rig.exchange(client, browserRequest("/tremop?cuid=customer-7&sec=customer-7&expId=8"))
        let event = try #require(try rig.journaled().events.first)
        #expect(event.texts[.sec] == "(email)" && event.texts[.expId] == "8")
    }

    @Test("The same headers are masked for the one whom they name, and kept for others")
    func rememberedEvidence() throws {
        let rig = try Self.rig()
        let client = try rig.connect()
        let people = ["customer-7", "customer-8", "customer-7", "customer-7", "customer-8"]
        for person in people {
            _ = try rig.exchange(
                client,
                "GET /tremop?cuid=\(person)&sec=104711 HTTP/1.1\r\nHost: t.example\r\n"
                    + "User-Agent: App/1 (customer-7)\r\n\r\n")
        }
        let agents = try rig.journaled().events.map { $0.texts[.userAgent] }
        #expect(agents == people.map { $0 == "customer-7" ? "App/1 ((email))" : "App/1 (customer-7)" })
    }

    @Test("Nothing of it is left where a field is cut, remembered or not", arguments: ["User-Agent", "Purpose"])
    func cut(_ header: String) throws {
        let rig = try Self.rig()
        let client = try rig.connect()
        let word = "customer-104711-104711"
        let field: EventField = header == "Purpose" ? .purpose : .userAgent
        for before in (field.limitBytes - 24)..<(field.limitBytes + 2) {
            let value = String(repeating: ".", count: before) + word
            for _ in 0..<2 {
                _ = try rig.exchange(
                    client,
                    "GET /tremop?cuid=\(word)&sec=104711 HTTP/1.1\r\nHost: t.example\r\n\(header): \(value)\r\n\r\n")
            }
        }
        let events = try rig.journaled().events
        #expect(events.count == 52)
        for event in events {
            let kept = event.texts[field] ?? ""
            #expect(!kept.contains("custom"), "\(kept.suffix(30))")
        }
    }
}
