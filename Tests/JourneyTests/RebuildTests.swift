import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("A rebuild can be called off, is never two at once, and says what it leaves out")
struct RebuildTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    private var arguments: [String] { ["rebuild", "--data", data, "--config", shippedConfiguration()] }

    private func stores() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: data).filter { $0.hasPrefix("campaigns-") }.sorted()
    }

    /// A segment of another epoch that is a pipe: whoever opens it waits for its other end.
    private func makePipe() throws -> String {
        let files = FileManager.default
        let epoch = try #require(try files.contentsOfDirectory(atPath: data + "/journal").first)
        let later = data + "/journal/\(epoch.prefix(16))-ffffffffffffffff"
        try files.createDirectory(atPath: later + "/0", withIntermediateDirectories: true)
        #expect(unsafe mkfifo(later + "/0/00000000000000000000", 0o600) == 0)
        return later
    }

    /// Lets a command that waits at the pipe go on, with nothing, unless it has ended without coming there.
    private func letGo(_ command: BackgroundCommand, at pipe: String) throws {
        var writer: Int32 = -1
        try eventually("it opens the pipe or ends") {
            writer = unsafe open(pipe + "/0/00000000000000000000", O_WRONLY | O_NONBLOCK)
            return writer >= 0 || !command.isRunning
        }
        try FileManager.default.removeItem(atPath: pipe)
        if writer >= 0 { close(writer) }
    }

    @Test("Control-C ends it alone: the unfinished store goes at once, and the old one stays")
    func interruptedAlone() throws {
        let edge = try start()
        try click(edge)
        #expect(edge.end() == 0)
        let before = try report("--format", "csv").output
        let pipe = try makePipe()
        let rebuild = try BackgroundCommand(arguments)
        try eventually("an unfinished store") {
            FileManager.default.fileExists(atPath: data + "/campaigns-2.sqlite")
        }
        // The folder has an owner: a second rebuild, or a server, is told of it.
        let second = try tremolo(arguments)
        #expect(second.status == 73 && second.errors.contains("another process owns this data folder"))
        #expect(second.errors.contains("\(rebuild.identifier)"), "\(second.errors)")
        rebuild.send(SIGINT)
        try letGo(rebuild, at: pipe)
        let (status, output, errors) = rebuild.result()
        #expect(status == 130 && output.isEmpty)
        #expect(errors == "tremolo: rebuild: interrupted: the old figures stay in use\n")
        #expect(try stores().allSatisfy { $0.hasPrefix("campaigns-1.sqlite") })
        #expect(try report("--format", "csv").output == before)
        #expect(try tremolo(arguments).status == 0)
        #expect(try report("--format", "csv").output == before)
    }

    /// Keeps everybody else from opening a file until it is gone, or for the 45 s of lease-break-time: a write lease,
    /// fcntl(2), whose breaking waits for its holder.
    private final class Lease {
        private let descriptor: Int32

        init(_ path: String) throws {
            // Who breaks it is told by this signal, which would end the process.
            signal(SIGIO, SIG_IGN)
            descriptor = unsafe open(path, O_RDWR)
            try #require(descriptor >= 0 && fcntl(descriptor, Self.setLease, Int32(F_WRLCK)) == 0)
        }

        func end() {
            close(descriptor)
        }

        /// F_SETLEASE.
        private static let setLease: Int32 = 1_024
    }

    /// A server with rules of its own that nobody can open by now: a rebuild waits for them.
    private func startWithLease() throws -> (edge: RunningEdge, lease: Lease) {
        let rules = folder.path + "/rules"
        try FileManager.default.createDirectory(atPath: rules, withIntermediateDirectories: false)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: rules + "/a.json5"))
        let edge = try RunningEdge(
            data: data, configuration: shippedConfiguration(), environment: ["TREMOLO_RULES": rules])
        try click(edge)
        _ = try counted()
        return (edge, try Lease(rules + "/a.json5"))
    }

    /// Waits until a rebuild is on, and returns what a report says then.
    private func report(during rebuild: BackgroundCommand) throws -> CommandResult {
        try eventually("a report is told of the rebuild") {
            try report("--format", "csv")
        } until: { result in
            if result.errors.contains("a rebuild is on") { return true }
            try #require(rebuild.isRunning, "\(rebuild.result()), after \(result)")
            return false
        }
    }

    @Test("Control-C ends it in the server too; a second one and a report meanwhile are told that it is on")
    func interruptedBesideServer() throws {
        let (edge, lease) = try startWithLease()
        let before = try report("--format", "csv")
        let rebuild = try BackgroundCommand(arguments)
        let meanwhile = try report(during: rebuild)
        #expect(meanwhile.status == 0 && meanwhile.output == before.output)
        #expect(meanwhile.errors.contains("figures stay as they were"), "\(meanwhile.errors)")
        let second = try tremolo(arguments)
        #expect(second.status == 69 && second.errors.contains("a rebuild is on already"), "\(second.errors)")
        // What a command records is recorded all the same.
        let campaign = ["--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--exp-id", "17"]
        #expect(try tremolo(["sends", "add"] + campaign + ["--sent", "10"]).status == 0)
        // The server is kept from answering: a second signal doesn't wait for its word.
        rebuild.send(SIGINT)
        rebuild.send(SIGTERM)
        let (status, _, errors) = rebuild.result()
        lease.end()
        #expect(status == 130 && errors == "tremolo: rebuild: interrupted: the old figures stay in use\n", "\(errors)")
        try eventually("the campaign's sends in a report") {
            try counted("--by", "sec,expId", "--sec", "8781202", "--exp-id", "17")["rows"].elements.first?["sent"].int
                == 10
        }
        #expect(try stores().allSatisfy { $0.hasPrefix("campaigns-1.sqlite") })
        #expect(edge.end() == 0)
    }

    @Test("Clicks that come during rebuilds are counted once in the end")
    func clicksDuring() throws {
        let edge = try start()
        try click(edge)
        let port = edge.port
        let state = Mutex((answered: 0, isOver: false))
        let group = DispatchGroup()
        group.enter()
        let thread = Thread {
            if let client = try? BlockingHTTPClient(port: port) {
                while !state.withLock({ $0.isOver }),
                    (try? client.get("/tremop?sec=8781202&expId=17&cuid=z%40m.example"))?.status == 200
                {
                    state.withLock { $0.answered += 1 }
                }
            }
            group.leave()
        }
        thread.start()
        for _ in 0..<4 {
            let rebuilt = try tremolo(arguments)
            #expect(rebuilt.status == 0, "\(rebuilt.errors)")
        }
        state.withLock { $0.isOver = true }
        group.wait()
        let answered = state.withLock { $0.answered }
        #expect(answered > 0)
        #expect(try counted()["accounting"]["counted"].int == 9 + answered)
        #expect(edge.end() == 0)
        #expect(try tremolo(["verify", "--data", data]).status == 0)
    }

    @Test("What was counted and is damaged now is listed once with its place, beside a server and without one")
    func losses() throws {
        let edge = try start()
        try click(edge)
        _ = try counted()
        let segment = try #require(
            try segments().first { try Data(contentsOf: URL(fileURLWithPath: $0)).count > 8_192 })
        try flip(segment)
        let beside = try tremolo(arguments)
        #expect(beside.status == 0 && beside.errors.contains("tremolo: rebuild: \(segment): damaged at byte 8192"))
        #expect(beside.errors.contains(": 1 event is counted no more"), "\(beside.errors)")
        #expect(try counted()["accounting"]["counted"].int == 8)
        let again = try tremolo(arguments)
        #expect(again.status == 0 && again.errors == "rebuilt\n", "\(again.errors)")
        #expect(edge.end() == 0)
        try FileManager.default.removeItem(atPath: segment)
        let alone = try tremolo(arguments)
        #expect(alone.status == 0 && alone.errors.contains("counted no more"), "\(alone.errors)")
    }

    @Test("Rules that can't be read refuse it before anything is made")
    func badRules() throws {
        let edge = try start()
        try click(edge)
        #expect(edge.end() == 0)
        let rules = folder.path + "/rules"
        try FileManager.default.createDirectory(atPath: rules, withIntermediateDirectories: false)
        try Data("{ userAgents: [{".utf8).write(to: URL(fileURLWithPath: rules + "/a.json5"))
        let before = try stores()
        let refused = try tremolo(arguments, environment: ["TREMOLO_RULES": rules])
        #expect(refused.status == 78 && refused.errors.contains("a.json5"), "\(refused.errors)")
        #expect(try stores() == before)
    }

    @Test("A server that is killed in the midst of it goes on with the old figures, and the leftovers are gone")
    func killedServer() throws {
        let (edge, lease) = try startWithLease()
        let rebuild = try BackgroundCommand(arguments)
        _ = try report(during: rebuild)
        #expect(edge.end(SIGKILL) == -SIGKILL)
        let (status, _, errors) = rebuild.result()
        #expect(status == 69 && errors.contains("tremolo: "), "\(errors)")
        lease.end()
        try Data("half".utf8).write(to: URL(fileURLWithPath: data + "/campaigns-2.sqlite"))
        let again = try start()
        #expect(try counted()["accounting"]["counted"].int == 9)
        #expect(try stores().allSatisfy { $0.hasPrefix("campaigns-1.sqlite") })
        #expect(again.end() == 0)
    }
}
