import Testing

@testable import Settings

@Suite("Where a balancer asks is a path as clients send it, and none that is answered with something else")
struct ProbeSettingsTests {
    @Test func pathsAreTakenAndNoneIsOne() throws {
        let probes = try #require(read("{ probes: { live: '/up/a-b_c.d~e', ready: null } }").configuration).probes
        #expect(probes.live == "/up/a-b_c.d~e" && probes.ready == nil)
    }

    @Test(arguments: [
        ("up", "the path of a request begins with '/'"), ("/", "the path of a request begins with '/'"),
        ("/up?x=1", "neither query nor fragment"), ("/up#x", "neither query nor fragment"),
        ("/a/../up", "clients resolve '.' and '..'"), ("/./up", "clients resolve '.' and '..'"),
        ("/%75p", "a character that clients encode"), ("/a b", "a character that clients encode"),
        ("/ü", "a character that clients encode"), ("/a|b", "a character that clients encode"),
        ("/a\\\\b", "a character that clients encode"),
        ("/" + String(repeating: "a", count: 256), "longer than 256 bytes"),
    ])
    func otherPathsAreRefused(_ path: String, _ words: String) {
        for (probe, column) in [("live", 20), ("ready", 21)] {
            let found = problems("{ probes: { \(probe): \"\(path)\" } }")
            #expect(found.count == 1 && found[0].contains(words), "\(found)")
            #expect(found.allSatisfy { $0.hasPrefix("t.json5:1:\(column - 1): probes.\(probe): ") }, "\(found)")
        }
    }

    @Test func anEmptyOneIsRefused() {
        #expect(problems("{ probes: { live: '' } }").count == 1)
    }

    @Test func theSamePathTwiceIsRefused() {
        #expect(problems("{ probes: { live: '/up', ready: '/up' } }").count == 1)
    }

    @Test func aPathThatTheEdgeAnswersItselfIsTheCompositionsToRefuse() {
        let checks = ConfigurationChecks(requestPath: { $0 == "/own" ? "it is taken" : nil })
        let reading = read("{ probes: { live: '/own' } }", checks: checks)
        #expect(reading.problems.map(\.description) == ["t.json5:1:19: probes.live: it is taken"])
    }
}
