import Foundation
import TestSupport
import Testing

@Suite("What was clicked and sent is answered in every form, from the store and from the journal")
struct ReportJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    /// The one row of an experience.
    private func row() throws -> JSONDocument {
        let document = try counted("--by", "sec,expId", "--sec", "8781202", "--exp-id", "17")
        #expect(document["rows"].elements.count == 1)
        return try #require(document["rows"].elements.first)
    }

    @Test("Sends and names are recorded through the running server and without one, and rates come of them")
    func sendsAndNames() throws {
        let edge = try start()
        try click(edge)
        let before = try row()
        #expect(before["sent"].isNull && before["clickRate"].isNull && before["openRate"].isNull)
        #expect(before["opens"]["total"].int == 5 && before["opens"]["people"].int == 4)
        #expect(before["clickThroughRate"].double == 0.4 && before["clickToOpenRate"].double == 0.25)

        let campaign = ["--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--exp-id", "17"]
        let sends = try tremolo(["sends", "add"] + campaign + ["--exp-ver", "2", "--sent", "10", "--delivered", "8"])
        #expect(sends.status == 0 && sends.output.isEmpty && !sends.errors.contains("no server"), "\(sends.errors)")
        let name = try tremolo(["name"] + campaign + ["-"], input: "Summer sale\n")
        #expect(name.status == 0, "\(name.errors)")
        let during = try row()
        #expect(during["sent"].int == 10 && during["delivered"].int == 8)
        #expect(during["openRate"].double == 0.4 && during["clickRate"].double == 0.1)
        #expect(try report().output.contains("Summer sale"))

        #expect(edge.end() == 0)
        let later = try tremolo(["sends", "add"] + campaign + ["--exp-ver", "2", "--sent", "30"])
        #expect(later.status == 0 && later.errors.contains("no server runs"), "\(later.errors)")
        let renamed = try tremolo(["name"] + campaign + ["Winter sale"])
        #expect(renamed.status == 0, "\(renamed.errors)")
        let again = try start()
        let after = try row()
        #expect(after["sent"].int == 40 && after["openRate"].double == 0.1)
        #expect(after["opens"]["total"].int == 5)
        let table = try report().output
        #expect(table.contains("Winter sale") && !table.contains("Summer sale"))
        #expect(again.end() == 0)
    }

    @Test("Table, CSV and JSON have their shapes, and the journal gives the store's numbers")
    func shapes() throws {
        let edge = try start()
        try click(edge)
        let campaign = ["--data", data, "--config", shippedConfiguration(), "--sec", "8781202", "--exp-id", "17"]
        #expect(try tremolo(["sends", "add"] + campaign + ["--exp-ver", "2", "--sent", "10"]).status == 0)
        for name in ["Autumn sale", "Summer sale"] { #expect(try tremolo(["name"] + campaign + [name]).status == 0) }
        let json = try counted("--by", "sec,kind,class")
        #expect(edge.end() == 0)
        #expect(json["asOf"].string?.hasSuffix("Z") == true)
        let accounting = ["received", "journaled", "waiting", "lost", "counted", "pending", "damaged", "expired"]
        #expect(Set(json["accounting"].members.keys) == Set(accounting))
        #expect(json["accounting"]["counted"].int == 9 && json["accounting"]["received"].int == 9)
        let first = try #require(json["rows"].elements.first)
        let clicks = ["total", "unique", "people", "human", "proxy", "prefetch", "machine", "unknown"]
        #expect(Set(first["clicks"].members.keys) == Set(clicks + ["asked", "refused"]))
        #expect(Set(first["opens"].members.keys) == Set(clicks))
        let machine = json["rows"].elements.first { $0["class"].string == "machine" }
        #expect(machine?["sec"].string == "8772046" && machine?["clicks"]["asked"].int == 1)

        let csv = try report("--format", "csv", "--by", "link,kind").output
        let lines = csv.components(separatedBy: "\r\n")
        #expect(lines.first?.hasPrefix("link,kind,clicks.total,clicks.unique,") == true)
        #expect(lines.last == "" && lines.allSatisfy { !$0.contains("\n") })
        let columns = Set(lines.dropLast().map { $0.split(separator: ",", omittingEmptySubsequences: false).count })
        #expect(columns.count == 1)

        let table = try report("--by", "sec,expId").output
        #expect(table.contains("My website") && table.contains("as of ") && table.contains("(2/5)"), "\(table)")

        // Beside other columns the store keeps no people, and the journal does.
        for by in ["sec", "sec,expId,expVer,va", "link", "sec,day"] {
            let kept = try report("--format", "csv", "--by", by)
            let asked = try report("--format", "csv", "--by", by, "--from", "journal")
            #expect(kept.status == 0 && asked.status == 0, "\(kept.errors)\(asked.errors)")
            #expect(kept.output == asked.output, "by \(by)")
        }
        let named = try report("--from", "journal").output
        #expect(named.contains("Summer sale") && named.contains("(1/10)") && !named.contains("Autumn"), "\(named)")
    }

    @Test("A combination that is not kept is refused by name with the way to get it")
    func notKept() throws {
        let edge = try start()
        try click(edge)
        for by in ["client,link", "host,device", "hour,outcome"] {
            let refused = try report("--by", by)
            #expect(refused.status == 64 && refused.output.isEmpty)
            #expect(refused.errors.contains("--from journal"), "\(refused.errors)")
            let asked = try report("--by", by, "--from", "journal", "--format", "json")
            #expect(asked.status == 0, "\(asked.errors)")
            let rows = try JSONDocument(asked.output)["rows"].elements
            #expect(rows.reduce(0) { $0 + ($1["clicks"]["total"].int ?? 0) } == 4)
            #expect(rows.reduce(0) { $0 + ($1["opens"]["total"].int ?? 0) } == 5)
        }
        #expect(edge.end() == 0)
    }

    @Test("Events are chosen by time, section and person, and a person's name need not stand in the command line")
    func events() throws {
        let edge = try start()
        try click(edge)
        func chosen(_ arguments: String..., input: String = "") throws -> [JSONDocument] {
            let result = try tremolo(
                ["events", "--data", data, "--config", shippedConfiguration()] + arguments, input: input)
            #expect(result.status == 0, "\(result.errors)")
            return try result.output.split(separator: "\n").map { try JSONDocument(String($0)) }
        }
        let all = try chosen()
        #expect(all.count == 9)
        #expect(try chosen("--sec", "8772046").count == 2)
        #expect(try chosen("--cuid", "-", input: "A@m.example\n").count == 4)
        #expect(try chosen("--cuid", "b@m.example", "--sec", "8781202").count == 1)
        #expect(try chosen("--cuid", "-", input: "z@m.example").isEmpty)
        let middle = try #require(all[4]["time"].string)
        let since = try chosen("--since", middle)
        let until = try chosen("--until", middle)
        #expect(since.first?["time"].string == middle && since.count + until.count == 9 && !until.isEmpty)
        #expect(Set(all.compactMap { $0["id"].string }).count == 9)

        let following = try BackgroundCommand([
            "events", "--data", data, "--config", shippedConfiguration(), "--follow",
        ])
        for event in all {
            let line = try #require(following.nextLine())
            #expect(try JSONDocument(line)["id"].string == event["id"].string)
        }
        #expect(try BlockingHTTPClient(port: edge.port).get("/tremop?sec=8781202&expId=fresh").status == 200)
        let fresh = try #require(following.nextLine())
        #expect(try JSONDocument(fresh)["expId"].string == "fresh")
        following.end()
        #expect(edge.end() == 0)
    }

    @Test("A flipped byte is found by its place, exits 65, and costs the one record that it is in")
    func verify() throws {
        let edge = try start()
        try click(edge)
        #expect(try counted()["accounting"]["counted"].int == 9)
        #expect(edge.end() == 0)
        let whole = try tremolo(["verify", "--data", data])
        #expect(whole.status == 0 && whole.output.contains("9 journaled = 9 whole + 0 damaged; 0 lost"))
        let segment = try #require(try segments().first)
        try flip(segment)
        let damaged = try tremolo(["verify", "--data", data])
        #expect(damaged.status == 65)
        #expect(damaged.errors.contains(segment) && damaged.errors.contains("byte 8192"), "\(damaged.errors)")
        #expect(damaged.output.contains("9 journaled = 8 whole + 1 damaged; 0 lost"), "\(damaged.output)")
        // It was counted before it was damaged: nothing is pending, and a rebuild would count one less.
        #expect(!damaged.output.contains("-1"), "\(damaged.output)")
        #expect(damaged.output.contains(": the store counted 1 event that the journal does not hold any more"))
        let events = try tremolo(["events", "--data", data])
        #expect(events.output.split(separator: "\n").count == 8 && events.errors.contains("byte 8192"))
        // What is not there any more is said as that, and with its number.
        try FileManager.default.moveItem(atPath: segment, toPath: segment + ".away")
        let missing = try tremolo(["verify", "--data", data])
        #expect(missing.status == 65 && missing.output.contains(": the store counted 9 events that the journal"))
        try FileManager.default.moveItem(atPath: segment + ".away", toPath: segment)
        // What was counted before stays counted.
        #expect(try JSONDocument(try report("--format", "json").output)["accounting"]["counted"].int == 9)
    }

    @Test(
        "Reading commands work as another user, beside the server and after it", .enabled(if: mayBecomeNobody()))
    func anotherUser() throws {
        let edge = try start()
        try click(edge)
        _ = try row()
        let common = ["--data", data, "--config", shippedConfiguration()]
        let mine = try report("--format", "csv").output
        for isRunning in [true, false] {
            if !isRunning { #expect(edge.end() == 0) }
            let theirs = try tremoloAsNobody(["report"] + common + ["--format", "csv"])
            #expect(theirs.status == 0 && theirs.output == mine, "running: \(isRunning): \(theirs.errors)")
            let events = try tremoloAsNobody(["events"] + common)
            #expect(events.status == 0 && events.output.split(separator: "\n").count == 9, "\(events.errors)")
            let verify = try tremoloAsNobody(["verify"] + common)
            #expect(verify.status == 0, "\(verify.errors)")
            let journal = try tremoloAsNobody(["report"] + common + ["--from", "journal", "--format", "csv"])
            #expect(journal.status == 0 && journal.output == mine, "\(journal.errors)")
            // Who a person is takes the keys, and a change takes the socket or the folder: neither is theirs.
            let person = try tremoloAsNobody(["events"] + common + ["--cuid", "a@m.example"])
            #expect(person.status == 77 && person.output.isEmpty, "\(person.errors)")
            let change = try tremoloAsNobody(["name"] + common + ["--sec", "8781202", "x"])
            #expect(change.status == 77, "\(change.errors)")
        }
    }
}
