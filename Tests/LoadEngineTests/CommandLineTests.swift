import LinuxSystem
import Settings
import Testing

@testable import LoadEngine
@testable import TremoloLoad

@Suite("The command line means what its help says")
struct CommandLineTests {
    private func arguments(_ words: String) throws -> LoadArguments {
        let reader = ArgumentReader(commands: [LoadArguments.description], sharedFlags: [])
        let invocation = try reader.read(["tremolo-load"] + words.split(separator: " ").map(String.init))
        guard case .command(let parsed) = invocation else { throw ArgumentError.missingCommand }
        return try LoadArguments(parsed)
    }

    @Test("A URL alone is a closed loop of plain clicks")
    func standard() throws {
        let arguments = try arguments("http://127.0.0.1:8080")
        #expect(arguments.scenario == .standard)
        #expect(arguments.servers.map(\.name) == ["edge"])
        #expect(arguments.rounds == 1 && arguments.threads == 1 && arguments.seed == 1)
        #expect(arguments.goal == nil && arguments.dataFolder == nil && !arguments.wantsJSON)
    }

    @Test("Flags change the scenario")
    func flags() throws {
        let arguments = try arguments(
            "http://127.0.0.1:8080 --rate 2.5 --arrivals poisson --duration 250ms --warmup 1s --connections 7 "
                + "--new-connections 0.5 --clicks 2 --opens 3 --idle 4 --slow 5 --threads 2 --seed 9 --json")
        #expect(arguments.scenario.perSecond == 2.5 && arguments.scenario.arrivals == .poisson)
        #expect(arguments.scenario.durationSeconds == 0.25 && arguments.scenario.warmupSeconds == 1)
        #expect(arguments.scenario.connections == 7 && arguments.scenario.newConnectionShare == 0.5)
        #expect(arguments.scenario.clicks == 2 && arguments.scenario.opens == 3)
        #expect(arguments.scenario.idle == 4 && arguments.scenario.slow == 5)
        #expect(arguments.threads == 2 && arguments.seed == 9 && arguments.wantsJSON)
        let processor = try #require((0..<1_024).first(where: Host.mayRun(onProcessor:)))
        #expect(try self.arguments("http://127.0.0.1 --cpu \(processor)").processor == processor)
    }

    @Test("Servers have names, depths and processes of their own")
    func servers() throws {
        let own = Host.processID
        let arguments = try arguments(
            "http://127.0.0.1:1 --name a --against b=http://127.0.0.1:2,status --against c=http://127.0.0.1:3 "
                + "--server-pid \(own) --server-pid b=\(own)")
        #expect(arguments.servers.map(\.name) == ["a", "b", "c"])
        #expect(arguments.servers.map(\.depth) == [.full, .status, .full])
        #expect(arguments.servers.map(\.process) == [own, own, nil])
        #expect(arguments.rounds == 5)
    }

    @Test(
        "What can't be obeyed is refused",
        arguments: [
            "", "https://127.0.0.1", "http://example.com", "http://127.0.0.1 --rate 0", "http://127.0.0.1 --rate x",
            "http://127.0.0.1 --duration 0s", "http://127.0.0.1 --duration 3x", "http://127.0.0.1 --p99 1ms",
            "http://127.0.0.1 --arrivals poisson", "http://127.0.0.1 --clicks 0", "http://127.0.0.1 --self-test",
            "http://127.0.0.1 --against http://127.0.0.1:2", "http://127.0.0.1 --against edge=http://127.0.0.1:2",
            "http://127.0.0.1 --find-max --against b=http://127.0.0.1:2", "http://127.0.0.1 --server-pid 0",
            "http://127.0.0.1 --server-pid b=1", "http://127.0.0.1 --scenario /no/such/file.json5",
            "http://127.0.0.1 --connections 0",
            "http://127.0.0.1 --cpu 1023", "http://127.0.0.1 --threads 3 --connections 2",
            "--self-test --verify-data x", "--self-test --find-max", "http://127.0.0.1 --find-max --rate 5",
            "http://127.0.0.1 --find-max --rounds 2", "http://127.0.0.1 --tremolo x",
            "http://127.0.0.1 --rounds 1000 --threads 64",
        ])
    func refused(_ words: String) {
        #expect(throws: LoadFailure.self) { try arguments(words) }
    }
}
