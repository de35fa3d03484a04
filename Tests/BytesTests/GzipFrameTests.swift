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

    /// What `gzip -dc` makes of bytes; nil where it refuses them.
    private static func unzipped(_ bytes: [UInt8]) throws -> [UInt8]? {
        let folder = try TemporaryFolder()
        let file = URL(fileURLWithPath: folder.path + "/bytes.gz")
        try Data(bytes).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file.path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let read = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? [UInt8](read) : nil
    }

    @Test("It is read back whole", arguments: [0, 1, 65_534, 65_535, 65_536, 131_070, 200_001])
    func readBack(_ count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let frame = Self.frame(bytes)
        #expect(frame.count == GzipFrame.framedCount(of: count))
        #expect(try Self.unzipped(frame) == bytes)
    }

    @Test("Cut or altered anywhere it is refused")
    func damaged() throws {
        let frame = Self.frame(Array("a row, and another one".utf8))
        // An empty file is a gzip file of nothing; whoever sends none has no frame.
        for count in 1..<frame.count { #expect(try Self.unzipped(Array(frame.prefix(count))) == nil, "\(count)") }
        // What no reader looks at: the time, the remark on the compression, the system.
        for place in frame.indices where !(4..<10).contains(place) {
            var altered = frame
            altered[place] ^= 0x02
            let read = try Self.unzipped(altered)
            #expect(read == nil, "\(place)")
        }
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
