import Bytes
import Foundation
import TestSupport
import Testing

@Suite("A sender's own rows come back by what their people did, byte for byte", .serialized)
final class PeopleJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    private func people(_ arguments: String..., list: String) throws -> CommandResult {
        try tremolo(
            ["people", "--data", data, "--config", shippedConfiguration(), "--recipients", "-", "--sec", "8781202"]
                + arguments, input: list)
    }

    /// One request of the section's campaign; `cuid` is percent-encoded.
    private func ask(
        _ edge: RunningEdge, _ resource: String, _ cuid: String, _ more: String = "", agent: String = "Thunderbird"
    ) throws {
        let client = try BlockingHTTPClient(port: edge.port)
        let target = resource == "tremclk" ? "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F" : ""
        let campaign = more.isEmpty ? "&expId=17&expVer=2&va=%5B7%5D" : more
        let reply = try client.get(
            "/\(resource)?cuid=\(cuid)&sec=8781202\(campaign)\(target)", headers: ["User-Agent: \(agent)"])
        #expect(reply.status == (resource == "tremclk" ? 302 : 200))
    }

    /// `a` clicked and opened, `b` opened, a machine clicked for `c`, `d` clicked another campaign, `e` did nothing.
    private func act(_ edge: RunningEdge) throws {
        try ask(edge, "tremclk", "a%40m.example")
        try ask(edge, "tremop", "A%40M.EXAMPLE")
        try ask(edge, "tremop", "b%40m.example")
        try ask(edge, "tremclk", "c%40m.example", agent: "curl/8")
        try ask(edge, "tremclk", "d%40m.example", "&expId=18")
        _ = try counted()
    }

    /// The list: every way to write a row, each with a byte sequence of its own.
    private static let hash = SHA256Digest.hash("a@m.example".utf8.span).description
    private static let header = "\u{FEFF}name,E-Mail,\"note \"\"x\"\"\"\r\n"
    private static let rows = [
        "a": "Ann, the 1st\r\n".replacing("Ann, the 1st", with: "\"Ann, the 1st\", a@M.example ,\"two\r\nlines\""),
        "a hash": "Ann again,\"\(hash)\",\n", "b": "Bob,\"b@m.example\",\"\"\"\"\r", "c": "Cy,c@m.example,\u{1B}[2J\n",
        "d": "Dee,d@m.example,=1+1\r\n", "e": "Eve,e@m.example,\n", "nobody": "Nobody,  ,\n",
        "short": "Short,a@m.example\n", "last": "Last,\"b@m.example\",no end",
    ]
    private static let order = ["a", "nobody", "e", "b", "short", "d", "c", "a hash", "last"]

    private static func list(_ names: [String] = order) -> String {
        header + names.compactMap { rows[$0] }.joined()
    }

    @Test("Clicked, opened and neither, of a campaign, a link and the section, with machines where that is said")
    func choices() throws {
        let edge = try start()
        try act(edge)
        let campaign = ["--exp-id", "17", "--exp-ver", "2", "--va", "[7]"]
        let questions: [([String], [String])] = [
            (["--clicked"] + campaign, ["a", "a hash"]), (["--clicked"], ["a", "d", "a hash"]),
            (["--clicked", "--include-machines"], ["a", "d", "c", "a hash"]),
            (["--opened"] + campaign, ["a", "b", "a hash", "last"]), (["--opened", "--exp-id", "18"], []),
            (["--neither"] + campaign, ["e", "d", "c"]), (["--neither"], ["e", "c"]),
            (["--neither", "--include-machines"], ["e"]),
            (["--clicked", "--link", "https://www.mywebsite.com/"], ["a", "d", "a hash"]),
            (["--clicked", "--link", "https://www.mywebsite.com/else"], []),
            (["--clicked", "--since", "1d"], ["a", "d", "a hash"]), (["--clicked", "--until", "2026-01-01"], []),
            (["--neither", "--until", "2026-01-01"], ["e", "b", "d", "c", "a", "a hash", "last"]),
        ]
        for (arguments, names) in questions {
            let result = try tremolo(
                ["people", "--data", data, "--config", shippedConfiguration(), "--recipients", "-", "--sec", "8781202"]
                    + arguments, input: Self.list())
            let expected = Self.list(Self.order.filter { names.contains($0) })
            #expect(result.status == 0 && result.output == expected, "\(arguments): \(result)")
            #expect(result.errors.contains("tremolo: people: \(names.count) of 9 rows "), "\(result.errors)")
            #expect(
                result.errors.contains(
                    "2 rows without a usable identifier stand in no list, the first of them in line 4\n"))
            #expect(!result.errors.contains("@"))
        }
        let unknown = try people("--neither", "--exp-id", "71", list: Self.list())
        #expect(unknown.errors.contains("the store has no event of a person that is asked about"))
        #expect(edge.end() == 0)
        // Without a server the store answers as it is.
        let after = try people("--clicked", "--exp-id", "17", list: Self.list())
        #expect(after.status == 0 && after.output == Self.list(["a", "a hash"]), "\(after)")
    }

    @Test("Under a new event key people are found by their old events and their new ones")
    func rotatedKeys() throws {
        let edge = try start()
        try act(edge)
        let rotated = try tremolo(["privacy", "rotate", "--data", data, "--config", shippedConfiguration()])
        #expect(rotated.status == 0, "\(rotated.errors)")
        try ask(edge, "tremclk", "e%40m.example")
        _ = try counted()
        let both = try people("--clicked", list: Self.list())
        #expect(both.output == Self.list(["a", "e", "d", "a hash"]), "\(both)")
        let neither = try people("--neither", list: Self.list())
        #expect(neither.output == Self.list(["c"]), "\(neither)")
        #expect(edge.end() == 0)
        try FileManager.default.removeItem(atPath: data + "/keys/event-1.key")
        let destroyed = try people("--clicked", list: Self.list())
        #expect(destroyed.output == Self.list(["e"]))
        #expect(destroyed.errors.contains("event keys are not there (1): people are not found by events of their time"))
        let nobody = try people("--neither", list: Self.list())
        #expect(nobody.status == 64 && nobody.output.isEmpty, "\(nobody)")
        let since = nobody.errors.split(separator: "--since ").last?.prefix(10) ?? ""
        #expect(since.hasPrefix("20") && nobody.errors.contains("would be taken for people who did nothing"))
        #expect(try people("--neither", "--since", String(since), list: Self.list()).status == 0)
    }

    @Test("What can't be answered is refused with its place, and nothing of a person stands in a message")
    func refusals() throws {
        let edge = try start()
        try act(edge)
        let list = Self.list()
        let mail = "x@m.example"
        let cases: [([String], String, Int32, String)] = [
            ([], list, 64, "give --clicked, --opened or --neither"),
            (["--clicked", "--neither"], list, 64, "ask for one list at a time"),
            (["--opened", "--link", "x"], list, 64, "--link: only clicks have links"),
            (["--clicked", "--since", "2026-11-23T10:00:00Z"], list, 64, "--since: it lies inside a day"),
            (["--clicked", "--until", "2026-11-23T10:00:00Z"], list, 64, "--until: it lies inside a day"),
            (["--clicked", "--column", "Mail"], list, 65, "standard input:1: the header has no column Mail"),
            (["--clicked"], "\(mail)\n\(mail)\n", 65, "the header has no column cuid, email, e-mail"),
            (["--clicked"], "email;name\n\(mail);x\n", 65, "commas must separate its columns"),
            (["--clicked"], "email,Email,EMAIL\n", 0, "0 of 0 rows clicked"),
            (["--clicked"], "EMAIL,Email\n\(mail),\n", 65, "two columns have the name 'email'"),
            (["--clicked"], "", 65, "there is no row with the names of the columns"),
            (["--clicked"], "email\n\"\(mail)\"\"", 65, "the quote that opens in line 2 is not closed"),
            (["--clicked"], "email\n\"\(mail)\"x", 65, "text stands behind a closing quote in line 2"),
            (
                ["--clicked"], "email\n\(String(repeating: "x", count: 1 << 20))", 65,
                "line 2 has more than 1048576 bytes"
            ),
        ]
        for (arguments, list, status, message) in cases {
            let result = try tremolo(
                ["people", "--data", data, "--config", shippedConfiguration(), "--recipients", "-", "--sec", "8781202"]
                    + arguments, input: list)
            #expect(result.status == status && result.errors.contains(message), "\(arguments): \(result.errors)")
            #expect(!result.errors.contains(mail))
        }
        // What was found above the mistake is through.
        let half = try people("--clicked", list: "email\na@m.example\ne@m.example\n\"x")
        #expect(half.status == 65 && half.output == "email\na@m.example\n")
        #expect(half.errors.contains("; the rows above are through"))
        let common = ["--data", data, "--config", shippedConfiguration(), "--clicked"]
        let section = try tremolo(["people", "--recipients", "-", "--sec", "1"] + common, input: list)
        #expect(section.status == 64 && section.errors.contains("--sec: the configuration has no such section"))
        let missing = try tremolo(["people", "--recipients", folder.path + "/none", "--sec", "8781202"] + common)
        #expect(missing.status == 66)
        let nowhere = try tremolo(
            [
                "people", "--recipients", "-", "--sec", "8781202", "--clicked", "--config", shippedConfiguration(),
                "--data",
                folder.path + "/none",
            ], input: list)
        #expect(nowhere.status == 66)
        let none = folder.path + "/none.json5"
        try "{ identity: \"none\", sections: { \"8781202\": {} } }".write(
            toFile: none, atomically: true, encoding: .utf8)
        for (flag, status) in [("--neither", Int32(78)), ("--clicked", 0)] {
            let result = try tremolo(
                ["people", "--recipients", "-", "--sec", "8781202", flag, "--data", data, "--config", none], input: list
            )
            #expect(result.status == status && result.errors.contains("identity is none"), "\(result.errors)")
        }
        #expect(edge.end() == 0)
    }

    @Test("Bytes that are no text go through, and a row that is as long as a row may be")
    func oddBytes() throws {
        let edge = try start()
        try act(edge)
        let file = folder.path + "/list.csv"
        let long = "\"" + String(repeating: "\"\"\n", count: 300_000) + "\""
        let clicked = Array("d@m.example,".utf8) + [0xFF, 0, 0xC3, 0x28] + Array("\n".utf8)
        let others = Array("\"\(String(repeating: "x", count: 70_000))\",\n\u{0}@m.example,\n".utf8)
        let header = Array("cuid,\u{0}\r".utf8)
        let whole = Array("a@m.example,\(long)\r\n".utf8)
        try Data(header + clicked + others + whole + clicked).write(to: URL(fileURLWithPath: file))
        let result = try BackgroundCommand([
            "people", "--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--recipients", file,
            "--clicked",
        ]).bytes()
        #expect(result.status == 0 && Array(result.output) == header + clicked + whole + clicked)
        #expect(edge.end() == 0)
    }

    @Test("Whoever may not read the keys is told so", .enabled(if: mayBecomeNobody()))
    func permissions() throws {
        let edge = try start()
        try act(edge)
        let list = folder.path + "/list.csv"
        try Self.list().write(toFile: list, atomically: true, encoding: .utf8)
        let arguments = [
            "people", "--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--recipients", list,
            "--clicked",
        ]
        let refused = try tremoloAsNobody(arguments)
        #expect(refused.status == 77 && refused.errors.contains(data + "/keys"), "\(refused.errors)")
        #expect(refused.output.isEmpty)
        let keys = data + "/keys"
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: keys)
        for name in try FileManager.default.contentsOfDirectory(atPath: keys) {
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: keys + "/" + name)
        }
        let allowed = try tremoloAsNobody(arguments)
        #expect(allowed.status == 0 && allowed.output == Self.list(["a", "d", "a hash"]), "\(allowed)")
        #expect(edge.end() == 0)
    }
}
