import Engagement
import Foundation
import Simulation
import Testing
import TestSupport

@testable import Campaigns

@Suite("Timing rules tell scanners from the people beside them")
struct TimingRulesTests {
    private static let start: UInt64 = 1_774_700_000_000_000_000

    private static func shippedRules() throws -> RuleSet {
        let folder = URL(fileURLWithPath: fixture("../../Config/rules")).standardizedFileURL
        return try RuleSet(
            files: try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "json5" }
                .map { RuleFile(name: $0.lastPathComponent, bytes: Array(try Data(contentsOf: $0))) })
    }

    /// The reasons of events under the shipped rules.
    private func reasons(_ events: [SeenEvent], sends: [SendsRecord] = []) throws -> [String] {
        let judge = EventJudge<Int>(
            rules: try Self.shippedRules(), sections: try testSections(), sends: sends)
        let buffer = PayloadBuffer()
        let order = events.indices.sorted { events[$0].orderTime < events[$1].orderTime }
        for place in order {
            let payload = events[place].payload(buffer)
            _ = judge.append(place, try EventView(payload.span), in: payload.span, node: 1)
        }
        var reasons = [String](repeating: "", count: events.count)
        for judged in judge.take(isAtEnd: true) { reasons[judged.item] = judge.classifier.reason(of: judged.judgement) }
        return reasons
    }

    private func at(_ seconds: Double) -> UInt64 { UInt64(Int64(Self.start) + Int64(seconds * 1e9)) }

    private static let scanner = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"

    @Test("A burst over a mail's links is a machine's, and the person's click beside it is a person's")
    func linkBurst() throws {
        var events = (1...4).map {
            SeenEvent(time: at(0.3 * Double($0)), person: 1, address: 9, agent: Self.scanner, link: $0)
        }
        events.append(SeenEvent(time: at(0.5), person: 1, address: 9, agent: Self.scanner))
        // The person, from another address, and from the office's with a program of their own.
        events.append(SeenEvent(time: at(0.9), person: 1, address: 1, link: 2))
        events.append(SeenEvent(time: at(1.1), person: 1, address: 9, link: 2))
        // A scanner's fetch for somebody else at the same place is not part of this burst.
        events.append(SeenEvent(time: at(1.1), person: 2, address: 9, agent: Self.scanner, link: 2))
        #expect(
            try reasons(events) == ["link-burst", "link-burst", "link-burst", "link-burst", "link-burst"]
                + ["default", "default", "default"])
    }

    @Test("A person who clicks the same link again, or two links, is a person")
    func person() throws {
        let again = [0, 0.4, 0.8, 1.2].map { SeenEvent(time: at($0), person: 1, link: 1) }
        let two = [SeenEvent(time: at(100), person: 1, link: 1), SeenEvent(time: at(101), person: 1, link: 2)]
        #expect(try reasons(again + two) == Array(repeating: "default", count: 6))
    }

    @Test("Three links within two seconds are a burst, within more they are none")
    func edge() throws {
        let burst = [0, 1, 2].map { SeenEvent(time: at(Double($0)), person: 1, link: $0) }
        #expect(try reasons(burst) == Array(repeating: "link-burst", count: 3))
        let slower = [0, 1.1, 2.001].enumerated().map { SeenEvent(time: at($1), person: 1, link: $0) }
        #expect(try reasons(slower) == Array(repeating: "default", count: 3))
    }

    @Test("Five links in fifteen seconds, or all four where the send told how many there are")
    func everyLink() throws {
        let four = (0..<4).map { SeenEvent(time: at(3 * Double($0)), person: 1, link: $0) }
        let five = four + [SeenEvent(time: at(12), person: 1, link: 4)]
        #expect(try reasons(four) == Array(repeating: "default", count: 4))
        #expect(try reasons(five) == Array(repeating: "all-links", count: 5))
        let send = SendsRecord(
            recordedNanoseconds: at(-600), sentNanoseconds: at(-600), sent: 10, linksInMessage: 4,
            selection: CampaignSelection(sec: "utc", expId: "spring"))
        #expect(try reasons(four, sends: [send]) == Array(repeating: "all-links", count: 4))
        // Three links are soon clicked through.
        var short = send
        short.linksInMessage = 3
        #expect(try reasons(Array(four[..<3]), sends: [short]) == Array(repeating: "default", count: 3))
    }

    @Test("A HEAD beside a GET of the same link, by the same program")
    func headAndGet() throws {
        let events = [
            SeenEvent(time: at(0), person: 1, address: 9, agent: Self.scanner, link: 1, method: .head),
            SeenEvent(time: at(2), person: 1, address: 9, agent: Self.scanner, link: 1),
            SeenEvent(time: at(2), person: 1, address: 9, link: 1), SeenEvent(time: at(3), person: 1, link: 1),
            SeenEvent(time: at(30), person: 1, address: 9, agent: Self.scanner, link: 1),
        ]
        #expect(try reasons(events) == ["head-request", "head-and-get", "default", "default", "default"])
    }

    @Test("One program that follows the links of many people is a gateway, a carrier's or an office's people are not")
    func manyPeople() throws {
        let gateway = (1...20).map { SeenEvent(time: at(0.25 * Double($0)), person: UInt64($0), address: 9, link: 1) }
        #expect(try reasons(gateway) == Array(repeating: "many-people", count: 20))
        // Behind a carrier's address everybody has the same frozen string, and a popular link right after a send.
        #expect(try reasons(Array(gateway[..<19])) == Array(repeating: "default", count: 19))
        // Some of them click another link of the mail. Where each of several does, nobody has.
        func second(_ people: Int) -> [SeenEvent] {
            (1...people).map { SeenEvent(time: at(2 + 0.25 * Double($0)), person: UInt64($0), address: 9, link: 2) }
        }
        #expect(try reasons(gateway[..<19] + second(4)) == Array(repeating: "default", count: 23))
        #expect(try reasons(gateway[..<5] + second(5)) == Array(repeating: "many-people", count: 10))
        // An office that opens is no gateway: every mail has the same pixel.
        let opens = gateway.map { event in
            var open = event
            open.link = nil
            return open
        }
        #expect(try reasons(opens) == Array(repeating: "default", count: 20))
    }

    @Test("A click seconds after sending, where it is known by then when that was")
    func tooSoon() throws {
        let send = SendsRecord(
            recordedNanoseconds: at(1), sentNanoseconds: at(0), sent: 10, selection: CampaignSelection(sec: "utc"))
        let events = [
            SeenEvent(time: at(3), person: 1, link: 1), SeenEvent(time: at(5.1), person: 2, link: 1),
            SeenEvent(time: at(4), person: 3),
        ]
        #expect(try reasons(events, sends: [send]) == ["too-soon", "default", "default"])
        var late = send
        late.recordedNanoseconds = at(3) + (try Self.shippedRules().windowNanoseconds)
        #expect(try reasons(events, sends: [late])[0] == "default")
    }

    @Test("A message that is sent again and again is never too soon for whom it reaches")
    func streamed() throws {
        let sends = [0.0, 2, 4].map {
            SendsRecord(
                recordedNanoseconds: at($0 - 1), sentNanoseconds: at($0), sent: 1,
                selection: CampaignSelection(sec: "utc", expId: "spring"))
        }
        let events = [SeenEvent(time: at(3), person: 1, link: 1), SeenEvent(time: at(5.5), person: 2, link: 1)]
        #expect(try reasons(events, sends: sends) == ["too-soon", "default"])
        // A welcome mail of months: whoever got the last one is no machine because another one just left.
        var first = sends[0]
        (first.recordedNanoseconds, first.sentNanoseconds) = (at(-86_400), at(-86_400))
        #expect(try reasons(events, sends: [first] + sends) == ["default", "default"])
        // Another version is another message.
        var other = first
        other.selection.expVer = "1"
        #expect(try reasons(events, sends: [other] + sends) == ["too-soon", "default"])
    }

    @Test("A send whose time nobody gave says nothing of when the mail came")
    func untimed() throws {
        let now = at(0)
        let send = SendsRecord(
            recordedNanoseconds: now, sentNanoseconds: now, sent: 10, selection: CampaignSelection(sec: "utc"))
        #expect(try reasons([SeenEvent(time: at(3), person: 1, link: 1)], sends: [send]) == ["default"])
    }

    @Test("One person at three places at once; a person beside a burst from two is a person")
    func manyAddresses() throws {
        let swarm = (1...3).map { SeenEvent(time: at(Double($0)), person: 1, address: UInt64(10 + $0), link: 1) }
        #expect(try reasons(swarm) == Array(repeating: "many-addresses", count: 3))
        let bursts = (1...6).map {
            SeenEvent(
                time: at(0.2 * Double($0)), person: 1, address: UInt64(10 + $0 % 2), agent: Self.scanner, link: $0)
        }
        let person = [SeenEvent(time: at(2), person: 1, address: 1, link: 3)]
        #expect(try reasons(bursts + person) == Array(repeating: "link-burst", count: 6) + ["default"])
    }

    @Test("A scanner that changes its user agent with each request")
    func changingAgents() throws {
        let events = (1...3).map {
            SeenEvent(
                time: at(Double($0)), person: 1, address: 9,
                agent: Self.scanner + " Chrome/12\($0).0.0.0 Safari/537.36", link: $0)
        }
        #expect(try reasons(events) == Array(repeating: "changing-agents", count: 3))
    }

    private static let office = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
    private static let outlook = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17628; Pro)"
    private static let probe = "Microsoft Office Existence Discovery"
    private static let chrome =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 "
        + "Safari/537.36"

    @Test("Who clicks in Outlook is a person, whatever Office asks before the browser does")
    func office() throws {
        func event(_ seconds: Double, _ agent: String, _ link: Int? = 1, _ method: RequestMethod = .get) -> SeenEvent {
            SeenEvent(time: at(seconds), person: 1, address: 9, agent: agent, link: link, method: method)
        }
        let opened = [event(0, Self.office, nil), event(1, Self.probe, 1, .head), event(1.5, Self.chrome)]
        #expect(try reasons(opened) == ["mail-client", "head-request", "default"])
        let followed = [event(0, Self.probe, 1, .head), event(0.4, Self.office), event(0.9, Self.chrome)]
        #expect(try reasons(followed) == ["head-request", "mail-client", "default"])
        // Both of Office's own programs, and a second link.
        let all =
            opened
            + [
                event(2, Self.outlook), event(2.2, Self.office), event(3, Self.probe, 2, .head),
                event(3.5, Self.chrome, 2),
            ]
        #expect(
            try reasons(all) == [
                "mail-client", "head-request", "default", "mail-client", "mail-client", "head-request", "default",
            ])
    }

    @Test("What a browser prefetches is no part of a person's burst")
    func prefetched() throws {
        let ahead = (1...3).map { SeenEvent(time: at(0.1 * Double($0)), person: 1, link: $0, purpose: "prefetch") }
        let clicks = [SeenEvent(time: at(1), person: 1, link: 1)]
        #expect(try reasons(ahead + clicks) == Array(repeating: "prefetch-header", count: 3) + ["default"])
    }

    @Test("A link that one browser hands to the next, or that a list's members follow, is a person's")
    func handedOver() throws {
        let inside = Self.chrome + " GSA/370.0"
        let handed = [Self.outlook, inside, Self.chrome].enumerated().map {
            SeenEvent(time: at(Double($0)), person: 1, agent: $1, link: 1)
        }
        #expect(try reasons(handed) == ["mail-client", "default", "default"])
        // A mail to a list has one person in its links.
        let members = [Self.chrome, inside, Self.chrome + " Edg/136.0.0.0"].enumerated().map {
            SeenEvent(time: at(Double($0)), person: 2, address: UInt64(20 + $0), agent: $1, link: 1)
        }
        #expect(try reasons(members) == Array(repeating: "default", count: 3))
    }

    @Test("What is late is judged alone and is no evidence")
    func late() throws {
        var events = (1...3).map { SeenEvent(time: at(0.3 * Double($0)), person: 1, link: $0) }
        events[1].floor = at(0.6)
        #expect(try reasons(events) == Array(repeating: "default", count: 3))
    }
}
