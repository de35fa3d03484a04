import Bytes
import Foundation
import TestSupport
import Testing

@Suite("A gzip frame of stored blocks is what gzip itself reads, and no cut of it is")
struct GzipFrameTests {
    private static func frame(_ bytes: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        GzipFrame.forEachPiece(of: bytes.span) { frame += $0.toArray() }
        return frame
    }

    /// What `gzip -dc` makes of each of several frames; nil of those that it refuses.
    private static func unzipped(_ frames: [[UInt8]]) throws -> [[UInt8]?] {
        let folder = try TemporaryFolder()
        for (number, frame) in frames.enumerated() {
            try Data(frame).write(to: URL(fileURLWithPath: "\(folder.path)/\(number).gz"))
        }
        let script = #"cd "$1" && for file in *.gz; do gzip -dc "$file" >out && mv out "${file%.gz}"; done; true"#
        let result = try run(["/bin/sh", "-c", script, "sh", folder.path])
        #expect(result.status == 0)
        return frames.indices.map { number in
            FileManager.default.contents(atPath: "\(folder.path)/\(number)").map { [UInt8]($0) }
        }
    }

    @Test("It is read back whole")
    func readBack() throws {
        let texts = [0, 1, 65_534, 65_535, 65_536, 131_070, 200_001].map { count in
            var generator = SeededGenerator(seed: UInt64(count))
            return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
        let frames = texts.map(Self.frame)
        #expect(frames.map(\.count) == texts.map { GzipFrame.framedCount(of: $0.count) })
        #expect(try Self.unzipped(frames) == texts)
    }

    @Test("Cut or altered anywhere it is refused")
    func damaged() throws {
        let frame = Self.frame(Array("a row, and another one".utf8))
        // An empty file is a gzip file of nothing; whoever sends none has no frame.
        let cut = (1..<frame.count).map { Array(frame.prefix($0)) }
        // What no reader looks at: the time, the remark on the compression, the system.
        let altered = frame.indices.filter { !(4..<10).contains($0) }.map { place in
            var altered = frame
            altered[place] ^= 0x02
            return altered
        }
        let read = try Self.unzipped([frame] + cut + altered)
        #expect(read.first == Array("a row, and another one".utf8))
        #expect(read.dropFirst().allSatisfy { $0 == nil }, "\(read.dropFirst().compactMap(\.self))")
    }

    @Test("CRC-32 gives the catalogue's check value, and goes on from what came before")
    func checksum() {
        let bytes = Array("123456789".utf8)
        let whole = CRC32.checksum(bytes.span)
        #expect(whole == 0xCBF4_3926)
        let nothing = CRC32.checksum([UInt8]().span)
        #expect(nothing == 0)
        for split in 0...bytes.count {
            let first = CRC32.checksum(bytes.span.extracting(0..<split))
            let both = CRC32.checksum(bytes.span.extracting(split..<bytes.count), seed: first)
            #expect(both == whole)
        }
    }
}
