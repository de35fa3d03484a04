import Foundation
import TestSupport
import Testing

@testable import LinuxSystem

@Suite("Another program is run to its end")
struct ChildProgramTests {
    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func inputOutputAndStatus() throws {
        let outcome = try #require(
            try ChildProgram.run("sh", ["-c", "cat; echo \"$1\" >&2; exit 7", "sh", "a b"], input: Array("in".utf8)))
        #expect(outcome.status == 7 && Self.text(outcome.output) == "in" && Self.text(outcome.errors) == "a b\n")
    }

    @Test func ends() throws {
        #expect(try ChildProgram.run("tremolo-no-such-program", []) == nil)
        #expect(try #require(try ChildProgram.run("sh", ["-c", "kill -TERM $$"])).status == 128 + 15)
        // What this process ignores or blocks does not reach into the other one.
        #expect(try #require(try ChildProgram.run("sh", ["-c", "yes | head -1"])).output.count == 2)
        #expect(throws: SystemError.self) { try ChildProgram.run("sh", ["-c", "echo too much"], outputBytesMax: 3) }
        #expect(throws: SystemError.self) { try ChildProgram.run("sh", [String](repeating: "x", count: 64)) }
    }

    @Test("A program that writes too much is ended at that: what it wrote stands in memory")
    func endless() throws {
        let folder = try TemporaryFolder()
        let status = folder.path + "/status"
        #expect(throws: SystemError.self) {
            try ChildProgram.run(
                "sh", ["-c", "head -c 50000000 /dev/zero; echo $? >\"$1\"", "sh", status], outputBytesMax: 1_000)
        }
        #expect(try String(contentsOfFile: status, encoding: .utf8) == "\(128 + SIGXFSZ)\n")
    }
}
