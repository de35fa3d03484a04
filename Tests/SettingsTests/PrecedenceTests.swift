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
                "TREMOLO_DRAIN_DELAY: drainDelay: 'year' is no unit here: "
                    + "use one of ns, us, ms, s, min, h, days, weeks",
                "--workers: 'many' is no whole number: write digits alone",
            ])
    }

    /// Flags and what is said of them.
    struct WrongFlag: CustomTestStringConvertible, Sendable {
        let flag: FlagSetting
        let message: String
        var testDescription: String { message }
    }

    @Test(
        "A wrong flag is a wrong command line, in words that fit one",
        arguments: [
            WrongFlag(
                flag: FlagSetting("workers", "abc"),
                message: "--workers: 'abc' is no whole number: write digits alone"),
            WrongFlag(
                flag: FlagSetting("workers", "-1"),
                message: "--workers: it is out of range: write a value from 0 to 1024"),
            WrongFlag(
                flag: FlagSetting("flushInterval", "0"),
                message: "--flush-interval: it is out of range: write a value from 10 ms to 1 h"),
            WrongFlag(
                flag: FlagSetting("listen", "127.0.0.1:99999"),
                message: "--listen: it is no address with a port: write it as in \"127.0.0.1:8080\" or "
                    + "\"[::1]:8080\"; names are not looked up"),
            WrongFlag(flag: FlagSetting("data", ""), message: "--data: it is empty: write a value, or leave it out"),
        ])
    func aWrongFlagIsUsage(_ row: WrongFlag) {
        let reading = read("", flags: [row.flag])
        #expect(reading.problems.map(\.description) == [row.message])
        #expect(reading.problems.map { "\($0.message)" } == ["tremolo: " + row.message])
        #expect(reading.exitCode == .usage)
        #expect(read("{ x: 1 }", flags: [row.flag]).exitCode == .configuration)
        #expect(read("", environment: ["TREMOLO_WORKERS": "abc"]).exitCode == .configuration)
        #expect(read("").exitCode == .done)
    }

    @Test func everyScalarOfTheFirstLevelHasAVariable() {
        let names = Configuration.schema.filter(\.isScalar).map { ValueOrigin.environmentName(of: $0.name) }
        #expect(
            names == [
                "TREMOLO_LISTEN", "TREMOLO_ADMIN", "TREMOLO_ADMIN_TOKEN", "TREMOLO_ADMIN_TOKEN_FILE",
                "TREMOLO_VIEWER_TOKEN", "TREMOLO_VIEWER_TOKEN_FILE", "TREMOLO_DASHBOARD_STORE", "TREMOLO_DATA",
                "TREMOLO_WORKERS",
                "TREMOLO_FLUSH_INTERVAL", "TREMOLO_IDENTITY", "TREMOLO_IDENTITY_RETENTION",
                "TREMOLO_PEOPLE_RETENTION", "TREMOLO_KEYS",
                "TREMOLO_PROXY_PROTOCOL", "TREMOLO_IDLE_TIMEOUT", "TREMOLO_REQUEST_LINE_LIMIT", "TREMOLO_HEAD_LIMIT",
                "TREMOLO_DRAIN_DELAY", "TREMOLO_RULES", "TREMOLO_PAGES", "TREMOLO_SENDERS",
                "TREMOLO_GEOIP",
            ])
    }

    @Test func flagsBecomeSettingsByTheirNames() throws {
        let serve = CommandDescription(
            name: "serve", summary: "runs",
            flags: StandardFlags.serve + [FlagDescription(switch: "greet", summary: "greets")])
        let reader = ArgumentReader(commands: [serve], sharedFlags: StandardFlags.shared)
        let line = ["--data=d", "--config=c", "serve", "--greet", "--flush-interval", "2", "--listen", "127.0.0.1:0"]
        guard case .command(let arguments) = try reader.read(line) else {
            Issue.record("no command was read")
            return
        }
        #expect(
            arguments.settings == [
                FlagSetting("listen", "127.0.0.1:0"), FlagSetting("data", "d"), FlagSetting("flushInterval", "2"),
            ])
        let configuration = try #require(read("", flags: arguments.settings).configuration)
        #expect(configuration.flushInterval == .seconds(2))
    }

    @Test func everyStandardFlagIsASetting() {
        let names = Configuration.schema.filter(\.isScalar).map { ValueOrigin.flagName(of: $0.name) }
        for flag in StandardFlags.serve + StandardFlags.shared where flag.name != "config" {
            #expect(names.contains(flag.name), "\(flag.name)")
        }
    }
}
