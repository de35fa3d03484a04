import Foundation
import TestSupport
import Testing

/// A suite about one data folder in which a small campaign is clicked.
protocol CampaignJourney {
    /// The data folder.
    var data: String { get }
}

extension CampaignJourney {
    func start() throws -> RunningEdge {
        try RunningEdge(data: data, configuration: shippedConfiguration())
    }

    /// Five opens of four people and two clicks of one, of experience 17 version 2; a click that is asked about, and a
    /// machine's.
    func click(_ edge: RunningEdge) throws {
        let client = try BlockingHTTPClient(port: edge.port)
        let campaign = "sec=8781202&expId=17&expVer=2&va=%5B7%5D"
        for person in ["a", "b", "c", "d", "a"] {
            #expect(try client.get("/tremop?cuid=\(person)%40m.example&\(campaign)").status == 200)
        }
        let target = "targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F%3D1"
        for _ in 0..<2 {
            #expect(try client.get("/tremclk?cuid=a%40m.example&\(campaign)&\(target)").status == 302)
        }
        #expect(
            try client.get("/tremclk?cuid=b%40m.example&sec=8772046&targetUrl=https%3A%2F%2Felse.example%2F").status
                == 200)
        #expect(
            try client.get(
                "/tremclk?sec=8772046&targetUrl=https%3A%2F%2Felse.example%2F", headers: ["User-Agent: curl/8"]
            )
            .status == 200)
    }

    func report(_ arguments: String...) throws -> CommandResult {
        try tremolo(["report", "--data", data, "--config", shippedConfiguration()] + arguments)
    }

    /// The answer of the running server, with everything counted.
    func counted(_ arguments: String...) throws -> JSONDocument {
        try countedReport(["--data", data, "--config", shippedConfiguration()] + arguments)
    }

    /// Damages the first record of a segment.
    func flip(_ segment: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: segment))
        bytes[8_192 + 40] ^= 0x10
        try bytes.write(to: URL(fileURLWithPath: segment))
    }

    /// The segments with events, those of the largest shard first.
    func segments() throws -> [String] {
        let journal = data + "/journal"
        let all = try FileManager.default.subpathsOfDirectory(atPath: journal).filter { path in
            path.split(separator: "/").count == 3 && !path.contains("/admin/") && path.hasSuffix("0")
        }
        return all.map { journal + "/" + $0 }
    }
}
