import Foundation
import TestSupport
import Testing

@Suite("Whatever becomes of the store's files, people are redirected, it is said, and a rebuild makes it right")
struct StoreFaultTests {
    /// What somebody does to the files.
    struct Fault: CustomTestStringConvertible, Sendable {
        let name: String
        /// What readiness and a report say; nil where the server makes the store anew by itself.
        let trouble: String?
        /// Does it; is given the data folder, in which `campaigns-1.sqlite` is in use.
        let act: @Sendable (String) throws -> Void
        var testDescription: String { name }
    }

    private static func overwrite(_ path: String, from offset: UInt64, with bytes: Data, truncating: Bool = false)
        throws
    {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        if truncating { try file.truncate(atOffset: 0) }
        try file.seek(toOffset: offset)
        try file.write(contentsOf: bytes)
        try file.close()
    }

    private static let noise = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })

    static let faults = [
        Fault(name: "the file is deleted", trouble: nil) {
            try FileManager.default.removeItem(atPath: $0 + "/campaigns-1.sqlite")
        },
        Fault(name: "the log is deleted", trouble: nil) {
            try FileManager.default.removeItem(atPath: $0 + "/campaigns-1.sqlite-wal")
        },
        Fault(name: "the log's index is deleted", trouble: nil) {
            try FileManager.default.removeItem(atPath: $0 + "/campaigns-1.sqlite-shm")
        },
        Fault(name: "the link is deleted", trouble: nil) {
            try FileManager.default.removeItem(atPath: $0 + "/campaigns.sqlite")
        },
        Fault(name: "the link is replaced by a text", trouble: nil) {
            try FileManager.default.removeItem(atPath: $0 + "/campaigns.sqlite")
            try Data("hello".utf8).write(to: URL(fileURLWithPath: $0 + "/campaigns.sqlite"))
        },
        Fault(name: "the file is replaced by a text", trouble: "it does not begin as a database") {
            try FileManager.default.removeItem(atPath: $0 + "/campaigns-1.sqlite")
            try Data("hello".utf8).write(to: URL(fileURLWithPath: $0 + "/campaigns-1.sqlite"))
        },
        Fault(name: "a text is written over the file", trouble: "it does not begin as a database") {
            try overwrite($0 + "/campaigns-1.sqlite", from: 0, with: Data("hello".utf8), truncating: true)
        },
        Fault(name: "every file is written over with a text", trouble: "it does not begin as a database") {
            for suffix in ["-shm", "-wal", ""] {
                try overwrite($0 + "/campaigns-1.sqlite" + suffix, from: 0, with: Data("hello".utf8), truncating: true)
            }
        },
        Fault(name: "the file is emptied", trouble: "the file is empty, and its log is not") {
            try overwrite($0 + "/campaigns-1.sqlite", from: 0, with: Data(), truncating: true)
        },
        Fault(name: "the file is cut in its middle", trouble: "the file is damaged") {
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: $0 + "/campaigns-1.sqlite"))
            try file.truncate(atOffset: 16_384)
        },
        Fault(name: "noise is written over the file's pages", trouble: "the file is damaged") {
            try overwrite($0 + "/campaigns-1.sqlite", from: 8_192, with: noise)
        },
        Fault(name: "noise is written over the log", trouble: nil) {
            try overwrite($0 + "/campaigns-1.sqlite-wal", from: 0, with: noise)
        },
        Fault(name: "the file is replaced by a folder", trouble: nil) {
            try FileManager.default.removeItem(atPath: $0 + "/campaigns-1.sqlite")
            try FileManager.default.createDirectory(
                atPath: $0 + "/campaigns-1.sqlite", withIntermediateDirectories: false)
        },
        Fault(name: "the file is replaced by a pipe", trouble: nil) {
            try FileManager.default.removeItem(atPath: $0 + "/campaigns-1.sqlite")
            #expect(unsafe mkfifo($0 + "/campaigns-1.sqlite", 0o644) == 0)
        },
    ]

    /// A folder whose store holds 30 clicks, most of them in the file itself.
    private static func prepare(_ data: String) throws {
        for _ in 0..<2 {
            let edge = try start(data)
            try click(edge, 15)
            #expect(edge.end() == 0)
        }
    }

    /// The server counts when a report asks for it, and at its end: what happens to the files happens between two
    /// commits, and not in the midst of one.
    private static func start(_ data: String) throws -> RunningEdge {
        try RunningEdge(
            data: data, configuration: shippedConfiguration(),
            arguments: ["--workers", "1", "--flush-interval", "3600"])
    }

    private static func click(_ edge: RunningEdge, _ count: Int) throws {
        let client = try BlockingHTTPClient(port: edge.port)
        for number in 0..<count {
            let target = "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F\(number)"
            #expect(
                try client.get("/tremclk?sec=8781202&expId=\(number % 5)&cuid=p\(number)%40m.example&\(target)").status
                    == 302)
        }
    }

    private static func readiness(_ edge: RunningEdge) throws -> HTTPReply {
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        try admin.send("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
        return try admin.receive()
    }

    /// Readiness once it holds all of these words; reports ask the server to count meanwhile.
    private static func readiness(_ edge: RunningEdge, _ data: String, until words: String...) throws -> HTTPReply {
        try eventually("readiness says \(words)") {
            try readiness(edge)
        } until: { said in
            if words.allSatisfy({ said.text.contains($0) }) { return true }
            _ = try report(data)
            return false
        }
    }

    private static func report(_ data: String) throws -> CommandResult {
        try tremolo(["report", "--data", data, "--config", shippedConfiguration(), "--format", "json"])
    }

    private static func total(_ report: JSONDocument) -> Int {
        report["rows"].elements.reduce(0) { $0 + ($1["clicks"]["total"].int ?? 0) }
    }

    /// What is so once the fault is there, until the end: `clicks` were answered before this.
    private static func judge(_ fault: Fault, _ edge: RunningEdge, _ data: String, clicks: Int) throws {
        try click(edge, 10)
        if let trouble = fault.trouble {
            let said = try readiness(edge, data, until: trouble)
            #expect(said.status == 200 && said.text.contains("rebuild"))
            let refused = try report(data)
            #expect(refused.status == 65 && refused.output.isEmpty, "\(refused.errors)")
            #expect(refused.errors.contains(trouble) && refused.errors.contains("run tremolo rebuild"))
            let verify = try tremolo(["verify", "--data", data])
            #expect(verify.status == 65 && verify.errors.contains(trouble), "\(verify.errors)")
            #expect(verify.output.contains("\(clicks + 10) journaled = \(clicks + 10) whole + 0 damaged; 0 lost"))
            let rebuilt = try tremolo(["rebuild", "--data", data, "--config", shippedConfiguration()])
            #expect(rebuilt.status == 0, "\(rebuilt.errors)")
        }
        let answer = try countedReport(["--data", data, "--config", shippedConfiguration()])
        #expect(answer["accounting"]["counted"].int == clicks + 10 && total(answer) == clicks + 10)
        #expect(answer["accounting"]["damaged"].int == 0 && answer["accounting"]["lost"].int == 0)
        try click(edge, 5)
        #expect(try readiness(edge).text == "{\"ready\":true,\"reasons\":[]}\n")
        #expect(edge.end() == 0)
        let after = try JSONDocument(try report(data).output)
        #expect(after["accounting"]["counted"].int == clicks + 15 && total(after) == clicks + 15)
        let verify = try tremolo(["verify", "--data", data])
        #expect(verify.status == 0, "\(verify.errors)")
    }

    @Test("Under a running server", arguments: faults)
    func underServer(_ fault: Fault) throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        try Self.prepare(data)
        let edge = try Self.start(data)
        try Self.click(edge, 10)
        _ = try countedReport(["--data", data, "--config", shippedConfiguration()])
        try fault.act(data)
        try Self.judge(fault, edge, data, clicks: 40)
    }

    @Test("Before a start", arguments: faults.filter { !$0.name.contains("emptied") })
    func beforeStart(_ fault: Fault) throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        try Self.prepare(data)
        try fault.act(data)
        try Self.judge(fault, try Self.start(data), data, clicks: 30)
    }

    @Test("A store of a newer version is refused by name, and a rebuild takes its place")
    func newer() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        try Self.prepare(data)
        // The version stands in the file's head (sqlite.org/fileformat2.html, 1.3).
        try Self.overwrite(data + "/campaigns-1.sqlite", from: 60, with: Data([0, 0, 0, 99]))
        let edge = try Self.start(data)
        try Self.click(edge, 3)
        _ = try Self.readiness(edge, data, until: "the store has format 99")
        let refused = try Self.report(data)
        #expect(refused.status == 65 && refused.errors.contains("use a newer one, or rebuild"), "\(refused.errors)")
        #expect(try tremolo(["rebuild", "--data", data, "--config", shippedConfiguration()]).status == 0)
        let answer = try countedReport(["--data", data, "--config", shippedConfiguration()])
        #expect(answer["accounting"]["counted"].int == 33)
        #expect(edge.end() == 0)
    }

    @Test("A folder where the store's link must stand is left alone and said, until somebody moves it away")
    func folderAsLink() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        try Self.prepare(data)
        try FileManager.default.removeItem(atPath: data + "/campaigns.sqlite")
        try FileManager.default.createDirectory(atPath: data + "/campaigns.sqlite", withIntermediateDirectories: false)
        let edge = try Self.start(data)
        try Self.click(edge, 3)
        _ = try Self.readiness(edge, data, until: "it is a folder")
        let refused = try Self.report(data)
        #expect(refused.status == 74 && refused.errors.contains("move it away"), "\(refused.errors)")
        try FileManager.default.removeItem(atPath: data + "/campaigns.sqlite")
        let answer = try countedReport(["--data", data, "--config", shippedConfiguration()])
        #expect(answer["accounting"]["counted"].int == 33)
        #expect(edge.end() == 0)
    }

    @Test(
        "A store that the server's user may not read is said as that, and counted once it may",
        .enabled(if: mayBecomeNobody()))
    func noPermission() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        try Self.prepare(data)
        for path in try FileManager.default.subpathsOfDirectory(atPath: data) + [""] {
            try FileManager.default.setAttributes(
                [.ownerAccountID: 65_534, .groupOwnerAccountID: 65_534], ofItemAtPath: data + "/" + path)
        }
        let store = data + "/campaigns-1.sqlite"
        try FileManager.default.setAttributes(
            [.ownerAccountID: 0, .groupOwnerAccountID: 0, .posixPermissions: 0o600], ofItemAtPath: store)
        let edge = try RunningEdge(
            data: data, configuration: shippedConfiguration(),
            arguments: ["--workers", "1", "--flush-interval", "3600"],
            wrapper: [userSwitch, "--reuid=65534", "--regid=65534", "--clear-groups"])
        try Self.click(edge, 3)
        let said = try Self.readiness(edge, data, until: "check", "owner and mode")
        #expect(said.status == 200 && said.text.contains("campaigns-1.sqlite"), "\(said.text)")
        try FileManager.default.setAttributes([.ownerAccountID: 65_534, .posixPermissions: 0o644], ofItemAtPath: store)
        let answer = try countedReport(["--data", data, "--config", shippedConfiguration()])
        #expect(answer["accounting"]["counted"].int == 33)
        #expect(edge.end() == 0)
    }
}
