import Bytes
import HTTPEngine
import TestSupport
import Testing

@Suite("Header fields that are remembered are those that would be read")
struct FieldMemoTests {
    private func damage(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let bad: [UInt8] = [0, 9, 10, 13, 32, 58, 127, 128, 255, UInt8.random(in: 0...255, using: &random)]
        let byte = bad.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.insert(byte, at: place)
        case 1: if place < bytes.count { bytes[place] = byte }
        case 2: if place < bytes.count { bytes.remove(at: place) }
        default: bytes.removeLast(bytes.count - place)
        }
    }

    /// A head that was used for many requests reads the next one as a new head does: fields that are remembered
    /// included, wherever they stand in the bytes.
    @Test(arguments: [1, 2]) func aUsedHeadReadsAsANewOne(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var used = RequestHead()
        var numbers: [UInt64: String] = [:]
        var recalled = 0
        for _ in 0..<20_000 {
            let row = (acceptedHeads + refusedHeads).randomElement(using: &random)
            var bytes = row?.bytes ?? []
            // Another request line before the same fields, and sometimes damage to either.
            if Bool.random(using: &random), let end = bytes.firstIndex(of: 10) {
                bytes.replaceSubrange(
                    0...end, with: "GET /\(UInt16.random(in: 0...999, using: &random)) HTTP/1.1\r\n".utf8)
            }
            if Int.random(in: 0..<8, using: &random) == 0 { damage(&bytes, &random) }
            if Int.random(in: 0..<8, using: &random) == 0 { bytes += Array("GET / HTTP/1.1\r\n".utf8) }
            var new = RequestHead()
            let expected = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &new)
            let given = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &used)
            #expect(given == expected, "seed \(seed): \(bytes)")
            guard case .complete = expected else { continue }
            #expect(description(of: used, in: bytes) == description(of: new, in: bytes), "seed \(seed): \(bytes)")
            guard used.fieldsNumber != 0 else { continue }
            // The same number, the same fields.
            let text = (0..<used.headerCount).map { index in
                let field = used.field(at: index)
                return "\(Array(bytes[field.name.offsets])): \(Array(bytes[field.value.offsets]))"
            }.joined(separator: "\n")
            if let before = numbers[used.fieldsNumber] {
                recalled += 1
                #expect(before == text, "seed \(seed): \(bytes)")
            }
            numbers[used.fieldsNumber] = text
        }
        #expect(recalled > 1_000)
    }

    private func description(of head: borrowing RequestHead, in bytes: [UInt8]) -> String {
        var text =
            "\(head.method) \(head.version) \(head.target) \(head.path) \(head.query as Any) \(head.host as Any) "
        text += "\(head.body) \(head.keepsAlive) \(head.expectsContinue) \(head.headerPresence) \(head.orderHash)"
        for index in 0..<head.headerCount {
            text += " \(head.field(at: index).name) \(head.field(at: index).value)"
        }
        for known in KnownHeader.allCases {
            text += " \(head.value(of: known) as Any) \(head.isRepeated(known)) \(head.mayHoldAtSign(known))"
        }
        return text
    }

    /// An at sign is told of the first value of a known header, wherever in it and however it is written.
    @Test func atSignsOfValuesAreTold() {
        let filling = String(repeating: "x", count: 40)
        let signs = ["@", "%40", "%2540", "=40", "&commat;", "&#64;", "＠", "﹫", "%EF%BC%A0", "%3D40", "%26%2364%3B"]
        let without = ["", "a", "100%", "q=0.4", "a=b&d", "é", "%20", "ﬀ"]
        let values = without + signs.flatMap { [$0, filling + $0, $0 + filling] }
        for (number, value) in values.enumerated() {
            let bytes = Array("GET /@% HTTP/1.1\r\nHost: a\r\nUser-Agent: \(value)\r\nAccept: @\r\n\r\n".utf8)
            var head = RequestHead()
            let outcome = RequestParser.parse(bytes.span, limits: HTTPLimits(), into: &head)
            #expect(outcome == .complete(consumedBytes: bytes.count))
            let (host, agent) = (head.mayHoldAtSign(.host), head.mayHoldAtSign(.userAgent))
            let accept = head.mayHoldAtSign(.accept)
            #expect(!host && accept)
            #expect(agent == (number >= without.count), "\(value)")
        }
    }
}
