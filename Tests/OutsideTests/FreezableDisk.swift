import Foundation
import Testing

/// A file system in a file that a test can freeze (fsfreeze(8)): every write to it waits until it is thawed.
final class FreezableDisk {
    /// Where it is mounted.
    let path: String
    private let image: String
    private var isFrozen = false

    /// True where this process may mount one.
    static let isPossible = OutsideProgram.isAskedFor && getuid() == 0 && (try? FreezableDisk(mebibytes: 16)) != nil

    struct NotPossible: Error {
        let command: String
    }

    init(mebibytes: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tremolo-disk-\(UUID().uuidString)")
        image = folder.path + ".image"
        path = folder.path
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        do {
            try Self.run("/usr/bin/truncate", "-s", "\(mebibytes)M", image)
            try Self.run("/usr/sbin/mkfs.ext4", "-q", "-F", image)
            try Self.run("/usr/bin/mount", "-o", "loop", image, path)
        } catch {
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.removeItem(atPath: image)
            throw error
        }
    }

    deinit {
        if isFrozen { try? thaw() }
        _ = try? OutsideProgram.run("/usr/bin/umount", ["-l", path])
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: image)
    }

    /// Lets every write wait.
    func freeze() throws {
        try Self.run("/usr/sbin/fsfreeze", "-f", path)
        isFrozen = true
    }

    /// Lets them go on.
    func thaw() throws {
        try Self.run("/usr/sbin/fsfreeze", "-u", path)
        isFrozen = false
    }

    private static func run(_ command: String...) throws {
        guard try OutsideProgram.run(command[0], Array(command.dropFirst())).status == 0 else {
            throw NotPossible(command: command.joined(separator: " "))
        }
    }
}
