import Testing

@testable import Settings

@Suite("Small files have paths that clients ask for as they stand")
struct SmallFileSettingsTests {
    @Test func pathsAndFilesAreTakenInTheirOrderAndPrinted() throws {
        let text = "{ static: { '/.well-known/apple-app-site-association': 'a.json', '/b.txt': '/srv/b' } }"
        let effective = try #require(read(text).effective)
        #expect(
            effective.configuration.smallFiles == [
                SmallFileSettings(path: "/.well-known/apple-app-site-association", file: "a.json"),
                SmallFileSettings(path: "/b.txt", file: "/srv/b"),
            ])
        #expect(effective.origin(of: "static./b.txt") != .builtIn)
        #expect(try #require(read(effective.print()).configuration) == effective.configuration)
        #expect(try #require(read("{ static: {} }").configuration) == Configuration())
    }

    @Test(arguments: [
        ("", "the path of a request begins with '/'"), ("b.txt", "the path of a request begins with '/'"),
        ("/", "the path of a request begins with '/'"), ("/b?x=1", "neither query nor fragment"),
        ("/b#x", "neither query nor fragment"), ("/a/../b", "clients resolve '.' and '..'"),
        ("/..", "clients resolve '.' and '..'"), ("/./b", "clients resolve '.' and '..'"),
        ("/%62", "a character that clients encode"), ("/a b", "a character that clients encode"),
        ("/ä", "a character that clients encode"), ("/a\\\\b", "a character that clients encode"),
        ("/a\\u0000", "a character that clients encode"),
        ("/" + String(repeating: "a", count: 256), "longer than 256 bytes"),
    ])
    func otherPathsAreRefused(_ path: String, _ words: String) {
        let found = problems("{ static: { \"\(path)\": 'file' } }")
        #expect(found.count == 1 && found[0].contains(words) && found[0].hasPrefix("t.json5:1:13: static."), "\(found)")
    }

    @Test func namesOfFilesAndTheirNumberAreBounded() {
        #expect(
            problems("{ static: { '/a': '' } }") == [
                "t.json5:1:19: static./a: it is empty: write a value, or leave it out"
            ])
        #expect(problems("{ static: { '/a': 7 } }").count == 1)
        #expect(problems("{ static: ['/a'] }") == ["t.json5:1:11: static: it is a list in [ ]: write settings in { }"])
        func many(_ count: Int) -> String {
            "{ static: { " + (0..<count).map { "'/\($0)': 'f'" }.joined(separator: ", ") + " } }"
        }
        #expect(problems(many(32)) == [])
        #expect(problems(many(33)) == ["t.json5:1:11: static: there are more than 32 values: remove some"])
        #expect(problems("{ static: { '/a': 'f', '/a': 'g' } }").count == 1)
    }

    @Test func aPathThatTheEdgeAnswersItselfIsTheCompositionsToRefuse() {
        let checks = ConfigurationChecks(requestPath: { $0 == "/own" ? "it is taken" : nil })
        let reading = read("{ static: { '/other': 'f', '/own': 'f' } }", checks: checks)
        #expect(reading.problems.map(\.description) == ["t.json5:1:28: static./own: it is taken"])
    }

    @Test func whereABalancerAsksThereIsNoFile() {
        #expect(
            problems("{ static: { '/readyz': 'f' } }") == [
                "t.json5:1:24: static./readyz: it is the same as 'probes.ready': choose another value for one of them"
            ])
        #expect(problems("{ probes: { ready: '/up' }, static: { '/readyz': 'f' } }") == [])
        #expect(problems("{ probes: { live: '/up' }, static: { '/up': 'f' } }").count == 1)
    }

    @Test func differencesAreNamedByPath() throws {
        func changes(_ old: String, _ new: String) throws -> [String] {
            let before = try #require(read("{ static: { \(old) } }").configuration)
            let after = try #require(read("{ static: { \(new) } }").configuration)
            return ConfigurationDifference(from: before, to: after).changes.map(\.description)
        }
        #expect(
            try changes("'/a': 'f', '/b': 'f', '/c': 'f'", "'/d': 'f', '/c': 'f', '/b': 'g'") == [
                "static./d (added)", "static./b", "static./a (removed)",
            ])
        #expect(try changes("'/a': 'f', '/b': 'f'", "'/b': 'f', '/a': 'f'") == [])
    }
}
