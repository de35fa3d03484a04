import Bytes
import Foundation
import LinuxSystem
import TestSupport
import Testing

@testable import Settings

@Suite("A flag beats the environment, which beats the file, which beats the defaults")
struct PrecedenceTests {
    private let file = "{\n  listen: '127.0.0.1:1', data: 'from-file', workers: 1, flushInterval: '1 s' }"

    @Test func theNearestSourceWins() throws {
        let reading = read(
            file, environment: ["TREMOLO_DATA": "from-environment", "TREMOLO_WORKERS": "2", "TREMOLO_ADMIN": ""],
            flags: [FlagSetting("workers", "3")])
        let effective = try #require(reading.effective)
        #expect(effective.configuration.data == "from-environment")
        #expect(effective.configuration.workers == 3)
        #expect(effective.configuration.flushInterval == .seconds(1))
        let origins = ["listen", "data", "workers", "admin", "journal.segmentSize"].map {
            "\(effective.origin(of: $0))"
        }
        #expect(origins == ["t.json5:2:11", "TREMOLO_DATA", "--workers", "default", "default"])
    }

    @Test func aFlagGivesBareSecondsAndSeveralListeners() throws {
        let flags = [FlagSetting("flushInterval", "0.5"), FlagSetting("listen", "127.0.0.1:1,[::1]:1")]
        let configuration = try #require(read("", flags: flags).configuration)
        #expect(configuration.flushInterval == TimeSpan(nanoseconds: 500_000_000))
        #expect(configuration.listen.map { "\($0.address)" } == ["127.0.0.1:1", "[::1]:1"])
    }

    @Test func aWrongVariableOrFlagIsNamed() {
        let found = problems(
            "{ data: 1 }", environment: ["TREMOLO_IDENTITY": "rwa", "TREMOLO_DRAIN_DELAY": "1 year"],
            flags: [FlagSetting("workers", "many")])
        #expect(
            found == [
                "t.json5:1:9: data: it is a number: write a text in quotes",
                "TREMOLO_IDENTITY: identity: it is none of \"pseudonym\", \"raw\", \"none\": did you mean \"raw\"?",
                "TREMOLO_DRAIN_DELAY: drainDelay: 'year' is no unit here: use one of ns, us, ms, s, min, h, days, weeks",
                "--workers: workers: it is a text in quotes: write a whole number",
            ])
    }

    @Test func everyScalarOfTheFirstLevelHasAVariable() {
        let names = Configuration.schema.filter(\.isScalar).map { ValueOrigin.environmentName(of: $0.name) }
        #expect(
            names == [
                "TREMOLO_LISTEN", "TREMOLO_ADMIN", "TREMOLO_ADMIN_TOKEN", "TREMOLO_ADMIN_TOKEN_FILE", "TREMOLO_DATA",
                "TREMOLO_WORKERS", "TREMOLO_FLUSH_INTERVAL", "TREMOLO_IDENTITY", "TREMOLO_KEYS",
                "TREMOLO_PROXY_PROTOCOL", "TREMOLO_IDLE_TIMEOUT", "TREMOLO_DRAIN_DELAY", "TREMOLO_RULES",
                "TREMOLO_GEOIP",
            ])
    }
}

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

@Suite("The documented example is the documentation")
struct ExampleConfigurationTests {
    private let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Config/tremolo.json5").path

    private func example() throws -> EffectiveSettings {
        let bytes = try Files.readAll(path, limitBytes: SettingsLimits.fileBytesMax)
        let reading = ConfigurationReader().read(bytes.span, fileName: "tremolo.json5")
        #expect(reading.problems == [])
        return try #require(reading.effective)
    }

    @Test func itHoldsTheDefaultsAndTheTwoSectionsOfTheSamples() throws {
        var configuration = try example().configuration
        #expect(configuration.sections.map(\.id) == ["8781202", "8772046"])
        #expect(configuration.section("8781202")?.name == "My website")
        #expect(configuration.section("8781202")?.hosts == ["www.mywebsite.com", "*.mywebsite.com"])
        #expect(configuration.section("8781202")?.fallback == "https://www.mywebsite.com/")
        #expect(configuration.section("8772046")?.hosts == ["lifestylelabels.com"])
        configuration.sections = []
        #expect(configuration == Configuration())
    }

    @Test func itDocumentsEverySetting() throws {
        let effective = try example()
        func expectDocumented<Group: SettingsGroup>(_ group: Group.Type, _ path: String) {
            for setting in group.schema {
                #expect(effective.origin(of: path + setting.name) != .builtIn, "\(path)\(setting.name)")
            }
        }
        expectDocumented(Configuration.self, "")
        expectDocumented(AddressSettings.self, "addresses.")
        expectDocumented(JournalSettings.self, "journal.")
        expectDocumented(ClickHouseSettings.self, "clickhouse.")
        expectDocumented(SectionSettings.self, "sections.8781202.")
        expectDocumented(UnknownSectionSettings.self, "unknownSections.")
    }

    @Test func theDefaultsOfSectionsAreNamedBesideThem() throws {
        let bytes = try Files.readAll(path, limitBytes: SettingsLimits.fileBytesMax)
        let text = String(decoding: bytes, as: UTF8.self)
        for (setting, standard) in [("timezone", "Default: \"UTC\""), ("identifier", "Default: \"email\"")] {
            let before = text.components(separatedBy: "      \(setting):")[0].suffix(300)
            #expect(before.contains(standard), "\(setting)")
        }
    }
}

@Suite("The file that counts is found and read")
struct ConfigurationFileTests {
    @Test(
        arguments: [
            ("flag.json5", "env.json5", [], "flag.json5"), (nil, "env.json5", [], "env.json5"),
            (nil, nil, ["Config/tremolo.json5", "/etc/tremolo/tremolo.json5"], "Config/tremolo.json5"),
            (nil, "", ["/etc/tremolo/tremolo.json5"], "/etc/tremolo/tremolo.json5"), (nil, nil, [], nil),
        ] as [(String?, String?, [String], String?)])
    func theSearchOrder(_ flag: String?, _ variable: String?, _ there: [String], _ expected: String?) {
        let found = ConfigurationFile.find(
            flag: flag, environment: { $0 == "TREMOLO_CONFIG" ? variable : nil }, exists: { there.contains($0) })
        #expect(found == expected)
    }

    @Test func aFileThatWasNamedMustBeThere() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/none.json5"
        let thrown = #expect(throws: SettingsError.self) {
            try ConfigurationFile.load(flag: path, flags: [], reader: ConfigurationReader(), environment: { _ in nil })
        }
        #expect(thrown?.exitCode == .noInput)
        let message = try #require(thrown).message.description
        #expect(
            message == "tremolo: \(path): No such file or directory (ENOENT): name the configuration with --config FILE"
        )
    }

    @Test func aFileIsReadWithItsName() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/t.json5"
        try "{ workers: 5, datta: 1 }".write(toFile: path, atomically: true, encoding: .utf8)
        let reading = try ConfigurationFile.load(
            flag: nil, flags: [], reader: ConfigurationReader(), environment: { $0 == "TREMOLO_CONFIG" ? path : nil })
        #expect(
            reading.problems.map(\.message.description) == [
                "tremolo: \(path):1:15: datta: there is no such setting: did you mean 'data'?"
            ])
    }

    @Test func aTokenIsReadFromItsFile() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/token"
        var configuration = Configuration()
        #expect(try configuration.loadAdminToken() == nil)
        configuration.adminTokenFile = path
        #expect(throws: SettingsError.secretFile(path: path, .notFound(in: .open))) {
            try configuration.loadAdminToken()
        }
        try " 0123456789abcdef\r\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try configuration.loadAdminToken() == "0123456789abcdef")
        try "two words are no secret\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: SettingsError.noSecret(path: path)) { try configuration.loadAdminToken() }
        configuration.adminTokenFile = nil
        configuration.adminToken = "fedcba9876543210"
        #expect(try configuration.loadAdminToken() == "fedcba9876543210")
    }
}

@Suite("A network is a range of addresses")
struct NetworkPrefixTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "192.0.2.1", true),
        ("0.0.0.0/0", "::1", false), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.6", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false), ("::/0", "::1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:0", false), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
    ])
    func membership(_ network: String, _ address: String, _ isInside: Bool) throws {
        let prefix = try #require(NetworkPrefix(network))
        #expect(prefix.contains(try #require(IPAddress(address))) == isInside)
        #expect(NetworkPrefix(prefix.description) == prefix)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/08", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8", "::1/129", "::1/127",
        "10.0.0/8",
        "example.com", "10.0.0.0/8/8", "::ffff:10.0.0.0/95",
    ])
    func notANetwork(_ text: String) {
        #expect(NetworkPrefix(text) == nil)
    }
}
