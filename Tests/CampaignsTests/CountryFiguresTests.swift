import Bytes
import Engagement
import Synchronization
import Simulation
import TestSupport
import Testing
import TrackingLinks

@testable import Campaigns

/// A database of one network.
private final class OneCountry: CountryLookup {
    let version = "Test 1"
    let questions = Atomic<Int>(0)

    func country(of cut: AddressCut) -> CountryCode? {
        questions.add(1, ordering: .relaxed)
        let letters = Array("DE".utf8)
        return "\(cut)" == "192.0.2.0/24" ? CountryCode(letters.span) : nil
    }
}

@Suite("Countries are the frozen ones, else those of the cut address")
struct CountryFiguresTests {
    private func payload(_ address: [UInt8]?, frozen: String? = nil) throws -> [UInt8] {
        var facts = EventFacts(
            timeNanoseconds: 1_774_700_000_000_000_000, kind: .click, outcome: .redirected, reason: 0)
        if let address {
            let whole = NetworkAddress(networkBytes: address.span)
            facts.address = try #require(whole).cut(ipv4Prefix: 24, ipv6Prefix: 48)
        }
        return PayloadBuffer().write(facts, frozen.map { [(.frozenCountry, $0)] } ?? [])
    }

    private func countries(_ payloads: [[UInt8]], _ lookup: (any CountryLookup)?) throws -> [String: UInt64] {
        let answer = JournalAnswer(
            ReportQuestion(by: [.country]), rules: .builtIn, sections: try testSections(), countries: lookup)
        for payload in payloads { answer.add(try EventView(payload.span), in: payload.span, node: 7) }
        return Dictionary(
            answer.answer().rows.map { ($0.values[0].text ?? "null", $0.clicks.total) }, uniquingKeysWith: { $0 + $1 })
    }

    @Test("Without a database nobody looks; with one what is not found is unknown, and addresses are asked once")
    func words() throws {
        let payloads = [
            try payload([192, 0, 2, 9]), try payload([192, 0, 2, 200]), try payload([198, 51, 100, 1]),
            try payload(nil),
            try payload([198, 51, 100, 1], frozen: "CH"),
        ]
        #expect(try countries(payloads, nil) == ["null": 4, "CH": 1])
        let lookup = OneCountry()
        #expect(try countries(payloads, lookup) == ["DE": 2, "(unknown)": 2, "CH": 1])
        #expect(lookup.questions.load(ordering: .relaxed) == 2)
    }

    @Test("Events tell the country that they are counted under")
    func events() throws {
        let judge = EventJudge<Int>(
            rules: .builtIn, sections: try testSections(), sends: [], countries: OneCountry())
        let addresses: [[UInt8]] = [[192, 0, 2, 9], [198, 51, 100, 1]]
        for (index, address) in addresses.enumerated() {
            let bytes = try payload(address)
            _ = judge.append(index, try EventView(bytes.span), in: bytes.span, node: 7)
        }
        #expect(judge.take(isAtEnd: true).map(\.country) == ["DE", "(unknown)"])
    }

    @Test("The basis of figures has the database that made them")
    func basis() throws {
        func basis(_ lookup: (any CountryLookup)?) throws -> String {
            Aggregator<SQLiteCampaignStore>.basis(
                rules: .builtIn, sections: try testSections(), countries: lookup, limits: FigureLimits())
        }
        #expect(try basis(OneCountry()) == basis(nil) + "; countries Test 1")
    }
}
