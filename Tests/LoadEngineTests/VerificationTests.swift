import Bytes
import Foundation
import TestSupport
import Testing

@testable import LoadEngine
@testable import TremoloLoad

@Suite("A lost or doubled event does not stay hidden")
struct VerificationTests {
    private let salt: UInt64 = 42

    /// Ten requests of which all but number 9 were acknowledged.
    private var ledger: RequestLedger {
        var ledger = RequestLedger(lane: 3)
        for counter in 0..<10 as Range<UInt64> {
            _ = ledger.send()
            if counter != 9 { ledger.acknowledge(counter) }
        }
        return ledger
    }

    private func line(_ counter: UInt64, kind: String = "click") -> String {
        let number = VisitIDs(salt: salt, lane: 3)[counter]
        return "{\"time\":\"x\",\"kind\":\"\(kind)\",\"expId\":\"1\",\"expVisitId\":\"\(number)\",\"parent\":null}"
    }

    /// Runs the verification against a program that prints these events and this report.
    private func verify(
        _ events: [String], clicks: Int, refused: Int = 0, opens: Int, pending: Int = 0
    ) throws -> Verification {
        let folder = try TemporaryFolder()
        let report =
            "{\"rows\":[{\"clicks\":{\"total\":\(clicks),\"refused\":\(refused)},\"opens\":{\"total\":\(opens)}}],"
            + "\"accounting\":{\"pending\":\(pending)}}"
        try (events.joined(separator: "\n") + "\n").write(
            toFile: folder.path + "/events", atomically: true, encoding: .utf8)
        try report.write(toFile: folder.path + "/report", atomically: true, encoding: .utf8)
        // Not written here: a process that another test starts meanwhile would have it open for writing, execve(2).
        let program = folder.path + "/tremolo"
        try FileManager.default.createSymbolicLink(
            atPath: program, withDestinationPath: fixture("programs/tremolo"))
        return try DataVerification(folder: folder.path, tremolo: program, ledgers: [ledger], salt: salt).run()
    }

    private var everything: [String] { (0..<9 as Range<UInt64>).map { line($0) } }

    @Test("Everything once, and a stranger's event, is verified")
    func right() throws {
        let stranger = "{\"kind\":\"open\",\"expVisitId\":\"3913585306572009774\"}"
        let found = try verify(everything + [stranger, "{\"kind\":\"open\",\"expVisitId\":null}"], clicks: 9, opens: 2)
        #expect(found.isRight)
        #expect(found.acknowledged == 9 && found.sent == 10 && found.found == 9)
        #expect(found.journalClicks == 9 && found.journalOpens == 2)
    }

    @Test("A lost event is found")
    func lost() throws {
        let found = try verify(Array(everything.dropFirst()), clicks: 8, opens: 0)
        #expect(found.lost == 1)
        #expect(!found.isRight)
    }

    @Test("A doubled event is found, and does not make up for a lost one")
    func doubled() throws {
        let found = try verify(Array(everything.dropFirst()) + [line(4)], clicks: 9, opens: 0)
        #expect(found.doubled == 1)
        #expect(found.lost == 1)
        #expect(!found.isRight)
    }

    @Test("A request without an acknowledgement may be there once, and not twice")
    func unacknowledged() throws {
        let once = try verify(everything + [line(9)], clicks: 10, opens: 0)
        #expect(once.isRight && once.unacknowledgedFound == 1)
        let twice = try verify(everything + [line(9), line(9)], clicks: 11, opens: 0)
        #expect(!twice.isRight && twice.doubled == 1)
    }

    @Test("An event of this run that was never sent is found")
    func unknown() throws {
        let found = try verify(everything + [line(500)], clicks: 10, opens: 0)
        #expect(found.unknown == 1 && !found.isRight)
    }

    @Test("A store that counts something else is found; refused clicks stand beside the total")
    func store() throws {
        #expect(try !verify(everything, clicks: 8, opens: 0).isRight)
        #expect(try !verify(everything, clicks: 9, opens: 1).isRight)
        #expect(try verify(everything, clicks: 7, refused: 2, opens: 0).isRight)
        #expect(try verify(everything, clicks: 4, opens: 0, pending: 5).isRight)
        #expect(try !verify(everything, clicks: 4, opens: 0, pending: 4).isRight)
        #expect(try !verify(everything, clicks: 0, opens: 4, pending: 5).isRight)
    }

    @Test("A program that fails, or prints something else, is no verification")
    func failing() throws {
        #expect(throws: LoadFailure.self) {
            try DataVerification(folder: "/nowhere", tremolo: "/bin/false", ledgers: [ledger], salt: salt).run()
        }
        #expect(throws: LoadFailure.self) {
            try DataVerification(folder: "/nowhere", tremolo: "/no/such/program", ledgers: [], salt: salt).run()
        }
        #expect(throws: LoadFailure.self) { try verify(["hello"], clicks: 0, opens: 0) }
    }

    @Test("Lines come out whole, however they were cut")
    func lines() {
        let text = Array("one\ntwo\n\nthree".utf8)
        for size in 1...text.count {
            var reader = LineReader()
            var lines: [String] = []
            var start = 0
            while start < text.count {
                reader.take(Array(text[start..<min(start + size, text.count)])) { lines.append($0.toString()) }
                start += size
            }
            reader.finish { lines.append($0.toString()) }
            #expect(lines == ["one", "two", "", "three"])
        }
    }
}
