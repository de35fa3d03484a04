import Foundation
import TestSupport
import Testing

/// A file system on a disk that is a file, mounted for as long as the value lives.
final class LoopDisk {
    /// Where it is mounted.
    let path: String
    private let folder: TemporaryFolder
    private let image: String
    private var mounts = 0
    private var isFrozen = false

    /// True where this process may mount one.
    static let isPossible = OutsideProgram.isAskedFor && getuid() == 0 && (try? LoopDisk(mebibytes: 8)) != nil

    struct Failed: Error {
        let command: String
    }

    /// Makes an ext4 that, when it finds an error, can't be written any more.
    init(mebibytes: Int) throws {
        folder = try TemporaryFolder()
        image = folder.path + "/image"
        path = folder.path + "/disk"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try Self.run("/usr/bin/truncate", "--size=\(mebibytes)M", image)
        try Self.run("/usr/sbin/mkfs.ext4", "-q", "-m", "0", image)
        try mount()
    }

    deinit {
        if isFrozen { try? thaw() }
        for _ in 0..<mounts { _ = try? OutsideProgram.run("/usr/bin/umount", ["-l", path]) }
    }

    private static func run(_ program: String, _ arguments: String...) throws {
        guard try OutsideProgram.run(program, arguments).status == 0 else {
            throw Failed(command: "\(program) \(arguments)")
        }
    }

    private func mount() throws {
        try Self.run("/usr/bin/mount", "-o", "loop,errors=remount-ro", image, path)
        mounts += 1
    }

    private func unmount() throws {
        try Self.run("/usr/bin/umount", path)
        mounts -= 1
    }

    /// Makes what stands at the path read-only. `mount -o remount,ro` is refused while a file is open for writing: this
    /// is the mount that such a remount would leave, put over the other one. Files that are open stay what they are.
    func mountReadOnly() throws {
        try Self.run("/usr/bin/mount", "--bind", path, path)
        mounts += 1
        try Self.run("/usr/bin/mount", "-o", "remount,bind,ro", path)
    }

    /// Takes that back.
    func mountWritable() throws {
        try Self.run("/usr/bin/mount", "-o", "remount,bind,rw", path)
    }

    /// Has the file system find an error in itself: from then on every write fails, through open files too, and only
    /// unmounting and a check help.
    func breakFileSystem() throws {
        let device = try OutsideProgram.run("/usr/bin/findmnt", ["-n", "-o", "SOURCE", path]).output
        let name = device.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst("/dev/".count)
        try Data("1\n".utf8).write(to: URL(fileURLWithPath: "/sys/fs/ext4/\(name)/trigger_fs_error"))
    }

    /// Unmounts it, checks it and mounts it again. Nobody has a file of it open.
    func repair() throws {
        try unmount()
        // 1: errors were corrected.
        let check = try OutsideProgram.run("/usr/sbin/e2fsck", ["-p", image])
        #expect(check.status == 0 || check.status == 1, "\(check.output)")
        try mount()
    }

    /// Lets every write wait, fsfreeze(8).
    func freeze() throws {
        try Self.run("/usr/sbin/fsfreeze", "-f", path)
        isFrozen = true
    }

    /// Lets them go on.
    func thaw() throws {
        try Self.run("/usr/sbin/fsfreeze", "-u", path)
        isFrozen = false
    }

    private var filler: String { path + "/filler" }

    /// Takes all the room that is left.
    func fill() throws { try SmallDisk.fill(filler) }

    /// Gives it back.
    func empty() throws { try FileManager.default.removeItem(atPath: filler) }
}
