import Foundation
import TestSupport
import Testing

@Suite("Who is to be forgotten is found under every event key", .serialized)
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
        for person in ["ann", "bob"] { try node.click("\(person)%40mail.example") }
        #expect(try node.tremolo(["privacy", "rotate"]).status == 0)
        try node.click("cyd%40mail.example")
        #expect(try node.uniqueClicks() == 3)
        let question = ["--sec", "1", "--cuid", "-"]
        let shown = try node.tremolo(["events"] + question, input: "ann@mail.example")
        #expect(shown.status == 0, "\(shown.errors)")
        let forgotten = try node.tremolo(["forget", "--format", "json"] + question, input: "ann@mail.example")
        #expect(forgotten.status == 0, "\(forgotten.errors)")
        let own = beganWithPseudonyms ? 2 : 1
        #expect(try JSONDocument(forgotten.output)["events"].int == own)
        #expect(try node.uniqueClicks() == 3)
        #expect(try node.tremolo(["rebuild"]).status == 0)
        #expect(try node.uniqueClicks() == 3)
        let left = try node.events().filter { $0["userAgent"].string == nil }.map { $0["subject"].string }
        #expect(left.count == own && Set(left).count == 1 && !left.contains(nil), "one token")
        let traces = try ForgettingNode.traces(words: ["ann@mail.example", "ann%40mail"], subjects: subjects)
        #expect(try node.files(holding: traces) == [])
        #expect(try node.tremolo(["verify"]).status == 0)
    }
}
