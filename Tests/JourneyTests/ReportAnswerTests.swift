import Foundation
import TestSupport
import Testing

@Suite("A report says what it is made of, and what stands in its way")
struct ReportAnswerTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    @Test("The journal's own report says what is damaged, and that there is no journal where there is none")
    func journalAccounting() throws {
        let edge = try start()
        try click(edge)
        #expect(edge.end() == 0)
        try flip(try #require(try segments().first))
        let damaged = try report("--from", "journal", "--format", "json")
        let accounting = try JSONDocument(damaged.output)["accounting"]
        #expect(accounting["counted"].int == 8 && accounting["damaged"].int == 1 && accounting["received"].int == 9)
        let missing = try tremolo(["report", "--data", data + "-not", "--from", "journal"])
        #expect(missing.status == 66 && missing.output.isEmpty && missing.errors.contains(data + "-not"))
    }

    @Test("The fleet's store is asked for what all nodes know, not for this node's journal, and needs a server")
    func fleet() throws {
        for flags in [["--from", "journal"], ["--compare-rules", "Config/rules"]] {
            let refused = try tremolo(["report", "--store", "clickhouse", "--data", data] + flags)
            #expect(refused.status == 64 && refused.errors.contains(flags[0]) && refused.output.isEmpty)
        }
        let missing = try report("--store", "clickhouse")
        #expect(missing.status == 78 && missing.errors.contains("clickhouse.endpoints"), "\(missing.errors)")
        #expect(try report("--store", "sqlite").status == 66)
    }

    @Test("A time inside an hour is refused by the store and answered by the journal to the moment")
    func withinHour() throws {
        let edge = try start()
        try click(edge)
        _ = try counted()
        let events = try tremolo(["events", "--data", data, "--config", shippedConfiguration()])
        let lines = events.output.split(separator: "\n")
        let middle = try #require(try JSONDocument(String(lines[4]))["time"].string)
        let expected = try tremolo(
            ["events", "--data", data, "--config", shippedConfiguration(), "--since", middle]
        ).output.split(separator: "\n").count
        let refused = try report("--since", middle)
        #expect(refused.status == 64 && refused.output.isEmpty)
        #expect(refused.errors.contains("--since: ") && refused.errors.contains("--from journal"), "\(refused.errors)")
        func total(_ arguments: String...) throws -> Int {
            let asked = try tremolo(
                ["report", "--data", data, "--config", shippedConfiguration(), "--format", "json", "--by", "sec"]
                    + arguments)
            #expect(asked.status == 0, "\(asked.errors)")
            return try JSONDocument(asked.output)["rows"].elements.reduce(0) { sum, row in
                sum + (row["clicks"]["total"].int ?? 0) + (row["opens"]["total"].int ?? 0)
            }
        }
        #expect(expected > 0 && expected < 9)
        #expect(try total("--since", middle, "--from", "journal") == expected)
        #expect(try total("--until", middle, "--from", "journal") == 9 - expected)
        // Hours that are counted back are whole ones, and that is said.
        let table = try report("--since", "1h").output
        #expect(table.contains("--since 1h: rounded down to the start of the hour, "), "\(table)")
        let csv = try report("--since", "1h", "--format", "csv")
        #expect(csv.errors.contains("--since 1h: rounded down") && !csv.output.contains("rounded"))
        #expect(try total("--since", "1h") == 9)
        #expect(try total("--since", "1h", "--from", "journal") == 9)
        #expect(edge.end() == 0)
    }

    @Test("A report names the rules that made its figures, and says when the folder holds others")
    func rulesChanged() throws {
        let rules = folder.path + "/rules"
        try FileManager.default.createDirectory(atPath: rules, withIntermediateDirectories: false)
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: rules + "/a.json5")) }
        func machines() throws -> String {
            let table = try tremolo(
                ["report", "--data", data, "--config", shippedConfiguration()], environment: ["TREMOLO_RULES": rules])
            #expect(table.status == 0, "\(table.errors)")
            return table.output
        }
        try write("{}")
        let edge = try RunningEdge(
            data: data, configuration: shippedConfiguration(), environment: ["TREMOLO_RULES": rules])
        try click(edge)
        #expect(edge.end() == 0)
        let before = try machines()
        let version = try #require(before.firstMatch(of: /machines \(rules ([0-9a-f]+)\)/)?.1)
        #expect(!before.contains("rules changed"))
        try write("{ userAgents: [{ begins: \"curl/\", class: \"machine\", reason: \"tool\" }] }")
        let after = try machines()
        #expect(after.contains("machines (rules \(version))"), "\(after)")
        #expect(after.contains("rules changed: ") && after.contains("run tremolo rebuild"), "\(after)")
        let rebuilt = try tremolo(
            ["rebuild", "--data", data, "--config", shippedConfiguration()], environment: ["TREMOLO_RULES": rules])
        #expect(rebuilt.status == 0, "\(rebuilt.errors)")
        let again = try machines()
        #expect(!again.contains("rules changed") && !again.contains(version), "\(again)")
    }

    @Test("A reader that goes away ends a report without a word, and a full disk is said as one")
    func goneReader() throws {
        let edge = try start()
        try click(edge)
        #expect(edge.end() == 0)
        let arguments = ["report", "--data", data, "--config", shippedConfiguration()]
        let shell = ["/bin/sh", "-c", "\"$@\" >/dev/full", "sh"]
        let full = try tremolo(arguments, runner: shell)
        #expect(full.status == 74)
        #expect(full.errors.contains("standard output: No space left") && full.errors.contains("free some space"))
        #expect(!full.errors.contains("folder"), "\(full.errors)")
        // The reading end is closed before the command begins.
        let output = Pipe()
        let errors = Pipe()
        try output.fileHandleForReading.close()
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: tremoloBinary())
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        try errors.fileHandleForWriting.close()
        #expect(errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
        process.waitUntilExit()
        #expect(process.terminationStatus == 74)
    }

    @Test("CSV is harmless on a terminal that tells no width, and plain in a pipe")
    func terminal() throws {
        let edge = try start()
        let client = try BlockingHTTPClient(port: edge.port)
        #expect(try client.get("/tremop?sec=8781202&expId=%1B%5B2J").status == 200)
        _ = try counted()
        #expect(edge.end() == 0)
        let arguments = ["report", "--data", data, "--config", shippedConfiguration(), "--format", "csv"]
        #expect(try report("--format", "csv").output.contains("\u{1B}[2J"))
        let shown = try outputOnTerminal(of: arguments)
        #expect(shown.contains("\\u{1b}[2J") && !shown.contains("\u{1B}"), "\(shown)")
    }

    @Test("A section, an experience, a version and a variation can come from standard input")
    func standardInput() throws {
        let edge = try start()
        try click(edge)
        _ = try counted()
        let common = ["--data", data, "--config", shippedConfiguration()]
        #expect(
            try tremolo(
                ["sends", "add"] + common + ["--sec", "-", "--exp-id", "17", "--sent", "9"], input: "8781202\n"
            )
            .status == 0)
        #expect(
            try tremolo(
                ["name"] + common + ["--sec", "8781202", "--exp-id", "17", "--va", "-", "Seven"], input: "[7]\n"
            ).status == 0)
        let asked = try tremolo(
            ["report"] + common + ["--sec", "8781202", "--exp-id", "-", "--by", "sec,expId,va"], input: "17\n")
        #expect(asked.status == 0 && asked.output.contains("Seven ([7])"), "\(asked.output)\(asked.errors)")
        let section = try tremolo(["report"] + common + ["--sec", "-", "--format", "json"], input: "8781202\n")
        #expect(try JSONDocument(section.output)["rows"].elements.contains { $0["sent"].int == 9 }, "\(section.output)")
        #expect(
            try tremolo(["events"] + common + ["--sec", "-"], input: "8772046\n").output.split(separator: "\n").count
                == 2)
        #expect(edge.end() == 0)
    }

    @Test(
        "A folder that another user may not look into is said as that, not as missing", .enabled(if: mayBecomeNobody()))
    func noPermission() throws {
        let edge = try start()
        try click(edge)
        #expect(edge.end() == 0)
        let common = ["--data", data, "--config", shippedConfiguration()]
        let commands = [["report"], ["events"], ["verify"], ["report", "--from", "journal"], ["rebuild"]]
        func refused(_ place: String) throws {
            for command in commands {
                let theirs = try tremoloAsNobody(command + common)
                #expect(theirs.status == 77, "\(command), \(place): \(theirs.errors)")
                #expect(theirs.errors.contains("Permission denied") && theirs.output.isEmpty, "\(theirs.errors)")
                #expect(!theirs.errors.contains("there is no"), "\(theirs.errors)")
            }
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: data)
        try refused("the folder")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: data)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: data + "/journal")
        try refused("the journal")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: data + "/journal")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: data + "/campaigns-1.sqlite")
        #expect(try tremoloAsNobody(["report"] + common).status == 77)
    }

    @Test("As of when a report is stays when everything was counted before the end, and moves with the next start")
    func asOf() throws {
        func asOf() throws -> String {
            try #require(try JSONDocument(try report("--format", "json").output)["asOf"].string)
        }
        let edge = try start()
        try click(edge)
        #expect(try counted()["accounting"]["counted"].int == 9)
        #expect(edge.end() == 0)
        let ended = try asOf()
        let events = try tremolo(["events", "--data", data, "--config", shippedConfiguration()])
        let last = try events.output.split(separator: "\n").compactMap { try JSONDocument(String($0))["time"].string }
            .max()
        #expect(ended >= (try #require(last)))
        let again = try start()
        #expect(again.end() == 0)
        #expect(try asOf() >= ended)
    }
}
