import Bytes
import LinuxSystem
import TestSupport
import Testing

@Suite("A clock in a file is whole, and what is none is told apart")
struct ClockFileTests {
    @Test("What is set stands in the file, little-endian, and a second time replaces the first")
    func set() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/clock"
        let clock = try ClockFile(making: path, nanoseconds: 0x0102_0304_0506_0708)
        #expect(try Files.readAll(path, limitBytes: 9) == [8, 7, 6, 5, 4, 3, 2, 1])
        clock.set(nanoseconds: 1)
        #expect(try Files.readAll(path, limitBytes: 9) == [1, 0, 0, 0, 0, 0, 0, 0])
        let isClock = try ClockFile.open(path) != nil
        #expect(isClock)
    }

    @Test("A short file and a folder are no clock, a missing one is an error")
    func noClock() throws {
        let folder = try TemporaryFolder()
        let short = folder.path + "/short"
        let file = try FileDescriptor.open(short, .createNew)
        let seven = [UInt8](repeating: 0, count: 7)
        try file.writeAll(seven.span, at: 0)
        for path in [short, folder.path] {
            let isClock = try ClockFile.open(path) != nil
            #expect(!isClock)
        }
        #expect(throws: SystemError.self) { _ = try ClockFile.open(folder.path + "/none") == nil }
    }
}
