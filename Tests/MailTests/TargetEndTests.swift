import Bytes
import Mail
import TestSupport
import Testing
import TrackingLinks

/// A link whose target nothing may be glued to, though it ends so.
struct TargetEnd: CustomTestStringConvertible, Sendable {
    let target: String
    var testDescription: String { target }

    /// One and two signs behind hosts, paths, queries and fragments.
    static let all: [TargetEnd] = {
        let signs = [".", ",", "'", "\"", ">", ")", "]", "!"]
        let ends = signs + signs.flatMap { first in signs.map { first + $0 } }
        let starts = [
            "https://a.example/", "https://a.example/x", "https://a.example/x?y=1", "https://a.example/?y=('",
            "https://a.example/#z", "https://a.example/%27%22(<",
        ]
        return starts.flatMap { start in ends.map { TargetEnd(target: start + $0) } }
    }()
}

@Suite("The end of a target is no sign that a linkifier glued on")
struct TargetEndTests {
    /// The normalised URL of a target, a quote at its end as an escape of the URL.
    private static func normalised(_ target: String) throws -> String {
        let whole = target.hasSuffix("'") ? target.dropLast() + "%27" : target
        let bytes = Array(whole.utf8)
        var buffer = ByteBuffer(capacity: Target.maximumNormalisedCount(of: bytes.count))
        _ = try Target.read(bytes.span, into: &buffer)
        return text(buffer.toArray())
    }

    /// Where a click on a link of a mail leads, and what was repaired.
    private static func click(_ html: String) throws -> (destination: String, repairs: LinkRepair) {
        let start = try #require(html.firstRange(of: "/tremclk?"))
        let query = Array(html[start.upperBound...].prefix { $0 != "\"" }.utf8)
        let plain = Array(text(query).split(separator: "&amp;").joined(separator: "&").utf8)
        let hosts = try HostList(patterns: ["a.example"])
        let sections = SectionTable(
            sections: [("1", SectionPolicy(hosts: hosts, otherwise: .refuse))],
            unknown: SectionPolicy(otherwise: .refuse, isKnown: false))
        var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
        var link = TrackingLink()
        link.read(query: plain.span, repair: &repair)
        let read = link.isRepaired ? repair.query.toArray() : plain
        var scratch = LinkScratch()
        let decision = TargetPolicy.decide(
            .click, link, of: read.span, section: 0, in: sections, edge: [UInt8]().span, nowNanoseconds: 0,
            scratch: &scratch)
        let range = try #require(decision.destination, "\(decision.reason): \(text(plain))")
        return (text(Array(scratch.url.toArray()[range.offsets])), link.repairs.union(decision.repairs))
    }

    @Test(arguments: TargetEnd.all)
    func aWrappedLinkLeadsToItsTarget(_ end: TargetEnd) throws {
        let attribute = end.target.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "&quot;")
        let click = try Self.click(try wrap("<a href=\"\(attribute)\">"))
        #expect(click.destination == (try Self.normalised(end.target)))
        #expect(click.repairs.isEmpty)
    }

    @Test("So does a target that a recipient's column is, or that ends in one", arguments: TargetEnd.all)
    func aColumnIsWrittenLikewise(_ end: TargetEnd) throws {
        let whole = try wrapper(columns: ["url"]).wrap(html: Array("<a href=\"{{url}}\">".utf8))
        let click = try Self.click(text(whole.render(row: [Array(end.target.utf8)])))
        #expect(click.destination == (try Self.normalised(end.target)) && click.repairs.isEmpty)

        let last = try #require(end.target.last)
        let part = try wrapper(columns: ["x"]).wrap(html: Array("<a href=\"https://a.example/{{x}}\">".utf8))
        let component = try Self.click(text(part.render(row: [Array("x\(last)".utf8)])))
        var encoded = ByteBuffer(capacity: 16)
        PercentCoding.encode(Array("x\(last)".utf8).span, into: &encoded)
        #expect(component.destination == "https://a.example/" + text(encoded.toArray()) && component.repairs.isEmpty)
    }

    @Test("A raw target's end is an escape of the URL, but for quotes, which have none that a raw target keeps")
    func aRawTargetsEnd() throws {
        for (sign, escape) in [(".", "%2E"), (",", "%2C"), (")", "%29"), ("!", "!")] {
            let html = try wrap("<a href=\"https://a.example/{{x}}\(sign)\">")
            let click = try Self.click(html.split(separator: "{{x}}").joined(separator: "y"))
            #expect(click.destination == "https://a.example/y\(escape)" && click.repairs.isEmpty)
        }
    }

    @Test func theSpellingIsAsDocumented() {
        let rows = [
            ("a.", "a%2E"), ("a..", "a.%2E"), ("a'", "a%2527"), ("a\"", "a%2522"), ("a>", "a%253E"), ("a,", "a%2C"),
            (".a", ".a"), ("", ""), ("'.", "%27%2E"), (".'", ".%2527"), ("''", "%27%2527"),
        ]
        for (target, encoded) in rows {
            let made = LinkBuilder.encodedTarget(Array(target.utf8))
            #expect(text(made) == encoded, "\(target)")
        }
    }
}
