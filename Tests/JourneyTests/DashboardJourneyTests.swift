import Foundation
import TestSupport
import Testing

@Suite("The dashboard shows what the report says, to viewers, and lets the operator alone act")
struct DashboardJourneyTests {
    private static let section = "sections: { \"8781202\": { name: \"My website\", hosts: [\"www.mywebsite.com\"] } }"
    private static let browser = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

    /// A server where five people opened and two clicked, with a machine beside them, and everything is counted.
    private func campaign(_ settings: String = "", sections: String = section) throws -> ReloadedEdge {
        let server = try ReloadedEdge("{ \(settings)\(sections) }")
        let client = try BlockingHTTPClient(port: server.edge.port)
        for number in 0..<5 {
            let common = "cuid=p\(number)%40m.example&sec=8781202&expId=17&expVer=1&va=%5B\(number % 2)%5D"
            #expect(try client.get("/tremop?\(common)", headers: [Self.browser]).status == 200)
            guard number < 2 else { continue }
            let target = "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fa%3Cb"
            #expect(try client.get("/tremclk?\(common)&\(target)", headers: [Self.browser]).status == 302)
            #expect(try client.get("/tremclk?\(common)&\(target)", headers: ["User-Agent: curl/8"]).status == 302)
        }
        let sent = try server.tremolo([
            "sends", "add", "--sec", "8781202", "--exp-id", "17", "--exp-ver", "1", "--va", "[0]", "--sent", "40",
        ])
        #expect(sent.status == 0)
        return server
    }

    /// A report has the server count what it took.
    private func count(_ server: ReloadedEdge) throws {
        #expect(try server.tremolo(["report", "--format", "json"]).status == 0)
    }

    @Test("Each page answers GET and HEAD as HTML that loads and runs nothing; what is odd is a clear 400")
    func pages() throws {
        let server = try campaign()
        for path in [
            "/", "/?count=all&since=all", "/campaign?sec=8781202&expId=17", "/campaign?sec=8781202&expId=17&since=24h",
            "/table?by=link", "/table?by=hour,va", "/health", "/?sec=8781202", "/?sec=",
        ] {
            let page = try server.ask("GET", path)
            #expect(page.status == 200, "\(path): \(page.text.prefix(2_000))")
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(
                page.headers["content-security-policy"]?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
            #expect(page.headers["x-content-type-options"] == "nosniff")
            #expect(page.headers["cache-control"] == "no-store, private")
            #expect(page.headers["set-cookie"] == nil)
            #expect(page.text.hasPrefix("<!DOCTYPE html>") && page.text.hasSuffix("</html>\n"))
            #expect(!page.text.contains("<script") && !page.text.contains(" onclick"))
            let head = try server.ask("HEAD", path)
            #expect(head.status == 200 && head.text.isEmpty, "\(path)")
        }
        let campaign = try server.ask("GET", "/campaign?sec=8781202&expId=17").text
        #expect(
            campaign.contains("https://<wbr>www.<wbr>mywebsite.<wbr>com/<wbr>a%3Cb") && campaign.contains("40 sent"))
        for path in [
            "/?x=1", "/?sec=1&sec=2", "/?count=none", "/?since=soon", "/campaign", "/campaign?sec=1", "/table?by=cuid",
            "/table?by=client,device", "/?sec=%FF", "/table.csv?by=", "/table?by=client&since=2026-11-01T05:00:00Z",
        ] {
            let refused = try server.ask("GET", path)
            #expect(refused.status == 400 && refused.text.contains("<h1>"), "\(path): \(refused.status)")
        }
        #expect(try server.ask("GET", "/nothing").status == 404)
        for campaign in ["sec=8781202&expId=none", "sec=1&expId=17", "sec=&expId="] {
            let unknown = try server.ask("GET", "/campaign?\(campaign)")
            #expect(unknown.status == 404 && unknown.text.contains("There is no such campaign"), "\(campaign)")
        }
        #expect(try server.ask("POST", "/", "Content-Length: 0\r\n").status == 405)
        #expect(server.edge.end() == 0)
    }

    @Test("CSV and JSON of a table are the report's own, byte for byte")
    func data() throws {
        let server = try campaign()
        for by in ["sec,expId", "va", "link", "outcome", "day"] {
            for format in ["csv", "json"] {
                let reply = try server.ask("GET", "/table.\(format)?by=\(by)&since=all")
                let report = try server.tremolo(["report", "--by", by, "--format", format])
                #expect(reply.status == 200)
                func rows(_ text: String) -> String {
                    format == "csv" ? text : String(text.drop { $0 != "[" }.prefix { $0 != "]" })
                }
                #expect(rows(reply.text) == rows(report.output) && !rows(reply.text).isEmpty, "\(by)")
            }
        }
        let health = try JSONDocument(try server.ask("GET", "/health.json").text)
        #expect(health["ready"].bool == true && health["accounting"]["received"].int == 9)
        #expect(!health["troubles"].isMissing && health["facts"]["Workers"].string != nil)
        let lines = try server.ask("GET", "/health.csv").text.components(separatedBy: "\r\n")
        #expect(lines.first == "subject,name,value" && lines.contains("accounting,received,9"))
        #expect(lines.contains("node,ready,true") && lines.contains { $0.hasPrefix("fact,Version,") })
        #expect(server.edge.end() == 0)
    }

    @Test("A send counts from its time on: none before, no rate without it, and nothing is drawn that is to come")
    func sends() throws {
        let server = try campaign()
        let one = "sec=8781202&expId=17"
        let shared = ["--sec", "8781202", "--exp-id", "17", "--exp-ver", "1", "--va", "[1]"]
        let named = try server.tremolo(["name", "--sec", "8781202", "--exp-id", "17", "Winter sale"])
        #expect(named.status == 0)
        // A date that somebody typed wrong.
        let day = Date(timeIntervalSinceNow: 300 * 86_400).ISO8601Format(.iso8601.year().month().day())
        let late = try server.tremolo(["sends", "add", "--sent", "7000", "--time", "\(day)T00:00:00Z"] + shared)
        #expect(late.status == 0)
        try count(server)
        for path in ["/?since=30d", "/campaign?\(one)", "/table?by=day&\(one)"] {
            let page = try server.ask("GET", path).text
            #expect(!page.contains(day) && !page.contains("7,040") && !page.contains("7k sent"), "\(path)")
        }
        #expect(try server.ask("GET", "/campaign?\(one)").text.contains("12.5%"), "5 of 40 people opened")
        // Sent before yesterday: of what came since then nobody knows whose mail it was.
        let early = try server.tremolo(["sends", "add", "--sent", "5000", "--time", "2020-01-01T00:00:00Z"] + shared)
        #expect(early.status == 0)
        try count(server)
        let page = try server.ask("GET", "/campaign?\(one)&since=1d").text
        #expect(page.contains("5,000 before this time: no rates") && !page.contains("12.5%"))
        #expect(page.contains("No verdict: messages were sent before this time"))
        #expect(try server.ask("GET", "/?since=1d").text.contains("5,000 before"))
        #expect(try server.ask("GET", "/table?by=sec&since=1d").text.contains("there is no rate of them"))
        for source in ["store", "journal"] {
            let table = try server.tremolo(["report", "--since", "1d", "--from", source])
            #expect(table.output.contains("messages were sent before this time"), "\(table.output)")
            let life = try server.tremolo(["report", "--from", source])
            #expect(!life.output.contains("before this time"), "\(life.output)")
        }
        // A time without events has the name, and is known.
        let nothing = try server.ask("GET", "/campaign?\(one)&until=2019-01-01")
        #expect(nothing.status == 200 && nothing.text.contains("<h1>Winter sale</h1>"))
        for path in ["/?sec=8781202", "/table?by=link&\(one)"] {
            #expect(try server.ask("GET", path).text.contains("My website"), "\(path)")
        }
        let table = try server.ask("GET", "/table?by=link&\(one)").text
        #expect(table.contains("href=\"/campaign?sec=8781202&amp;expId=17\">Winter sale (17)</a>"))
        #expect(server.edge.end() == 0)
    }

    /// An image that somebody asks for with a variation of their own sorts before the real ones.
    @Test("A stray variation changes no verdict and is named")
    func strays() throws {
        let server = try campaign()
        for va in ["[0]", "[1]"] {
            let sent = try server.tremolo([
                "sends", "add", "--sec", "8781202", "--exp-id", "17", "--exp-ver", "1", "--va", va, "--sent", "400",
            ])
            #expect(sent.status == 0)
        }
        try count(server)
        func verdicts() throws -> [Substring] {
            try server.ask("GET", "/campaign?sec=8781202&expId=17").text.split(separator: "\n")
                .flatMap { $0.split(separator: "<p class=\"verdict\">").dropFirst() }
                .map { $0.prefix { $0 != "<" } }
        }
        let before = try verdicts()
        #expect(before.count == 2)
        let client = try BlockingHTTPClient(port: server.edge.port)
        let stray = "/tremop?cuid=bot%40x&sec=8781202&expId=17&va=%21stray"
        #expect(try client.get(stray, headers: [Self.browser]).status == 200)
        try count(server)
        #expect(try server.ask("GET", "/campaign?sec=8781202&expId=17").text.contains("Not compared: !stray (no sends"))
        #expect(try verdicts() == before)
        #expect(server.edge.end() == 0)
    }

    @Test("The viewers' token opens the pages, and only the operator's reads the configuration again")
    func tokens() throws {
        let (operators, viewers) = ("operator-0123456789", "viewers-0123456789")
        let tokens = "adminToken: \"\(operators)\", viewerToken: \"\(viewers)\", "
        let server = try campaign(tokens)
        func ask(_ method: String, _ path: String, _ token: String, _ lines: String = "") throws -> HTTPReply {
            let basic = Data("anybody:\(token)".utf8).base64EncodedString()
            return try server.ask(method, path, "Authorization: Basic \(basic)\r\nContent-Length: 0\r\n\(lines)")
        }
        for path in ["/", "/health", "/table.csv?by=va", "/metrics", "/readyz"] {
            #expect(try ask("GET", path, viewers).status == 200)
            #expect(try ask("GET", path, operators).status == 200)
            #expect(try ask("GET", path, "neither-0123456789").status == 401)
            #expect(try server.ask("GET", path).status == 401)
        }
        #expect(try !ask("GET", "/health", viewers).text.contains("<form"))
        #expect(try ask("GET", "/health", operators).text.contains("<form action=\"/reload\" method=\"post\">"))
        try server.write("{ \(tokens)\(Self.section.replacingOccurrences(of: "My website", with: "Renamed")) }")
        #expect(try ask("POST", "/reload", viewers).status == 403)
        #expect(try ask("GET", "/", viewers).text.contains("My website"))
        // A browser's form: it says where it comes from, and takes a page.
        let own = "Origin: http://127.0.0.1:\(server.edge.adminPort)\r\nAccept: text/html,*/*\r\n"
        #expect(try ask("POST", "/reload", operators, "Origin: http://evil.example\r\n").status == 403)
        let reloaded = try ask("POST", "/reload", operators, own)
        #expect(reloaded.status == 200 && reloaded.text.contains("sections.8781202.name"))
        #expect(try ask("GET", "/", viewers).text.contains("Renamed"))
        #expect(server.edge.end() == 0)
    }

    @Test("A viewers' token needs the operator's beside it, and is another one")
    func settings() throws {
        let folder = try TemporaryFolder()
        for (settings, problem) in [
            ("viewerToken: \"viewers-0123456789\"", "viewerToken"),
            ("viewerToken: \"same-0123456789ab\", adminToken: \"same-0123456789ab\"", "viewerToken"),
            ("adminToken: \"operator-0123456789\", viewerTokenFile: \"/nonexistent\"", "viewerTokenFile"),
        ] {
            let file = folder.path + "/t.json5"
            try Data("{ \(settings) }".utf8).write(to: URL(fileURLWithPath: file))
            let check = try tremolo(["config", "check", "--config", file])
            #expect(check.status == 78 && check.errors.contains(problem), "\(check.errors)")
            #expect(!check.errors.contains("0123456789"))
        }
    }

    @Test("report --format html is one file with the same charts, of all campaigns, of one, and of any columns")
    func files() throws {
        let server = try campaign(
            sections: Self.section.dropLast(2) + ", \"2\": { hosts: [] }, \"3\": { hosts: [] } }")
        for (arguments, words) in [
            ([], "1 campaign"), (["--sec", "8781202", "--exp-id", "17"], "Variations"),
            (["--by", "day"], "Report by day"), (["--from", "journal"], "campaign"),
            (["--sec", "8781202", "--exp-id", "17", "--from", "journal"], "Opens an hour"),
            (["--by", "link,va", "--since", "7d"], "Report by link, va"),
        ] as [([String], String)] {
            let report = try server.tremolo(["report", "--format", "html"] + arguments)
            #expect(report.status == 0, "\(arguments): \(report.errors)")
            #expect(report.output.hasPrefix("<!DOCTYPE html>") && report.output.hasSuffix("</html>\n"))
            #expect(report.output.contains(words), "\(arguments)")
            #expect(report.output.contains("<svg") && !report.output.contains("href="))
            #expect(report.output.contains("Content-Security-Policy"))
        }
        // What is selected is what the file has, and it says so.
        let client = try BlockingHTTPClient(port: server.edge.port)
        for (section, experience) in [("2", "21"), ("3", "31"), ("8781202", "18")] {
            let open = "/tremop?cuid=a%40m.example&sec=\(section)&expId=\(experience)&va="
            #expect(try client.get(open, headers: [Self.browser]).status == 200)
        }
        for (arguments, words, others) in [
            (["--sec", "2", "--sec", "3"], ["2 campaigns", "Sections 2, 3 · "], ["My website"]),
            (["--exp-id", "17"], ["1 campaign<", "experience 17 · "], [">18<", ">21<"]),
            (["--sec", "2", "--sec", "8781202", "--exp-id", "18"], ["1 campaign<", "experience 18"], [">17<"]),
            (["--sec", "2", "--sec", "3", "--by", "sec"], ["Sections 2, 3 · ", "2 rows"], ["My website"]),
        ] as [([String], [String], [String])] {
            let report = try server.tremolo(["report", "--format", "html"] + arguments)
            #expect(report.status == 0, "\(report.errors)")
            for word in words { #expect(report.output.contains(word), "\(arguments): \(word)") }
            for word in others { #expect(!report.output.contains(word), "\(arguments): \(word)") }
        }
        #expect(server.edge.end() == 0)
    }
}
