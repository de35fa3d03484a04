import Foundation
import TestSupport
import Testing

@Suite("A damaged link gets its recipient there, and the report says how it arrived")
struct DamagedLinkJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    var data: String { folder.path + "/data" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let target = "https://www.mywebsite.com/cart?x=1&y=2"

    /// Links as they arrive, with the names that their events carry. A client sends no `#` and no line end.
    static let arriving: [(query: String, repairs: [String])] = [
        ("sec=8781202&expId=17&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1%26y%3D2", []),
        (
            "sec=8781202&amp;expId=17&amp;targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1%26y%3D2",
            ["ampersandEntity"]
        ),
        (
            "sec=8781202&expId=17&targetUrl=https%253A%252F%252Fwww.mywebsite.com%252Fcart%253Fx%253D1%2526y%253D2",
            ["doubleEncoded"]
        ),
        (
            "sec=3D8781202&expId=3D17&targetUrl=3Dhttps%3A%2F%2Fwww.mywe=%0D%0Absite.com%2Fcart%3Fx%3D1%26y%3D2",
            ["quotedPrintableEquals", "softLineBreak"]
        ),
        (
            "sec=8781202&expId=17&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D1&y%3D2%22%3E",
            ["decodedAmpersand", "gluedTail"]
        ),
        (
            "sec=8781202&expId=17&targetUrl=http%3A%2F%2Ftrem.brand.example%2Ftremclk%3Fsec%3D8781202%26targetUrl%3D"
                + "https%253A%252F%252Fwww.mywebsite.com%252Fcart%253Fx%253D1%2526y%253D2", ["nestedLink"]
        ),
    ]

    @Test("Each kind of damage is undone, stands in its event, and can be counted")
    func arrival() throws {
        let edge = try start()
        let client = try BlockingHTTPClient(port: edge.port)
        for link in Self.arriving {
            let reply = try client.get("/tremclk?\(link.query)")
            #expect(reply.status == 302 && reply.headers["location"] == Self.target, "\(link.query)")
        }
        let document = try counted("--by", "repair")
        var clicks: [String: Int] = [:]
        for row in document["rows"].elements {
            clicks[row["repair"].string ?? "none"] = row["clicks"]["total"].int
        }
        for name in Set(Self.arriving.flatMap(\.repairs)) { #expect(clicks[name] == 1, "\(name): \(clicks)") }

        let events = try tremolo(["events", "--data", data, "--config", shippedConfiguration()])
        let lines = try events.output.split(separator: "\n").map { try JSONDocument(String($0)) }
        #expect(lines.map { $0["repairs"].elements.compactMap(\.string) } == Self.arriving.map(\.repairs))
        for line in lines {
            #expect(line["sec"].string == "8781202" && line["expId"].string == "17")
            #expect(line["target"].string == "https://www.mywebsite.com/cart" && line["outcome"].string == "redirected")
        }
        #expect(edge.end() == 0)
    }

    @Test("A link is explained as JSON by what the server answers, byte for byte")
    func explained() throws {
        let edge = try start()
        let client = try BlockingHTTPClient(port: edge.port)
        let others = [
            "sec=8781202&targetUrl=https%3A%2F%2Fb%C3%BCcher.example%2F", "sec=8781202", "sec=1",
            "sec=8781202&targetUrl=javascript%3Aalert(1)", "sec=8772046&targetUrl=https%3A%2F%2Fu%40a.example",
        ]
        for query in Self.arriving.map(\.query) + others {
            let reply = try client.get("/tremclk?\(query)")
            let explained = try tremolo([
                "explain", "--config", shippedConfiguration(), "--format", "json",
                "http://trem.brand.example/tremclk?\(query)",
            ])
            let document = try JSONDocument(explained.output)
            #expect(document["response"]["status"].int == reply.status, "\(query)")
            #expect(explained.status == (reply.status == 302 ? 0 : 65), "\(query)")
            var headers = reply.headers
            headers["date"] = nil
            let told = document["response"]["headers"].members.compactMapValues(\.string)
            #expect(Dictionary(uniqueKeysWithValues: told.map { ($0.lowercased(), $1) }) == headers, "\(query)")
        }
        #expect(edge.end() == 0)
    }
}
