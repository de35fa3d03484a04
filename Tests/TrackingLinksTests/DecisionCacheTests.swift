import Bytes
import TestSupport
import Testing
import TrackingLinks

@Suite("A decision that is remembered is the decision that would be made")
struct DecisionCacheTests {
    private static let targets = [
        "https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fid%3D7%26x%3D1%23top", "https://www.mywebsite.com/cart?x=1&y=2",
        "https%3A%2F%2Fevil.example%2F", "http%3A%2F%2Fwww.mywebsite.com%3A8080%2F", "javascript%3Aa()", "%", "",
        "https%3A%2F%2Fwww.mywebsite.com%2F%7B%7Bname%7D%7D", "https%3A%2F%2F%C3%A9.example%2F",
        "https%3A%2F%2Fwww.mywebsite.com%2F" + String(repeating: "a", count: 900),
    ]

    /// One scratch, used for a long time, against a new one for each link.
    @Test(arguments: [5, 6]) func aUsedScratchDecidesAsANewOne(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let policies = [
            try Sections.policy(linkQuery: ["id"]), try Sections.policy(.refuse, hosts: ["evil.example"]),
            try Sections.policy(.fallback), Sections.unknown(.ask),
        ]
        var scratch = LinkScratch()
        for round in 0..<4_000 {
            var target = Self.targets.randomElement(using: &generator) ?? ""
            // Targets of the same kind that nobody asked for before.
            if round % 3 == 0 { target += "\(UInt16.random(in: 0...600, using: &generator))" }
            let repeated = round % 5 == 0 ? "expId=1&expId=2&" : ""
            let query = Array("\(repeated)sec=1&targetUrl=\(target)".utf8)
            let policy = policies[Int.random(in: 0..<policies.count, using: &generator)]
            let used = answer(query: query, policy: policy, scratch: &scratch)
            #expect(used == answer(query: query, policy: policy), "seed \(seed): \(target)")
        }
    }

    /// The same bytes, once as they stand and once to be decoded, are two targets.
    @Test func howATargetStandsInTheQueryIsPartOfIt() throws {
        let policy = try Sections.policy()
        var scratch = LinkScratch()
        for query in ["targetUrl=https://www.mywebsite.com/%2541", "targetUrl=https%3A//www.mywebsite.com/%2541"] {
            for _ in 0..<2 {
                let bytes = Array(query.utf8)
                let given = answer(query: bytes, policy: policy, scratch: &scratch)
                #expect(given == answer(query: bytes, policy: policy), "\(query)")
            }
        }
    }
}
