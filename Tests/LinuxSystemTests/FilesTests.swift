import Bytes
import LinuxSystem
import TestSupport
import Testing

@Suite("A file holds what was written, or the error says why not")
struct FilesTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func placesAreWrittenAndRead() throws {
        let folder = try TemporaryFolder()
        let file = try FileDescriptor.open(folder.path + "/f", .createNew)
        let hello = bytes("hello")
        try file.writeAll(hello.span, at: 3)
        #expect(try file.pwrite(hello.span, at: 0) == 5)
        var buffer = ByteBuffer(capacity: 64)
        #expect(try file.pread(into: &buffer, at: 0) == 8)
        #expect(buffer.toArray() == bytes("hellollo"))
        buffer.removeAll()
        #expect(try file.pread(into: &buffer, at: 6, atMost: 1) == 1)
        #expect(try file.pread(into: &buffer, at: 8) == 0)
        try file.truncate(to: 2)
        #expect(try file.status().sizeBytes == 2)
        try file.preallocate(bytes: 4_096)
        #expect(try file.status().sizeBytes == 2)
        try file.synchronizeData()
        try file.synchronize()
        try file.close()
        #expect(try Files.readAll(folder.path + "/f", limitBytes: 2) == bytes("he"))
    }

    @Test func aNewFileIsNeverAnOldOne() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/f"
        _ = try FileDescriptor.open(path, .createNew)
        do {
            _ = try FileDescriptor.open(path, .createNew)
            Issue.record("made a file twice")
        } catch {
            #expect(error.isAlreadyThere)
            #expect(error.description == "open: File exists (EEXIST)")
        }
    }

    @Test func aFileThatIsTooLongIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/f"
        let contents = [UInt8](repeating: 1, count: 100_001)
        try Files.replaceDurably(path, contents: contents.span)
        #expect(try Files.readAll(path, limitBytes: 100_001) == contents)
        do {
            _ = try Files.readAll(path, limitBytes: 100_000)
            Issue.record("read more than the limit")
        } catch {
            #expect(error.description == "read: File too large (EFBIG)")
        }
        do {
            _ = try Files.readAll(folder.path + "/missing", limitBytes: 1)
            Issue.record("read a file that is not there")
        } catch {
            #expect(error.isNotFound)
        }
    }

    @Test func aReplacedFileHasItsModeAndLeavesNothingBeside() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/key"
        let old = bytes("left by a crash")
        let beside = try FileDescriptor.open(path + ".new", .createNew)
        try beside.writeAll(old.span, at: 0)
        let contents = bytes("secret")
        try Files.replaceDurably(path, contents: contents.span, permissions: 0o600)
        #expect(try Files.status(path).permissions == 0o600)
        #expect(try Files.readAll(path, limitBytes: 64) == contents)
        #expect(try Files.list(folder.path) == ["key"])
    }

    @Test func aFileIsMadeByOneOfManyAndNeverReplaced() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/key"
        let (first, second) = (bytes("first"), bytes("second"))
        #expect(try Files.createDurably(path, contents: first.span, permissions: 0o600))
        #expect(try !Files.createDurably(path, contents: second.span, permissions: 0o644))
        #expect(try Files.readAll(path, limitBytes: 64) == first)
        #expect(try Files.status(path).permissions == 0o600)
        #expect(try Files.list(folder.path) == ["key"])
    }

    @Test func foldersMadeDurablyAreThoseMadeOtherwise() throws {
        let folder = try TemporaryFolder()
        for path in ["/a/b/c", "/a/b/c", "/a/d/"] {
            try Files.makeDirectoriesDurably(folder.path + path, permissions: 0o700)
            #expect(try Files.status(folder.path + path).permissions == 0o700)
        }
        let file = folder.path + "/file"
        _ = try FileDescriptor.open(file, .createNew)
        #expect(throws: SystemError.self) { try Files.makeDirectoriesDurably(file + "/inside") }
    }

    @Test func namesAreListedInTheOrderOfTheirBytes() throws {
        let folder = try TemporaryFolder()
        let long = "00000000000000012"
        var names = [
            "a", "ab", "aa", "b", "é", long, long + "0", long + "00", long + "1", "0000000000000001", "Z", "~",
        ]
        names += (0..<40).map { "000000000000\($0 * 7 % 40)" }
        for name in names { _ = try FileDescriptor.open(folder.path + "/" + name, .createNew) }
        #expect(
            try Files.list(folder.path) == names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
    }

    @Test func foldersAreMadeListedAndRemoved() throws {
        let folder = try TemporaryFolder()
        let deep = folder.path + "/a/b/c"
        try Files.makeDirectories(deep, permissions: 0o700)
        try Files.makeDirectories(deep)
        #expect(try Files.status(deep).kind == .folder)
        #expect(try Files.status(deep).permissions == 0o700)
        for name in ["z", "m", "a"] { _ = try FileDescriptor.open(deep + "/" + name, .createNew) }
        #expect(try Files.list(deep) == ["a", "m", "z"])
        try Files.rename(deep + "/z", to: deep + "/b")
        try Files.link(deep + "/b", to: deep + "/again")
        #expect(try Files.status(deep + "/b").inode == Files.status(deep + "/again").inode)
        #expect(try Files.status(deep + "/b").linkCount == 2)
        try Files.symbolicLink(to: "b", at: deep + "/pointer")
        #expect(try Files.targetOfLink(deep + "/pointer") == "b")
        #expect(try Files.statusOfLink(deep + "/pointer").kind == .symbolicLink)
        try Files.synchronizeDirectory(deep)
        for name in try Files.list(deep) { try Files.remove(deep + "/" + name) }
        try Files.removeDirectory(deep)
        #expect(!Files.exists(deep))
        let space = try Files.diskSpace(folder.path)
        #expect(space.freeBytes > 0 && space.freeBytes <= space.totalBytes)
        do {
            try Files.makeDirectories(folder.path + "/a/b/d", permissions: 0o700)
            _ = try FileDescriptor.open(folder.path + "/a/b/d/file", .createNew)
            try Files.makeDirectories(folder.path + "/a/b/d/file/inside")
            Issue.record("made a folder inside a file")
        } catch {
            #expect(error.call == .mkdir)
        }
    }

    @Test(arguments: [
        ("a/b/c", "a/b"), ("a/b/", "a"), ("c", "."), ("/c", "/"), ("/", "/"), ("a//b", "a"), ("//c", "/"),
    ])
    func aPathHasAParent(path: String, parent: String) {
        #expect(Files.parent(of: path) == parent)
    }

    @Test func aLockIsHeldByOneAtATime() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/lock"
        do {
            guard case .locked(let lock) = try FileLock.take(path) else {
                Issue.record("nobody else holds the lock")
                return
            }
            // The kernel tells open files apart, not processes: a second taker here stands for another process.
            switch try FileLock.take(path) {
            case .locked: Issue.record("the lock was taken twice")
            case .heldBy(let processID): #expect(processID == Host.processID)
            }
            lock.release()
        }
        // A program that another test is starting holds it too, from its fork to its exec.
        try eventually("the lock is released") {
            if case .locked = try FileLock.take(path) { true } else { false }
        }
    }

    @Test func theHostKnowsItself() throws {
        #expect(Host.processorCount >= 1)
        #expect(Host.pageSizeBytes >= 4_096)
        #expect(Host.processExists(Host.processID))
        #expect(!Host.processExists(0))
        #expect(!Host.processExists(Int32.max))
        #expect(try #require(Host.residentBytes) > 0)
        #expect(Environment.value("PATH") != nil)
        #expect(Environment.value("TREMOLO_NO_SUCH_VARIABLE") == nil)
        #expect(try SystemRandom.uint64() != SystemRandom.uint64())
        let random = try SystemRandom.bytes(64)
        #expect(random.count == 64 && random.contains { $0 != 0 })
    }

    @Test func aPathIsResolvedToTheOneThatHasNoLinks() throws {
        let folder = try TemporaryFolder()
        let real = try Files.resolved(folder.path)
        try Files.makeDirectories(real + "/a/b")
        try Files.symbolicLink(to: "a/b", at: real + "/link")
        #expect(try Files.resolved(real + "/link/../b/.//") == real + "/a/b")
        #expect(try Files.resolved("/") == "/")
        #expect(throws: SystemError.notFound(in: .realpath)) { try Files.resolved(real + "/nowhere") }
        try Files.symbolicLink(to: "round", at: real + "/round")
        #expect(throws: SystemError(call: .realpath, errno: 40)) { try Files.resolved(real + "/round") }
    }

    @Test("The process's arguments are those that it was started with")
    func arguments() {
        #expect(Host.arguments == Array(CommandLine.arguments.dropFirst()) && !Host.arguments.isEmpty)
    }
}
