import Testing

@testable import Settings

@Suite("What differs between two configurations is named by its path")
struct ConfigurationDifferenceTests {
    private func changes(_ old: String, _ new: String) throws -> [String] {
        let before = try #require(read(old).configuration)
        let after = try #require(read(new).configuration)
        return ConfigurationDifference(from: before, to: after).changes.map(\.description)
    }

    @Test func settingsAndSections() throws {
        #expect(
            try changes(
                "{ workers: 1, journal: { segmentSize: '1 MiB' }, sections: { a: { hosts: ['x'] }, b: {}, c: {} } }",
                """
                { workers: 2, journal: { segmentSize: '2 MiB' }, sections: { d: {}, a: { hosts: ['y'],
                  links: { kill: ['k'] } }, c: {} }, listen: ['127.0.0.1:1'] }
                """)
                == [
                    "listen", "workers", "journal.segmentSize", "sections.d (added)", "sections.a.hosts",
                    "sections.a.links.kill", "sections.b (removed)",
                ])
        #expect(try changes("{ sections: { a: {}, b: {} } }", "{ sections: { b: {}, a: { timezone: 'UTC' } } }") == [])
    }

    @Test func secretsAreComparedAndNotShown() throws {
        let token = "{ adminToken: '0123456789abcdef' }"
        #expect(try changes("{}", token) == ["adminToken"])
        #expect(try changes(token, "{ adminToken: '0123456789abcdeF' }") == ["adminToken"])
        #expect(try changes(token, token) == [])
    }
}
