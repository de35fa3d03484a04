import Engagement
import HTTPEngine
import TestSupport
import Testing

@testable import EdgeServer

/// A request whose whole way through the worker is counted.
struct CountedRequest: CustomTestStringConvertible, Sendable {
    let name: String
    let request: String
    /// How its answer begins.
    let answer: String
    /// It becomes an event.
    let isRecorded: Bool
    var testDescription: String { name }

    init(_ name: String, _ target: String, lines: String = "", answer: String, isRecorded: Bool = true) {
        self.name = name
        request = browserRequest(target, lines)
        self.answer = "HTTP/1.1 " + answer
        self.isRecorded = isRecorded
    }

    private static let campaign = "cuidType=ihe&expId=7&expVer=2&expVisitId=-39&mech=1&smech=null&va=%5B105%5D"
    private static let listed = "targetUrl=https%3A%2F%2Fwww.shop.example%2Fcart%3Fid%3D7"

    static let all = [
        CountedRequest("click redirected", "/tremclk/?cuid=j%40m.example&sec=1&\(campaign)&\(listed)", answer: "302"),
        CountedRequest("click without cuid", "/tremclk?sec=1&\(campaign)&\(listed)", answer: "302"),
        CountedRequest("click of an unfilled template", "/tremclk?cuid=*|EMAIL|*&sec=1&\(listed)", answer: "302"),
        CountedRequest(
            "click whose identifier stands in the path and in a campaign field",
            "/tremclk?cuid=customer-104711&sec=1&expId=104711&va=customer-104711"
                + "&targetUrl=https%3A%2F%2Fwww.shop.example%2Fu%2Fcustomer-104711", answer: "302"),
        CountedRequest(
            "click with a parent experience",
            "/tremclk?cuid=j%40m.example&sec=1&pExpId=1&pExpVer=2&pExpVisitId=3&pMech=4&pSmech=5&pVa=6&\(listed)",
            answer: "302"),
        CountedRequest(
            "click on a raw target", "/tremclk?cuid=j%40m.example&sec=1&targetUrl=http://www.shop.example/a?x=1&y=2",
            answer: "302"),
        CountedRequest(
            "click on a subdomain", "/tremclk?sec=1&targetUrl=https%3A%2F%2Fa.b.shop.example%2F", answer: "302"),
        CountedRequest(
            "ask page", "/tremclk?cuid=j%40m.example&sec=1&targetUrl=https%3A%2F%2Felsewhere.example%2F%3Ca%3E",
            answer: "200"),
        CountedRequest(
            "ask page without a link", "/tremclk?cuid=j%40m.example&sec=1&targetUrl=https%3A%2F%2F%EF%BD%81.example%2F",
            answer: "200"),
        CountedRequest(
            "unlisted host with a fallback", "/tremclk?sec=2&targetUrl=https%3A%2F%2Felsewhere.example%2F",
            answer: "302"),
        CountedRequest(
            "unlisted host refused", "/tremclk?sec=3&targetUrl=https%3A%2F%2Felsewhere.example%2F", answer: "404"),
        CountedRequest(
            "unusable target", "/tremclk?cuid=j%40m.example&sec=1&targetUrl=javascript%3Aa()", answer: "404"),
        CountedRequest("unusable target with a fallback", "/tremclk?sec=2&targetUrl=%2F%2Fx", answer: "302"),
        CountedRequest("no target", "/tremclk?cuid=j%40m.example&sec=1", answer: "404"),
        CountedRequest(
            "click that contradicts itself about consent",
            "/tremclk?cuid=j%40m.example&sec=1&active_consent_accepted=true&active_consent_accepted=%74rue"
                + "&active_consent_accepted=0&\(listed)", answer: "302"),
        CountedRequest("broken escapes", "/tremclk?cuid=%zz&sec=1&expId=%&\(listed)", answer: "302"),
        CountedRequest("unknown section", "/tremclk?cuid=j%40m.example&sec=99&\(listed)", answer: "200"),
        CountedRequest("section in escapes", "/tremclk?cuid=j%40m.example&sec=%39%39&\(listed)", answer: "200"),
        CountedRequest("no section", "/tremclk?cuid=j%40m.example&\(listed)", answer: "200"),
        CountedRequest("pixel", "/tremop/?cuid=j%40m.example&sec=1&\(campaign)", answer: "200"),
        CountedRequest("pixel without cuid", "/tremop?sec=1&\(campaign)", answer: "200"),
        CountedRequest("pixel with nothing", "/tremop", answer: "200"),
        CountedRequest(
            "prefetched", "/tremclk?sec=1&\(listed)", lines: "Sec-Purpose: prefetch\r\nPurpose: prefetch\r\nDNT: 1\r\n",
            answer: "302"),
        CountedRequest("the root", "/", answer: "200", isRecorded: false),
        CountedRequest("robots", "/robots.txt", answer: "200", isRecorded: false),
        CountedRequest("no icon", "/favicon.ico", answer: "204", isRecorded: false),
        CountedRequest("nothing there", "/admin?x=1", answer: "404", isRecorded: false),
    ]
}

@Suite("A request costs no allocation on its way from the socket through the journal and back")
struct AllocationTests {
    @Test("An allocation is seen where there is one", .enabled(if: countsAllocations))
    func control() {
        var kept: [[UInt8]] = []
        kept.reserveCapacity(4)
        let one = allocationCount { kept.append([UInt8](repeating: 7, count: 4_096)) }
        #expect(one >= 1)
        let three = allocationCount { for size in 1...3 { kept.append([UInt8](repeating: 7, count: size * 4_096)) } }
        #expect(three >= 3 && kept.count == 4)
        #expect(allocationCount {} == 0)
    }

    @Test(arguments: CountedRequest.all)
    func keptAlive(_ row: CountedRequest) throws {
        try count(row, identity: "pseudonym") { rig in
            let client = try rig.connect()
            return { client }
        }
    }

    @Test("The same where the identifier is kept, or nothing of it", arguments: ["raw", "none"])
    func otherIdentities(_ identity: String) throws {
        for row in CountedRequest.all.prefix(2) {
            try count(row, identity: identity) { rig in
                let client = try rig.connect()
                return { client }
            }
        }
    }

    @Test("The same for a new connection each time")
    func newConnections() throws {
        try count(CountedRequest.all[0], identity: "pseudonym") { rig in { try rig.connect() } }
    }

    @Test("The same behind a proxy, whose connection carries another client with each request")
    func forwarded() throws {
        let rig = try EdgeRig("{ trustedProxies: [\"127.0.0.0/8\", \"10.0.0.0/8\"], " + EdgeRig.sections.dropFirst())
        let proxy = try rig.connect()
        var allocations = 0
        for round in 0..<40 {
            let lines =
                round % 2 == 0
                ? "X-Forwarded-For: 203.0.113.9, 192.0.\(round).1, 10.0.0.1\r\nX-Forwarded-Proto: https\r\n"
                : "Forwarded: for=\"[2001:db8:\(round)::1]:4711\";proto=https;host=trem.brand.example\r\n"
            proxy.send(
                browserRequest("/tremclk?cuid=a%40m.example&sec=1&targetUrl=https%3A%2F%2Fa.shop.example", lines))
            let made = try allocationCount { try rig.turns() }
            if round >= 4 { allocations += made }
            #expect(proxy.receive().hasPrefix("HTTP/1.1 302"))
        }
        #expect(allocations == 0)
        let addresses = try rig.journaled().events.map { $0.view.address.map { "\($0)" } }
        let expected = (0..<40).map { $0 % 2 == 0 ? "192.0.\($0).0/24" : "2001:db8:\($0)::/48" }
        #expect(addresses == expected)
    }

    @Test("The same for many pipelined requests of several clients in one turn")
    func manyInOneTurn() throws {
        let rig = try EdgeRig()
        let clients = try (0..<8).map { _ in try rig.connect() }
        let batch = CountedRequest.all.prefix(22).map(\.request).joined()
        var allocations = 0
        for round in 0..<6 {
            for client in clients { client.send(batch) }
            let made = try allocationCount { try rig.turns(4) }
            if round >= 2 { allocations += made }
            for client in clients { #expect(client.receive().hasPrefix("HTTP/1.1 302")) }
        }
        #expect(allocations == 0)
        #expect(try rig.journaled().events.count == 6 * 8 * 22)
    }

    /// Sends one request in each of some rounds and counts what the worker's turns allocate, once warm.
    private func count(
        _ row: CountedRequest, identity: String, connecting: (EdgeRig) throws -> () throws -> EdgeClient
    ) throws {
        let rig = try EdgeRig("{ identity: \"\(identity)\", " + EdgeRig.sections.dropFirst())
        let connect = try connecting(rig)
        let rounds = 8
        var allocations = 0
        for round in 0..<rounds {
            let client = try connect()
            client.send(row.request)
            let made = try allocationCount { try rig.turns() }
            if round >= 2 { allocations += made }
            #expect(client.receive().hasPrefix(row.answer))
        }
        #expect(allocations == 0)
        #expect(rig.worker.counters.value(.requests) == UInt64(rounds))
        #expect(try rig.journaled().events.count == (row.isRecorded ? rounds : 0))
    }
}
