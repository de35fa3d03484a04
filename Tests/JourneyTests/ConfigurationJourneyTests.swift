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
        let result = try tremolo(["config", "check", "--config", file])
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
            (["events", "--since", "7"], "--since"), (["explain"], "URL"), (["sends", "add", "--sec", "1"], "--sent"),
            (["sends", "add", "--sent", "1"], "--sec"), (["sends", "add", "--sec", "1", "--sent", "-5"], "--sent"),
            (["name", "--sec", "1", "--va", "[1]", "x"], "name"),
        ] {
            let result = try tremolo(arguments)
            #expect(result.status == 64, "\(arguments): \(result.errors)")
            #expect(result.errors.hasPrefix("tremolo: ") && result.errors.contains(message), "\(result.errors)")
            #expect(result.output.isEmpty)
        }
    }
}
