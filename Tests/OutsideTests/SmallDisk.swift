import Foundation
import Testing

/// A file system in memory that a test can fill, mounted for as long as the value lives.
final class SmallDisk {
    /// Where it is mounted.
    let path: String

    /// True where this process may mount one.
    static let isPossible = OutsideProgram.isAskedFor && getuid() == 0 && (try? SmallDisk(mebibytes: 1)) != nil

    struct NotMounted: Error {}

    init(mebibytes: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tremolo-disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        path = folder.path
        let arguments = ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", path]
        guard try OutsideProgram.run("/usr/bin/mount", arguments).status == 0 else {
            try FileManager.default.removeItem(atPath: path)
            throw NotMounted()
        }
    }

    deinit {
        _ = try? OutsideProgram.run("/usr/bin/umount", ["-l", path])
        try? FileManager.default.removeItem(atPath: path)
    }

    private var filler: String { path + "/filler" }

    /// Takes all the room that is left.
    func fill() throws { try Self.fill(filler) }

    /// Takes all the room but for some bytes.
    func fill(leaving bytes: UInt64) throws {
        try fill()
        let file = try #require(FileHandle(forWritingAtPath: filler))
        let size = try file.seekToEnd()
        try file.truncate(atOffset: size > bytes ? size - bytes : 0)
        try file.close()
    }

    /// Writes a file until there is no room left for it.
    static func fill(_ filler: String) throws {
        #expect(FileManager.default.createFile(atPath: filler, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: filler))
        for size in [65_536, 4_096] {
            let chunk = Data(repeating: 0, count: size)
            while (try? file.write(contentsOf: chunk)) != nil {}
        }
        try file.close()
    }

    /// Gives it back.
    func empty() throws {
        try FileManager.default.removeItem(atPath: filler)
    }
}
