import Bytes
import TestSupport
import Testing
import TrackingLinks

@Suite("Reading a link and deciding on it allocates nothing")
struct AllocationTests {
    @Test(arguments: [
        "cuid=john%40mail.example&cuidType=ihe&sec=8781202&expId=17&expVer=2&va=%5B1%5D"
            + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fid%3D7",
        "cuid={{email}}&sec=%38781202&targetUrl=https://x.y.mywebsite.com:443/p?a=1&b=2#f",
        "cuid=a&cuid=b&sec=8781202&targetUrl=https%3A%2F%2Fevil.example%2F",
        "sec=1&targetUrl=https%3A%2F%2F%5B2001:db8::1%5D:8080%2F%C3%A9",
        "sec=8781202", "sec=8781202&targetUrl=javascript%3Aa()", "sec=8781202&targetUrl=https%3A%2F%2Fa%40b.example%2F",
    ])
    func hotPath(_ text: String) throws {
        let query = Array(text.utf8)
        let policy = try Sections.policy(linkQuery: ["id"])
        let sections = SectionTable(sections: [("8781202", policy)], unknown: Sections.unknown(.ask))
        var link = TrackingLink()
        var repair = QueryRepair(bytesMax: LinkLimits.queryBytesMax)
        var scratch = LinkScratch()
        var output = ByteBuffer(capacity: 65_536)
        func serve() {
            output.removeAll()
            link.read(query: query.span, repair: &repair)
            // Without optimisation, iterating an array of an enumeration allocates.
            var number: UInt8 = 0
            while let field = TrackingField(rawValue: number) {
                _ = link.decodeField(field, of: query.span, into: &output)
                number += 1
            }
            let section = sections.number(for: link, of: query.span)
            let decision = TargetPolicy.decide(
                .click, link, of: query.span, section: section, in: sections, edge: query.span.extracting(0..<0),
                nowNanoseconds: 0, scratch: &scratch)
            if let stored = decision.storedTarget {
                scratch.stored.withSpan(of: stored.offsets) { _ = EmailMask.append($0, into: &output) }
            }
            if let host = decision.target?.host {
                scratch.url.withSpan(of: host.offsets) { HTMLEscaping.append($0, into: &output) }
            }
        }
        // The first decides, the second takes what is remembered: each meets types that the runtime sees first.
        serve()
        serve()
        let allocations = allocationCount { for _ in 0..<10 { serve() } }
        #expect(allocations == 0)
    }
}
