import Testing

@testable import Settings

@Suite("What is printed is what counts")
struct EffectiveSettingsTests {
    @Test func printedSettingsReadAsTheSameConfiguration() throws {
        let text = """
            { listen: ["127.0.0.1:1", "[::1]:2"], journal: { segmentSize: "1 MiB" }, trustedProxies: ["10.0.0.0/8"],
              workers: 7, sections: { "1": { name: "\\"quoted\\" \\\\ name", hosts: ["a.example", "*.b.example"],
              linkQuery: ["id"] }, b: {} } }
            """
        let effective = try #require(read(text).effective)
        let again = try #require(read(effective.print()).configuration)
        #expect(again == effective.configuration)
    }

    @Test func eachValueSaysWhereItComesFrom() throws {
        let reading = read(
            "{ data: 'd',\n sections: { '1': { hosts: ['a.example'] } } }", environment: ["TREMOLO_WORKERS": "2"],
            flags: [FlagSetting("listen", "127.0.0.1:9")])
        let lines = try #require(reading.effective).print().split(separator: "\n").map(String.init)
        for line in [
            "  listen: \"127.0.0.1:9\",  // --listen", "  data: \"d\",  // t.json5:1:9",
            "  workers: 2,  // TREMOLO_WORKERS",
            "    segmentSize: \"64 MiB\",  // default", "    \"1\": {",
            "      hosts: [\"a.example\"],  // t.json5:2:28",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
    }

    @Test func aFileNameWithALineBreakStaysInItsComment() throws {
        let bytes = Array("{ workers: 2, adminToken: '0123456789abcdef' }".utf8)
        let name = "a\n  data: \"/evil\", \u{2028} // b.json5"
        let effective = try #require(ConfigurationReader().read(bytes.span, fileName: name).effective)
        var same = effective.configuration
        same.adminToken = nil
        #expect(read(effective.print()).configuration == same)
    }

    @Test func aSecretIsNotPrinted() throws {
        let text = try #require(read("{ adminToken: '0123456789abcdef' }").effective).print()
        #expect(!text.contains("0123456789abcdef"))
        #expect(text.contains("adminToken: null,  // set, not shown; t.json5:1:15"))
    }

    @Test func aLongListStandsOnSeveralLines() throws {
        let hosts = (0..<20).map { "\"host-\($0).example\"" }.joined(separator: ", ")
        let effective = try #require(read("{ sections: { a: { hosts: [\(hosts)] } } }").effective)
        #expect(effective.print().contains("\n        \"host-19.example\",\n      ],\n"))
        #expect(read(effective.print()).configuration == effective.configuration)
    }
}
