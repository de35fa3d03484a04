import Foundation
import TestSupport
import Testing

/// A URL and what `explain` must say of it.
struct Explained: CustomTestStringConvertible, Sendable {
    let url: String
    let status: Int32
    let lines: [String]
    var testDescription: String { url }

    init(_ url: String, _ status: Int32, _ lines: String...) {
        self.url = url
        self.status = status
        self.lines = lines
    }
}

@Suite("A configuration is checked whole, and a link explained, before anything runs")
struct ConfigurationJourneyTests {
    private func check(_ text: String) throws -> (status: Int32, output: String, errors: String) {
        let folder = try TemporaryFolder()
        let file = folder.path + "/t.json5"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let result = try tremolo(["config", "check", "--config", file], environment: ["TREMOLO_RULES": ""])
        return (result.status, result.output, result.errors.replacingOccurrences(of: file, with: "t.json5"))
    }

    @Test("Every problem is found in one pass, each with its place and what to do")
    func problems() throws {
        let result = try check(
            """
            { lissten: "127.0.0.1:1", workers: "x",
              sections: { "1": { hots: ["a"], otherwise: "observe", hosts: ["*.*"], fallback: "javascript:1",
                                 timezone: "Europe/Atlantis" }, "a b": {} },
              admin: "0.0.0.0:1" }
            """)
        #expect(result.status == 78 && result.output.isEmpty)
        let lines = result.errors.split(separator: "\n")
        let expected = [
            "t.json5:1:3: lissten: there is no such setting: did you mean 'listen'?", "t.json5:1:36: workers: ",
            "t.json5:2:22: sections.1.hots: there is no such setting: did you mean 'hosts'?",
            "t.json5:2:46: sections.1.otherwise: ", "t.json5:2:65: sections.1.hosts[0]: ",
            "t.json5:2:83: sections.1.fallback: ", "t.json5:3:32: sections.1.timezone: ",
            "t.json5:3:53: sections.a b: ", "t.json5:4:10: admin: ",
        ]
        #expect(lines.count == expected.count, "\(result.errors)")
        for (line, start) in zip(lines, expected) { #expect(line.hasPrefix("tremolo: " + start), "\(line)") }
    }

    @Test("A file that is no JSON5 is said with its place, a good one with a word, a missing one with its name")
    func files() throws {
        let broken = try check("{ sections: {\n")
        #expect(broken.status == 78 && broken.errors.contains("t.json5:"))
        let good = try check("{}")
        #expect(good.status == 0 && good.errors == "t.json5: no problems\n")
        let missing = try tremolo(["config", "check", "--config", "/nowhere/t.json5"])
        #expect(missing.status == 66 && missing.errors.contains("/nowhere/t.json5"))
        let serve = try tremolo(["serve", "--config", "/nowhere/t.json5"])
        #expect(serve.status == 66)
    }

    @Test("What a server would refuse at its start is a problem: the token's file, and every rule file")
    func namedFiles() throws {
        let folder = try TemporaryFolder()
        func write(_ text: String, _ name: String) throws -> String {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/" + name))
            return folder.path + "/" + name
        }
        let short = try write("short\n", "token")
        for (file, why) in [("/nowhere/token", "No such file"), (short, "it holds no token")] {
            let result = try check("{ adminTokenFile: \"\(file)\" }")
            #expect(result.status == 78)
            #expect(
                result.errors.hasPrefix("tremolo: t.json5:1:19: adminTokenFile: \(file): \(why)"), "\(result.errors)")
            let serve = try tremolo(
                [
                    "serve", "--config", try write("{ adminTokenFile: \"\(file)\" }", "t.json5"), "--data",
                    folder.path + "/d", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                ])
            #expect(serve.status == 78)
        }
        try FileManager.default.createDirectory(atPath: folder.path + "/rules", withIntermediateDirectories: false)
        let rules = try write("{\n clients: 1 }", "rules/clients.json5")
        // Neither hides the other, nor a key that stands twice.
        let all = try check(
            "{ lissten: 1, data: \"a\", data: \"b\", rules: \"\(folder.path)/rules\", adminTokenFile: \"\(short)\" }")
        #expect(all.status == 78)
        for part in [
            "t.json5:1:3: lissten: ", "t.json5:1:26: the key \"data\" stands here again", "adminTokenFile: \(short): ",
            "\(rules):2:11: expected a list of rules: write [ … ]\n",
        ] {
            #expect(all.errors.contains("tremolo: " + part) || all.errors.contains(part), "\(part): \(all.errors)")
        }
        #expect(all.errors.split(separator: "\n").count == 4)
        // Where the rules can't be known they are not looked for.
        #expect(try check("{ rules: 1 }").errors.split(separator: "\n").count == 1)
    }

    @Test(
        "What wrap would stumble over is warned of: a named folder of senders that is missing, and each bad file in it")
    func senders() throws {
        let folder = try TemporaryFolder()
        let missing = try check("{ senders: \"/nowhere/esp\" }")
        #expect(missing.status == 0 && missing.errors.contains("warning: /nowhere/esp: No such file"))
        for (name, text) in [("a", "{ tags: [] }"), ("b", "{ tags: [{ open: 1 }] }"), ("c", "{")] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(name).json5"))
        }
        try Data("notes".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/README"))
        let bad = try check("{ senders: \"\(folder.path)\" }")
        #expect(bad.status == 0)
        let lines = bad.errors.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].contains("/b.json5:1:18: 'open' is no text"), "\(bad.errors)")
        #expect(lines[1].contains("warning: \(folder.path)/c.json5:1:2") && lines[2] == "t.json5: no problems")
    }

    @Test("The file that the environment names is the one that is named")
    func environmentNames() throws {
        let folder = try TemporaryFolder()
        try Data("{}".utf8).write(to: URL(fileURLWithPath: folder.path + "/e.json5"))
        let result = try tremolo(["config", "check"], environment: ["TREMOLO_CONFIG": folder.path + "/e.json5"])
        #expect(result.status == 0 && result.errors == "\(folder.path)/e.json5: no problems\n")
    }

    @Test("What is printed is a configuration of the same meaning, and says where each value comes from")
    func print() throws {
        let folder = try TemporaryFolder()
        let printed = try tremolo(
            ["config", "print", "--config", shippedConfiguration(), "--data", "/flag"],
            environment: ["TREMOLO_WORKERS": "3", "TREMOLO_DATA": "/environment"])
        #expect(printed.status == 0, "\(printed.errors)")
        #expect(printed.output.contains("workers: 3,  // TREMOLO_WORKERS\n"))
        #expect(printed.output.contains("data: \"/flag\",  // --data\n"))
        let file = folder.path + "/again.json5"
        try Data(printed.output.utf8).write(to: URL(fileURLWithPath: file))
        let again = try tremolo(["config", "print", "--config", file])
        func values(_ text: String) -> [Substring] {
            text.split(separator: "\n").map { $0.prefix(upTo: $0.range(of: "  //")?.lowerBound ?? $0.endIndex) }
        }
        #expect(values(again.output) == values(printed.output))
    }

    @Test(
        "A link is explained by the path that the server takes, and the exit code says whether it redirects",
        arguments: [
            Explained(
                "https://t.example/tremclk/?sec=8781202&va=%5B7%5D&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart", 0,
                "resource click", "va [7]", "outcome redirected", "status 302",
                "Location https://www.mywebsite.com/cart"),
            Explained("/tremop?sec=8781202", 0, "resource open", "outcome pixel", "status 200"),
            Explained(
                "https://t.example/tremclk?sec=8781202&targetUrl=%2Fcart", 0, "outcome fallback",
                "Location https://www.mywebsite.com/"),
            Explained(
                "https://t.example/tremclk?sec=8781202&targetUrl=https%3A%2F%2Felse.example%2F", 65, "outcome asked",
                "host else.example", "status 200"),
            Explained("https://t.example/tremclk?sec=8772046", 65, "outcome refused", "status 404"),
            Explained("https://t.example/other", 65), Explained("nonsense", 65), Explained("", 65),
        ])
    func explain(_ row: Explained) throws {
        let result = try tremolo(["explain", "--config", shippedConfiguration(), row.url])
        #expect(result.status == row.status, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        for expected in row.lines {
            #expect(lines.contains { $0 == expected || $0.hasPrefix(expected + ":") }, "\(expected): \(result.output)")
        }
        let piped = try tremolo(["explain", "--config", shippedConfiguration(), "-"], input: row.url + "\n")
        #expect(piped.output == result.output && piped.status == row.status)
    }

    @Test("What a link holds can't move a terminal's cursor")
    func escaped() throws {
        let result = try tremolo(
            [
                "explain", "--config", shippedConfiguration(),
                "/tremclk?sec=%1B%5B2J&expId=%E2%80%AE1&targetUrl=https%3A%2F%2Fa.example%2F",
            ])
        #expect(result.output.unicodeScalars.allSatisfy { $0 == "\n" || (0x20...0x7E).contains($0.value) })
    }

    @Test("A command line that is wrong says how, and exits 64")
    func usage() throws {
        for (arguments, message) in [
            (["foo"], "foo"), (["report", "--formt", "csv"], "'--format'"),
            (["report", "--format", "xml"], "--format"),
            (["report", "--by", "colour"], "colour"), (["report", "--since", "yesterday"], "yesterday"),
            (["report", "--since", "30m"], "--since: '30m'"), (["report", "--until", ""], "--until: ''"),
            (["report", "--by", ""], "--by"), (["report", "--by", "sec,,expId"], "--by"),
            (["events", "--since", "7"], "--since"), (["explain"], "URL"),
            (["import", ""], "import: DIR is empty"),
            (["sends", "add", "--sec", "1"], "--sent"),
            (["sends", "add", "--sent", "1"], "--sec"), (["sends", "add", "--sec", "1", "--sent", "-5"], "--sent"),
            (["name", "--sec", "1", "--va", "[1]", "x"], "--va"),
            (["sends", "add", "--sec", "", "--sent", "1"], "--sec: it is no id"),
            (["sends", "add", "--sec", "bad id!", "--sent", "1"], "--sec: it is no id"),
            (["name", "--sec", "bad id!", "x"], "--sec: it is no id"),
            (["sends", "add", "--sec", "1", "--exp-ver", "2", "--sent", "1"], "--exp-ver"),
            (["sends", "add", "--sec", "1", "--sent", "1", "--links", "4294967296"], "--links"),
            (["sends", "add", "--sec", "1", "--sent", "1", "--links", "0"], "--links"),
            (["name", "--sec", "-", "-"], "standard input"),
            (["serve", "--workers", "abc"], "--workers: 'abc' is no whole number"),
            (["serve", "--workers=-1"], "--workers: "), (["serve", "--flush-interval", "0"], "--flush-interval: "),
            (["serve", "--listen", "127.0.0.1:99999"], "--listen: "), (["serve", "--data", ""], "--data: "),
            (["report", "--data", ""], "--data: "), (["config", "check", "--data", ""], "--data: "),
        ] {
            let result = try tremolo(arguments)
            #expect(result.status == 64, "\(arguments): \(result.errors)")
            #expect(
                result.errors.hasPrefix("tremolo: ") && result.errors.contains(message),
                "\(arguments): \(result.errors)")
            #expect(result.output.isEmpty)
        }
    }
}
