import Foundation
import TestSupport
import Testing

@Suite("A report tells countries where it can, and why where it can't", .serialized)
final class CountryJourneyTests: CampaignJourney {
    private let folder: TemporaryFolder
    let data: String

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
    }

    #if GeoIP
        private var database: String { folder.path + "/countries.mmdb" }

        /// The shipped configuration with a country database.
        private func configuration() throws -> String {
            let shipped = try String(contentsOfFile: shippedConfiguration(), encoding: .utf8)
            let path = folder.path + "/tremolo.json5"
            try shipped.replacingOccurrences(of: "geoip: null", with: "geoip: \"\(database)\"").write(
                toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        /// Puts a database in place in which this machine's own network lies in a country.
        private func install(_ country: String, epochSeconds: UInt64 = 1_764_000_000) throws {
            var writer = MaxMindWriter(isIPv6: true)
            writer.epochSeconds = epochSeconds
            writer.add([127], 8, country: country)
            try Data(writer.bytes()).write(to: URL(fileURLWithPath: database), options: .atomic)
        }

        private func countries(_ configuration: String, _ more: String...) throws -> [String: Int] {
            let arguments = ["report", "--data", data, "--config", configuration, "--by", "country"]
            let report = try tremolo(arguments + ["--format", "csv"] + more)
            #expect(report.status == 0, "\(report.errors)")
            var opens: [String: Int] = [:]
            let lines = report.output.split(whereSeparator: \.isNewline).map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            let column = try #require(lines.first?.firstIndex(of: "opens.total"))
            for line in lines.dropFirst() { opens[String(line[0])] = Int(line[column]) }
            return opens
        }

        private func open(_ edge: RunningEdge, _ count: Int) throws {
            let client = try BlockingHTTPClient(port: edge.port)
            for _ in 0..<count { #expect(try client.get("/tremop?sec=8781202&expId=17").status == 200) }
        }

        /// Waits until the server's log has a line with a text.
        private func awaitLog(_ edge: RunningEdge, _ text: String) throws {
            let deadline = Date(timeIntervalSinceNow: 30)
            while !edge.logSoFar.contains(text) {
                try #require(Date() < deadline, "no \(text) in \(edge.logSoFar)")
                Thread.sleep(forTimeInterval: 0.02)
            }
        }

        @Test("A replaced database is used without a restart, a damaged one is refused, a rebuild asks it for the past")
        func replaced() throws {
            try install("DE")
            let configuration = try configuration()
            let edge = try RunningEdge(data: data, configuration: configuration)
            try open(edge, 2)
            #expect(try countries(configuration) == ["DE": 2])
            #expect(try countries(configuration, "--from", "journal") == ["DE": 2])
            // What a window or a clock holds open would be told by the next database.
            _ = try countedReport(["--data", data, "--config", configuration])
            let events = try tremolo(["events", "--data", data, "--config", configuration])
            #expect(events.output.components(separatedBy: "\"country\":\"DE\"").count == 3)

            try install("FR", epochSeconds: 1_765_000_000)
            try awaitLog(edge, "countries-replaced")
            try awaitLog(edge, "rules-changed")
            try open(edge, 3)
            #expect(try countries(configuration) == ["DE": 2, "FR": 3])
            #expect(try countries(configuration, "--from", "journal") == ["FR": 5])

            try Data("half a databa".utf8).write(to: URL(fileURLWithPath: database))
            try awaitLog(edge, "countries are told by the database that was read before")
            try open(edge, 1)
            #expect(try countries(configuration) == ["DE": 2, "FR": 4])

            try install("FR", epochSeconds: 1_765_000_000)
            let rebuild = try tremolo(["rebuild", "--data", data, "--config", configuration])
            #expect(rebuild.status == 0, "\(rebuild.errors)")
            #expect(try countries(configuration) == ["FR": 6])
        }

        @Test("A server does not start with a database that it can't use")
        func start() throws {
            try Data("no database".utf8).write(to: URL(fileURLWithPath: database))
            let arguments = ["serve", "--data", data, "--config", try configuration(), "--listen", "127.0.0.1:0"]
            let serve = try tremolo(arguments)
            #expect(serve.status != 0)
            #expect(serve.errors.contains("countries.mmdb: it is no country database, or a damaged one"))
            let check = try tremolo(["config", "check", "--config", try configuration()])
            #expect(check.status == 78)
            #expect(check.errors.contains("countries.mmdb: it is no country database, or a damaged one"))
        }
    #else
        @Test("A build without GeoIP refuses a database in the configuration, and says what to do")
        func setting() throws {
            let path = folder.path + "/geoip.json5"
            try "{ geoip: \"x.mmdb\" }".write(toFile: path, atomically: true, encoding: .utf8)
            let checked = try tremolo(["config", "check", "--config", path])
            #expect(checked.status == 78)
            #expect(checked.errors.contains("this build has no GeoIP support: build with make build GEOIP=1"))
        }

        @Test(
            "A column of countries says that they are not known, in every format", arguments: ["table", "html", "json"])
        func column(_ format: String) throws {
            let edge = try start()
            try click(edge)
            _ = try counted()
            let report = try report("--by", "country", "--format", format)
            #expect(report.status == 0, "\(report.errors)")
            let said = format == "json" ? report.errors : report.output
            // A page writes it as a sentence.
            #expect(said.contains("ountries are not known: this build has no GeoIP support"), "\(said)")
            if format == "json" { #expect(report.output.contains("\"country\":null")) }
            let other = try self.report("--by", "client", "--format", format)
            #expect(!(other.output + other.errors).contains("ountries are not known"))
        }
    #endif
}
