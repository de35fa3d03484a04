import Bytes
import TestSupport
import Testing
import TrackingLinks

@testable import Engagement

@Suite("The longest listed prefix names an address, and what is kept of it as far as that can tell")
struct NetworkTableTests {
    @Test(
        "A range is read strictly",
        arguments: [
            "192.0.2.0/24", "0.0.0.0/0", "198.51.100.7", "2001:db8::/32", "::/0", "2001:db8::1", "1:2:3:4:5:6:7:8",
            "2a01:111:f400::/48", "::1",
        ])
    func reads(_ text: String) {
        #expect(NetworkRange(text) != nil)
    }

    @Test(
        "What is no range, or has bits behind its prefix, is refused",
        arguments: [
            "", "192.0.2.1/24", "::ffff:0:0/96", "::ffff:102:304", "192.0.2.0/33", "192.0.2/24", "192.0.2.256",
            "192.0.02.0", "192.0.2.0/",
            "192.0.2.0/024",
            "2001:db8::1/32", "2001:db8::/129", "2001::db8::/32", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::",
            "g::",
            ":1::", "1.2.3.4.5", "+1.2.3.4", "::+1", "::/-1", "192.0.2.0/24/8",
        ])
    func refuses(_ text: String) {
        #expect(NetworkRange(text) == nil)
    }

    private func address(_ range: NetworkRange) -> NetworkAddress {
        NetworkAddress(
            family: range.family, high: UInt64(truncatingIfNeeded: range.first >> 64),
            low: UInt64(truncatingIfNeeded: range.first))
    }

    @Test("Random nested ranges, held against looking at each of them", arguments: 1...12 as ClosedRange<UInt64>)
    func equalsList(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ranges: [(range: NetworkRange, network: UInt16)] = []
        func bits(_ family: NetworkAddress.Family) -> UInt128 {
            // Few different bits, so that ranges nest and neighbours touch.
            var value: UInt128 = 0
            for place in 0..<family.bitCount where Int.random(in: 0..<3, using: &random) == 0 {
                value |= UInt128(1) << UInt128(127 - place % (place < 12 ? 128 : 40))
            }
            return family == .ipv4 ? value & (UInt128(UInt32.max) << 96) : value
        }
        for number in 1...Int.random(in: 1...400, using: &random) {
            let family: NetworkAddress.Family = Bool.random(using: &random) ? .ipv4 : .ipv6
            let count = Int.random(in: 0...family.bitCount, using: &random)
            let mask = count == 0 ? 0 : UInt128.max << UInt128(128 - count)
            let first = address(high: bits(family) & mask, family)
            let range = NetworkRange("\(first)/\(count)")
            if let range { ranges.append((range, UInt16(number))) }
        }
        #expect(!ranges.isEmpty)
        let table = NetworkTable(ranges)
        for _ in 0..<600 {
            let family: NetworkAddress.Family = Bool.random(using: &random) ? .ipv4 : .ipv6
            let edge = ranges[Int.random(in: 0..<ranges.count, using: &random)].range
            let value =
                Bool.random(using: &random) ? bits(family) : Bool.random(using: &random) ? edge.first : edge.last
            let asked = address(high: family == .ipv4 ? value & (UInt128(UInt32.max) << 96) : value, family)
            #expect(table.network(of: asked) == plain(asked, ranges, atMost: 128))
            let cut = asked.cut(
                ipv4Prefix: Int.random(in: 0...32, using: &random), ipv6Prefix: Int.random(in: 0...128, using: &random))
            #expect(table.network(of: cut) == plain(cut.address, ranges, atMost: cut.prefixBitCount))
            let copy = table.copied()
            #expect(copy.network(of: asked) == table.network(of: asked))
        }
    }

    private func address(high value: UInt128, _ family: NetworkAddress.Family) -> NetworkAddress {
        NetworkAddress(
            family: family, high: UInt64(truncatingIfNeeded: value >> 64), low: UInt64(truncatingIfNeeded: value))
    }

    private func plain(
        _ address: NetworkAddress, _ ranges: [(range: NetworkRange, network: UInt16)], atMost bits: Int
    ) -> UInt16? {
        let value = UInt128(address.high) << 64 | UInt128(address.low)
        let holding = ranges.filter {
            $0.range.family == address.family && $0.range.prefixBitCount <= bits && $0.range.first <= value
                && value <= $0.range.last
        }
        guard let longest = holding.map(\.range.prefixBitCount).max() else { return nil }
        return holding.first { $0.range.prefixBitCount == longest }?.network
    }

    private static let rules = """
        { networks: [
            { label: "office", ranges: ["192.0.2.0/24", "2001:db8:1::/48"] },
            { label: "gateway", ranges: ["198.51.100.0/24"], class: "machine", reason: "security-gateway" },
            { label: "small", ranges: ["203.0.113.128/28"], class: "machine", reason: "small-gateway", kind: "click" },
          ], userAgents: [{ is: "known", class: "human", reason: "known-client" }] }
        """

    private func judge(
        _ octets: [UInt8], label: String? = nil, agent: String = "Mozilla/5.0 (X11)", rules text: String = rules
    ) throws -> (label: String?, reason: String) {
        var facts = EventFacts(timeNanoseconds: 1, kind: .click, outcome: .redirected, reason: 1)
        facts.method = .get
        facts.address = try networkAddress(octets).cut(ipv4Prefix: 24, ipv6Prefix: 48)
        var writer = EventWriter()
        var buffer = ByteBuffer(capacity: EventFormat.eventBytesMax)
        writer.begin(facts, into: &buffer)
        writer.append(.userAgent, Array(agent.utf8).span, into: &buffer)
        if let label { writer.append(.network, Array(label.utf8).span, into: &buffer) }
        let payload = buffer.toArray()
        let classifier = Classifier(rules: try RuleSet(files: [RuleFile(name: "n.json5", bytes: Array(text.utf8))]))
        let judgement = classifier.judge(try EventView(payload.span), in: payload.span)
        return (classifier.network(of: judgement), classifier.reason(of: judgement))
    }

    @Test("An event's stored label decides, else what is kept of its address, and a user agent before both")
    func judged() throws {
        #expect(try judge([198, 51, 100, 9]) == ("gateway", "security-gateway"))
        #expect(try judge([192, 0, 2, 1]) == ("office", "default"))
        #expect(try judge([198, 51, 100, 9], agent: "known") == ("gateway", "known-client"))
        // A range smaller than what is kept: only the edge could tell, and its label says that it did.
        #expect(try judge([203, 0, 113, 130]) == (nil, "default"))
        #expect(try judge([203, 0, 113, 130], label: "small") == ("small", "small-gateway"))
        // A label that the rules don't list there any more holds no longer.
        #expect(try judge([198, 51, 100, 9], label: "small") == ("gateway", "security-gateway"))
        #expect(try judge([198, 51, 100, 9], label: "gone") == ("gateway", "security-gateway"))
        #expect(try judge([8, 8, 8, 8], label: "gateway") == (nil, "default"))
    }

    @Test("A range listed later, longer than the stored label's and no smaller than the cut, tells of the past too")
    func listedLater() throws {
        let wide = "{ label: \"wide\", ranges: [\"198.0.0.0/8\", \"2001:db8::/32\"] }"
        let narrow = "{ label: \"narrow\", ranges: [\"198.51.100.0/24\"], class: \"machine\", reason: \"gw\" }"
        let part = "{ label: \"part\", ranges: [\"198.51.100.128/25\"], class: \"machine\", reason: \"part\" }"
        let octets: [UInt8] = [198, 51, 100, 200]
        #expect(try judge(octets, label: "wide", rules: "{ networks: [\(wide)] }") == ("wide", "default"))
        #expect(try judge(octets, label: "wide", rules: "{ networks: [\(wide), \(narrow)] }") == ("narrow", "gw"))
        // Smaller than the cut: whether the address lay in it nobody knows any more, unless the label says so.
        #expect(try judge(octets, label: "wide", rules: "{ networks: [\(wide), \(part)] }") == ("wide", "default"))
        #expect(try judge(octets, label: "part", rules: "{ networks: [\(wide), \(part)] }") == ("part", "part"))
        let all = "{ networks: [\(part), \(narrow), \(wide)] }"
        #expect(try judge(octets, label: "wide", rules: all) == ("narrow", "gw"))
        #expect(try judge(octets, label: "narrow", rules: all) == ("narrow", "gw"))
        #expect(try judge(octets, label: "part", rules: all) == ("part", "part"))
    }
}
