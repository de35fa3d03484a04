import Foundation
import TestSupport
import Testing

@Suite("What is older than the retention is deleted, and no report changes by it")
struct RetentionJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String
    private static let events = 20_000

    /// A journal of three days, months ago, in a segment an hour and worker.
    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
        let made = try run([
            try builtProgram("journal-maker"), "--data", data, "--events", "\(Self.events)", "--people", "3000",
            "--days", "3",
        ])
        try #require(made.status == 0, "\(made.errors)")
    }

    private func segmentCount() throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: data + "/journal").filter { path in
            path.split(separator: "/").count == 3 && !path.contains("/admin/")
        }.count
    }

    /// The rows of a report, as text.
    private func rows() throws -> String {
        let result = try report("--by", "sec,expId,day,class", "--format", "csv")
        try #require(result.status == 0, "\(result.errors)")
        return result.output
    }

    private func metric(_ edge: RunningEdge, _ name: String) throws -> Int? {
        let admin = try BlockingHTTPClient(port: edge.adminPort)
        try admin.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:\(edge.adminPort)\r\n\r\n")
        let reply = try admin.receive()
        try #require(reply.status == 200)
        let page = reply.text
        let line = page.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    @Test("A server deletes it though it is killed meanwhile, and everything that reads the journal knows what expired")
    func age() throws {
        try #require(try tremolo(["rebuild", "--data", data, "--config", shippedConfiguration()]).status == 0)
        let before = try rows()
        let all = try segmentCount()
        #expect(all >= 36)

        // Killed when about a half has gone, by what the report says.
        let first = try start()
        try eventually("a third of the events has expired") {
            try counted()["accounting"]["expired"].int ?? 0 >= Self.events / 3
        }
        #expect(first.end(SIGKILL) == -SIGKILL)
        #expect(try segmentCount() < all)
        #expect(try rows() == before)

        // The last segment of each worker is as old as its file, which was made just now.
        let second = try start()
        try eventually("two segments are left") {
            _ = try counted()
            return try segmentCount() <= 2
        }
        #expect(try rows() == before)
        let accounting = try counted()["accounting"]
        let expired = try #require(accounting["expired"].int)
        #expect(accounting["journaled"].int == Self.events && accounting["damaged"].int == 0)
        #expect(accounting["counted"].int == Self.events - expired && expired > Self.events * 9 / 10)
        try eventually("the metric of expired events") { try metric(second, "tremolo_expired_events") == expired }
        #expect(try metric(second, "tremolo_journal_segments") ?? 0 >= 2)
        #expect(second.end() == 0)

        let verify = try tremolo(["verify", "--data", data])
        #expect(verify.status == 0, "\(verify.output) \(verify.errors)")
        let whole = Self.events - expired
        #expect(
            verify.output.contains(
                "\(Self.events) journaled = \(whole) whole + 0 damaged + \(expired) expired; 0 lost"),
            "\(verify.output)")
        let events = try tremolo(["events", "--data", data, "--config", shippedConfiguration()])
        #expect(events.status == 0 && events.errors.isEmpty)
        #expect(events.output.split(separator: "\n").count == whole)
        let journal = try self.report("--from", "journal", "--format", "json")
        #expect(try JSONDocument(journal.output)["accounting"]["expired"].int == expired)
        #expect(journal.errors.contains("the journal reaches back to 2026-01-07T2"), "\(journal.errors)")
        #expect(journal.errors.contains("\(expired) older events have expired"))

        // A store that is built again, and one that is gone, begin with the sealed figures.
        try #require(try tremolo(["rebuild", "--data", data, "--config", shippedConfiguration()]).status == 0)
        #expect(try rows() == before)
        for name in try FileManager.default.contentsOfDirectory(atPath: data) where name.hasPrefix("campaigns") {
            try FileManager.default.removeItem(atPath: data + "/" + name)
        }
        let third = try start()
        #expect(try counted()["accounting"]["journaled"].int == Self.events)
        #expect(try rows() == before)
        #expect(third.end() == 0)
        try checkWithoutSealed(before, expired: expired)
    }

    /// Without the sealed figures no command gives up what only they have, unless it is told to.
    private func checkWithoutSealed(_ before: String, expired: Int) throws {
        let (sealed, aside) = (data + "/sealed.sqlite", folder.path + "/aside")
        try FileManager.default.moveItem(atPath: sealed, toPath: aside)
        let rebuild = ["rebuild", "--data", data, "--config", shippedConfiguration()]
        for arguments in [["verify", "--data", data], rebuild] {
            let result = try tremolo(arguments)
            #expect(result.status == 65, "\(result)")
            #expect(result.errors.contains("the sealed figures are missing, and \(expired) events"), "\(result)")
            #expect(result.errors.contains("put the file back from a backup"), "\(result)")
        }
        #expect(try rows() == before)
        try Data("a text where the sealed figures were".utf8).write(to: URL(fileURLWithPath: sealed))
        for arguments in [["verify", "--data", data], rebuild] {
            let result = try tremolo(arguments)
            #expect(result.status == 65 && result.errors.contains("the sealed figures are damaged"), "\(result)")
        }
        // Whoever reads events is told, and reads on.
        let events = try tremolo(["events", "--data", data, "--config", shippedConfiguration()])
        #expect(events.status == 0 && events.errors.contains("the sealed figures are damaged"), "\(events.errors)")
        #expect(events.output.split(separator: "\n").count == Self.events - expired)
        #expect(try rows() == before)

        try FileManager.default.removeItem(atPath: sealed)
        try FileManager.default.moveItem(atPath: aside, toPath: sealed)
        #expect(try tremolo(["verify", "--data", data]).status == 0)
        let given = try tremolo(rebuild + ["--without-sealed"])
        #expect(given.status == 0 && given.errors.contains("sealed.sqlite.aside now"), "\(given)")
        let left = try JSONDocument(report("--format", "json").output)["accounting"]
        #expect(left["counted"].int == Self.events - expired && left["expired"].int == 0)
    }
}
