import Bytes
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite("Who is to be forgotten is found under every event key, and must be somebody", .serialized)
struct ForgettingRequestJourneyTests {
    @Test(
        "Found by the raw identifier alone, the key destroyed: one of so many people still, in a rebuild too",
        arguments: [false, true])
    func destroyedKey(beganWithPseudonyms: Bool) throws {
        let raw = "identity: \"raw\", identityRetention: \"0 s\","
        let node = try ForgettingNode(beganWithPseudonyms ? "identityRetention: \"0 s\"," : raw)
        var subjects: [String] = []
        if beganWithPseudonyms {
            try node.click("ann%40mail.example")
            subjects = try node.events("ann@mail.example").compactMap { $0["subject"].string }
            #expect(subjects.count == 1)
            try node.restart(with: raw)
        }
        let hash = SHA256Digest.hash("ann@mail.example".utf8.span).description
        for person in ["ann", "bob"] { try node.click("\(person)%40mail.example", more: "&tlink=of-\(hash)") }
        #expect(try node.tremolo(["privacy", "rotate"]).status == 0)
        try node.click("cyd%40mail.example")
        #expect(try node.uniqueClicks() == 3)
        let question = ["--sec", "1", "--cuid", "-"]
        let missing = "event keys are not there (1)"
        let shown = try node.tremolo(["events"] + question, input: "ann@mail.example")
        #expect(shown.status == 0 && shown.errors.contains(missing), "\(shown.errors)")
        let forgotten = try node.tremolo(["forget", "--format", "json"] + question, input: "ann@mail.example")
        #expect(forgotten.status == 0 && forgotten.errors.contains(missing), "\(forgotten.errors)")
        let own = beganWithPseudonyms ? 2 : 1
        #expect(shown.output.components(separatedBy: "\"kind\":\"click\"").count - 1 == own, "\(shown.output)")
        #expect(try JSONDocument(forgotten.output)["events"].int == own)
        #expect(try node.uniqueClicks() == 3)
        #expect(try node.tremolo(["rebuild"]).status == 0)
        #expect(try node.uniqueClicks() == 3)
        let left = try node.events().filter { $0["userAgent"].string == nil }.map { $0["subject"].string }
        #expect(left.count == own && Set(left).count == 1 && !left.contains(nil), "one token")
        let traces = try ForgettingNode.traces(words: ["ann@mail.example", "ann%40mail"], subjects: subjects)
        #expect(try node.files(holding: traces) == [])
        // Her hash goes from her events; in those of somebody else nobody can know what it is.
        #expect(try node.events().filter { ($0["link"].string ?? "").contains(hash) }.count == 1)
        #expect(try node.tremolo(["verify"]).status == 0)
    }

    @Test("A key that is changed meanwhile: what the person does under the new one is forgotten with the rest")
    func changedKey() throws {
        let folder = try TemporaryFolder()
        let start: UInt64 = 1_583_049_600_000_000_000
        let clock = try ClockFile(making: folder.path + "/clock", nanoseconds: start)
        let rules = URL(fileURLWithPath: shippedConfiguration()).deletingLastPathComponent().path + "/rules"
        let settings = ["--data", folder.path + "/data", "--config", shippedConfiguration()]
        let edge = try RunningEdge(
            data: folder.path + "/data", configuration: shippedConfiguration(),
            arguments: ["--clock", folder.path + "/clock"], environment: ["TREMOLO_RULES": rules])
        func click() throws {
            let reply = try BlockingHTTPClient(port: edge.port).get(
                "/tremclk?cuid=ann%40mail.example&sec=8781202&expId=17"
                    + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2F", headers: ["User-Agent: \(ForgettingNode.agent)"])
            #expect(reply.status == 302)
        }
        func held() throws -> String {
            try tremolo(
                ["events", "--sec", "8781202", "--cuid", "ann@mail.example"] + settings,
                environment: ["TREMOLO_RULES": rules]
            ).output
        }
        try click()
        let forgetting = try BackgroundCommand(
            ["forget", "--sec", "8781202", "--cuid", "ann@mail.example", "--format", "json"] + settings)
        // The opt-out comes first; then it looks through the journal, and waits for the window of the click.
        try eventually("the opt-out of whoever is forgotten") {
            if try held().contains("\"forgetting\"") { return true }
            try #require(forgetting.isRunning)
            return false
        }
        #expect(try tremolo(["privacy", "rotate"] + settings).status == 0)
        clock.set(nanoseconds: start + 1_000_000_000)
        try click()
        let meanwhile = try held()
        // Somebody else is forgotten behind her, and opted out at once.
        let next = try BackgroundCommand(
            ["forget", "--sec", "8781202", "--cuid", "bob@mail.example"] + settings)
        try eventually("the opt-out of the next") {
            try tremolo(["consent", "status", "--sec", "8781202", "--identifier", "bob@mail.example"] + settings)
                .output.hasPrefix("opt-out, ")
        }
        #expect(forgetting.isRunning && meanwhile.contains("\"kind\":\"click\""))
        var steps: UInt64 = 8
        try eventually("the person is forgotten") {
            clock.set(nanoseconds: start + steps * 1_000_000_000)
            steps = min(steps + 1, 4_000)
            return !forgetting.isRunning
        }
        let receipt = try JSONDocument(forgetting.result().output)
        #expect(receipt["events"].int == 2)
        #expect(next.result().status == 0)
        #expect(try !held().contains("\"kind\":\"click\""))
        #expect(edge.end() == 0)
    }

    @Test("Who names nobody is refused by forget and events, and no message holds the text")
    func refusals() throws {
        let node = try ForgettingNode()
        let section = ["--sec", "1"]
        let rows: [([String], String)] = [
            (section, ""), (["--cuid", "-"], "ann@mail.example"), (section + ["--cuid", "-"], ""),
        ]
        for (arguments, input) in rows {
            let result = try node.tremolo(["forget"] + arguments, input: input)
            #expect(result.status == 64 && !result.errors.contains("@"), "\(result)")
        }
        let texts = [
            "", "ann@mail.example\nbob@mail.example\n", "ann@mail.example\r\nbob@mail.example", "\nann@mail.example",
            "ann@mail.example\rbob", "*|EMAIL@|*", "{{ email@ }}", "${email@}", "<%email@%>", "%%EMAIL@%%",
            "%%address@%%",
            "[EMAIL]", String(repeating: "a", count: 5_000) + "@mail.example",
        ]
        for text in texts {
            for command in [["forget"] + section, ["events"] + section, ["events"]] {
                let result = try node.tremolo(command + ["--cuid", "-"], input: text)
                #expect(result.status == 64 && result.output.isEmpty, "\(command) \(text.debugDescription) \(result)")
                #expect(!result.errors.contains("@") && !result.errors.contains("aaaa"))
                #expect(!result.errors.contains("EMAIL"))
            }
        }
        let commands = [
            ["forget", "--cuid", "-"], ["events", "--cuid", "-"], ["consent", "status", "--identifier", "-"],
            ["consent", "set", "--status", "opt-out", "--identifier", "-"],
        ]
        for command in commands {
            let nowhere = try TestSupport.tremolo(
                command + ["--sec", "1", "--data", "/nonexistent/x", "--config", node.folder.path + "/t.json5"],
                input: "ann@mail.example")
            #expect(nowhere.status == 66 && nowhere.errors.contains("/nonexistent/x"), "\(nowhere)")
            #expect(!nowhere.errors.contains("@"))
        }
        let unknown = try node.tremolo(["forget", "--sec", "999", "--cuid", "-"], input: "ann@mail.example")
        #expect(unknown.status == 78 && unknown.errors.contains("has none of that id"), "\(unknown)")
        #expect(try !node.tremolo(["consent", "status"]).output.contains("999"))
        // What links carry without being an address has a pseudonym too.
        for cuid in ["foo", "5%25", "[a][b]x"] { try node.click(cuid) }
        for cuid in ["foo", "5%", "[a][b]x"] {
            #expect(try node.events(cuid).count == 1, "\(cuid)")
            #expect(try node.forget(cuid)["events"].int == 1, "\(cuid)")
        }
    }

    @Test("The receipt says what was kept, or that there was nothing")
    func receipt() throws {
        let node = try ForgettingNode()
        try node.click("ann%40mail.example")
        let found = try node.tremolo(["forget", "--sec", "1", "--cuid", "-"], input: "ann@mail.example").output
        #expect(found.contains("\nkept of each: ") && found.contains("target, link, location,"), "\(found)")
        let nothing = try node.tremolo(["forget", "--sec", "1", "--cuid", "-"], input: "ann@mail.example").output
        #expect(nothing.contains("\nno event of the person was found\n"), "\(nothing)")
        #expect(!nothing.contains("kept of each"))
    }
}
