import Engagement
import HTTPEngine
import Settings
import Testing
import TrackingLinks

@testable import EdgeServer

@Suite("What a reload changes for a worker comes as a whole, and what nobody took comes with the next")
struct WorkerRenewalTests {
    private static func limit(_ text: String) throws -> RequestLimit {
        let configuration = try #require(readConfiguration("{ limits: { \(text) } }"))
        return RequestLimit(configuration.limits)
    }

    @Test func theLaterOneWinsAndTheEarlierFillsIn() throws {
        var limits = HTTPLimits()
        limits.headLimitBytes = 32_768
        let (first, second) = (try Self.limit("requestsPerAddress: '1/s'"), try Self.limit("requestsPerAddress: '2/s'"))
        let earlier = WorkerRenewal(
            proxies: TrustedProxies([]), files: SmallFiles([]), httpLimits: limits, requestLimit: first)
        let both = WorkerRenewal(requestLimit: second).over(earlier)
        #expect(both.requestLimit == second && both.httpLimits == limits)
        #expect(both.proxies != nil && both.files != nil && both.sections == nil && both.networks == nil)
        #expect(WorkerRenewal(requestLimit: second).over(nil).httpLimits == nil)
    }

    @Test func allOfItIsInForceInTheNextTurnAndNothingBefore() throws {
        let rig = try EdgeRig()
        let client = try rig.connect()
        let long = "/tremop?sec=1&padding=" + String(repeating: "x", count: 9_000)
        #expect(try rig.exchange(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        var limits = HTTPLimits()
        limits.requestLineLimitBytes = 12_000
        let text = "{ trustedProxies: ['127.0.0.1'], limits: { requestsPerAddress: '1/h', requestBurst: 1 } }"
        let next = try #require(readConfiguration(text))
        rig.renewed.put(
            WorkerRenewal(
                proxies: TrustedProxies(next.trustedProxies), httpLimits: limits,
                requestLimit: RequestLimit(next.limits)))
        let lines = "X-Forwarded-For: 192.0.2.1\r\n"
        for _ in 0..<2 { #expect(try rig.exchange(client, browserRequest(long, lines)).hasPrefix("HTTP/1.1 200")) }
        #expect(try rig.journaled().events.map { $0.view.address.map { "\($0)" } } == ["192.0.2.0/24"])
        #expect(rig.counters.limited(.open) == 1)
    }
}
