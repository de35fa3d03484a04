import Foundation
import TestSupport
import Testing

@Suite("A finished mail is explained before it is sent, and the exit code says whether everybody gets there")
struct ExplainMailJourneyTests {
    private static func explain(_ arguments: [String], input: String = "") throws -> CommandResult {
        try tremolo(["explain", "--config", shippedConfiguration()] + arguments, input: input)
    }

    private static let html = """
        <html><body>
        <a href="https://www.mywebsite.com/?x=1&amp;y=2">1</a> <a href='https://shop.mywebsite.com/'>2</a>
        <a href="https://www.mywebsite.com/unsubscribe">3</a>
        </body></html>
        """

    private static func wrapped(_ html: String = html) throws -> String {
        try tremolo(
            [
                "wrap", "--html", "-", "--base", "https://trem.example.com", "--sec", "8781202", "--cuid",
                "ann@mail.example", "--config", shippedConfiguration(),
            ], input: html
        ).output
    }

    @Test("Round trip: a mail that was wrapped has nothing to warn of")
    func roundTrip() throws {
        let result = try Self.explain(["--mail", "-"], input: try Self.wrapped())
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        #expect(
            result.output.split(separator: "\n") == [
                "standard input:1: img: pixel (cuid present)",
                "standard input:2: a: redirected to https://www.mywebsite.com/?x=1&y=2 (cuid present)",
                "standard input:2: a: redirected to https://shop.mywebsite.com/ (cuid present)",
                "html: redirected: 2; pixels: 1; not redirected: 0; left: 1; warnings: 0",
            ])
        let before = try Self.explain(["--mail", "-"], input: Self.html)
        #expect(before.status == 0)
        #expect(before.output.contains("standard input:2: warning: a leads past the tracker: https://shop."))
        #expect(before.output.contains("standard input: warning: there is no pixel"))
        let kept = try Self.explain(["--mail", "-", "--leave", "SHOP."], input: Self.html)
        #expect(!kept.output.contains("shop."))
    }

    @Test("A message: each part is decoded, a link that was broken softly is one, and lines are the file's")
    func message() throws {
        let html = try Self.wrapped()
        let base64 = Data(html.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
        let quoted = html.replacing("=", with: "=3D").replacing("%2F", with: "%2=\nF")
        let text =
            "See https://www.mywebsite.com/ or\n"
            + "https://trem.example.com/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F.\n"
        for (encoding, body) in [("base64", base64), ("quoted-printable", quoted)] {
            let message = """
                From: Ann <ann@mail.example>
                Subject: x
                Content-Type: multipart/alternative; boundary="b"

                --b
                Content-Type: text/plain; charset=us-ascii

                \(text)
                --b
                Content-Type: text/html
                Content-Transfer-Encoding: \(encoding)

                \(body)
                --b--
                """
            let result = try Self.explain(["--mail", "-"], input: message)
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains(": a: redirected to https://www.mywebsite.com/?x=1&y=2 (cuid present)\n"))
            #expect(
                result.output.contains("message: redirected: 3; pixels: 1; not redirected: 0; left: 1; warnings: 2"))
            #expect(result.output.contains("standard input:8: warning: 1 link in a text without markup (line 8)"))
            #expect(
                result.output.contains("standard input:9: text: redirected to https://www.mywebsite.com/ (no cuid)"))
            #expect(result.output.contains("standard input:15: img: pixel"), "\(result.output)")
            #expect(!result.output.contains("ann@") && !result.output.contains("ann%40"))
        }
    }

    @Test("A payload: the documentation's own sample is well")
    func payload() throws {
        let file = fixture("mail/emarsys-payload.json")
        let result = try Self.explain(["--mail", file, "--format", "json"])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let document = try JSONDocument(result.output)
        #expect(document["file"].string == file && document["kind"].string == "payload")
        #expect(document["redirected"].int == 4 && document["pixels"].int == 1 && document["notRedirected"].int == 0)
        #expect(document["left"].int == 0 && document["complete"].bool == true)
        #expect(document["warnings"].elements.isEmpty)
        let links = document["links"].elements
        #expect(links.map { $0["line"].int } == [11, 12, 15, 16, 22])
        #expect(links.map { $0["element"].string } == ["member", "member", "member", "member", "img"])
        #expect(links.allSatisfy { $0["explanation"]["fields"]["cuid"].string == "(present)" })
        #expect(
            links[0]["explanation"]["destination"].string
                == "http://lifestylelabels.com/lsl-women-little-red-dress.html")
        #expect(!result.output.contains("john.d"))
    }

    @Test("A link that is too long for the server gets nobody there, wherever it leads")
    func tooLong() throws {
        let long = String(repeating: "a", count: 9_000)
        let link = "https://trem.example.com/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F&x=\(long)"
        let result = try Self.explain(["--mail", "-"], input: "<body>\n<a href=\"\(link)\">x</a>")
        #expect(result.status == 65)
        #expect(result.output.contains("not answered: it is too long for the server"))
        #expect(result.output.contains("redirected: 0; pixels: 0; not redirected: 1"))
    }

    @Test("A link that would be asked about ends with 65 and its line; the explanation is that of the link alone")
    func unlisted() throws {
        let link = "https://trem.example.com/tremclk?sec=8781202&targetUrl=https%3A%2F%2Fevil.example%2F"
        let mail = "<body>\n<a href=\"\(link)\">x</a>\n<a href=\"\(link)\">y</a>"
        let result = try Self.explain(["--mail", "-"], input: mail)
        #expect(result.status == 65)
        #expect(result.output.contains("standard input:2: a: asked: the section does not list the host"))
        #expect(result.output.contains("(2 times: lines 2, 3; no cuid"))
        #expect(result.output.contains("not redirected: 2"))
        let json = try Self.explain(["--mail", "-", "--format", "json"], input: mail)
        #expect(json.status == 65)
        let alone = try Self.explain(["--format", "json", link])
        let explanation = try #require(try JSONDocument(json.output)["links"].elements.first?["explanation"])
        #expect(json.output.contains("\"explanation\":" + alone.output.dropLast() + "}"))
        #expect(explanation["outcome"].string == "asked")
    }

    @Test("Signed links are judged with the keys of the folder, where the section lists no host")
    func signed() throws {
        let folder = try TemporaryFolder()
        let (data, configuration) = (folder.path + "/data", folder.path + "/tremolo.json5")
        try "{ sections: { \"8781202\": { signatures: \"require\" } } }"
            .write(toFile: configuration, atomically: true, encoding: .utf8)
        let settings = ["--config", configuration, "--data", data]
        #expect(try RunningEdge(data: data, configuration: configuration).end() == 0)
        #expect(try tremolo(["sign", "--make-key"] + settings).status == 0)
        let wrap = ["wrap", "--html", "-", "--base", "https://trem.example.com", "--sec", "8781202"]
        let mail = try tremolo(wrap + ["--sign"] + settings, input: Self.html).output
        let good = try tremolo(["explain", "--mail", "-"] + settings, input: mail)
        #expect(good.status == 0, "\(good.output)\(good.errors)")
        #expect(good.output.contains("redirected to https://shop.mywebsite.com/ (no cuid; signature: target)"))
        let changed = mail.replacing("shop.mywebsite", with: "shop.evil")
        let bad = try tremolo(["explain", "--mail", "-"] + settings, input: changed)
        #expect(bad.status == 65 && bad.output.contains("signature: bad"), "\(bad.output)")
        #expect(bad.output.contains("redirected: 1; pixels: 1; not redirected: 1"))
    }

    @Test("Whatever a file holds, it is answered without a crash, and nothing of it steers a terminal")
    func oddBytes() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/odd\u{1b}[31m.eml"
        var seed = UInt64.random(in: 0...UInt64.max)
        for head in [
            "", "Subject: x\nContent-Type: text/html\n\n", "{\"link\":\"", "<a href='https://t.example/tremclk?cuid=",
        ] {
            var bytes = Array(head.utf8)
            for _ in 0..<4_096 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(UInt8(truncatingIfNeeded: seed >> 56))
            }
            try Data(bytes + Array("'>x".utf8)).write(to: URL(fileURLWithPath: file))
            let result = try Self.explain(["--mail", file])
            #expect([0, 65].contains(result.status), "\(head): seed \(seed): \(result.status)")
            #expect(!result.output.contains("\u{1b}") && !result.errors.contains("\u{1b}"), "\(head): seed \(seed)")
        }
    }

    @Test(arguments: [
        (["--mail", "/nowhere.eml"], 66, "/nowhere.eml"), ([], 64, "one of URL and --mail"),
        (["https://t.example/", "--mail", "-"], 64, "one of URL and --mail"),
        (["https://t.example/", "--base", "https://t.example"], 64, "--base"),
        (["https://t.example/", "--leave", "x"], 64, "--leave"),
        (["--mail", "-", "--base", "t.example"], 64, "no tracking host"), (["--mail", "/"], 74, "/"),
    ])
    func whatCanNotBeDoneIsSaid(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let result = try Self.explain(arguments)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(words) && result.output.isEmpty, "\(result.errors)")
    }

    @Test("What is no mail ends with 65 and says so")
    func noMail() throws {
        let empty = try Self.explain(["--mail", "-"])
        #expect(empty.status == 65 && empty.output.contains("there is no link in it"))
        let unread = try Self.explain(
            ["--mail", "-"], input: "Content-Type: text/html\nContent-Transfer-Encoding: x\n\n" + Self.wrapped())
        #expect(unread.status == 65 && unread.output.contains("warning: a part is not read"))
        #expect(unread.output.hasSuffix("; not complete, see the warnings\n"))
        let broken = try Self.explain(["--mail", "-"], input: "{ \"link\":\n }")
        #expect(broken.status == 65 && broken.output.isEmpty && broken.errors.contains("standard input:2:2"))
    }
}
