import Bytes
import Foundation
import TestSupport
import Testing

@testable import LoadEngine

@Suite("Requests are a campaign's, in the shares that the scenario asks for")
struct RequestTests {
    private func requests(_ scenario: Scenario, _ count: Int, seed: UInt64 = 1) -> [(text: String, made: MadeRequest)] {
        let plan = RequestPlan(scenario)
        var maker = RequestMaker(plan, seed: seed)
        var buffer = ByteBuffer(capacity: plan.requestBytesMax)
        let ids = VisitIDs(salt: 5, lane: 0)
        return (0..<count).map { index in
            buffer.removeAll()
            let made = maker.write(visit: ids[UInt64(index)], into: &buffer)
            return (buffer.withSpan { $0.toString() }, made)
        }
    }

    @Test("A click is a browser's request with the fields in their order and the target last")
    func click() {
        let text = requests(oneLinkScenario(target: "https://www.mywebsite.com/product?id=7&a=b"), 1)[0].text
        let lines = text.components(separatedBy: "\r\n")
        let visit = VisitIDs(salt: 5, lane: 0)[0]
        #expect(lines[0].hasPrefix("GET /tremclk?cuid=r00000"))
        #expect(
            lines[0].hasSuffix(
                "%40mail.example&cuidType=ihe&sec=8781202&expId=1001&expVer=1&expVisitId=\(visit)&mech=1&smech=0"
                    + "&va=%5B10596091%5D&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fproduct%3Fid%3D7%26a%3Db HTTP/1.1"
            ))
        #expect(lines.dropFirst().dropLast(2).count == 12)
        #expect(lines.contains("Host: trem.brand.example"))
        #expect(lines.contains("Connection: keep-alive"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test("Clicks, opens, machines, HEAD, prefetch, bad links and oversize heads come in their shares")
    func shares() {
        var scenario = oneLinkScenario()
        scenario.clicks = 1
        scenario.opens = 3
        scenario.machines = [Scenario.Agent(userAgent: "Scanner/1")]
        scenario.machineShare = 0.4
        scenario.headShare = 0.5
        scenario.prefetchShare = 0.1
        scenario.unlistedHostShare = 0.2
        scenario.noTargetShare = 0.1
        scenario.oversizeHeadShare = 0.02
        scenario.newConnectionShare = 0.25
        let all = requests(scenario, 20_000)
        func share(_ isCounted: (String, MadeRequest) -> Bool) -> Double {
            Double(all.count { isCounted($0.text, $0.made) }) / 20_000
        }
        #expect(abs(share { text, _ in text.contains(" /tremop?") } - 0.735) < 0.02)
        #expect(abs(share { text, _ in text.contains("Scanner/1") } - 0.4) < 0.02)
        #expect(abs(share { text, _ in text.hasPrefix("HEAD ") } - 0.2) < 0.02)
        #expect(abs(share { text, _ in text.contains("Sec-Purpose: prefetch") } - 0.06) < 0.01)
        #expect(abs(share { text, _ in text.contains("www.unlisted.example") } - 0.049) < 0.01)
        #expect(abs(share { text, _ in text.utf8.count > 8_000 } - 0.02) < 0.005)
        #expect(abs(share { _, made in made.isAlone } - 0.25) < 0.02)
        #expect(all.allSatisfy { $0.made.isAlone == $0.text.contains("Connection: close") })
    }

    @Test("Each request expects what its link says")
    func expectations() {
        var scenario = oneLinkScenario()
        scenario.opens = 1
        scenario.unlistedHostShare = 0.3
        scenario.noTargetShare = 0.3
        scenario.oversizeHeadShare = 0.2
        scenario.machines = [Scenario.Agent(userAgent: "Scanner/1")]
        scenario.machineShare = 0.5
        scenario.headShare = 0.5
        let plan = RequestPlan(scenario)
        for (text, made) in requests(scenario, 2_000) {
            let expected = plan.expectations[made.expectation]
            #expect(expected.isHead == text.hasPrefix("HEAD "))
            let location = expected.location.map { String(decoding: $0, as: UTF8.self) }
            if text.utf8.count > 8_000 {
                #expect(expected.status == (text.contains("X-Padding") ? 431 : 414))
                #expect(!expected.isRecorded && expected.mustClose)
            } else if text.contains("/tremop?") {
                #expect(expected.status == 200 && expected.body == .pixel)
            } else if text.contains("unlisted") {
                #expect(expected.status == 200 && location == nil)
            } else {
                #expect(expected.status == 302)
                #expect(
                    location
                        == (text.contains("targetUrl")
                            ? "https://www.mywebsite.com/cart" : "https://www.mywebsite.com/"))
            }
        }
    }

    @Test("A seed repeats the requests, and threads don't repeat each other")
    func seeds() {
        let scenario = oneLinkScenario()
        #expect(requests(scenario, 50).map(\.text) == requests(scenario, 50).map(\.text))
        #expect(requests(scenario, 50).map(\.text) != requests(scenario, 50, seed: 2).map(\.text))
    }

    @Test("Writing a request allocates nothing")
    func allocations() {
        let plan = RequestPlan(oneLinkScenario())
        var maker = RequestMaker(plan, seed: 1)
        var buffer = ByteBuffer(capacity: plan.requestBytesMax)
        let allocations = allocationCount {
            for index in 0..<1_000 {
                buffer.removeAll()
                _ = maker.write(visit: VisitIDs(salt: 1, lane: 0)[UInt64(index)], into: &buffer)
            }
        }
        #expect(allocations == 0)
    }

    @Test("Visits' numbers have 19 digits, are positive, and say their lane and request")
    func visits() throws {
        for (salt, lane, counter) in [(0, 0, 0), (.max, 2_047, 8_589_934_591), (77, 5, 1_000_000)]
            as [(UInt64, Int, UInt64)]
        {
            let number = VisitIDs(salt: salt, lane: lane)[counter]
            #expect(String(number).count == VisitIDs.digitCount)
            #expect(number < 1 << 63)
            let place = try #require(VisitIDs.place(of: number, salt: salt))
            #expect(place.lane == lane)
            #expect(place.counter == counter)
            #expect(VisitIDs.place(of: number, salt: salt ^ 1) == nil)
        }
    }
}
