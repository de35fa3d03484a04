import Foundation
import TestSupport
import Testing

@Suite("Subscriber lists that are missing, half there or ahead of time")
struct ConsentListJourneyTests {
    private let consent: ConsentNode
    private let uploads: String

    init() throws {
        consent = try ConsentNode()
        uploads = consent.node.folder.path + "/uploads"
    }

    private func upload(_ name: String, _ people: String...) throws {
        try FileManager.default.createDirectory(atPath: "\(uploads)/\(name)", withIntermediateDirectories: true)
        let rows = ["email"] + people.map { "\($0)@mail.example" }
        try Self.append(rows.joined(separator: "\n") + "\n", to: "\(uploads)/\(name)/data.csv")
    }

    /// Writes as a program does that has no other name for what is not whole yet.
    private static func append(_ text: String, to path: String) throws {
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    private func status(_ person: String, section: String = "1") throws -> (text: String, notes: String, JSONDocument) {
        let arguments = ["consent", "status", "--sec", section, "--identifier", "-"]
        let settings = ["--data", consent.node.data, "--config", consent.node.folder.path + "/t.json5"]
        let text = try tremolo(arguments + settings, input: "\(person)@mail.example")
        #expect(text.status == 0, "\(text)")
        let json = try tremolo(arguments + settings + ["--format", "json"], input: "\(person)@mail.example")
        return (text.output, text.errors, try JSONDocument(json.output))
    }

    @Test("A list that was written to after its import is taken again, once; one ahead of the clock is told and left")
    func grown() throws {
        try upload("upload_2026-01-02_03-00", "ann")
        try upload("upload_2099-01-02_03-00", "eve")
        let first = try consent.consent("sync", uploads, "--sec", "1")
        #expect(first.status == 0 && first.errors.contains("in force: 1 person of section 1"), "\(first)")
        #expect(first.errors.contains("upload_2099-01-02_03-00 is ahead of the clock"), "\(first)")
        #expect(try consent.consent("sync", uploads, "--sec", "1").errors.contains("nothing new"))
        // The last sync, as the dashboard and the command have it.
        let words = try consent.consent("status").output
        let list = "list of 2026-01-02T03:00:00Z with 1 person, imported "
        #expect(words.hasPrefix("1: honourOptOut; \(list)20"), "\(words)")
        let page = try consent.node.ask("GET", "/health").text
        #expect(page.contains("Consent of section 1") && page.contains("\(list)20"), "\(page)")
        // The section's id from standard input is read once.
        let given = try consent.consent("sync", uploads, "--sec", "-", input: "2\n")
        #expect(given.status == 0 && given.errors.contains("in force: 1 person of section 2"), "\(given)")
        #expect(try status("bob").text.hasPrefix("opt-out, by the list of 2026-01-02T03:00:00Z"))

        let file = "\(uploads)/upload_2026-01-02_03-00/data.csv"
        try Self.append("bob@mail.example\n", to: file)
        let again = try consent.consent("sync", uploads, "--sec", "1")
        #expect(again.status == 0 && again.errors.contains("is taken again: it was written to"), "\(again)")
        #expect(again.errors.contains("in force: 2 people of section 1"), "\(again)")
        #expect(try status("bob").text.hasPrefix("opt-in, by the list of 2026-01-02T03:00:00Z"))
        #expect(try consent.consent("sync", uploads, "--sec", "1").errors.contains("nothing new"))

        // A newer list was imported by hand: an older upload that grows is none of its business.
        let newer = try consent.consent(
            "import", "-", "--sec", "1", "--as-of", "2026-01-03T00:00:00Z", input: "email\ncy@mail.example\n")
        #expect(newer.status == 0)
        try Self.append("dee@mail.example\n", to: file)
        #expect(try consent.consent("sync", uploads, "--sec", "1").errors.contains("nothing new"))
        #expect(try status("dee").text.hasPrefix("opt-out, "))
    }

    @Test("A call that is repeated changes the status's time, and nothing else")
    func repeated() throws {
        for word in ["opt-out", "opt-in"] {
            var times: [String] = []
            for _ in 0..<3 {
                #expect(try consent.report(word, ConsentNode.person("ann@mail.example")).status == 202)
                let held = try consent.node.tremolo("events", "--sec", "1", "--cuid", "ann@mail.example").output
                let last = try #require(held.split(separator: "\n").last)
                let statement = try JSONDocument(String(last))
                #expect(statement["kind"].string == "consent" && statement["status"].string == word)
                times.append(statement["time"].string ?? "")
                #expect(try status("ann").text.hasPrefix("\(word), by their own word of "))
            }
            #expect(times == times.sorted() && Set(times).count == 3, "\(times)")
        }
    }

    @Test("Uploads that all lie ahead of the clock are no input")
    func ahead() throws {
        try upload("upload_2099-01-02_03-00", "eve")
        let result = try consent.consent("sync", uploads, "--sec", "1")
        #expect(result.status == 66 && result.errors.contains("ahead of the clock"), "\(result)")
    }

    @Test("A list that is written to while it is read changes nothing")
    func written() throws {
        let list = consent.node.folder.path + "/data.csv"
        let rows = (0..<200_000).map { "p\($0)@mail.example\n" }.joined()
        try Self.append("email\n" + rows, to: list)
        let command = try BackgroundCommand(
            ["consent", "import", list, "--sec", "1", "--as-of", "2026-01-02T03:00:00Z"]
                + ["--data", consent.node.data, "--config", consent.node.folder.path + "/t.json5"])
        // It is held where it has the file open, and has not read it yet.
        let files = "/proc/\(command.identifier)/fd"
        try eventually("the list is open") {
            try #require(command.isRunning)
            return try FileManager.default.contentsOfDirectory(atPath: files).contains { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(files)/\(name)")) == list
            }
        }
        command.send(SIGSTOP)
        try Self.append("q@mail.example\n", to: list)
        command.send(SIGCONT)
        let result = command.result()
        #expect(result.status == 65 && result.errors.contains("written to while it was read"), "\(result)")
        #expect(try consent.consent("status", "--sec", "1").output.contains("nothing on record"))
    }

    @Test(
        "A list that is missing or damaged in the data folder is taken again from its upload", arguments: [true, false])
    func healed(_ isMissing: Bool) throws {
        try upload("upload_2026-01-02_03-00", "ann")
        #expect(try consent.consent("sync", uploads, "--sec", "1").status == 0)
        let folder = consent.node.data + "/consent"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        if isMissing {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        } else {
            var bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            bytes[bytes.count - 1] ^= 1
            try bytes.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        let before = try JSONDocument(try consent.consent("status", "--format", "json").output)
        #expect(before.elements.first?["listTrouble"].string?.contains(name) == true)
        let again = try consent.consent("sync", uploads, "--sec", "1")
        #expect(again.status == 0 && again.errors.contains("what is in force can't be used"), "\(again)")
        let after = try JSONDocument(try consent.consent("status", "--format", "json").output)
        #expect(after.elements.first?["listTrouble"].isNull == true && after.elements.first?["listPeople"].int == 1)

        let newer = try consent.consent(
            "import", "-", "--sec", "1", "--as-of", "2026-01-03T00:00:00Z", input: "email\ncy@mail.example\n")
        #expect(newer.status == 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        let none = try consent.consent("sync", uploads, "--sec", "1")
        #expect(none.status == 65 && none.errors.contains("no upload is as new"), "\(none)")
    }

    @Test("Lists that are gone count as naming nobody, which status and readiness say, until there is another")
    func missing() throws {
        for section in ["1", "2"] {
            let taken = try consent.consent(
                "import", "-", "--sec", section, "--as-of", "2026-01-02T03:00:00Z",
                input: "email\nann@mail.example\nbob@mail.example\n")
            #expect(taken.status == 0, "\(taken)")
        }
        #expect(try consent.report("opt-in", ConsentNode.person("bob@mail.example")).status == 202)
        #expect(consent.node.edge.end() == 0)
        let folder = consent.node.data + "/consent"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        let next = try RunningEdge(data: consent.node.data, configuration: consent.node.folder.path + "/t.json5")
        func readiness() throws -> String {
            let admin = try BlockingHTTPClient(port: next.adminPort)
            try admin.send("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:\(next.adminPort)\r\n\r\n")
            return try admin.receive().text
        }
        let troubles = try readiness()
        #expect(troubles.contains("section 1 counts everybody") && troubles.contains("section 2 counts everybody"))
        let ann = try status("ann")
        #expect(ann.text == "opt-out, by the list of 2026-01-02T03:00:00Z\n")
        #expect(ann.notes.contains("the list can't be used, and counts as one that names nobody"), "\(ann.notes)")
        #expect(ann.2["status"].string == "opt-out" && ann.2["trouble"].string?.contains("No such file") == true)
        let bob = try status("bob")
        #expect(bob.text.hasPrefix("opt-in, by their own word of ") && bob.notes == "" && bob.2["trouble"].isNull)
        let sections = try consent.consent("status").output
        #expect(sections.contains("since then 1 opted in and 0 out; it can't be used at a start"), "\(sections)")
        let json = try JSONDocument(try consent.consent("status", "--format", "json").output)
        #expect(json.elements.allSatisfy { $0["listTrouble"].string?.contains("No such file") == true })

        let taken = try consent.consent(
            "import", "-", "--sec", "1", "--as-of", "2026-01-03T03:00:00Z", input: "email\nann@mail.example\n")
        #expect(taken.status == 0, "\(taken)")
        try eventually("readiness without section 1") {
            let troubles = try readiness()
            return !troubles.contains("section 1") && troubles.contains("section 2 counts everybody")
        }
        #expect(try status("ann").text.hasPrefix("opt-in, by the list of 2026-01-03"))
        #expect(next.end() == 0)
    }
}
