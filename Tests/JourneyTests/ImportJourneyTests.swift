import Foundation
import TestSupport
import Testing

@Suite("Two nodes make one report, by copies of one's segments that the other takes in")
struct ImportJourneyTests {
    private let folder: TemporaryFolder
    /// One folder of keys for all nodes.
    private let keys: [String: String]

    init() throws {
        folder = try TemporaryFolder()
        keys = ["TREMOLO_KEYS": folder.path + "/keys"]
    }

    /// A data folder in which a small campaign is clicked.
    private struct Node: CampaignJourney {
        let data: String
    }

    private func node(_ name: String) -> Node { Node(data: folder.path + "/" + name) }

    private func start(_ node: Node) throws -> RunningEdge {
        try RunningEdge(data: node.data, configuration: shippedConfiguration(), environment: keys)
    }

    private func take(_ from: String, into node: Node, _ flags: String...) throws -> (
        result: CommandResult, JSONDocument
    ) {
        let result = try tremolo(
            ["import", from, "--data", node.data, "--config", shippedConfiguration(), "--format", "json"] + flags,
            environment: keys)
        let text = result.output.isEmpty ? "null" : result.output
        return (result, try JSONDocument(text))
    }

    /// Everything that a report of the running server says, in several breakdowns.
    private func reports(of node: Node) throws -> [String] {
        _ = try node.counted()
        return try ["sec,expId,expVer", "link,class", "sec,day,kind", "host"].flatMap { by in
            try ["store", "journal"].map { source in
                try node.report("--format", "csv", "--by", by, "--from", source).output.replacing(
                    /\d{4}-\d\d-\d\dT[0-9:.]+Z/, with: "TIME")
            }
        }
    }

    @Test("Clicks on both are one report with each person once, as if one server had got them all")
    func oneReport() throws {
        let (first, second, single) = (node("first"), node("second"), node("single"))
        let edge = try start(first)
        var other = try start(second)
        let alone = try start(single)
        try first.click(edge)
        try second.click(other)
        for _ in 0..<2 { try single.click(alone) }

        // What is still written to is left for later, unless somebody says that it has ended.
        let (early, nothing) = try take(second.data, into: first)
        #expect(early.status == 0 && nothing["takenRecords"].int == 0 && (nothing["open"].int ?? 0) > 0, "\(early)")
        let (result, taken) = try take(second.data, into: first, "--ended")
        #expect(result.status == 0 && taken["takenEvents"].int == 9 && result.errors.isEmpty, "\(result)")
        #expect(try reports(of: first) == reports(of: single))
        let accounting = try first.counted()["accounting"]
        #expect(accounting["received"].int == 18 && accounting["counted"].int == 18, "\(accounting)")

        // The other goes on, and is taken in again: only what is new. When it begins anew, its segments are closed.
        try second.click(other)
        try single.click(alone)
        #expect(other.end() == 0)
        other = try start(second)
        let (_, more) = try take(second.data, into: first)
        #expect(more["takenEvents"].int == 9, "\(more)")
        #expect(try reports(of: first) == reports(of: single))
        let (_, again) = try take(second.data, into: first)
        #expect(again["takenRecords"].int == 0 && (again["here"].int ?? 0) > 0)
        // A journal that is given to itself stays as it is.
        let (_, itself) = try take(first.data, into: first, "--ended")
        #expect(itself["takenRecords"].int == 0 && itself["refused"].int == 0)

        let common = ["--data", first.data, "--config", shippedConfiguration()]
        #expect(try tremolo(["verify"] + common, environment: keys).status == 0)
        let person = try tremolo(["events", "--cuid", "a@m.example"] + common, environment: keys)
        // Beside the events stand the sets of people that it is in, one for each campaign, kind and day.
        let kinds = try person.output.split(separator: "\n").map { try JSONDocument(String($0))["kind"].string }
        #expect(kinds.count { $0 != "counted" } == 12, "\(person)")
        #expect(kinds.count { $0 == "counted" } == 2, "\(person)")
        #expect(try tremolo(["rebuild"] + common, environment: keys).status == 0)
        #expect(try reports(of: first) == reports(of: single))
        for edge in [edge, other, alone] { #expect(edge.end() == 0) }

        // And without a server, into a folder that already has the half of it.
        #expect(try take(first.data, into: single, "--ended").1["takenEvents"].int == 27)
    }

    @Test("A node where nobody clicks any more is taken in when its segments have reached their age, while it runs")
    func quietNode() throws {
        let (first, second) = (node("first"), node("second"))
        let configuration = folder.path + "/quick.json5"
        let rules = URL(fileURLWithPath: shippedConfiguration()).deletingLastPathComponent().path + "/rules"
        let quick = try String(contentsOfFile: shippedConfiguration(), encoding: .utf8)
            .replacing(/segmentAge: "[^"]*"/, with: "segmentAge: \"1 s\"")
            .replacing(/rules: "[^"]*"/, with: "rules: \"\(rules)\"")
        #expect(quick.contains("segmentAge: \"1 s\""))
        try Data(quick.utf8).write(to: URL(fileURLWithPath: configuration))
        let edge = try start(first)
        let other = try RunningEdge(data: second.data, configuration: configuration, environment: keys)
        try second.click(other)
        var events = 0
        try eventually("nine events are taken") {
            let (result, taken) = try take(second.data, into: first)
            // A segment that is begun at this very moment is left for the next time.
            let isBegun = result.errors.hasSuffix("it is left for later, when it is copied whole\n")
            #expect(result.status == 0 && (result.errors.isEmpty || isBegun), "\(result)")
            events += taken["takenEvents"].int ?? 0
            return events >= 9
        }
        let (_, last) = try take(second.data, into: first)
        #expect(events == 9 && last["takenEvents"].int == 0 && last["open"].int == 0, "\(last)")
        #expect(try first.counted()["accounting"]["counted"].int == 9)
        // What it would have gone on in is no damage, beside it and after it.
        let whole = ["verify", "--data", second.data, "--config", configuration]
        #expect(try tremolo(whole).status == 0)
        #expect(other.end() == 0)
        #expect(try tremolo(whole).status == 0)
        #expect(edge.end() == 0)
    }

    @Test("Nodes with keys of their own are named: nobody is the same person on both")
    func otherKeys() throws {
        let (first, second) = (node("first"), node("second"))
        let edge = try RunningEdge(data: first.data, configuration: shippedConfiguration())
        let other = try RunningEdge(data: second.data, configuration: shippedConfiguration())
        try second.click(other)
        #expect(other.end() == 0)
        let result = try tremolo(
            ["import", second.data, "--ended", "--data", first.data, "--config", shippedConfiguration()])
        #expect(result.status == 0 && result.output.contains("9 of them events"), "\(result)")
        #expect(result.errors.contains("other keys than") && result.errors.contains("unique counts add up"))
        #expect(edge.end() == 0)
    }

    @Test("What can't be taken is told by its exit code, and the rest is taken")
    func exitCodes() throws {
        let (first, second) = (node("first"), node("second"))
        let edge = try start(first)
        let other = try start(second)
        try second.click(other)
        #expect(other.end() == 0)
        let empty = folder.path + "/empty"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
        for path in [folder.path + "/nowhere", empty, second.data + "/node.json"] {
            let (result, _) = try take(path, into: first)
            #expect(result.status == 66 && result.errors.contains(path), "\(result)")
        }
        #expect(try take(second.data, into: node("nobody's")).result.status == 66)
        #expect(try tremolo(["import", "--data", first.data]).status == 64)

        // One segment under another name, and something with an escape sequence in its name.
        let segment = try #require(try second.segments().first)
        let wrong = segment.dropLast() + "7"
        try FileManager.default.copyItem(atPath: segment, toPath: String(wrong))
        try Data([1]).write(to: URL(fileURLWithPath: second.data + "/journal/\u{1B}[2J"))
        let (result, taken) = try take(second.data, into: first, "--ended")
        #expect(result.status == 65 && taken["takenEvents"].int == 9 && taken["refused"].int == 1, "\(result)")
        #expect(taken["passedOver"].int == 1)
        #expect(result.errors.contains(wrong) && !result.errors.contains("\u{1B}"), "\(result.errors)")
        #expect(edge.end() == 0)
    }

    @Test("A folder that the server's account may not read is said with 77", .enabled(if: mayBecomeNobody()))
    func forbidden() throws {
        let (first, second) = (node("first"), node("second"))
        let other = try start(second)
        try second.click(other)
        #expect(other.end() == 0)
        let nobody = [userSwitch, "--reuid=65534", "--regid=65534", "--clear-groups"]
        for path in [folder.path, first.data, first.data + "/journal"] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try FileManager.default.setAttributes(
                path == folder.path ? [.posixPermissions: 0o755] : [.ownerAccountID: 65_534], ofItemAtPath: path)
        }
        let edge = try RunningEdge(data: first.data, configuration: shippedConfiguration(), wrapper: nobody)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: second.data)
        let whole = try take(second.data, into: first, "--ended").result
        #expect(whole.status == 77 && whole.errors.contains("let the account"), "\(whole)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: second.data)
        let segment = try #require(try second.segments().first)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: segment)
        let (part, taken) = try take(second.data, into: first, "--ended")
        #expect(part.status == 77 && part.errors.contains(segment) && taken["forbidden"].int == 1, "\(part)")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: segment)
        let (rest, _) = try take(second.data, into: first, "--ended")
        #expect(rest.status == 0, "\(rest)")
        #expect(try first.counted()["accounting"]["counted"].int == 9)
        #expect(edge.end() == 0)
    }

    // MARK: Ended in the middle

    private static let events = 20_000
    private static let shards = 40

    /// The journal of a node that ran once, in many segments.
    private func make(_ name: String) throws -> Node {
        let made = node(name)
        let result = try run([
            builtProgram("journal-maker"), "--data", made.data, "--events", "\(Self.events)", "--people", "500",
            "--shards", "\(Self.shards)",
        ])
        try #require(result.status == 0, "\(result.errors)")
        return made
    }

    /// Segments of other nodes that are in a journal.
    private func imported(_ node: Node, beside own: Set<String>) -> Int {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: node.data + "/journal")) ?? []
        return paths.filter { path in
            let names = path.split(separator: "/").map(String.init)
            return names.count == 3 && !own.contains(String(names[0].prefix(16)))
        }.count
    }

    private func nodeID(_ node: Node) throws -> String {
        let text = try String(contentsOfFile: node.data + "/node.json", encoding: .utf8)
        return try #require(JSONDocument(text)["node"].string)
    }

    @Test("Whoever is killed while it goes on, the server or the command, the next import brings the rest, once")
    func killed() throws {
        let (first, second) = (node("first"), try make("second"))
        var edge = try start(first)
        try first.click(edge)
        let own: Set<String> = [try nodeID(first)]
        for (threshold, victim) in [(3, "server"), (9, "command"), (16, "control-C"), (24, "server")] {
            let command = SpawnedProcess()
            command.executableURL = URL(fileURLWithPath: tremoloBinary())
            command.arguments = [
                "import", second.data, "--ended", "--data", first.data, "--config", shippedConfiguration(),
            ]
            command.environment = ProcessInfo.processInfo.environment.merging(keys) { $1 }
            command.standardOutput = FileHandle.nullDevice
            command.standardError = FileHandle.nullDevice
            try command.run()
            try eventually("\(threshold) shards are imported, or the import ends") {
                !command.isRunning || imported(first, beside: own) >= threshold
            }
            switch victim {
            case "server":
                #expect(edge.end(SIGKILL) == -SIGKILL)
                command.waitUntilExit()
                edge = try start(first)
            case "command":
                let before = edge.logSoFar.split(separator: "event=import ").count
                kill(command.processIdentifier, SIGKILL)
                command.waitUntilExit()
                // Until the server sees that nobody waits for it, another one is refused.
                try eventually("the import ends") { edge.logSoFar.split(separator: "event=import ").count > before }
            default:
                kill(command.processIdentifier, SIGINT)
                command.waitUntilExit()
                let isWhole = imported(first, beside: own) == Self.shards
                #expect(command.terminationReason == .exit)
                #expect(command.terminationStatus == 130 || isWhole, "\(command.terminationStatus)")
            }
            let verify = try tremolo(["verify", "--data", first.data, "--config", shippedConfiguration()])
            #expect(verify.status == 0, "after the \(victim): \(verify)")
        }
        // An import that nobody waits for ends soon; until then another one is refused.
        let last = try eventually("an import that is not refused") {
            try take(second.data, into: first, "--ended")
        } until: {
            $0.result.status != 69
        }
        #expect(last.result.status == 0, "\(last.result)")
        #expect(imported(first, beside: own) == Self.shards)
        #expect(try first.counted()["accounting"]["counted"].int == Self.events + 9)
        #expect(try first.counted()["accounting"]["damaged"].int == 0)
        #expect(!FileManager.default.fileExists(atPath: first.data + "/journal/importing"))
        #expect(edge.end() == 0)
    }
}
