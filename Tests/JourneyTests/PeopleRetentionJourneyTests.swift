import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite("People of old months become counts beside a running server, and who they were is nowhere any more")
struct PeopleRetentionJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String
    private let configuration: String
    private static let day: UInt64 = 86_400_000_000_000
    /// 2024-01-20T08:00:00Z.
    private static let start: UInt64 = 1_705_737_600_000_000_000

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
        configuration = folder.path + "/tremolo.json5"
        // The journal forgets before the store does, as it does by default.
        try """
        {
          peopleRetention: "13 months", flushInterval: "50 ms",
          journal: { segmentAge: "1 s", retention: "30 days", syncInterval: "10 ms" },
          sections: { "1": { hosts: ["www.example.com"] } },
        }
        """.write(toFile: configuration, atomically: true, encoding: .utf8)
    }

    private var settings: [String] { ["--data", data, "--config", configuration] }

    private func serve(_ clock: String) throws -> RunningEdge {
        try RunningEdge(
            data: data, configuration: configuration, arguments: ["--clock", clock, "--workers", "1"])
    }

    private func open(_ edge: RunningEdge, person: String, campaign: Int) throws {
        let client = try BlockingHTTPClient(port: edge.port)
        #expect(try client.get("/tremop?cuid=\(person)%40m.example&sec=1&expId=\(campaign)").status == 200)
    }

    private func rows(_ arguments: String...) throws -> [JSONDocument] {
        return try JSONDocument(
            try tremolo(["report"] + arguments + settings + ["--format", "json"]).output)["rows"].elements
    }

    /// The pseudonyms' hashes in the records of the journal, as the store has them: the first eight bytes.
    private func pseudonyms() throws -> [String: [UInt8]] {
        let events = try tremolo(["events"] + settings)
        var found: [String: [UInt8]] = [:]
        for line in events.output.split(separator: "\n") {
            let event = try JSONDocument(String(line))
            guard let subject = event["subject"].string, let campaign = event["expId"].string else { continue }
            let digits = Array(subject.prefix(16).utf8)
            found[campaign] = stride(from: 0, to: 16, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
        }
        return found
    }

    /// True when a file of the stores has these bytes, in either order.
    private func isInStores(_ bytes: [UInt8]) throws -> Bool {
        for name in try FileManager.default.contentsOfDirectory(atPath: data) where name.contains("sqlite") {
            let path = data + "/" + name
            guard let file = try? Data(contentsOf: URL(fileURLWithPath: path)) else { continue }
            if file.range(of: Data(bytes)) != nil || file.range(of: Data(bytes.reversed())) != nil { return true }
        }
        return false
    }

    @Test("A month goes 13 months later, killed in the middle or not; its figures stay, and a rebuild has them too")
    func monthByMonth() throws {
        let clockPath = folder.path + "/clock"
        let clock = try ClockFile(making: clockPath, nanoseconds: Self.start)
        var edge = try serve(clockPath)
        // Campaign 1 has two people in January, one of them in February too, who comes again a year later.
        try open(edge, person: "gone", campaign: 1)
        try open(edge, person: "stays", campaign: 1)
        clock.set(nanoseconds: Self.start + 14 * Self.day)
        try open(edge, person: "stays", campaign: 1)
        try open(edge, person: "gone", campaign: 9)
        clock.set(nanoseconds: Self.start + 21 * Self.day)
        try open(edge, person: "gone", campaign: 9)
        clock.set(nanoseconds: Self.start + 22 * Self.day)
        _ = try countedReport(settings)
        let who = try pseudonyms()
        let gone = try #require(who["9"])
        try eventually("a pseudonym in the stores") {
            _ = try rows("--by", "sec")
            return try isInStores(gone)
        }
        let before = try rows("--by", "expId")
        #expect(before.map { $0["opens"]["unique"].int } == [2, 1])

        // A year on: January 2024 is not 13 months old as a whole before March 2025, February before April.
        clock.set(nanoseconds: Self.start + 380 * Self.day)
        try open(edge, person: "stays", campaign: 2)
        try eventually("sealed figures") {
            _ = try rows("--by", "sec")
            return FileManager.default.fileExists(atPath: data + "/sealed.sqlite")
        }
        #expect(try rows("--by", "expId").map { $0["opens"]["unique"].int } == [2, 1, 1])
        clock.set(nanoseconds: Self.start + 470 * Self.day)
        _ = try rows("--by", "sec")
        #expect(edge.end(SIGKILL) == -SIGKILL)
        edge = try serve(clockPath)
        try eventually("the pseudonym is gone from the stores") {
            _ = try rows("--by", "sec")
            return try !isInStores(gone)
        }
        let after = try rows("--by", "expId")
        #expect(after.map { $0["opens"]["unique"].int } == [2, 1, 1])
        #expect(after.allSatisfy { $0["uniqueComplete"].bool == true })
        // Counts from January on reach to the month before they were made.
        #expect(try rows("--by", "sec")[0]["opens"]["unique"].int == 2)
        let part = try rows("--by", "sec", "--since", "2024-01-25")[0]
        #expect(part["opens"]["unique"].int == 2 && part["uniqueComplete"].bool == true)
        let cut = try tremolo(
            ["report", "--by", "sec", "--since", "2024-02-05", "--format", "json"] + settings)
        let row = try JSONDocument(cut.output)["rows"].elements[0]
        #expect(row["opens"]["unique"].int == nil && row["opens"]["total"].int == 2)
        #expect(row["uniqueComplete"].bool == false)
        #expect(cut.errors.contains("people up to 2024-02-29 are kept as counts alone"), "\(cut.errors)")

        let people = folder.path + "/list.csv"
        try "email\ngone@m.example\nstays@m.example\n".write(toFile: people, atomically: true, encoding: .utf8)
        let question = ["people"] + settings + ["--sec", "1", "--recipients", people, "--exp-id"]
        let neither = try tremolo(question + ["1", "--neither"])
        #expect(neither.status == 64 && neither.errors.contains("--since 2024-03-01"), "\(neither.errors)")
        let opened = try tremolo(question + ["1", "--opened"])
        #expect(opened.status == 0 && opened.errors.contains("peopleRetention"), "\(opened.errors)")
        #expect(try tremolo(question + ["2", "--opened"]).errors.contains("peopleRetention") == false)

        let rebuilt = try tremolo(["rebuild"] + settings)
        #expect(rebuilt.status == 0, "\(rebuilt.errors)")
        #expect(try rows("--by", "expId").map { $0["opens"]["unique"].int } == [2, 1, 1])
        #expect(try !isInStores(gone))
        #expect(edge.end() == 0)
        #expect(try tremolo(["verify"] + settings).status == 0)
    }

    @Test("Somebody whose events have expired is shown as long as a store has the person, and forgotten there too")
    func expiredEvents() throws {
        let clockPath = folder.path + "/clock"
        let clock = try ClockFile(making: clockPath, nanoseconds: Self.start)
        let edge = try serve(clockPath)
        try open(edge, person: "gone", campaign: 1)
        try open(edge, person: "gone", campaign: 1)
        try open(edge, person: "stays", campaign: 1)
        clock.set(nanoseconds: Self.start + 14 * Self.day)
        try open(edge, person: "gone", campaign: 9)
        clock.set(nanoseconds: Self.start + 15 * Self.day)
        _ = try countedReport(settings)
        #expect(try held("gone").map { $0["kind"].string } == ["counted", "counted", "open", "open", "open"])
        clock.set(nanoseconds: Self.start + 60 * Self.day)
        try open(edge, person: "stays", campaign: 2)
        try eventually("no open of the person is held") {
            _ = try rows("--by", "sec")
            return try !held("gone").contains { $0["kind"].string == "open" }
        }

        let left = try held("gone")
        #expect(left.map { $0["day"].string } == ["2024-01-20", "2024-02-03"])
        #expect(left.map { $0["expId"].string } == ["1", "9"])
        for entry in left {
            #expect(entry["kind"].string == "counted" && entry["event"].string == "open", "\(entry)")
            #expect(entry["sec"].string == "1" && entry["link"].string == "" && entry["engaged"].bool == true)
            #expect(entry["stores"].elements.compactMap(\.string).contains("sealed.sqlite"), "\(entry)")
        }
        #expect(try held("gone", "--since", "2024-02-01T00:00:00Z").count == 1)
        #expect(try held("gone", "--until", "2024-01-01T00:00:00Z").isEmpty)
        #expect(try held("nobody").isEmpty)

        let before = try rows("--by", "expId").map { $0["opens"]["unique"].int }
        #expect(before == [2, 1, 1])
        let forgotten = try tremolo(
            ["forget", "--sec", "1", "--cuid", "-", "--keep-consent", "--format", "json"] + settings,
            input: "gone@m.example")
        let receipt = try JSONDocument(forgotten.output)
        #expect(receipt["events"].int == 0 && receipt["memberships"].int == 2, "\(forgotten)")
        #expect(try held("gone").isEmpty)
        #expect(try held("stays").contains { $0["expId"].string == "1" })
        #expect(try rows("--by", "expId").map { $0["opens"]["unique"].int } == before)
        #expect(edge.end() == 0)
        let again = try tremolo(
            ["forget", "--sec", "1", "--cuid", "-", "--keep-consent"] + settings, input: "gone@m.example")
        #expect(!again.output.contains("set") && again.status == 0, "\(again.output)")
    }

    /// What `events` gives of a person.
    private func held(_ person: String, _ arguments: String...) throws -> [JSONDocument] {
        let result = try tremolo(
            ["events", "--sec", "1", "--cuid", "-"] + arguments + settings, input: "\(person)@m.example")
        try #require(result.status == 0, "\(result.errors)")
        return try result.output.split(separator: "\n").map { try JSONDocument(String($0)) }
    }
}
