import Bytes
import Engagement
import TestSupport
import Testing

@testable import EdgeServer

/// A request of somebody whose consent is known, or not.
struct ConsentCase: CustomTestStringConvertible, Sendable {
    /// The section's choice for both kinds.
    var policy: String
    /// `ann` opted in, `bob` opted out, `cy` never said anything; empty: the link names nobody.
    var person: String
    var more = ""
    var lines = ""
    var isAnonymous: Bool
    var testDescription: String { "\(policy) \(person) \(more) \(lines.filter { !$0.isNewline })" }

    static let all = [
        ConsentCase(policy: "ignore", person: "bob", isAnonymous: false),
        ConsentCase(policy: "ignore", person: "ann", more: "&active_consent_accepted=false", isAnonymous: false),
        ConsentCase(policy: "honourOptOut", person: "ann", isAnonymous: false),
        ConsentCase(policy: "honourOptOut", person: "bob", isAnonymous: true),
        ConsentCase(policy: "honourOptOut", person: "cy", isAnonymous: false),
        ConsentCase(policy: "honourOptOut", person: "", isAnonymous: false),
        ConsentCase(policy: "requireOptIn", person: "ann", isAnonymous: false),
        ConsentCase(policy: "requireOptIn", person: "bob", isAnonymous: true),
        ConsentCase(policy: "requireOptIn", person: "cy", isAnonymous: true),
        ConsentCase(policy: "requireOptIn", person: "", isAnonymous: true),
        ConsentCase(
            policy: "requireOptIn", person: "cy", more: "&active_consent_accepted=true", isAnonymous: false),
        ConsentCase(
            policy: "requireOptIn", person: "cy", more: "&active_consent_accepted=%74rue", isAnonymous: false),
        ConsentCase(policy: "requireOptIn", person: "cy", more: "&active_consent_accepted=TRUE", isAnonymous: true),
        ConsentCase(policy: "requireOptIn", person: "cy", more: "&active_consent_accepted=", isAnonymous: true),
        ConsentCase(policy: "requireOptIn", person: "bob", more: "&active_consent_accepted=true", isAnonymous: true),
        ConsentCase(
            policy: "requireOptIn", person: "cy", more: "&active_consent_accepted=true&active_consent_accepted=false",
            isAnonymous: true),
        ConsentCase(
            policy: "requireOptIn", person: "cy", more: "&active_consent_accepted=false&active_consent_accepted=true",
            isAnonymous: true),
        ConsentCase(
            policy: "requireOptIn", person: "cy", more: "&active_consent_accepted=true&active_consent_accepted",
            isAnonymous: true),
        ConsentCase(
            policy: "honourOptOut", person: "ann",
            more: String(repeating: "&active_consent_accepted=true", count: 2) + "&active_consent_accepted=tru%66",
            isAnonymous: true),
        ConsentCase(
            policy: "requireOptIn", person: "cy",
            more: "&active_consent_accepted=0&active_consent_accepted=true&active_consent_accepted=%74rue",
            isAnonymous: true),
        ConsentCase(
            policy: "requireOptIn", person: "cy", more: "&active_consent_accepted=true&active_consent_accepted=%74rue",
            isAnonymous: false),
        ConsentCase(policy: "honourOptOut", person: "ann", more: "&active_consent_accepted=0", isAnonymous: true),
        ConsentCase(policy: "honourOptOut", person: "cy", more: "&active_consent_accepted=1", isAnonymous: true),
        ConsentCase(policy: "ignore", person: "ann", lines: "Sec-GPC: 1\r\n", isAnonymous: true),
        ConsentCase(policy: "ignore", person: "ann", lines: "DNT: 1\r\n", isAnonymous: true),
        ConsentCase(policy: "ignore", person: "ann", lines: "DNT: 0\r\nSec-GPC: 0\r\n", isAnonymous: false),
        ConsentCase(policy: "honourOptOut", person: "ann", lines: "Sec-GPC: 1\r\n", isAnonymous: true),
    ]
}

@Suite("An event keeps nothing of a person who is not followed, and the person is answered as everybody")
struct AnonymousEventTests {
    private static let campaign = "sec=1&expId=7&expVer=2&expVisitId=-39&mech=1&smech=null&va=%5B105%5D&cuidType=ihe"
    private static let target = "targetUrl=https%3A%2F%2Fwww.shop.example%2Fcart%3Fid%3D7"

    private static func rig(_ policy: String, identity: String = "pseudonym") throws -> EdgeRig {
        let configuration = """
            { identity: "\(identity)", sections: { "1": { hosts: ["www.shop.example"], consent: "\(policy)",
              privacySignals: "anonymous" } } }
            """
        return try EdgeRig(configuration) { keys in
            let table = ConsentTable(people: 2)
            let finder = PersonFinder(type: .email, key: keys.personKey(section: "1".utf8.span))
            for (name, status) in [("ann", ConsentStatus.optedIn), ("bob", .optedOut)] {
                let address = Array("\(name)@mail.example".utf8)
                if let person = finder.person(address.span) { _ = table.set(ConsentKey(person), to: status) }
            }
            return table
        }
    }

    private static func request(_ path: String, _ person: String, _ more: String, _ lines: String) -> String {
        let cuid = person.isEmpty ? "" : "cuid=\(person)%40mail.example&"
        return browserRequest("\(path)?\(cuid)\(campaign)\(more)&\(target)", lines)
    }

    @Test("Whoever is not followed, by record, by the link and by the browser", arguments: ConsentCase.all)
    func cases(_ row: ConsentCase) throws {
        let rig = try Self.rig(row.policy)
        let client = try rig.connect()
        let click = try rig.exchange(client, Self.request("/tremclk", row.person, row.more, row.lines))
        #expect(click.hasPrefix("HTTP/1.1 302") && click.contains("Location: https://www.shop.example/cart?id=7\r\n"))
        let open = try rig.exchange(client, Self.request("/tremop", row.person, row.more, row.lines))
        #expect(open.hasPrefix("HTTP/1.1 200") && open.contains("image/gif"))
        let events = try rig.journaled().events
        #expect(events.count == 2)
        for event in events {
            #expect(event.view.flags.contains(.anonymous) == row.isAnonymous)
            #expect((event.view.subject == nil) == (row.isAnonymous || row.person.isEmpty))
            #expect((event.texts[.userAgent] == nil) == row.isAnonymous)
        }
        #expect(rig.counters.anonymousEvents == (row.isAnonymous ? 2 : 0))
    }

    @Test("All that an anonymous event holds", arguments: ["pseudonym", "raw", "none"])
    func contents(_ identity: String) throws {
        let rig = try Self.rig("honourOptOut", identity: identity)
        let client = try rig.connect()
        _ = try rig.exchange(client, Self.request("/tremclk", "bob", "&tlink=top", "Sec-GPC: 0\r\n"))
        let event = try #require(try rig.journaled().events.first)
        let expected: [EventField: String] = [
            .sec: "1", .expId: "7", .expVer: "2", .mech: "1", .smech: "null", .va: "[105]", .label: "top",
            .target: "https://www.shop.example/cart", .frozenReason: "default",
            .frozenRules: RuleSet.builtIn.version,
        ]
        #expect(event.texts == expected)
        #expect(event.view.flags == [.anonymous, .identifierGiven])
        #expect(event.view.subject == nil && event.view.address == nil && event.view.addressHash == nil)
        #expect(event.view.method == .notKept && event.view.httpVersion == 0)
        #expect(event.view.headerPresence == [] && event.view.headerOrderHash == 0)
        #expect(event.view.frozenClass == .human)
    }

    @Test("The class is what method, headers and user agent give, remembered or not")
    func classes() throws {
        let rig = try Self.rig("requireOptIn")
        let client = try rig.connect()
        func ask(_ method: String, _ path: String, _ lines: String) throws {
            let cuid = "cuid=cy%40mail.example&"
            _ = try rig.exchange(
                client,
                "\(method) \(path)?\(cuid)\(Self.campaign)&\(Self.target) HTTP/1.1\r\nHost: t.example\r\n\(lines)\r\n")
        }
        let browser = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        for _ in 0..<3 {
            try ask("GET", "/tremclk", browser)
            try ask("HEAD", "/tremclk", browser)
            try ask("GET", "/tremop", browser)
            try ask("GET", "/tremclk", "User-Agent: curl/8.0\r\n")
            try ask("GET", "/tremclk", browser + "Sec-Purpose: prefetch\r\n")
            try ask("GET", "/tremclk", "")
        }
        let events = try rig.journaled().events
        let classes = events.map { $0.view.frozenClass }
        let expected: [EngagementClass?] = [.human, .machine, .human, .machine, .prefetch, .machine]
        #expect(classes == expected + expected + expected)
        // The same as the rules say of the same request with its evidence.
        let open = try EdgeRig("{ sections: { \"1\": { hosts: [\"www.shop.example\"] } } }")
        let other = try open.connect()
        _ = try open.exchange(other, Self.request("/tremclk", "cy", "", ""))
        let event = try #require(try open.journaled().events.first)
        #expect(event.view.frozenClass == nil)
    }

    @Test("An anonymous event costs no allocation", .enabled(if: countsAllocations))
    func allocations() throws {
        let rig = try Self.rig("honourOptOut")
        let client = try rig.connect()
        var made = 0
        for round in 0..<20 {
            client.send(Self.request("/tremclk", round % 2 == 0 ? "bob" : "ann", "", "X-Round: \(round % 5)\r\n"))
            let count = try allocationCount { try rig.turns() }
            if round >= 10 { made += count }
            #expect(client.receive().hasPrefix("HTTP/1.1 302"))
        }
        #expect(made == 0)
        let events = try rig.journaled().events
        #expect(events.map { $0.view.flags.contains(.anonymous) } == (0..<20).map { $0 % 2 == 0 })
    }
}
