import Foundation
import TestSupport
import Testing

/// `tremolo-load` as its user meets it: a process with arguments, an exit code and two streams, against a server.
@Suite("The load generator ends with what it found, and loses no result", .serialized)
struct LoadProgramTests {
    private let folder: TemporaryFolder
    private let edge: RunningEdge
    private let data: String
    private let program: String
    private static let short = ["--duration", "300ms", "--warmup", "100ms", "--connections", "4", "--rate", "200"]

    init() throws {
        folder = try TemporaryFolder()
        data = folder.path + "/data"
        edge = try RunningEdge(data: data, configuration: shippedConfiguration())
        program = try builtProgram("tremolo-load")
    }

    private var url: String { "http://127.0.0.1:\(edge.port)" }

    private func load(_ arguments: [String]) throws -> CommandResult { try run([program] + arguments) }

    /// A scenario whose link leads elsewhere than it says.
    private func wrongScenario() throws -> String {
        let path = folder.path + "/wrong.json5"
        let text = """
            { sections: [{ sec: "8781202", campaigns: [{ expId: "1" }],
              links: [{ target: "https://www.mywebsite.com/cart", location: "https://www.mywebsite.com/other" }] }] }
            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("A right run ends with 0, prints its JSON, writes its page, and finds each request in the journal once")
    func right() throws {
        let page = folder.path + "/page.html"
        let result = try load(
            [url, "--json", "--html", page, "--verify-data", data, "--tremolo", tremoloBinary()] + Self.short)
        #expect(result.status == 0, "\(result.errors)")
        let json = try JSONDocument(result.output)
        #expect(json["servers"].elements[0]["rounds"].elements[0]["completed"].int == 60)
        #expect(json["verified"]["right"].bool == true && json["verified"]["acknowledged"].int ?? 0 >= 60)
        #expect(try String(contentsOfFile: page, encoding: .utf8).hasPrefix("<!doctype html>"))
    }

    @Test("A wrong answer ends with 65 and says what is wrong, also when it comes on the way of a search")
    func wrong() throws {
        let result = try load([url, "--scenario", try wrongScenario()] + Self.short)
        #expect(result.status == 65)
        #expect(result.output.contains("the first wrong answer (its Location); expected status 302, Location"))
        let search = try load([
            url, "--scenario", try wrongScenario(), "--find-max", "--duration", "100ms", "--warmup", "0s",
        ])
        #expect(search.status == 65)
        #expect(search.output.contains("the first wrong answer (its Location)"))
    }

    @Test("What can't be measured is said at once, with the program's name, and another code for each reason")
    func refused() throws {
        let rows: [(arguments: [String], status: Int32, words: String)] = [
            (["http://127.0.0.1:1"], 69, "nobody answers"), ([], 64, "URL: it is missing"),
            ([url, "--scenario", folder.path + "/none.json5"], 66, "none.json5"),
            ([url, "--html", folder.path + "/none/page.html"], 73, "none/page.html"),
            ([url, "--verify-data", folder.path + "/none", "--tremolo", tremoloBinary()], 74, "report"),
            ([url, "--verify-data", data, "--tremolo", folder.path + "/none"], 66, "it can't be run"),
        ]
        for (arguments, status, words) in rows {
            let result = try load(arguments)
            #expect(result.status == status, "\(arguments)")
            #expect(result.output.isEmpty, "\(arguments)")
            let last = result.errors.split(separator: "\n").last ?? ""
            #expect(last.hasPrefix("tremolo-load: ") && last.contains(words), "\(result.errors)")
        }
    }

    @Test("A page that can't be written costs no result, and what is no file stays what it is")
    func fullPage() throws {
        let link = folder.path + "/page.html"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/full")
        let result = try load([url, "--html", link] + Self.short)
        #expect(result.status == 73)
        #expect(result.output.contains("requests/s"))
        #expect(result.errors.contains("page.html"))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/dev/full")
        let kind = try FileManager.default.attributesOfItem(atPath: "/dev/full")[.type] as? FileAttributeType
        #expect(kind == .typeCharacterSpecial)
    }

    @Test("Control-C ends the measuring, and what was measured is printed")
    func interrupted() throws {
        let output = folder.path + "/output"
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        let process = SpawnedProcess()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [url, "--json", "--duration", "1h", "--warmup", "0s", "--connections", "2", "--rate", "50"]
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Its requests have reached the server once that counts some: more are always under way.
        let question = ["--data", data, "--config", shippedConfiguration(), "--by", "sec", "--format", "json"]
        try eventually("requests that are counted") {
            let report = try tremolo(["report"] + question)
            try #require(report.status == 0, "\(report.errors)")
            return try !JSONDocument(report.output)["rows"].elements.isEmpty
        }
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130 && process.terminationReason == .exit)
        let json = try JSONDocument(String(contentsOfFile: output, encoding: .utf8))
        let round = json["servers"].elements[0]["rounds"].elements[0]
        #expect(round["completed"].int ?? 0 > 0 && round["completed"].int == round["arrivals"].int)
        #expect(round["durationSeconds"].double ?? 3_600 < 600)
        #expect(round["timeline"].elements.count < 600)
    }

    @Test("A result that can't be printed is no success")
    func fullOutput() throws {
        let result = try run(
            ["/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full", program, url] + Self.short)
        #expect(result.status == 74)
        #expect(result.errors.contains("tremolo-load: standard output: "))
    }
}
