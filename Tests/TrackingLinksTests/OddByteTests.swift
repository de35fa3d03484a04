import Bytes
import Testing
import TrackingLinks

@Suite("What is odd about a target is seen at every place of it, however long it is")
struct OddByteTests {
    /// Targets with a byte at each place of paths of several lengths, up to more than two blocks that are looked at
    /// together.
    private func targets(with byte: UInt8) -> [[UInt8]] {
        [1, 7, 15, 16, 17, 33].flatMap { count in
            (0..<count).map { place in
                var path = [UInt8](repeating: UInt8(ascii: "a"), count: count)
                path[place] = byte
                return Array("https://www.mywebsite.com/".utf8) + path
            }
        }
    }

    @Test("Every control byte makes it unusable", arguments: Array(0x00...0x1F as ClosedRange<UInt8>) + [0x7F])
    func controls(_ byte: UInt8) {
        for target in targets(with: byte) {
            var url = ByteBuffer(capacity: 4_096)
            #expect(throws: TargetRefusal.controlByte) { try Target.read(target.span, into: &url) }
        }
    }

    @Test("A byte outside ASCII is noted, and none of ASCII is", arguments: [0x20, 0x7E, 0x80, 0xC3, 0xFF] as [UInt8])
    func nonASCII(_ byte: UInt8) throws {
        let policy = try Sections.policy()
        for target in targets(with: byte) {
            #expect(answer(target: target, policy: policy).repairs == (byte >= 0x80 ? .rawNonASCII : []), "\(target)")
        }
    }

    @Test("A merge tag is noted", arguments: ["{{a}}", "*|A|*", "${a}", "<%a%>"])
    func mergeTags(_ tag: String) throws {
        let policy = try Sections.policy()
        for count in 0...40 {
            let target = "https://www.mywebsite.com/" + String(repeating: "a", count: count) + tag + "b"
            #expect(answer(target: target, policy: policy).repairs == .unfilledMergeTag, "\(target)")
        }
    }
}
