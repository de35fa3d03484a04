import Bytes
import Foundation
import TestSupport
import Testing
import TrackingLinks

/// A row of the collection of sample links.
struct SampleLink: Decodable, CustomTestStringConvertible {
    var name: String
    var target: String
    var kind: String
    var fields: [String: String]
    var redirect: String?

    var testDescription: String { name }

    private struct Collection: Decodable {
        var samples: [SampleLink]
    }

    static func all() throws -> [SampleLink] {
        let data = try Data(contentsOf: URL(fileURLWithPath: fixture("reconnect/links.json")))
        return try JSONDecoder().decode(Collection.self, from: data).samples
    }
}

@Suite("Every sample link is read as its collection says")
struct SampleLinksTests {
    @Test(arguments: try SampleLink.all())
    func sample(_ sample: SampleLink) throws {
        let parts = sample.target.split(separator: "?", maxSplits: 1)
        let path = Array(parts[0].utf8)
        let query = String(parts[1])
        let asked = TrackingResource(path: path.span)
        let resource = try #require(asked)
        #expect("\(resource.name)" == sample.kind)

        for each in TrackingField.allCases where each != .targetUrl {
            #expect(field(each, of: query) == sample.fields["\(each.name)"], "\(each.name)")
        }

        let bytes = Array(query.utf8)
        let sections = try Sections.samples()
        let number = sections.number(for: TrackingLink.read(query: bytes.span), of: bytes.span)
        let given = answer(resource, query: bytes, policy: sections.policy(of: number))
        #expect(given.destination == sample.redirect)
        #expect(given.outcome.statusCode == (sample.redirect == nil ? 200 : 302))
    }

    @Test func theCollectionIsWhole() throws {
        #expect(try SampleLink.all().count == 13)
    }

    @Test(arguments: ["", "/", "/tremclk//", "/TREMCLK", "/tremclkx", "/tremo", "/tremop/x", "/x/tremop"])
    func otherPathsAreNoResource(_ path: String) {
        let bytes = Array(path.utf8)
        let resource = TrackingResource(path: bytes.span)
        #expect(resource == nil)
    }
}
