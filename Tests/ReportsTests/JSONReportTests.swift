import Bytes
import Campaigns
import Testing

@testable import Reports

@Suite("JSON has the shape of the contract, in a stable order, and null for what is not known")
struct JSONReportTests {
    @Test func theWholeAnswer() {
        let expected = """
            {"asOf":"2026-11-23T10:00:00.000000Z","rows":[\
            {"sec":"8781202","secName":"My website","va":"[10596091]","vaName":"Red button",\
            "clicks":{"total":1234,"unique":1050,"people":1000,"human":1100,"proxy":0,"prefetch":4,\
            "machine":130,"unknown":0,"asked":12,"refused":3},\
            "opens":{"total":7050,"unique":6000,"people":4500,"human":4000,"proxy":1000,"prefetch":2000,\
            "machine":50,"unknown":0},\
            "sent":20000,"delivered":19500,"clickThroughRate":0.1750354609929078,"clickToOpenRate":0.2222222222222222,\
            "openRate":0.225,"clickRate":0.05,"uniqueComplete":true},\
            {"sec":"8781202","secName":"My website","va":"","vaName":null,\
            "clicks":{"total":1,"unique":1,"people":1,"human":1,"proxy":0,"prefetch":0,\
            "machine":0,"unknown":0,"asked":0,"refused":0},\
            "opens":{"total":0,"unique":null,"people":null,"human":0,"proxy":0,"prefetch":0,\
            "machine":0,"unknown":0},\
            "sent":null,"delivered":null,"clickThroughRate":null,"clickToOpenRate":null,"openRate":null,\
            "clickRate":null,"uniqueComplete":false}],\
            "accounting":{"received":8291,"journaled":8288,"waiting":1,"lost":2,"counted":8285,"pending":3,\
            "damaged":0,"expired":0},"eventKeyChanges":[]}

            """
        #expect(String(decoding: JSONReport(sampleAnswer).bytes(), as: UTF8.self) == expected)
    }

    @Test func rowsByHostSayWhenTheHostWasSeen() throws {
        let bytes = JSONReport(hostAnswer).bytes()
        let value = try JSON5.parse(bytes.span, dialect: .json)
        #expect(value["asOf"]?.isNull == true)
        let rows = try #require(value["rows"]?.array)
        #expect(rows[0]["firstSeen"]?.string == "2026-11-23T10:00:00.000000Z")
        #expect(rows[0]["lastSeen"]?.string == "2026-11-23T10:00:01.500000Z")
        #expect(rows[0]["sample"]?.string == "https://example.com/a,b")
        #expect(rows[1]["host"]?.isNull == true)
        #expect(rows[1]["firstSeen"]?.isNull == true)
        #expect(rows[1]["lastSeen"]?.isNull == true)
        #expect(rows[1]["sample"]?.isNull == true)
        #expect(rows[1].members?.suffix(3).map(\.key) == ["firstSeen", "lastSeen", "sample"])
    }

    @Test func otherRowsHaveNoSighting() throws {
        let bytes = JSONReport(sampleAnswer).bytes()
        let rows = try #require(try JSON5.parse(bytes.span, dialect: .json)["rows"]?.array)
        #expect(rows[0].members?.last?.key == "uniqueComplete")
    }

    @Test func thePrettyLayoutSaysTheSame() throws {
        let compact = JSONReport(sampleAnswer).bytes()
        let pretty = JSONReport(sampleAnswer).bytes(layout: .pretty)
        #expect(pretty.count > compact.count)
        let first = try JSON5.parse(compact.span, dialect: .json)
        let second = try JSON5.parse(pretty.span, dialect: .json)
        #expect(first.withoutPlaces == second.withoutPlaces)
    }
}

extension JSON5Value {
    /// The value as if it stood at one place, so that two layouts can be compared.
    fileprivate var withoutPlaces: JSON5Value {
        let origin = TextPlace(line: 1, column: 1)
        switch kind {
        case .array(let values): return JSON5Value(kind: .array(values.map(\.withoutPlaces)), place: origin)
        case .object(let members):
            let moved = members.map { Member(key: $0.key, keyPlace: origin, value: $0.value.withoutPlaces) }
            return JSON5Value(kind: .object(moved), place: origin)
        default: return JSON5Value(kind: kind, place: origin)
        }
    }
}
