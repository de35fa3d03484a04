import Bytes
import LinuxSystem
import TestSupport
import Testing

@testable import Settings

/// Reads a configuration that is written in the test.
func read(
    _ text: String, checks: ConfigurationChecks = ConfigurationChecks(), environment: [String: String] = [:],
    flags: [FlagSetting] = []
) -> ConfigurationReading {
    let bytes = Array(text.utf8)
    return ConfigurationReader(checks: checks).read(
        bytes.span, fileName: "t.json5", environment: { environment[$0] }, flags: flags)
}

/// The problems of a configuration as an operator reads them.
func problems(_ text: String, environment: [String: String] = [:], flags: [FlagSetting] = []) -> [String] {
    read(text, environment: environment, flags: flags).problems.map(\.description)
}

struct BadConfiguration: CustomTestStringConvertible, Sendable {
    let text: String
    let message: String
    var testDescription: String { text }

    init(_ text: String, _ message: String) {
        self.text = text
        self.message = message
    }
}

@Suite("A configuration is read whole or not at all")
struct ConfigurationReaderTests {
    @Test(arguments: ["", "{}", "// nothing\n{ }"])
    func nothingConfiguredMeansDefaults(_ text: String) throws {
        let configuration = try #require(read(text).configuration)
        #expect(configuration == Configuration())
        #expect(configuration.keyFolder == "data/keys")
        #expect("\(configuration.listen[0].address) \(configuration.admin)" == "127.0.0.1:8080 127.0.0.1:8081")
    }

    @Test func everyValueIsTaken() throws {
        let configuration = try #require(
            read(
                """
                { listen: ["127.0.0.1:1", { address: "[::1]:2" }], admin: "0.0.0.0:3",
                  adminToken: "0123456789abcdef", data: "/var/lib/tremolo", workers: 0x10, flushInterval: "250 ms",
                  identity: "none", keys: "/keys", addresses: { ipv4Prefix: 16, ipv6Prefix: 0 },
                  journal: { segmentSize: "1 MiB", segmentAge: "1 min", syncInterval: "10 ms", durability: "disk" },
                  trustedProxies: ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"],
                  idleTimeout: "1 min", requestLineLimit: "9000 B", headLimit: "32 KiB", drainDelay: "0 s",
                  rules: "r",
                  sections: {
                    a_1: { name: "A", timezone: "Asia/Kolkata", identifier: "phone", hosts: ["a.example"],
                           otherwise: "fallback", fallback: "https://a.example/", linkQuery: ["id"] },
                    "2": {},
                  },
                  unknownSections: { otherwise: "refuse" } }
                """
            ).configuration)
        #expect(configuration.listen.map { "\($0.address)" } == ["127.0.0.1:1", "[::1]:2"])
        #expect("\(configuration.admin)" == "0.0.0.0:3")
        #expect(configuration.adminToken == "0123456789abcdef")
        #expect(configuration.data == "/var/lib/tremolo")
        #expect(configuration.workers == 16)
        #expect(configuration.flushInterval == TimeSpan(nanoseconds: 250_000_000))
        #expect(configuration.identity == .none)
        #expect(configuration.keyFolder == "/keys")
        #expect(configuration.addresses.ipv4Prefix == 16)
        #expect(configuration.addresses.ipv6Prefix == 0)
        #expect(configuration.journal.segmentSize == .mebibytes(1))
        #expect(configuration.journal.segmentAge == .seconds(60))
        #expect(configuration.journal.syncInterval == TimeSpan(nanoseconds: 10_000_000))
        #expect(configuration.journal.durability == .disk)
        #expect(configuration.trustedProxies.map(\.description) == ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32"])
        #expect(configuration.idleTimeout == .seconds(60))
        #expect(configuration.requestLineLimit == ByteSize(bytes: 9_000))
        #expect(configuration.headLimit == ByteSize(bytes: 32_768))
        #expect(configuration.drainDelay == .seconds(0))
        #expect(configuration.rules == "r")
        #expect(configuration.sections.map(\.id) == ["a_1", "2"])
        #expect(configuration.section("2") == SectionSettings(id: "2"))
        #expect(configuration.section("3") == nil)
        let section = try #require(configuration.section("a_1"))
        #expect(section.name == "A")
        #expect(section.timezone == "Asia/Kolkata")
        #expect(section.identifier == .phone)
        #expect(section.hosts == ["a.example"])
        #expect(section.otherwise == .fallback)
        #expect(section.fallback == "https://a.example/")
        #expect(section.linkQuery == ["id"])
        #expect(configuration.unknownSections.otherwise == .refuse)
    }

    @Test func everyProblemIsFoundInOnePassWithItsPlace() {
        let reading = read(
            """
            {
              lissten: "127.0.0.1:1",
              workers: "four",
              journal: { segmentSize: 64, segmentAge: "1 minite", "sync-interval": "1 s" },
              sections: {
                "a b": { hosts: [1, "ok.example"], otherwise: "aks" },
                c: { otherwise: "fallback" },
              },
              flushInterval: "2 h",
            }
            """)
        #expect(reading.configuration == nil)
        #expect(
            reading.problems.map(\.description) == [
                "t.json5:2:3: lissten: there is no such setting: did you mean 'listen'?",
                "t.json5:3:12: workers: it is a text in quotes: write a whole number",
                "t.json5:4:27: journal.segmentSize: it is a number: write a size with its unit, such as \"64 MiB\"",
                "t.json5:4:43: journal.segmentAge: 'minite' is no unit here: "
                    + "use one of ns, us, ms, s, min, h, days, weeks",
                "t.json5:4:55: journal.sync-interval: there is no such setting: did you mean 'syncInterval'?",
                "t.json5:6:5: sections.a b: it is no id: write 1 to 64 letters, digits, '-' or '_'",
                "t.json5:6:22: sections.a b.hosts[0]: it is a number: write a text in quotes",
                "t.json5:6:51: sections.a b.otherwise: it is none of \"ask\", \"fallback\", \"refuse\", \"observe\": "
                    + "did you mean \"ask\"?",
                "t.json5:7:21: sections.c.otherwise: unlisted links are to go to the fallback, and there is none: "
                    + "set 'sections.c.fallback'",
                "t.json5:9:18: flushInterval: it is out of range: write a value from 10 ms to 1 h",
            ])
    }

    @Test(arguments: [
        BadConfiguration("{ workers: 1.5 }", "1:12: workers: it is a number: write a whole number"),
        BadConfiguration("{ workers: -1 }", "1:12: workers: it is out of range: write a value from 0 to 1024"),
        BadConfiguration("{ workers: 1e300 }", "1:12: workers: it is out of range: write a value from 0 to 1024"),
        BadConfiguration("{ workers: Infinity }", "1:12: workers: it is out of range: write a value from 0 to 1024"),
        BadConfiguration("{ workers: NaN }", "1:12: workers: it is a number: write a whole number"),
        BadConfiguration("{ workers: null }", "1:12: workers: it is null: write a whole number"),
        BadConfiguration(
            "{ requestLineLimit: '16 KiB' }",
            "1:21: headLimit: it must be more than 'requestLineLimit', which is 16 KiB: change one of them"),
        BadConfiguration(
            "{ dashboardStore: 'clickhouse' }",
            "1:19: dashboardStore: the figures of a fleet are in ClickHouse, and there is no server: set "
                + "'clickhouse.endpoints'"),
        BadConfiguration("{ data: '' }", "1:9: data: it is empty: write a value, or leave it out"),
        BadConfiguration("{ data: true }", "1:9: data: it is true or false: write a text in quotes"),
        BadConfiguration(
            "{ data: 'a\\u0000b' }",
            "1:9: data: it has a character that can't stand here: remove control characters and separators"),
        BadConfiguration(
            "{ flushInterval: 5 }",
            "1:18: flushInterval: it is a number: write a time with its unit, such as \"30 s\""),
        BadConfiguration("{ flushInterval: '5' }", "1:18: flushInterval: the unit is missing: write \"5 s\""),
        BadConfiguration("{ journal: [] }", "1:12: journal: it is a list in [ ]: write settings in { }"),
        BadConfiguration(
            "{ journal: { retention: {} } }",
            "1:25: journal.retention: it is settings in { }: write a time with its unit, such as \"30 s\""),
        BadConfiguration(
            "{ journal: { retention: '30 min' } }",
            "1:25: journal.retention: it is out of range: write a value from 1 h to 36500 days"),
        BadConfiguration(
            "{ workers: 4, journal: { segmentSize: '1 MiB', sizeCap: '2 MiB' } }",
            "1:57: journal.sizeCap: 4 workers and the recorder of facts write to a file each of up to "
                + "'journal.segmentSize', 1 MiB, and those can't be deleted: write \"5 MiB\" or more, or change "
                + "'journal.segmentSize' or 'workers'"),
        BadConfiguration(
            "{ workers: 1, journal: { sizeCap: '127 MiB' } }",
            "1:35: journal.sizeCap: 1 worker and the recorder of facts write to a file each of up to "
                + "'journal.segmentSize', 64 MiB, and those can't be deleted: write \"128 MiB\" or more, or change "
                + "'journal.segmentSize' or 'workers'"),
        BadConfiguration(
            "{ journal: { minimumFree: null } }",
            "1:27: journal.minimumFree: it is null: write a size with its unit, such as \"64 MiB\""),
        BadConfiguration(
            "{ proxyProtocol: 'require' }",
            "1:18: proxyProtocol: only connections of trusted proxies are taken where it is required: set "
                + "'trustedProxies'"),
        BadConfiguration(
            "{ peopleRetention: '3 months', clickhouse: { endpoints: ['http://a'], retention: '4 months' } }",
            "1:82: clickhouse.retention: pseudonyms would stay in ClickHouse for longer than 'peopleRetention', "
                + "3 months: write \"3 months\" or less"),
        BadConfiguration(
            "{ clickhouse: { insertQuorum: 1 } }",
            "1:31: clickhouse.insertQuorum: it is out of range: write a value from 2 to 64"),
        BadConfiguration(
            "{ sections: { a: { consent: { opens: 'requireOptin' } } } }",
            "1:38: sections.a.consent.opens: it is none of \"ignore\", \"honourOptOut\", \"requireOptIn\": did you "
                + "mean \"requireOptIn\"?"),
        BadConfiguration(
            "{ sections: { a: { otherwise: 'observe' } } }",
            "1:31: sections.a.otherwise: every link is followed while a section is observed, so that has to end at a "
                + "date: set 'sections.a.observeUntil'"),
        BadConfiguration(
            "{ sections: { a: { linkQuery: ['a=b'] } } }",
            "1:32: sections.a.linkQuery[0]: it has a character that can't stand here: "
                + "remove control characters and separators"),
        BadConfiguration(
            "{ sections: { '': {} } }", "1:15: sections.: it is no id: write 1 to 64 letters, digits, '-' or '_'"),
        BadConfiguration("{ listen: 'example.com:80' }", badAddress("1:11: listen")),
        BadConfiguration("{ listen: '/run/x.sock' }", badAddress("1:11: listen")),
        BadConfiguration("{ listen: ['127.0.0.1'] }", badAddress("1:12: listen[0]")),
        BadConfiguration(
            "{ listen: 8080 }",
            "1:11: listen: it is a number: write an address such as \"127.0.0.1:8080\", or a list in [ ]"),
        BadConfiguration("{ listen: [] }", "1:11: listen: it is empty: write a value, or leave it out"),
        BadConfiguration(
            "{ listen: [{}] }", "1:12: listen[0]: a listener has an address: set 'address'"),
        BadConfiguration(
            "{ listen: ['127.0.0.1:1', '127.0.0.1:1'] }",
            "1:27: listen[1]: the same value stands here twice: remove one"),
        BadConfiguration(
            "{ listen: '127.0.0.1:8081' }",
            "1:11: listen: it is the same as 'admin': choose another value for one of them"),
        BadConfiguration(
            "{ admin: '127.0.0.1:8080' }",
            "1:10: admin: it is the same as 'listen': choose another value for one of them"),
        BadConfiguration(
            "{ admin: '0.0.0.0:8081' }",
            "1:10: admin: an address that other machines reach needs a token: set 'adminToken' or 'adminTokenFile'"),
        BadConfiguration(
            "{ admin: '0.0.0.0:8081', adminToken: 'short' }",
            "1:38: adminToken: it is no token: write 16 to 512 printable ASCII characters without spaces"),
        BadConfiguration(
            "{ adminToken: '0123456789abcdef', adminTokenFile: 'f' }",
            "1:51: adminTokenFile: 'adminToken' is given too: give one of the two"),
        BadConfiguration("{ trustedProxies: ['10.0.0.1/8'] }", badNetwork("1:20: trustedProxies[0]")),
        BadConfiguration("{ trustedProxies: ['10.0.0.0/33'] }", badNetwork("1:20: trustedProxies[0]")),
        BadConfiguration(
            "{ unknownSections: { otherwise: 'fallback' } }",
            "1:33: unknownSections.otherwise: unlisted links are to go to the fallback, and there is none: "
                + "set 'unknownSections.fallback'"),
        BadConfiguration("[]", "1:1: it is a list in [ ]: write settings in { }"),
        BadConfiguration(
            "{ data: 'a', data: 'b' }",
            "1:14: the key \"data\" stands here again, first at line 1, column 3: remove one"),
        BadConfiguration(
            "{ data: [",
            "1:10: the `[` opened at line 1, column 9 is not closed: expected `]`, found the end of the text"),
    ])
    func eachProblemSaysWhatToDo(_ row: BadConfiguration) {
        #expect(problems(row.text) == ["t.json5:\(row.message)"])
    }

    @Test("A key that stands twice hides no other problem, before it, behind it or in its values")
    func duplicatesHideNothing() {
        #expect(
            problems(
                "{ workers: 'x', data: 'a', data: 1,\n sections: { a: { hots: 1 }, a: { hosts: 1 } }, lissten: 1 }")
                == [
                    "t.json5:1:12: workers: it is a text in quotes: write a whole number",
                    "t.json5:1:28: the key \"data\" stands here again, first at line 1, column 17: remove one",
                    "t.json5:1:34: data: it is a number: write a text in quotes",
                    "t.json5:2:19: sections.a.hots: there is no such setting: did you mean 'hosts'?",
                    "t.json5:2:30: the key \"a\" stands here again, first at line 2, column 14: remove one",
                    "t.json5:2:42: sections.a.hosts: it is a number: write a list in [ ]",
                    "t.json5:2:49: lissten: there is no such setting: did you mean 'listen'?",
                ])
        // What is no JSON5 ends the search, and what was found before is said.
        #expect(
            problems("{ data: 'a', data: 'b', [").map { String($0.prefix(30)) } == [
                "t.json5:1:14: the key \"data\" s", "t.json5:1:25: expected a key, ",
            ])
        #expect(read("{ data: 'a', data: 'b' }").understood != nil && read("{ data: [").understood == nil)
    }

    @Test func whatOthersKnowIsAskedOfThem() {
        let checks = ConfigurationChecks(
            hostPattern: { $0 == "bad host" ? "it is no host" : nil },
            fallback: { $0.hasPrefix("https://") ? nil : "it is no absolute URL" },
            timezone: { $0 == "UTC" ? nil : "there is no such time zone" })
        let reading = read(
            """
            { sections: { a: { hosts: ["a.example", "bad host"], fallback: "/x", timezone: "Mars" },
                          b: { hosts: ["a.example"], fallback: "https://a.example/", timezone: "UTC" },
                          c: { fallback: "x", otherwise: "fallback" } },
              unknownSections: { fallback: "/y" } }
            """, checks: checks)
        #expect(
            reading.problems.map(\.description) == [
                "t.json5:1:41: sections.a.hosts[1]: it is no host",
                "t.json5:1:64: sections.a.fallback: it is no absolute URL",
                "t.json5:1:80: sections.a.timezone: there is no such time zone",
                "t.json5:3:30: sections.c.fallback: it is no absolute URL",
                "t.json5:4:32: unknownSections.fallback: it is no absolute URL",
            ])
    }

    @Test func aTokenNeverStandsInAMessage() {
        let reading = read("{ adminToken: 'planted secret' }")
        #expect(reading.problems.count == 1)
        #expect(!"\(reading.problems)".contains("planted"))
    }

    @Test func aProblemStaysOnItsLine() {
        #expect(
            problems("{ 'a\\n\\u001b[31m': 1 }") == [
                "t.json5:1:3: a\\u{a}\\u{1b}[31m: there is no such setting: remove it"
            ])
    }

    @Test func aSizeCapCountsTheWorkersThatTheServerWouldStart() {
        #expect(problems("{ workers: 4, journal: { segmentSize: '1 MiB', sizeCap: '5 MiB' } }") == [])
        let cores = Host.processorCount
        let (least, less) = (ByteSize.mebibytes(UInt64(cores + 1) * 64), ByteSize.mebibytes(UInt64(cores + 1) * 64 - 1))
        #expect(problems("{ journal: { sizeCap: '\(least)' } }") == [])
        let found = problems("{ journal: { sizeCap: '\(less)' } }")
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.contains("('workers' is 0: one a core of this machine)") })
        #expect(found.allSatisfy { $0.contains("write \"\(least)\" or more") })
    }

    @Test func problemsAreBounded() {
        let keys = (0..<1_000).map { "x\($0): 1" }.joined(separator: ",")
        #expect(problems("{ \(keys) }").count == SettingsLimits.problemsMax)
    }

    @Test func anyBytesAreReadWithoutATrap() {
        let seed: UInt64 = 0x7265_6D6F
        var seeded = SeededGenerator(seed: seed)
        let sample = Array(#"{listen:["a",{address:1}],journal:{sizeCap:"1 MiB"},sections:{"1":{hosts:["x"]}}}"#.utf8)
        for _ in 0..<2_000 {
            var bytes = sample
            for _ in 0..<4 {
                bytes[Int(seeded.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: seeded.next())
            }
            let reading = ConfigurationReader().read(bytes.span, fileName: "t")
            #expect((reading.configuration == nil) == !reading.problems.isEmpty, "seed \(seed)")
        }
    }
}

private func badAddress(_ place: String) -> String {
    "\(place): it is no address with a port: write it as in \"127.0.0.1:8080\" or \"[::1]:8080\"; "
        + "names are not looked up"
}

private func badNetwork(_ place: String) -> String {
    "\(place): it is no range of addresses: write it as in \"10.0.0.0/8\" or \"2001:db8::/32\", "
        + "with no bit behind the prefix"
}
