import Bytes
import TestSupport
import Testing
import TrackingLinks

@Suite("A link that is made is read as what it was made from")
struct LinkBuilderTests {
    @Test func aLinkIsSpelledAsDocumented() {
        var link = LinkBuilder(base: "https://trem.brand.example/", resource: .click)
        #expect(link.text == "https://trem.brand.example/tremclk")
        link.append(.cuid, "john+x@mail.example")
        link.append(.va, "")
        link.append(.targetUrl, "https://www.mywebsite.com/cart?x=é")
        #expect(
            link.text == "https://trem.brand.example/tremclk?cuid=john%2Bx%40mail.example&va="
                + "&targetUrl=https%3A%2F%2Fwww.mywebsite.com%2Fcart%3Fx%3D%C3%A9")
        var raw = LinkBuilder(base: "", resource: .open)
        raw.appendRawTarget("https://www.mywebsite.com/?a=1&b=2")
        #expect(raw.text == "/tremop?targetUrl=https://www.mywebsite.com/?a=1&b=2")
    }

    @Test func anyFieldsInAnyOrderComeBack() throws {
        let seed: UInt64 = 31
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            var link = LinkBuilder(base: "", resource: .click)
            var values: [TrackingField: [UInt8]] = [:]
            for field in TrackingField.allCases.shuffled(using: &generator) where Bool.random(using: &generator) {
                let count = Int.random(in: 0...40, using: &generator)
                var value = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
                // A quote at a target's end is spelled another way.
                while field == .targetUrl, let last = value.last, "'\">".utf8.contains(last) { value.removeLast() }
                values[field] = value
                link.append(field, value)
            }
            let query = Array(link.text.utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst())
            let read = TrackingLink.read(query: query.span)
            #expect(read.repairs.subtracting(.unfilledMergeTag).isEmpty, "seed \(seed): \(link.text)")
            #expect(read.unknownFieldCount == 0 && !read.targetIsRaw, "seed \(seed): \(link.text)")
            for field in TrackingField.allCases {
                var buffer = ByteBuffer(capacity: 256)
                let decoded = read.decodeField(field, of: query.span, into: &buffer)
                #expect(decoded.map { _ in buffer.toArray() } == values[field], "seed \(seed): \(link.text)")
            }
        }
    }

    @Test(arguments: [".", "'", "\"", ">", ")", ",", "].", "')", "'\"", "\u{2019}"])
    func aTargetKeepsItsEnd(_ end: String) throws {
        let target = "https://www.mywebsite.com/a?b=c" + end
        let bytes = Array(target.utf8)
        var buffer = ByteBuffer(capacity: Target.maximumNormalisedCount(of: bytes.count))
        _ = try Target.read(bytes.span, into: &buffer)
        let given = answer(target: target, policy: try Sections.policy())
        #expect(given.destination == String(decoding: buffer.toArray(), as: UTF8.self))
        #expect(given.repairs.subtracting(.rawNonASCII).isEmpty)
    }

    @Test func aWellFormedLinkIsNeverRepairedAndItsTargetComesBack() throws {
        let seed: UInt64 = 32
        var generator = SeededGenerator(seed: seed)
        let policy = try Sections.policy()
        let targetBytes = Array("abcXYZ019-._~%41%2F&=+,;:@!$()*/".utf8)
        for _ in 0..<2_000 {
            func text(_ most: Int) -> String {
                let count = Int.random(in: 0...most, using: &generator)
                let bytes = (0..<count).compactMap { _ in targetBytes.randomElement(using: &generator) }
                return String(decoding: bytes, as: UTF8.self).replacingOccurrences("%", by: "%25")
            }
            var target = "https://www.mywebsite.com/" + text(30)
            if Bool.random(using: &generator) { target += "?" + text(30) }
            if Bool.random(using: &generator) { target += "#" + text(10) }
            let encoded = answer(target: target, policy: policy)
            #expect(encoded.destination == target && encoded.repairs.isEmpty, "seed \(seed): \(target)")
            let raw = answer(query: Array("sec=1&targetUrl=\(target)".utf8), policy: policy)
            // Nobody can tell what was glued to an address that was not encoded.
            guard let last = target.utf8.last, !"),.".utf8.contains(last) else { continue }
            #expect(raw == encoded, "seed \(seed): \(target)")
        }
    }
}

extension String {
    fileprivate func replacingOccurrences(_ character: Character, by text: String) -> String {
        reduce(into: "") { result, next in
            if next == character { result += text } else { result.append(next) }
        }
    }
}
