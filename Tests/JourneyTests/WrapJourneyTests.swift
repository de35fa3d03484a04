import Foundation
import TestSupport
import Testing

@Suite("A mail that was wrapped is clicked, and the report has every link of it")
struct WrapJourneyTests {
    private static let base = ["--base", "http://trem.example.com", "--sec", "8781202", "--exp-id", "17"]

    private static func wrap(_ arguments: [String], input: String = "") throws -> CommandResult {
        try tremolo(["wrap"] + base + arguments + ["--config", shippedConfiguration()], input: input)
    }

    /// The request targets of the tracking links in a text, as a client sends them.
    private static func targets(of text: String) -> [String] {
        text.split(separator: "http://trem.example.com").dropFirst().map { part in
            let target = part.prefix { $0 != "\"" && $0 != "'" && $0 != ">" && $0 != "\\" }
            // A fragment stays with the client, and what no request line holds is encoded by it.
            return String(target.prefix { $0 != "#" }).replacing("&amp;", with: "&").replacing(" ", with: "%20")
        }
    }

    @Test("Round trip: every link is redirected to where it led, the pixel is loaded, and the sends are counted")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: shippedConfiguration())
        let destinations = [
            "https://www.mywebsite.com/", "https://www.mywebsite.com/a?b=1&c=%20d", "https://shop.mywebsite.com/x",
            "https://www.mywebsite.com/%C3%BC",
        ]
        let html =
            "<html><body>\n<a href=\"https://www.mywebsite.com/\">1</a>\n"
            + "<a href='https://www.mywebsite.com/a?b=1&amp;c=%20d' data-tremolo-label='hero'>2</a>\n"
            + "<map><area href=https://shop.mywebsite.com/x></map>\n<a href='{{ home }}'>3</a>"
            + "<a href=\"https://www.mywebsite.com/unsubscribe\">4</a></body></html>"
        let result = try Self.wrap(
            ["--html", "-", "--cuid", "ann@mail.example", "--cuid-type", "ihe", "--record-sends", "--data", data],
            input: html)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("standard input:5: a: {{ home }} stands raw"))
        #expect(result.errors.contains("standard input:5: a: left: it holds 'unsubscribe'"))
        #expect(result.errors.contains("wrapped: 4 links"))
        #expect(!result.errors.contains("ann@"))

        let sent = result.output.replacing("{{ home }}", with: "https://www.mywebsite.com/ü")
            .replacing("ü", with: "%C3%BC")
        let client = try BlockingHTTPClient(port: edge.port)
        var locations: [String] = []
        for target in Self.targets(of: sent) {
            let reply = try client.get(target)
            #expect(reply.status == (target.hasPrefix("/tremop") ? 200 : 302), "\(target)")
            if let location = reply.headers["location"] { locations.append(location) }
        }
        #expect(locations == destinations)
        let report = try countedReport(
            ["--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--exp-id", "17"])
        let row = try #require(report["rows"].elements.first)
        #expect(row["clicks"]["total"].int == 4 && row["clicks"]["unique"].int == 1)
        #expect(row["opens"]["total"].int == 1)
        #expect(row["sent"].int == 1)
        let links = try countedReport(
            ["--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--by", "link"])
        #expect(links["rows"].elements.count { $0["clicks"]["total"].int == 1 } == 4)
        #expect(edge.end() == 0)
    }

    @Test("Signed links are good where the section lists no host, whatever stands for the recipient in them")
    func signed() throws {
        let folder = try TemporaryFolder()
        let (data, configuration) = (folder.path + "/data", folder.path + "/tremolo.json5")
        try "{ sections: { \"8781202\": { hosts: [\"listed.example\"], signatures: \"require\" } } }"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let settings = ["--config", configuration, "--data", data]
        func wrap(_ arguments: String...) throws -> CommandResult {
            let html =
                "<a href='https://shop.example/a?b=1&amp;c' data-tremolo-label=hero>1</a>"
                + "<a href='https://listed.example/?n={{ name }}'>2</a><a href=\"${Tracking link}\">3</a>"
            let base = ["wrap", "--html", "-", "--base", "http://trem.example.com", "--sec", "8781202"]
            return try tremolo(base + ["--sign"] + arguments + settings, input: html)
        }
        #expect(try RunningEdge(data: data, configuration: configuration).end() == 0)
        let keyless = try wrap()
        #expect(keyless.status == 66 && keyless.errors.contains("no signing key"), "\(keyless.errors)")
        #expect(try tremolo(["sign", "--make-key"] + settings).status == 0)
        let code = try wrap("--exp-id", "{{ campaign }}")
        #expect(code.status == 64 && code.errors.contains("its expId holds a merge tag"), "\(code.errors)")

        let result = try wrap("--exp-id", "17", "--cuid", "{{ person.email }}")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("standard input:1: a: its signature does not cover its target"))
        let mail = result.output.replacing("{{ person.email }}", with: "ann%40mail.example")
            .replacing("{{ name }}", with: "Ann")
        let edge = try RunningEdge(data: data, configuration: configuration)
        let client = try BlockingHTTPClient(port: edge.port)
        let targets = Self.targets(of: mail).filter { $0.hasPrefix("/tremclk") }
        #expect(targets.count == 3 && targets.allSatisfy { $0.contains("&tsig=") })
        let replies = try targets.map { try client.get($0) }
        #expect(replies.map(\.status) == [302, 302, 404])
        #expect(replies[0].headers["location"] == "https://shop.example/a?b=1&c")
        #expect(replies[1].headers["location"] == "https://listed.example/?n=Ann")
        let appended = try client.get(targets[2] + "&targetUrl=https%3A%2F%2Flisted.example%2Fx")
        #expect(appended.status == 302)
        let forged = try client.get(targets[0].replacing("shop.example", with: "evil.example"))
        #expect(forged.status != 302)
        #expect(edge.end() == 0)
    }

    @Test("A send is recorded at the payload's time, by whoever owns the folder")
    func payload() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        #expect(try RunningEdge(data: data, configuration: shippedConfiguration()).end() == 0)
        let json = """
            { "em_dy_event_time": "2020-10-09T07:35:45Z", // when it is sent
              "link": "https://www.mywebsite.com/a", "hiddenPixel": ["${Tracking pixel}"] }
            """
        let arguments = ["--json", "-", "--cuid", "ann@mail.example", "--record-sends", "--data", data]
        let result = try Self.wrap(arguments, input: json)
        #expect(result.status == 0, "\(result.errors)")
        #expect(Self.targets(of: result.output).count == 2)
        #expect(result.output.contains("// when it is sent"))
        // Values from standard input are read once, for links and record alike; code stands for no campaign.
        let file = folder.path + "/event.json"
        try json.write(toFile: file, atomically: true, encoding: .utf8)
        let same = [
            "wrap", "--json", file, "--base", "http://trem.example.com", "--sec", "8781202", "--record-sends", "--data",
            data, "--config", shippedConfiguration(), "--exp-id",
        ]
        let read = try tremolo(same + ["-"], input: "17\n")
        #expect(read.status == 0 && read.errors.contains("recorded: 1 message of section 8781202"), "\(read.errors)")
        #expect(try tremolo(same + ["{{ id }}"]).status == 64)
        let edge = try RunningEdge(data: data, configuration: shippedConfiguration())
        let report = try countedReport(
            [
                "--data", data, "--config", shippedConfiguration(), "--by", "expId", "--since", "2020-10-09T00:00:00Z",
                "--until", "2020-10-10T00:00:00Z",
            ])
        #expect(report["rows"].elements.first?["sent"].int == 2)
        #expect(edge.end() == 0)
        let bad = try Self.wrap(arguments, input: json.replacing("2020-10", with: "2020-99"))
        #expect(bad.status == 65 && bad.output.isEmpty)
        #expect(bad.errors.contains("standard input:1:23: em_dy_event_time is no RFC 3339 time"))
    }

    @Test("One mail a recipient, each with their own links, under names that nothing in the list can change")
    func recipients() throws {
        let folder = try TemporaryFolder()
        let (list, mails) = (folder.path + "/people.csv", folder.path + "/out/mails")
        try "\u{FEFF}email,name\r\nann@mail.example,\"A, \"\"B\"\" <c>\"\r\n../../evil@mail.example,x\r\n"
            .write(toFile: list, atomically: true, encoding: .utf8)
        let html = "<body>Hi {{name}} {{nobody}}<a href='https://www.mywebsite.com/'>x</a>"
        let arguments = ["--html", "-", "--recipients", list, "--output", mails, "--cuid", "{{email}}"]
        let result = try Self.wrap(arguments, input: html)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("wrote 2 mails to"))
        #expect(result.errors.contains("standard input:1: {{nobody}} names no column and stays"))
        #expect(!result.errors.contains("mail.example"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: mails).sorted() == ["00000001.html", "00000002.html"])
        let first = try String(contentsOfFile: mails + "/00000001.html", encoding: .utf8)
        #expect(
            first.contains(
                "Hi A, &quot;B&quot; &lt;c&gt; {{nobody}}<a href='http://trem.example.com/tremclk?cuid=ann%40"))
        let permissions = try FileManager.default.attributesOfItem(atPath: mails + "/00000001.html")[.posixPermissions]
        #expect(try #require(permissions as? NSNumber).intValue == 0o600)

        let again = try Self.wrap(arguments, input: html)
        #expect(again.status == 73 && again.errors.contains("00000001.html"))
        let nobody = try Self.wrap(arguments.dropLast() + ["{{mail}}"], input: html)
        #expect(nobody.status == 64 && nobody.errors.contains("--cuid: it has to name a column"))
        try "email,name\nann@mail.example\n".write(toFile: list, atomically: true, encoding: .utf8)
        let short = try Self.wrap(arguments, input: html)
        #expect(short.status == 65 && short.errors.contains("people.csv:2: it has 1 field, and"))
        #expect(!short.errors.contains("ann@"))
        try "email,name\n\"ann".write(toFile: list, atomically: true, encoding: .utf8)
        #expect(try Self.wrap(arguments, input: html).status == 65)
        try "email,email\n".write(toFile: list, atomically: true, encoding: .utf8)
        #expect(try Self.wrap(arguments, input: html).status == 65)
        try "".write(toFile: list, atomically: true, encoding: .utf8)
        #expect(try Self.wrap(arguments, input: html).status == 65)
    }

    @Test(arguments: [
        (["--html", "/nowhere.html"], 66, "/nowhere.html"), ([], 64, "one of --html and --json"),
        (["--html", "-", "--json", "x"], 64, "one of --html and --json"), (["--json", "-"], 65, "standard input:1:1"),
        (["--html", "-", "--link-keys", "a"], 64, "--link-keys"),
        (["--json", "-", "--pointers", "a"], 64, "no JSON pointer"),
        (["--html", "-", "--esp", "nobody"], 66, "nobody.json5"),
        (["--html", "-", "--esp", "./x.json5"], 66, "./x.json5"),
        (["--html", "-", "--recipients", "x"], 64, "--output"), (["--html", "-", "--output", "x"], 64, "--output"),
        (["--html", "-", "--record-sends", "--data", "/nowhere"], 66, "/nowhere"),
    ])
    func whatCanNotBeDoneIsSaid(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let result = try Self.wrap(arguments)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test func theBaseAndTheSectionAreAsked() throws {
        for (arguments, words) in [
            (["--sec", "1"], "--base: it is missing"), (["--base", "https://t.example"], "--sec: it is missing"),
            (["--base", "https://t.example/x", "--sec", "1"], "no tracking host"),
            (["--base", "https://t.example", "--sec", "a b"], "no id of a section"),
        ] {
            let result = try tremolo(["wrap", "--html", "-"] + arguments)
            #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
        }
    }

    @Test func shippedSendersAreFoundByTheSetting() throws {
        let folder = try TemporaryFolder()
        let senders = URL(fileURLWithPath: shippedConfiguration()).deletingLastPathComponent().appendingPathComponent(
            "esp")
        let configuration = folder.path + "/tremolo.json5"
        try "{ senders: \"\(senders.path)\" }".write(toFile: configuration, atomically: true, encoding: .utf8)
        let result = try tremolo(
            [
                "wrap", "--html", "-", "--base", "https://t.example", "--sec", "1", "--esp", "sendgrid", "--config",
                configuration,
                "--cuid", "*|EMAIL|*",
            ],
            input: "<a href='https://www.mywebsite.com/'>")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("<a clicktracking=\"off\" href='https://t.example/tremclk?"))
        #expect(
            result.errors.contains(
                "cuid: *|EMAIL|* is no code of this sender's: it will be sent as text to every recipient"))
        try "{ tags: [{ open: 1 }] }".write(toFile: folder.path + "/x.json5", atomically: true, encoding: .utf8)
        let bad = try tremolo([
            "wrap", "--html", "-", "--base", "https://t.example", "--sec", "1", "--esp", folder.path + "/x.json5",
        ])
        #expect(bad.status == 65 && bad.errors.contains("x.json5:1:18: 'open' is no text"))
    }

    @Test("A decoy leads to a page of the section's, and whoever follows it is a machine in events and reports")
    func decoy() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: shippedConfiguration())
        let result = try Self.wrap(
            ["--html", "-", "--cuid", "ann@mail.example", "--decoy"],
            input: "<body><a href=\"https://www.mywebsite.com/a\">a</a>")
        #expect(result.status == 0)
        #expect(result.errors.contains("wrapped: 1 link;"), "\(result.errors)")
        #expect(result.errors.contains("a link that no person sees is there"))
        let links = Self.targets(of: result.output).filter { $0.hasPrefix("/tremclk") }
        #expect(links.count == 2)
        let client = try BlockingHTTPClient(port: edge.port)
        let agent = ["User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"]
        for link in links + links { #expect(try client.get(link, headers: agent).status == 302) }
        let common = ["--data", data, "--config", shippedConfiguration()]
        let report = try countedReport(common + ["--by", "link"])
        let rows = report["rows"].elements.map { row in
            [row["link"].string ?? ""] + ["human", "machine", "people"].map { "\(row["clicks"][$0].int ?? -1)" }
        }
        #expect(
            rows == [
                ["https://www.mywebsite.com/ [tremolo-decoy]", "0", "2", "0"],
                ["https://www.mywebsite.com/a", "2", "0", "1"],
            ])
        let events = try tremolo(["events"] + common).output.split(separator: "\n").map { try JSONDocument(String($0)) }
        let reasons = events.map { "\($0["class"].string ?? "") \($0["classReason"].string ?? "")" }
        #expect(reasons.count { $0 == "machine decoy-link" } == 2 && reasons.count == 4)
        #expect(edge.end() == 0)

        let payload = try Self.wrap(["--json", "-", "--decoy"], input: "{}")
        #expect(payload.status == 64 && payload.errors.contains("--decoy: a payload has no place"))
        let none = folder.path + "/none.json5"
        try "{ sections: { \"1\": { hosts: [\"*.mywebsite.com\"] } } }".write(
            toFile: none, atomically: true, encoding: .utf8)
        let nowhere = try tremolo(
            ["wrap", "--html", "-", "--base", "https://trem.example.com", "--sec", "1", "--decoy", "--config", none],
            input: "<body>")
        #expect(nowhere.status == 78 && nowhere.errors.contains("the section has no page"))
        #expect(nowhere.output.isEmpty)
    }
}
