import Bytes
import TestSupport
import Testing
import TrackingLinks

@Suite("A query gives each field its first value and nothing else")
struct TrackingLinkTests {
    struct Row: CustomTestStringConvertible {
        var testDescription: String
        var query: String
        var field: TrackingField = .cuid
        var value: String?
        var notes: LinkRepair = []

        init(
            _ name: String, _ query: String, _ field: TrackingField = .cuid, gives value: String?,
            notes: LinkRepair = []
        ) {
            self.testDescription = name
            self.query = query
            self.field = field
            self.value = value
            self.notes = notes
        }
    }

    static let rows: [Row] = [
        Row("an empty query", "", gives: nil),
        Row("a missing field", "sec=1", gives: nil),
        Row("an empty field", "sec=1&cuid=&va=", gives: ""),
        Row("a field without an equals sign", "sec=1&cuid&va=", gives: "", notes: .lostEquals),
        Row("a field at the end without an equals sign", "cuid", gives: "", notes: .lostEquals),
        Row("an equals sign in a value", "cuid=a=b=&va=", gives: "a=b="),
        Row("a plus stays a plus", "cuid=john+sale@mail.example", gives: "john+sale@mail.example"),
        Row("an encoded plus", "cuid=john%2Bsale%40mail.example", gives: "john+sale@mail.example"),
        Row("decoding happens once", "cuid=%2541", gives: "%41"),
        Row("a broken escape stays", "cuid=100%&va=", gives: "100%", notes: .brokenEscape),
        Row("an escape of no digits stays", "cuid=%zz%4", gives: "%zz%4", notes: .brokenEscape),
        Row("an escape cut by the next field", "cuid=a%4&0=1", gives: "a%4", notes: .brokenEscape),
        Row("the first of repeated fields counts", "cuid=a&cuid=b&cuid=c", gives: "a", notes: .repeatedField),
        Row("an empty first of repeated fields counts", "cuid=&cuid=b", gives: "", notes: .repeatedField),
        Row("names are case-sensitive", "CUID=a&Cuid=b", gives: nil),
        Row("names are not decoded", "%63uid=a", gives: nil),
        Row("unknown fields break nothing", "utm_source=x&&=y&foo&cuid=a&?", gives: "a"),
        Row("a query that ends in an ampersand", "cuid=a&", gives: "a", notes: .lostFragment),
        Row("an encoded ampersand is part of the value", "cuid=a%26sec=7", gives: "a&sec=7"),
        Row("a field behind an encoded target", "targetUrl=https%3A%2F%2Fa.example&cuid=a", gives: "a"),
        Row("a field behind a raw target belongs to it", "targetUrl=https://a.example/?x&cuid=a", gives: nil),
        Row("digits stay text", "expVisitId=-0099999999999999999999", .expVisitId, gives: "-0099999999999999999999"),
        Row("the text null", "smech=null", .smech, gives: "null"),
        Row("a list of variations is no merge tag", "va=%5B10596091%5D", .va, gives: "[10596091]"),
        Row("a label", "tlink=hero", .tlink, gives: "hero"),
        Row("bytes that are not UTF-8", "cuid=%FFa", gives: "\u{FFFD}a"),
        Row("a NUL", "cuid=a%00b", gives: "a\u{0}b"),
    ]

    @Test(arguments: rows)
    func value(_ row: Row) {
        #expect(field(row.field, of: row.query) == row.value)
        #expect(notes(on: row.query) == row.notes)
    }

    struct RawTarget: CustomTestStringConvertible {
        var testDescription: String { query }
        var query: String
        var target: String
        var isRaw: Bool
    }

    static let rawTargets = [
        RawTarget(query: "targetUrl=http://a.example/?x=1&y=2", target: "http://a.example/?x=1&y=2", isRaw: true),
        RawTarget(query: "targetUrl=HttpS://a.example/&sec=1", target: "HttpS://a.example/&sec=1", isRaw: true),
        RawTarget(
            query: "targetUrl=http://a.example/&targetUrl=http://b.example/",
            target: "http://a.example/&targetUrl=http://b.example/", isRaw: true),
        RawTarget(query: "targetUrl=http%3A//a.example/&y=2", target: "http%3A//a.example/", isRaw: false),
        RawTarget(query: "targetUrl=http:/a.example/&y=2", target: "http:/a.example/", isRaw: false),
        RawTarget(query: "targetUrl=ftp://a.example/&y=2", target: "ftp://a.example/", isRaw: false),
    ]

    @Test(arguments: rawTargets)
    func rawTarget(_ row: RawTarget) throws {
        let bytes = Array(row.query.utf8)
        let link = TrackingLink.read(query: bytes.span)
        let target = link.value(of: .targetUrl)
        let range = try #require(target)
        #expect(String(decoding: bytes[range.offsets], as: UTF8.self) == row.target)
        #expect(link.targetIsRaw == row.isRaw)
        #expect(link.repeated.isEmpty)
    }

    @Test func everyNameIsKnown() {
        #expect(TrackingField.allCases.count == TrackingField.count)
        for each in TrackingField.allCases {
            #expect(field(each, of: "x=1&\(each.name)=v&y=2") == "v")
        }
    }

    @Test func fieldsMayComeInAnyOrder() {
        let seed: UInt64 = 11
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let shuffled = TrackingField.allCases.shuffled(using: &generator)
            let query = shuffled.map { "\($0.name)=v\($0.rawValue)" }.joined(separator: "&")
            for each in shuffled { #expect(field(each, of: query) == "v\(each.rawValue)", "seed \(seed)") }
        }
    }

    @Test func unknownFieldsAreCounted() {
        let query = Array("utm_source=x&sec=1&&foo&amp;sec=2".utf8)
        let link = TrackingLink.read(query: query.span)
        #expect(link.unknownFieldCount == 3)
    }

    @Test func anOverlongFieldIsCutAndNoted() throws {
        let exact = String(repeating: "a", count: LinkLimits.fieldBytesMax)
        #expect(field(.cuid, of: "cuid=\(exact)") == exact)
        #expect(notes(on: "cuid=\(exact)").isEmpty)
        #expect(field(.cuid, of: "cuid=\(exact)b") == exact)
        #expect(notes(on: "cuid=\(exact)b") == .overlongField)

        let encoded = String(repeating: "%61", count: LinkLimits.fieldBytesMax)
        #expect(field(.cuid, of: "cuid=\(encoded)") == exact)
        #expect(notes(on: "cuid=\(encoded)").isEmpty)
        #expect(field(.cuid, of: "cuid=\(encoded)%4") == exact)
        #expect(notes(on: "cuid=\(encoded)%4") == [.overlongField, .brokenEscape])
    }

    @Test(arguments: ["é", "€", "😀"])
    func aFieldIsNotCutInsideACharacter(_ character: String) {
        let bytes = character.utf8.count
        for limit in 4..<12 {
            let value = field(.cuid, of: "cuid=" + String(repeating: character, count: 9), limitBytes: limit)
            #expect(value == String(repeating: character, count: min(9, limit / bytes)))
        }
    }

    @Test func textThatIsNotUTF8IsCutAtTheLimit() {
        let query = Array("cuid=%80%80%80%80%80%80".utf8)
        var buffer = ByteBuffer(capacity: 64)
        let link = TrackingLink.read(query: query.span)
        let decoded = link.decodeField(.cuid, of: query.span, into: &buffer, limitBytes: 4)
        #expect(decoded?.range == ByteRange(0..<4))
        #expect(decoded?.isCut == true)
    }

    @Test func fieldsBeyondTheLimitAreNotRead() {
        let filling = String(repeating: "x&", count: LinkLimits.fieldCountMax - 1)
        #expect(field(.cuid, of: filling + "cuid=a") == "a")
        #expect(notes(on: filling + "cuid=a").isEmpty)
        #expect(field(.cuid, of: filling + "&&&cuid=a") == "a")
        #expect(notes(on: filling + "&&&cuid=a").isEmpty)
        #expect(field(.cuid, of: filling + "x&cuid=a") == nil)
        #expect(notes(on: filling + "x&cuid=a") == .tooManyFields)
        let long = "x=" + String(repeating: "a", count: LinkLimits.queryBytesMax) + "&cuid=a"
        #expect(field(.cuid, of: long) == nil)
        #expect(notes(on: long) == .tooManyFields)
    }
}
