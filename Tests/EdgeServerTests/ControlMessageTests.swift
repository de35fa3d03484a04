import Bytes
import Journal
import TestSupport
import Testing

@testable import EdgeServer

@Suite("What goes through the control socket is read as it was written, or not at all")
struct ControlMessageTests {
    @Test(arguments: [
        ControlRequest.flush, .rebuild(withoutSealed: false), .rebuild(withoutSealed: true),
        .record(kind: RecordKind.name.rawValue, payloads: [[]]), .record(kind: 2, payloads: []),
        .record(kind: 255, payloads: [Array(0...255), [], [7]]),
        .take(folder: "/data \"of\" others/\u{1B}", takesOpen: true, takesAsItIs: false),
        .take(folder: "/", takesOpen: false, takesAsItIs: true),
        .forget(
            section: "8781202", person: Bytes16(littleEndian: 1, .max), identifiers: [Array("a \"".utf8), [0, 255]],
            keepsConsent: false),
        .forget(section: "a \"b\"", person: .zero, identifiers: [], keepsConsent: true),
    ])
    func requests(_ request: ControlRequest) {
        let line = request.line
        #expect(line.firstIndex(of: UInt8(ascii: "\n")) == line.count - 1)
        let content = Array(line.dropLast())
        let again = ControlRequest(line: content.span)
        #expect(again == request)
    }

    /// Each number is another one.
    static var manyTaken: ImportTally {
        var tally = ImportTally()
        tally.takenSegments = 1
        tally.takenRecords = .max
        tally.takenEvents = 3
        tally.takenBytes = 4
        tally.damagedRecords = 5
        tally.hereSegments = 6
        tally.openSegments = 7
        tally.waitingSegments = 8
        tally.refusedSegments = 9
        tally.unreadableItems = 10
        tally.forbiddenItems = 11
        tally.passedOverItems = 12
        return tally
    }

    static var receipt: ForgettingReceipt {
        var receipt = ForgettingReceipt(section: "a \"b\"", timeNanoseconds: 1_774_700_000_000_001_000)
        receipt.events = 1
        receipt.verdictsKept = 2
        receipt.memberships = 5
        receipt.segments = 3
        receipt.nodes = 4
        receipt.firstNanoseconds = 1_774_600_000_000_000_000
        receipt.lastNanoseconds = 1_774_600_000_000_002_000
        receipt.isOptedOut = true
        receipt.notes = ["a note\n", ""]
        return receipt
    }

    @Test(arguments: [
        ControlReply.done(EdgeStanding(waiting: 0, lost: .max, processID: 4_194_304)),
        .progress(counted: 0, of: .max), .refused(reason: "the disk \"is\" full\nand\u{0}\u{1B}[2J hot"),
        .refused(reason: ""), .note("a line\nand \"another\""), .note(""), .interrupted,
        .taken(ImportOutcome(tally: manyTaken, end: .inputOutput, reason: "the disk is full")), .taken(ImportOutcome()),
        .forgotten(receipt), .forgotten(ForgettingReceipt(section: "", timeNanoseconds: 0)),
    ])
    func replies(_ reply: ControlReply) {
        let line = reply.line
        #expect(line.firstIndex(of: UInt8(ascii: "\n")) == line.count - 1)
        let content = Array(line.dropLast())
        let again = ControlReply(line: content.span)
        #expect(again == reply)
    }

    @Test("The largest fact fits into a line")
    func largestFact() {
        let request = ControlRequest.record(kind: 3, payloads: [[UInt8](repeating: 0xFF, count: 16_384)])
        #expect(request.line.count <= ControlRequest.lineBytesMax)
    }

    @Test("Facts of any size go in batches that fit into a line, each once, and no batch is smaller than it need be")
    func batches() {
        let seed: UInt64 = 7_018
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let payloads = (0..<Int.random(in: 1...900, using: &generator)).map { _ in
                [UInt8](repeating: 0xFF, count: Int.random(in: 0...1_400, using: &generator))
            }
            var start = 0
            while start < payloads.count {
                let end = CampaignFacts.batchEnd(payloads, from: start)
                #expect(end > start && end <= payloads.count, "seed \(seed)")
                let line = ControlRequest.record(kind: .max, payloads: Array(payloads[start..<end])).line
                #expect(line.count <= ControlRequest.lineBytesMax, "seed \(seed)")
                if end < payloads.count {
                    let longer = ControlRequest.record(kind: .max, payloads: Array(payloads[start...end])).line
                    #expect(longer.count >= ControlRequest.lineBytesMax, "seed \(seed)")
                }
                start = end
            }
        }
    }

    static let hostile = [
        "", " ", "{", "{}", "[]", "null", "\"flush\"", "flush", "{\"request\":1}", "{\"request\":null}",
        "{\"request\":\"stop\"}", "{\"request\":\"FLUSH\"}", "{request:\"flush\"}",
        "{\"request\":\"flush\",\"request\":\"rebuild\"}", "{\"request\":\"record\"}",
        "{\"request\":\"record\",\"kind\":3}", "{\"request\":\"record\",\"kind\":256,\"payloads\":[]}",
        "{\"request\":\"record\",\"kind\":-1,\"payloads\":[]}",
        "{\"request\":\"record\",\"kind\":1.5,\"payloads\":[]}",
        "{\"request\":\"record\",\"kind\":3,\"payloads\":[\"abc\"]}",
        "{\"request\":\"record\",\"kind\":3,\"payloads\":[\"zz\"]}",
        "{\"request\":\"record\",\"kind\":3,\"payloads\":[1]}",
        "{\"request\":\"import\"}", "{\"request\":\"import\",\"folder\":\"/a\",\"ended\":true}",
        "{\"request\":\"import\",\"folder\":\"a\",\"ended\":true,\"asItIs\":true}",
        "{\"request\":\"import\",\"folder\":\"/a\",\"ended\":1,\"asItIs\":true}", "{\"note\":1}",
        "{\"interrupted\":false}", "{\"import\":1}",
        "{\"import\":{\"end\":\"done\",\"reason\":\"\"}}",
        "{\"done\":1}", "{\"done\":false}", "{\"counted\":1}", "{\"counted\":-1,\"of\":2}", "{\"refused\":7}",
        String(repeating: "[", count: 60_000),
    ]

    @Test(arguments: hostile)
    func linesThatAreNothing(_ text: String) {
        let bytes = Array(text.utf8)
        let request = ControlRequest(line: bytes.span)
        let reply = ControlReply(line: bytes.span)
        #expect(request == nil && reply == nil)
    }

    @Test("Random bytes, and random damage to good lines, never trap")
    func random() {
        let seed: UInt64 = 2_026
        var generator = SeededGenerator(seed: seed)
        let good = ControlRequest.record(kind: 3, payloads: [Array(0..<20), Array(20..<40)]).line
        for _ in 0..<2_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: bytes.indices, using: &generator)
                bytes[place] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = ControlReply(line: bytes.span)
            let request = ControlRequest(line: bytes.span)
            if case .record(_, let payloads) = request {
                #expect(payloads.joined().count <= good.count, "seed \(seed)")
            }
        }
    }

    @Test("An answer that lacks a number is none, and a refusal may come without numbers")
    func lackingNumbers() {
        let answer = Array("{\"done\":true,\"lost\":\"many\"}".utf8)
        let read = ControlReply(line: answer.span)
        #expect(read == nil)
        let refusal = Array("{\"refused\":\"the disk is full\"}".utf8)
        let refused = ControlReply(line: refusal.span)
        #expect(refused == .refused(reason: "the disk is full"))
    }

    @Test("A refusal carries how things stand")
    func refusalWithStanding() {
        let reply = ControlReply.refused(
            reason: "the disk is full", EdgeStanding(waiting: 44, lost: 2, processID: 7))
        let line = reply.line
        let read = ControlReply(line: line.span.extracting(0..<line.count - 1))
        #expect(read == reply)
    }
}
