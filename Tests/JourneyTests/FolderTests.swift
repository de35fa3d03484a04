import Foundation
import TestSupport
import Testing

@Suite("One data folder, one server; and its figures can be made again")
struct FolderTests {
    @Test("A second server on the folder is refused with a message, and the first goes on")
    func secondServer() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: shippedConfiguration())
        let second = try tremolo([
            "serve", "--config", shippedConfiguration(), "--data", data, "--listen", "127.0.0.1:0", "--admin",
            "127.0.0.1:0",
        ])
        #expect(second.status == 73)
        #expect(second.errors.hasPrefix("tremolo: "))
        #expect(second.errors.contains(data) && second.errors.contains("\(edge.identifier)"))
        #expect(try BlockingHTTPClient(port: edge.port).get("/tremop?sec=8781202").status == 200)
        #expect(edge.end() == 0)
    }

    @Test("A taken port is said clearly")
    func takenPort() throws {
        let folder = try TemporaryFolder()
        let edge = try RunningEdge(data: folder.path + "/one", configuration: shippedConfiguration())
        let second = try tremolo([
            "serve", "--config", shippedConfiguration(), "--data", folder.path + "/two", "--listen",
            "127.0.0.1:\(edge.port)", "--admin", "127.0.0.1:0",
        ])
        #expect(second.status == 69)
        #expect(second.errors.contains("127.0.0.1:\(edge.port)") && second.errors.contains("--listen"))
        #expect(edge.end() == 0)
    }

    @Test("A rebuild that is killed leaves the old figures, and every event for the next start")
    func killedRebuild() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        func opens(_ count: Int) throws {
            let edge = try RunningEdge(data: data, configuration: shippedConfiguration())
            let client = try BlockingHTTPClient(port: edge.port)
            for number in 0..<count {
                #expect(try client.get("/tremop?sec=8781202&expId=1&cuid=p\(number)%40mail.example").status == 200)
            }
            #expect(edge.end() == 0)
        }
        func counted() throws -> [Int?] {
            let report = try JSONDocument(try tremolo(["report", "--data", data, "--format", "json"]).output)
            let accounting = report["accounting"]
            return [
                report["rows"].elements.first?["opens"]["total"].int, accounting["counted"].int,
                accounting["pending"].int,
            ]
        }
        try opens(40)
        #expect(try counted() == [40, 40, 0])
        // A segment that is a pipe: whoever opens it waits for a writer, so the rebuild is killed in the midst of it.
        let files = FileManager.default
        let epoch = try #require(try files.contentsOfDirectory(atPath: data + "/journal").first)
        let later = data + "/journal/\(epoch.prefix(16))-ffffffffffffffff"
        try files.createDirectory(atPath: later + "/0", withIntermediateDirectories: true)
        #expect(unsafe mkfifo(later + "/0/00000000000000000000", 0o600) == 0)
        let rebuild = try BackgroundCommand(["rebuild", "--data", data, "--config", shippedConfiguration()])
        let unfinished = data + "/campaigns-2.sqlite"
        try eventually("an unfinished store") { files.fileExists(atPath: unfinished) }
        rebuild.end()
        try files.removeItem(atPath: later)
        #expect(files.fileExists(atPath: unfinished))
        #expect(try counted() == [40, 40, 0])
        let verify = try tremolo(["verify", "--data", data])
        #expect(verify.status == 0, "\(verify.errors)")
        try opens(5)
        #expect(!files.fileExists(atPath: unfinished))
        #expect(try counted() == [45, 45, 0])
    }

    @Test("A rebuild gives the same report, beside a running server and without one")
    func rebuild() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let edge = try RunningEdge(data: data, configuration: shippedConfiguration())
        let client = try BlockingHTTPClient(port: edge.port)
        for number in 0..<300 {
            let fields =
                "cuid=p\(number % 41)%40mail.example&sec=\(number % 3 == 0 ? "8772046" : "8781202")"
                + "&expId=\(number % 5)&expVer=\(number % 2)&va=%5B\(number % 4)%5D"
            if number % 4 == 0 {
                #expect(try client.get("/tremop?" + fields).status == 200)
            } else {
                let target =
                    number % 7 == 0
                    ? "https%3A%2F%2Felsewhere.example%2F" : "https%3A%2F%2Fwww.mywebsite.com%2Fp\(number % 6)"
                _ = try client.get("/tremclk?" + fields + "&targetUrl=" + target)
            }
        }
        let campaign = ["--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--exp-id", "1"]
        #expect(try tremolo(["sends", "add"] + campaign + ["--sent", "500", "--delivered", "490"]).status == 0)
        #expect(try tremolo(["name"] + campaign + ["Spring sale"]).status == 0)

        let before = try figures(data)
        #expect(before.rows[0].split(separator: "\r\n").count > 10)
        #expect(before.rows[1].contains("Spring sale,") && before.rows[1].contains(",500,490,"))
        #expect(before.accounting["counted"] == 300 && before.accounting["damaged"] == 0)
        try rebuild(data)
        #expect(try figures(data) == before, "beside the server")
        #expect(edge.end() == 0)
        try rebuild(data)
        #expect(try figures(data) == before, "alone")
        let verify = try tremolo(["verify", "--data", data])
        #expect(verify.status == 0, "\(verify.errors)")

        // A record that is damaged is the same record, and the same number, each time.
        let segment = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: data + "/journal").filter {
                $0.split(separator: "/").count == 3 && !$0.contains("/admin/")
            }.sorted().first)
        let file = URL(fileURLWithPath: data + "/journal/" + segment)
        var bytes = try Data(contentsOf: file)
        bytes[8_192 + 40] ^= 0x10
        try bytes.write(to: file)
        try rebuild(data)
        let damaged = try figures(data)
        #expect(damaged.accounting["counted"] == 299 && damaged.accounting["damaged"] == 1)
        #expect(damaged.accounting["received"] == 300 && damaged.rows != before.rows)
        let again = try RunningEdge(data: data, configuration: shippedConfiguration())
        #expect(try figures(data) == damaged, "beside a server")
        try rebuild(data)
        #expect(try figures(data) == damaged, "rebuilt beside a server")
        #expect(again.end() == 0)
        try rebuild(data)
        #expect(try figures(data) == damaged, "rebuilt alone")
    }

    private struct Figures: Equatable {
        var rows: [String] = []
        var accounting: [String: Int] = [:]
    }

    /// The answers to questions that together show every table of the store, and the accounting.
    private func figures(_ data: String) throws -> Figures {
        var figures = Figures()
        let counted = try countedReport(["--data", data])
        figures.accounting = counted["accounting"].members.compactMapValues(\.int)
        for by in [
            "sec,expId,expVer,va,kind,class,link,day", "sec,expId", "hour,sec,mech,smech", "outcome", "client", "host",
        ] {
            let report = try tremolo(["report", "--data", data, "--format", "csv", "--by", by])
            #expect(report.status == 0, "\(report.errors)")
            figures.rows.append(report.output)
        }
        return figures
    }

    private func rebuild(_ data: String) throws {
        let result = try tremolo(["rebuild", "--data", data, "--config", shippedConfiguration()])
        #expect(result.status == 0, "\(result.errors)")
    }
}
