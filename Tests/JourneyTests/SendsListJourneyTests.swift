import Foundation
import TestSupport
import Testing

@Suite("A list of sends is recorded whole, once, and what is wrong with it is named by line", .serialized)
final class SendsListJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    private func add(_ arguments: String..., list: String = "") throws -> CommandResult {
        try add(arguments, list: list)
    }

    private func add(_ arguments: [String], list: String = "") throws -> CommandResult {
        try tremolo(
            ["sends", "add", "--data", data, "--config", shippedConfiguration()] + arguments, input: list)
    }

    private func sent() throws -> [String: Int] {
        let rows = try counted("--by", "sec,expId,va")["rows"].elements
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                (["sec", "expId", "va"].map { row[$0].string ?? "" }.joined(separator: "/"), row["sent"].int ?? -1)
            })
    }

    private let marked =
        "\u{FEFF}time,sec,expId,va,sent,delivered,links\r\n"
        + "2026-11-23T08:00:00Z,8781202,17,\"[7]\",100,90,4\r\n"
        + "2026-11-23T09:00:00+01:00,8781202,\"a \"\"b\"\",\nc\",,7,,\r\n\r\n"
        + "2026-11-24T08:00:00Z,8772046,,,5,5,"

    @Test("A command that is repeated does not count twice, and a section that is not configured is named")
    func repeatedCommand() throws {
        let edge = try start()
        let arguments = ["--sec", "8781202", "--exp-id", "17", "--sent", "100"]
        #expect(try add(arguments).status == 0)
        let again = try add(arguments)
        #expect(again.status == 65)
        #expect(again.errors.contains("as many messages of the same were recorded within the last day, sent at 20"))
        #expect(again.errors.contains("give --again if these came on top, or --time if they are another send"))
        #expect(try sent() == ["8781202/17/": 100])
        #expect(try add(arguments + ["--again"]).status == 0)
        let other = try add(["--sec", "nope", "--sent", "3"])
        #expect(other.status == 0)
        #expect(
            other.errors
                == "recorded: 3 messages of section nope\nnote: the configuration has no section nope, so that its "
                + "events count as (unknown): check the id, or add the section\n")
        let mistyped = try add(arguments + ["--time", "2099-01-01T00:00:00Z"])
        #expect(mistyped.status == 64)
        #expect(
            mistyped.errors.contains("time: 2099-01-01T00:00:00Z is before the year 2000 or more than a year ahead"))
        #expect(try sent() == ["8781202/17/": 200, "nope//": 3])
        #expect(edge.end() == 0)
    }

    @Test("Through the running server: BOM, CRLF, quotes, empty cells; the same list again is refused whole")
    func throughServer() throws {
        let edge = try start()
        let first = try add("--csv", "-", list: marked)
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.errors == "recorded: 3 sends, 112 messages of 2 sections\n")
        let expected: [String: Int] = ["8781202/17/[7]": 100, "8781202/a \"b\",\nc/": 7, "8772046//": 5]
        #expect(try sent() == expected)
        let grown = marked + "\r\n2026-11-25T08:00:00Z,8772046,,,6,,\r\n"
        let again = try add("--csv", "-", list: grown)
        #expect(again.status == 65)
        #expect(
            again.errors.split(separator: "\n") == [
                "tremolo: standard input:2: it is recorded already",
                "tremolo: standard input:3: it is recorded already",
                "tremolo: standard input:6: it is recorded already",
                "tremolo: standard input: 3 of 4 rows can't be recorded, and nothing was recorded: give "
                    + "--skip-recorded to leave out what is recorded with the same numbers, or --again to add to it",
            ])
        #expect(try sent() == expected)
        let skipped = try add("--csv", "-", "--skip-recorded", list: grown)
        #expect(skipped.errors == "recorded: 1 send, 6 messages of section 8772046; 3 sends stood there already\n")
        #expect(try sent()["8772046//"] == 11)
        let changed = try add("--csv", "-", "--skip-recorded", list: marked.replacing(",100,", with: ",101,"))
        #expect(changed.status == 65)
        #expect(changed.errors.contains("standard input:2: other numbers are recorded already of this send"))
        #expect(try add("--csv", "-", "--again", list: marked).status == 0)
        #expect(try sent()["8781202/17/[7]"] == 200)
        #expect(edge.end() == 0)
    }

    @Test("Without a server, from a file, and by flags: a send of the same time is refused unless --again says so")
    func intoFolder() throws {
        #expect(try start().end() == 0)
        let file = folder.path + "/sends.csv"
        try Data(marked.utf8).write(to: URL(fileURLWithPath: file))
        let first = try add("--csv", file)
        #expect(first.errors.hasSuffix("(no server runs: it counts from the next start on)\n"), "\(first.errors)")
        let one = ["--sec", "8772046", "--time", "2026-11-24T08:00:00Z", "--sent"]
        func flags(_ more: String...) throws -> CommandResult {
            try tremolo(["sends", "add", "--data", data, "--config", shippedConfiguration()] + one + more)
        }
        let same = try flags("5", "--delivered", "5")
        #expect(same.status == 65 && same.errors.contains("this send is recorded already, and nothing was recorded"))
        let other = try flags("6")
        #expect(other.status == 65 && other.errors.contains("another number of messages of this send is recorded"))
        #expect(try flags("6", "--again").status == 0)
        let skipped = try flags("6", "--skip-recorded")
        #expect(skipped.status == 0 && skipped.errors.contains("recorded: nothing"), "\(skipped.errors)")
        let edge = try start()
        #expect(try sent()["8772046//"] == 11)
        #expect(edge.end() == 0)
    }

    @Test("Every bad row is named by its line, and nothing of the list is recorded")
    func badRows() throws {
        let edge = try start()
        let list = """
            sec,time,sent,delivered,links,expId,va
            8781202,2026-11-23T08:00:00Z,5,,,,
            ,2026-11-23T08:00:00Z,5,,,,
            8781202,yesterday,5,,,,
            8781202,2026-11-23T09:00:00Z,-5,,,,
            8781202,2026-11-23T09:00:00Z,5,6,,,
            8781202,2026-11-23T09:00:00Z,5,,0,,
            8781202,2026-11-23T09:00:00Z,5
            8781202,2026-11-23T09:00:00Z,5,,,,[7]
            bad id,2026-11-23T09:00:00Z,5,,,,
            8781202,2026-11-23T08:00:00+00:00,5,,,,
            """
        let result = try add("--csv", "-", list: list)
        #expect(result.status == 65)
        let lines = result.errors.split(separator: "\n").map { $0.replacing("tremolo: standard input:", with: "") }
        #expect(
            lines == [
                "3: sec is empty", "4: time: 'yesterday' is no RFC 3339 time, such as 2026-11-23T10:00:00Z",
                "5: sent: '-5' is no whole number", "6: more was delivered than sent",
                "7: links: 0 is no number of links", "8: it has 3 cells, and there are 7 columns",
                "9: va: it is a part of an experience, and none is given: give the experience too",
                "10: sec: it is no id of a section: write 1 to 64 letters, digits, '-' or '_'",
                " 8 of 10 rows can't be recorded, and nothing was recorded: mend them, then repeat",
            ])
        for (list, message) in [
            ("", "there is no row with the names of the columns"), ("sec,sent\n", "there is no column 'time'"),
            ("sec,sent,time,sent\n", "two columns have the name 'sent'"), ("sec,sent,time,Va\n", "'Va' is no column"),
            ("sec;sent;time\n", "separate columns by commas"), ("sec,sent,time\n\"1", "line 2 is not closed"),
            ("sec,sent,time\n1,2,2026-11-23T08:00:00Z\n1,2,2026-11-23T08:00:00Z", "3: it stands in line 2 already"),
        ] {
            let result = try add("--csv", "-", list: list)
            #expect(result.status == 65 && result.errors.contains(message), "\(result.errors)")
        }
        #expect(try add("--csv", "-", "--sec", "1").status == 64)
        #expect(try add("--csv", folder.path + "/none").status == 66)
        #expect(try sent().isEmpty)
        #expect(edge.end() == 0)
    }

    @Test("Thousands of rows are recorded, and of two commands that add one list at once one is refused")
    func manyAtOnce() throws {
        let edge = try start()
        var list = "sec,sent,time,expId\n"
        for row in 0..<3_000 { list += "8781202,2,2026-11-23T08:\(10 + row % 50):00.\(100_000 + row)Z,\(row % 7)\n" }
        let file = folder.path + "/many.csv"
        try Data(list.utf8).write(to: URL(fileURLWithPath: file))
        let command =
            ["sends", "add", "--data", data, "--config", shippedConfiguration(), "--csv", file]
        let first = try BackgroundCommand(command)
        let second = try BackgroundCommand(command)
        #expect(Set([first.result().status, second.result().status]) == [0, 65])
        #expect(try sent().values.reduce(0, +) == 6_000)
        #expect(edge.end() == 0)
    }
}
