import Bytes
import Foundation
import TestSupport
import Testing
import TrackingLinks

@Suite("Merge tags that were not filled in are noted, and nothing else is")
struct MergeTagTests {
    @Test(arguments: [
        "*|EMAIL|*", "*%7CEMAIL%7C*", "%2A%7CEMAIL%7C%2A", "{{email}}", "%7B%7Bemail%7D%7D", "{{%20person.email%20}}",
        "[CAMPAIGN%20NAME]", "%5BCAMPAIGN%20NAME%5D", "[email]", "$%7Bemail%7D", "${User identifier}", "<%25=email%25>",
        "%3C%25=email%25%3E", "%25%25email%25%25", "%%email%%", "%%addr%%", "x-{{id}}-y", "{{a}}@{{b}}", "%%a%%b",
        "{{email}}%40x.example", "mailto:*|EMAIL|*",
    ])
    func unfilled(_ value: String) {
        let query = Array("sec=1&cuid=\(value)&va=".utf8)
        let link = TrackingLink.read(query: query.span)
        #expect(link.unfilled == TrackingFieldSet(.cuid))
        #expect(link.repairs.contains(.unfilledMergeTag))
    }

    @Test(arguments: [
        "", "a", "*|", "*|*", "*|EMAIL*", "{{email}", "{email}", "}}{{", "[10596091]", "[]", "[1,2]", "[a]b", "x[a]",
        "[a", "[a]]", "[a,b]", "${", "$}", "<%", "100%%", "50%%20off", "a%40mail.example", "{\"a\":1}", "bcf3e320c6ed",
        "%5B10596091%5D",
    ])
    func filled(_ value: String) {
        let query = Array("sec=1&cuid=\(value)&va=".utf8)
        let link = TrackingLink.read(query: query.span)
        #expect(link.unfilled.isEmpty)
        #expect(!link.repairs.contains(.unfilledMergeTag))
    }

    /// What reading notes in one pass is what decoding each value and looking at it would: whatever the value.
    @Test(arguments: [1, 2, 3]) func readingNotesWhatDecodingWouldShow(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let signs = [
            "%", "%40", "%25", "%5B", "%5D", "%7B", "%2", "[", "]", "{", "}", "*", "|", "$", "<", ">", "@", "a", "Z",
            "=", "4", "=40", "＠", "ﬀ",
        ]
        var decoded = ByteBuffer(capacity: 4_096)
        for _ in 0..<20_000 {
            let value = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                signs.randomElement(using: &generator) ?? ""
            }.joined()
            let filling = String(repeating: "x", count: Int.random(in: 0...40, using: &generator))
            let query = Array("sec=\(filling)&cuid=\(value)\(Bool.random(using: &generator) ? "&va=" : "")".utf8)
            let link = TrackingLink.read(query: query.span)
            decoded.removeAll()
            let bytes = Array(value.utf8)
            let coding = PercentCoding.decode(bytes.span, into: &decoded)
            let isTag = decoded.withSpan { MergeTag.isUnfilled($0) }
            // A tag in percent signs is half an escape when decoded: `TrackingLink.holdsPercentTag`.
            let pairs = value.components(separatedBy: "%%").count - 1
            let isUnfilled = link.unfilled.contains(.cuid)
            #expect(isUnfilled == (isTag || (coding.brokenEscapes && pairs >= 2)), "seed \(seed): \(value)")
            #expect(link.broken.contains(.cuid) == coding.brokenEscapes, "seed \(seed): \(value)")
            let isPlain = link.plain.contains(.cuid)
            let mayHoldAtSign = bytes.span.mayHoldAtSign(before: bytes.count)
            if isPlain { #expect(!value.contains("%") && !mayHoldAtSign, "seed \(seed): \(value)") }
            if !value.contains(where: { "%@{*$<[=＠ﬀ".contains($0) }) { #expect(isPlain, "seed \(seed): \(value)") }
        }
    }

    @Test func aDecodedValueCanBeAskedAbout() {
        let tag = Array("{{email}}".utf8)
        let address = Array("a@mail.example".utf8)
        let isTagUnfilled = MergeTag.isUnfilled(tag.span)
        let isAddressUnfilled = MergeTag.isUnfilled(address.span)
        #expect(isTagUnfilled && !isAddressUnfilled)
    }

    @Test func aTagInTheTargetIsNoted() throws {
        let policy = try Sections.policy()
        #expect(answer(target: "{{product.url}}", policy: policy).repairs == .unfilledMergeTag)
        #expect(answer(target: "[LINK]", policy: policy).repairs == .unfilledMergeTag)
        #expect(answer(target: "https://www.mywebsite.com/?q={{q}}", policy: policy).repairs == .unfilledMergeTag)
        #expect(answer(target: "https://www.mywebsite.com/?filter[color]=red", policy: policy).repairs.isEmpty)
        let raw = answer(query: Array("targetUrl=https://www.mywebsite.com/%%q%%".utf8), policy: policy)
        #expect(raw.repairs == .unfilledMergeTag)
    }
}
