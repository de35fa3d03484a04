import Engagement
import HTTPEngine
import LinuxSystem
import Settings
import TestSupport
import Testing
import TrackingLinks

@testable import EdgeServer

@Suite("Beyond the limit of its address a click is answered and not recorded, or refused; a proxy has no limit")
struct RequestLimitTests {
    private static let click = "/tremclk?cuid=a%40m.example&sec=1&targetUrl=https%3A%2F%2Fwww.shop.example%2F"
    private static let pixel = "/tremop?cuid=a%40m.example&sec=1"

    private func rig(_ limits: String, _ settings: String = "") throws -> EdgeRig {
        try EdgeRig("{ limits: { \(limits) }, \(settings) " + EdgeRig.sections.dropFirst())
    }

    /// How many of so many equal requests are answered with a status.
    private func count(
        _ status: Int, of requests: Int, _ target: String, _ lines: String = "", on rig: EdgeRig, _ client: EdgeClient
    ) throws -> Int {
        try (0..<requests).count { _ in
            try rig.exchange(client, browserRequest(target, lines)).hasPrefix("HTTP/1.1 \(status) ")
        }
    }

    @Test("Everybody is redirected and every image comes; what is beyond the limit is counted and not recorded")
    func answered() throws {
        let rig = try rig("requestsPerAddress: '2/s', requestBurst: 5")
        let client = try rig.connect()
        #expect(try count(302, of: 8, Self.click, on: rig, client) == 8)
        #expect(try count(200, of: 8, Self.pixel, on: rig, client) == 8)
        #expect(try rig.journaled().events.count == 5)
        rig.pass(seconds: 1)
        #expect(try count(200, of: 4, Self.pixel, on: rig, client) == 4)
        #expect(try rig.journaled().events.count == 7)
        #expect(rig.counters.limited(.click) == 3 && rig.counters.limited(.open) == 10)
        #expect(rig.counters.value(.clickRedirected) == 8 && rig.counters.value(.openPixel) == 12)
        #expect(rig.counters.value(.clickLimited) == 0 && rig.counters.value(.openLimited) == 0)
    }

    @Test("'refuse' says 429, when to come again, and goes on with the connection")
    func refused() throws {
        let rig = try rig("requestsPerAddress: '20/min', requestBurst: 2, beyond: 'refuse'")
        let client = try rig.connect()
        #expect(try count(302, of: 2, Self.click, on: rig, client) == 2)
        let page = try rig.exchange(client, browserRequest(Self.click))
        #expect(page.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n") && page.contains("\r\nRetry-After: 3\r\n"))
        #expect(page.contains("try again in a moment") && page.contains("no-store") && !page.contains("Connection"))
        #expect(try count(429, of: 1, Self.pixel, on: rig, client) == 1)
        // What costs no record has no limit.
        for (target, status) in [("/", 200), ("/healthz", 200), ("/nothing", 404)] {
            #expect(try count(status, of: 10, target, on: rig, client) == 10)
        }
        rig.pass(seconds: 3)
        #expect(try count(302, of: 2, Self.click, on: rig, client) == 1)
        #expect(try rig.journaled().events.count == 3)
        #expect(rig.counters.value(.clickLimited) == 2 && rig.counters.value(.openLimited) == 1)
        #expect(rig.counters.limited(.click) == 2 && rig.counters.limited(.open) == 1)
    }

    @Test("Of a trusted proxy's requests each client that it names has its own share, the proxy itself none")
    func conveyed() throws {
        let rig = try rig(
            "requestsPerAddress: '1/h', requestBurst: 3, beyond: 'refuse'",
            "trustedProxies: ['127.0.0.1', '10.0.0.0/8'],")
        let proxy = try rig.connect()
        func named(_ address: String) throws -> Int {
            try count(302, of: 6, Self.click, "X-Forwarded-For: \(address)\r\n", on: rig, proxy)
        }
        #expect(try named("192.0.2.1") == 3)
        #expect(try named("192.0.2.2, 10.1.1.1") == 3)
        #expect(try named("192.0.2.1") == 0)
        #expect(try named("2001:db8:1:2::1") == 3)
        #expect(try named("2001:db8:1:2::2") == 0)
        // Proxies alone, nobody, what can't be read.
        #expect(try named("10.1.1.1") == 6)
        #expect(try named("ann") == 6)
        #expect(try count(302, of: 6, Self.click, on: rig, proxy) == 6)
    }

    @Test("Who is not trusted counts by the connection's own address, whatever headers say")
    func pretended() throws {
        let rig = try rig("requestsPerAddress: '1/h', requestBurst: 3, beyond: 'refuse'")
        let client = try rig.connect()
        let answers = try (0..<9).map { number in
            try rig.exchange(client, browserRequest(Self.click, "X-Forwarded-For: 192.0.2.\(number)\r\n"))
        }
        #expect(answers.count { $0.hasPrefix("HTTP/1.1 302") } == 3)
    }

    @Test("Where a PROXY header names the client, its connections share one count")
    func namedByHeader() throws {
        let rig = try rig(
            "requestsPerAddress: '1/h', requestBurst: 3, beyond: 'refuse'",
            "proxyProtocol: 'require', trustedProxies: ['127.0.0.1'],")
        func answers(_ name: String) throws -> Int {
            let client = try rig.connect()
            client.send("PROXY \(name)\r\n")
            return try count(302, of: 4, Self.click, on: rig, client)
        }
        #expect(try answers("TCP4 192.0.2.1 10.0.0.1 1024 443") == 3)
        #expect(try answers("TCP4 192.0.2.1 10.0.0.1 1025 443") == 0)
        #expect(try answers("TCP4 192.0.2.2 10.0.0.1 1025 443") == 3)
        #expect(try answers("UNKNOWN") == 4)
    }

    @Test("The doctor's clicks have no limit")
    func doctor() throws {
        let rig = try rig("requestsPerAddress: '1/h', requestBurst: 1, beyond: 'refuse'")
        let client = try rig.connect()
        #expect(try count(302, of: 2, Self.click, on: rig, client) == 1)
        let mark = DoctorMark.make(key: rig.doctorKey, nowSeconds: 1_795_428_000, nonce: 7)
        #expect(try count(302, of: 3, Self.click, "\(DoctorMark.headerName): \(mark)\r\n", on: rig, client) == 3)
    }

    @Test("A reload changes the limit between two turns, and one that does not change it forgets nothing")
    func reloaded() throws {
        let rig = try rig("requestsPerAddress: '1/h', requestBurst: 2, beyond: 'refuse'")
        let client = try rig.connect()
        #expect(try count(302, of: 3, Self.click, on: rig, client) == 2)
        func renew(_ limits: String) throws {
            let configuration = try #require(readConfiguration("{ limits: { \(limits) } }"))
            rig.renewed.put(WorkerRenewal(requestLimit: RequestLimit(configuration.limits)))
        }
        try renew("requestsPerAddress: '1/h', requestBurst: 2, beyond: 'refuse'")
        #expect(try count(302, of: 1, Self.click, on: rig, client) == 0)
        try renew("requestsPerAddress: '1/h', requestBurst: 4, beyond: 'refuse'")
        #expect(try count(302, of: 9, Self.click, on: rig, client) == 4)
        try renew("")
        #expect(try count(302, of: 9, Self.click, on: rig, client) == 9)
    }

    @Test("It allocates nothing, within the limit and beyond it", arguments: ["answer", "refuse"])
    func allocations(_ beyond: String) throws {
        let rig = try rig("requestsPerAddress: '1/h', requestBurst: 10, beyond: '\(beyond)'")
        let client = try rig.connect()
        var allocations = 0
        for round in 0..<20 {
            client.send(browserRequest(Self.click))
            let made = try allocationCount { try rig.turns() }
            if round >= 2 && round != 10 { allocations += made }
            #expect(client.receive().hasPrefix("HTTP/1.1 \(round < 10 || beyond == "answer" ? 302 : 429)"))
        }
        #expect(allocations == 0)
        #expect(try rig.journaled().events.count == 10)
    }
}
