import Foundation
import TestSupport
import Testing

@Suite("Names show wherever ids do, and many are given at once", .serialized)
final class NameJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    private func name(_ arguments: String..., list: String = "") throws -> CommandResult {
        try tremolo(["name", "--data", data, "--config", shippedConfiguration()] + arguments, input: list)
    }

    private static let list =
        "\u{FEFF}name,sec,expId,expVer,va\r\n\"Summer, the \"\"big\"\" sale\",8781202,17,,\r\n"
        + "Second try,8781202,17,2,\r\nRed button,8781202,17,,[7]\r\nShop,8781202,,,\r\nAcme Labels,8772046,,,\r\n"

    @Test("A list gives all of them; given again it records nothing; an empty name takes one away")
    func list() throws {
        let edge = try start()
        try click(edge)
        let first = try name("--csv", "-", list: Self.list)
        #expect(first.status == 0 && first.errors == "recorded: 5 names\n", "\(first.errors)")
        let again = try name("--csv", "-", list: Self.list)
        #expect(again.errors == "recorded: 0 names; 5 rows changed nothing\n")

        let json = try counted("--by", "sec,expId,expVer,va")["rows"].elements
        let row = try #require(json.first { $0["sec"].string == "8781202" })
        #expect(
            ["secName", "expIdName", "expVerName", "vaName"].map { row[$0].string } == [
                "Shop", "Summer, the \"big\" sale", "Second try", "Red button",
            ])
        let table = try report("--by", "sec,expId,expVer,va")
        for cell in ["Shop (8781202)", "Summer, the \"big\" sale (17)", "Second try (2)", "Red button ([7])"] {
            #expect(table.output.contains(cell), "\(table.output)")
        }
        let csv = try report("--by", "sec,expId,expVer,va", "--format", "csv")
        #expect(
            csv.output.contains("8781202,Shop,17,\"Summer, the \"\"big\"\" sale\",2,Second try,[7],Red button,"),
            "\(csv.output)")
        for source in ["store", "journal"] {
            // Two sections are configured, and only one of them has events of this experience.
            let alone = try report("--by", "expId", "--from", source)
            #expect(alone.output.contains("Summer, the \"big\" sale (17)"), "\(alone.output)")
        }
        // A row of two sections' experiences has no name.
        let client = try BlockingHTTPClient(port: edge.port)
        #expect(try client.get("/tremop?sec=8772046&expId=17").status == 200)
        _ = try counted()
        for source in ["store", "journal"] {
            #expect(try !report("--by", "expId", "--from", source).output.contains("sale (17)"))
            #expect(try report("--by", "expId", "--sec", "8781202", "--from", source).output.contains("sale (17)"))
        }
        let seen = try tremolo(["config", "allow-seen", "--data", data, "--config", shippedConfiguration()])
        #expect(seen.output.contains("Acme Labels"), "\(seen.output)")

        #expect(try name("--sec", "8781202", "--exp-id", "17", "").status == 0)
        let taken = try counted("--by", "sec,expId", "--sec", "8781202")["rows"].elements.first
        #expect(taken?["expIdName"].isNull == true)
        #expect(edge.end() == 0)
    }

    @Test("Every bad row is named by its line, and nothing of the list is recorded")
    func badRows() throws {
        let edge = try start()
        let long = String(repeating: "x", count: 257)
        let result = try name(
            "--csv", "-",
            list: """
                sec,name,expId,va
                8781202,Good,17,
                ,Nameless,,
                8781202,No experience,,[7]
                8781202,\(long),17,
                8781202
                """)
        #expect(result.status == 65)
        #expect(
            result.errors.split(separator: "\n").map { $0.replacing("tremolo: standard input:", with: "") } == [
                "3: sec: it is no id of a section: write 1 to 64 letters, digits, '-' or '_'",
                "4: va: it is a part of an experience, and none is given: give the experience too",
                "5: the name is longer than 256 bytes", "6: it has 1 cell, and there are 4 columns",
                " 4 of 5 rows can't be recorded, and nothing was recorded: mend them, then repeat",
            ])
        for arguments in [["--csv", "-", "--sec", "1"], ["--csv", "-", "Name"], ["--sec", "1"]] {
            let refused = try tremolo(["name", "--data", data, "--config", shippedConfiguration()] + arguments)
            #expect(refused.status == 64, "\(arguments)")
        }
        #expect(try name("--csv", "-", list: "sec,name,expId\n8781202,Good,17").errors == "recorded: 1 name\n")
        #expect(edge.end() == 0)
    }
}
