import Bytes
import Foundation
import LinuxSystem
import TestSupport
import Testing

/// A server whose people are forgotten.
final class ForgettingNode {
    let folder: TemporaryFolder
    private(set) var edge: RunningEdge
    var data: String { folder.path + "/data" }
    private let file: String
    static let agent = "PlantedAgent/1.0 (X11; Linux x86_64) Firefox/128.0"

    init(_ settings: String = "") throws {
        folder = try TemporaryFolder()
        file = folder.path + "/t.json5"
        try Self.write(settings, file)
        edge = try RunningEdge(data: folder.path + "/data", configuration: file)
    }

    private static func write(_ settings: String, _ file: String) throws {
        try """
        { workers: 2, \(settings) sections: {
            "1": { hosts: ["shop.example"], consent: "honourOptOut" }, "2": { hosts: ["shop.example"] } } }
        """.write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// A click, each on a connection of its own, so that it may come to any worker.
    func click(_ cuid: String, section: String = "1", link: String = "a", more: String = "") throws {
        let client = try BlockingHTTPClient(port: edge.port)
        let reply = try client.get(
            "/tremclk?cuid=\(cuid)&sec=\(section)&expId=7&expVisitId=visit-\(cuid.prefix(3))\(more)"
                + "&targetUrl=https%3A%2F%2Fshop.example%2F\(link)",
            headers: ["User-Agent: \(Self.agent) \(cuid.prefix(3))", "Accept-Language: planted-\(cuid.prefix(3))"])
        #expect(reply.status == 302)
    }

    /// Ends the server and starts it again.
    ///
    /// - Parameter meanwhile: is done while there is none.
    func restart(_ signal: Int32 = SIGTERM, meanwhile: () -> Void = {}) throws {
        edge.end(signal)
        meanwhile()
        edge = try RunningEdge(data: data, configuration: file)
    }

    /// Goes on with other settings.
    func restart(with settings: String) throws {
        try Self.write(settings, file)
        try restart()
    }

    func tremolo(_ arguments: [String], input: String = "") throws -> CommandResult {
        try TestSupport.tremolo(arguments + ["--data", data, "--config", file], input: input)
    }

    func forget(_ cuid: String, _ arguments: String...) throws -> JSONDocument {
        let result = try tremolo(
            ["forget", "--sec", "1", "--cuid", "-", "--format", "json"] + arguments, input: cuid + "\n")
        try #require(result.status == 0, "\(result.errors)")
        return try JSONDocument(result.output)
    }

    /// What the report says, with everything counted.
    func rows(_ by: String) throws -> String {
        _ = try countedReport(["--data", data, "--config", file])
        let output = try tremolo(["report", "--by", by, "--format", "csv"]).output
        return output
    }

    /// How many people clicked, as the report says with everything counted.
    func uniqueClicks() throws -> Int? {
        let report = try countedReport(["--data", data, "--config", file, "--by", "sec"])
        return report["rows"].elements.first?["clicks"]["unique"].int
    }

    static let questions = ["sec,class", "link,kind", "client", "hour"]
    func allRows() throws -> [String] { try Self.questions.map(rows) }

    /// Events, and of a person's consent; what stores count the person in is left out.
    func events(_ cuid: String? = nil) throws -> [JSONDocument] {
        let selection = cuid == nil ? [] : ["--sec", "1", "--cuid", "-"]
        let result = try tremolo(["events"] + selection, input: (cuid ?? "") + "\n")
        try #require(result.status == 0, "\(result.errors)")
        return try result.output.split(separator: "\n").map { try JSONDocument(String($0)) }
            .filter { $0["kind"].string != "counted" }
    }

    /// The files of the data folder, but for its keys, in which any of some byte strings stand.
    func files(holding patterns: [Data]) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: data).filter { path in
            guard !path.hasPrefix("keys"),
                let contents = FileManager.default.contents(atPath: data + "/" + path)
            else { return false }
            return patterns.contains { contents.range(of: $0) != nil }
        }
    }

    /// What may stand nowhere of a person: words, and each pseudonym as bytes, its half in both orders, and in hex.
    static func traces(words: [String], subjects: [String]) throws -> [Data] {
        var traces = words.map { Data($0.utf8) }
        for subject in subjects {
            let decoded = Hexadecimal.decode(Array(subject.utf8).span)
            let bytes = try #require(decoded)
            traces += [Data(bytes), Data(bytes[..<8]), Data(bytes[..<8].reversed()), Data(subject.utf8)]
        }
        return traces
    }
}

@Suite("A person is forgotten, and nobody finds anything of them", .serialized)
struct ForgettingJourneyTests {
    @Test("Under two event keys: records, stores, lists; report, rebuild and others' events stay")
    func forgotten() throws {
        let node = try ForgettingNode()
        for person in ["ann", "bob", "ann", "cyd"] { try node.click("\(person)%40mail.example") }
        #expect(try node.tremolo(["privacy", "rotate"]).status == 0)
        for person in ["ann", "bob", "ann"] { try node.click("\(person)%40mail.example", link: "b") }
        let before = try node.allRows()
        let own = try node.events("Ann@mail.example ")
        #expect(own.count == 4)
        let subjects = Set(own.compactMap { $0["subject"].string })
        #expect(subjects.count == 2)
        let hash = SHA256Digest.hash("ann@mail.example".utf8.span).description
        let traces = try ForgettingNode.traces(
            words: [
                "ann@mail.example", "ann%40mail", hash, "PlantedAgent/1.0 (X11; Linux x86_64) Firefox/128.0 ann",
                "planted-ann", "visit-ann",
            ], subjects: Array(subjects))
        #expect(try !node.files(holding: traces).isEmpty)
        let others = try node.events("bob@mail.example")

        let receipt = try node.forget("ann@mail.example")
        #expect(receipt["events"].int == 4 && receipt["nodes"].int == 1 && receipt["optedOut"].bool == true)
        #expect(receipt["section"].string == "1" && receipt["notes"].elements.isEmpty)
        #expect(try node.files(holding: traces) == [])
        #expect(try node.allRows() == before)
        let left = try node.events("ann@mail.example")
        #expect(left.count == 1 && left[0]["kind"].string == "consent" && left[0]["source"].string == "forgetting")
        #expect(left[0]["status"].string == "opt-out")
        #expect(try node.events("bob@mail.example").count == others.count)
        let tokens = Set(try node.events().filter { $0["userAgent"].string == nil }.map { $0["subject"].string })
        #expect(tokens.count == 2 && !tokens.contains(nil))

        // A click behind it carries nobody, and is counted.
        try node.click("ann%40mail.example")
        #expect(try node.events("ann@mail.example").count == 1)
        #expect(try node.forget("ann@mail.example", "--keep-consent")["events"].int == 0)
        let late = try node.allRows()
        #expect(try node.tremolo(["rebuild"]).status == 0)
        #expect(try node.allRows() == late)
        #expect(try node.tremolo(["verify"]).status == 0)
        #expect(try node.files(holding: traces) == [])
        let list = "email\nann@mail.example\nbob@mail.example\n"
        let people = try node.tremolo(["people", "--recipients", "-", "--sec", "1", "--clicked"], input: list)
        #expect(people.output == "email\nbob@mail.example\n", "\(people)")
        #expect(node.edge.end() == 0)
    }

    /// What a link's maker who hashes addresses calls one.
    private static func hash(_ name: String) -> String {
        SHA256Digest.hash("\(name)@mail.example".utf8.span).description
    }

    @Test("Without a server, and with identity raw: addresses in links and words go too, and figures follow")
    func raw() throws {
        let node = try ForgettingNode("identity: \"raw\",")
        for person in ["ann", "bob"] {
            try node.click(
                "\(person)%40mail.example", link: "u%2F\(person)@mail.example", more: "&va=\(person)%40mail.example")
            try node.click("\(person)%40mail.example", link: "h%2F\(Self.hash(person).uppercased())")
        }
        let before = try node.rows("sec,class")
        #expect(try node.rows("link").contains("ann@mail.example"))
        #expect(node.edge.end() == 0)
        let own = try node.events("ann@mail.example")
        #expect(own.count == 2 && own[0]["subject"].string == "ann@mail.example")
        let hash = Self.hash("ann").uppercased()
        let traces = try ForgettingNode.traces(words: ["ann@mail.example", "ann%40mail", hash], subjects: [])
        #expect(try !node.files(holding: [Data(hash.utf8)]).isEmpty)
        let receipt = try node.forget("ann@mail.example", "--keep-consent")
        #expect(receipt["events"].int == 2 && receipt["optedOut"].bool == false)
        #expect(try node.files(holding: traces) == [])
        #expect(try node.events("ann@mail.example").isEmpty)
        #expect(try node.events("bob@mail.example").count == 2)
        try node.restart()
        #expect(try node.rows("sec,class") == before)
        let links = try node.rows("link")
        #expect(links.contains("(email)") && links.contains("bob@mail.example"), "\(links)")
        #expect(links.contains("/h/(email)") && links.contains(Self.hash("bob").uppercased()), "\(links)")
        #expect(try node.tremolo(["rebuild"]).status == 0)
        #expect(try node.rows("link") == links)
        #expect(try node.files(holding: traces) == [])
    }

    @Test("Killed at any moment of it, the next start or the next forget finishes it; figures are the same")
    func kills() throws {
        let node = try ForgettingNode("journal: { segmentSize: \"1 MiB\" },")
        for number in 0..<40 { try node.click("p\(number % 5)%40mail.example", link: "\(number % 3)") }
        let before = try node.allRows()
        var subjects: [String] = []
        for person in 0..<5 {
            subjects += try node.events("p\(person)@mail.example").compactMap { $0["subject"].string }.prefix(1)
        }
        #expect(Set(subjects).count == 5)
        for person in 0..<5 {
            let forgetting = try BackgroundCommand(
                [
                    "forget", "--sec", "1", "--cuid", "p\(person)@mail.example", "--data", node.data, "--config",
                    node.folder.path + "/t.json5",
                ])
            // Later each time: the journal is looked through, the plan is written, segments and stores are changed.
            let plan = node.data + "/forgetting/plan"
            var looks = 0
            try eventually("so many looks, and the plan of every other person") {
                let isLate = looks >= 20 * person && (person % 2 == 1 || FileManager.default.fileExists(atPath: plan))
                looks += 1
                return isLate || !forgetting.isRunning
            }
            // Whoever finds no server any more owns the folder for a moment, and does it alone.
            try node.restart(SIGKILL) { _ = forgetting.result() }
            #expect(try node.allRows() == before, "person \(person)")
            _ = try node.forget("p\(person)@mail.example")
            #expect(try node.allRows() == before, "person \(person)")
            #expect(!FileManager.default.fileExists(atPath: plan))
            let traces = try ForgettingNode.traces(words: [], subjects: [subjects[person]])
            #expect(try node.files(holding: traces) == [])
        }
        #expect(try node.tremolo(["verify"]).status == 0)
    }

    @Test("Two at once, beside an import of the same segments and a rebuild: each is done, one after the other")
    func atOnce() throws {
        let node = try ForgettingNode()
        for person in ["ann", "bob", "cyd", "ann"] { try node.click("\(person)%40mail.example") }
        let before = try node.allRows()
        // A copy of the journal, as another machine would offer it.
        let copy = node.folder.path + "/copy"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: node.data + "/journal", toPath: copy + "/journal")
        let commands = try ["ann", "bob"].map { person in
            try BackgroundCommand(
                [
                    "forget", "--sec", "1", "--cuid", "\(person)@mail.example", "--data", node.data, "--config",
                    node.folder.path + "/t.json5",
                ])
        }
        for command in commands { #expect(command.result().status == 0) }
        #expect(try node.allRows() == before)
        #expect(try node.events().filter { $0["userAgent"].string == nil }.count == 3)
        let taken = try node.tremolo(["import", "--ended", "--format", "json", copy])
        #expect(try JSONDocument(taken.output)["takenRecords"].int == 0, "\(taken)")
        #expect(taken.status == 0, "\(taken.errors)")
        #expect(try node.allRows() == before)
        #expect(try node.tremolo(["verify"]).status == 0)
    }

    @Test("It waits for the windows of the person's last events, and others keep the verdicts that hung on them")
    func windows() throws {
        let folder = try TemporaryFolder()
        let start: UInt64 = 1_583_049_600_000_000_000
        let clock = try ClockFile(making: folder.path + "/clock", nanoseconds: start)
        let rules = URL(fileURLWithPath: shippedConfiguration()).deletingLastPathComponent().path + "/rules"
        let settings = ["--data", folder.path + "/data", "--config", shippedConfiguration()]
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: shippedConfiguration(),
            arguments: ["--clock", folder.path + "/clock"], environment: ["TREMOLO_RULES": rules])
        // Five people from one address within seconds, two links each: a machine, as long as all five are seen.
        for number in 0..<10 {
            clock.set(nanoseconds: start + UInt64(number) * 700_000_000)
            let client = try BlockingHTTPClient(port: edge.port)
            let reply = try client.get(
                "/tremclk?cuid=p\(number % 5)%40mail.example&sec=8781202&expId=17"
                    + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F\(number / 5)",
                headers: ["User-Agent: \(ForgettingNode.agent)"])
            #expect(reply.status == 302)
        }
        let forgetting = try BackgroundCommand(
            ["forget", "--sec", "8781202", "--cuid", "p1@mail.example", "--format", "json"] + settings)
        // It says how far it is when it has looked through the journal; then time goes on.
        var steps: UInt64 = 8
        try eventually("the person is forgotten") {
            clock.set(nanoseconds: start + steps * 1_000_000_000)
            steps = min(steps + 1, 4_000)
            return !forgetting.isRunning
        }
        let receipt = try JSONDocument(forgetting.result().output)
        #expect(receipt["events"].int == 2 && receipt["verdictsKept"].int == 8)
        let report = try countedReport(settings + ["--by", "class"], environment: ["TREMOLO_RULES": rules])
        #expect(report["rows"].elements.map { $0["class"].string } == ["machine"])
        #expect(try tremolo(["rebuild"] + settings).status == 0)
        let again = try countedReport(settings + ["--by", "class"], environment: ["TREMOLO_RULES": rules])
        #expect(again["rows"].elements.map { $0["clicks"]["machine"].int } == [10])
        let events = try tremolo(["events"] + settings, environment: ["TREMOLO_RULES": rules]).output
        for line in events.split(separator: "\n") {
            let event = try JSONDocument(String(line))
            #expect(event["class"].string == "machine" && event["classReason"].string == "many-people")
        }
        #expect(edge.end() == 0)
    }
}
