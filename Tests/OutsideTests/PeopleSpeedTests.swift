import Foundation
import TestSupport
import Testing

@Suite(
    "Ten million rows of a recipient list are asked in a minute", .enabled(if: OutsideProgram.isAskedFor), .serialized)
struct PeopleSpeedTests {
    private static let rows = 1_000_000
    private static let people = 300_000
    /// A tenth of a minute for a tenth of the rows, reading the store and the process's start included.
    private static let boundSeconds = 6.0
    private static let memoryBoundKiB = 100 * 1_024

    @Test("A million rows in a tenth of that, whoever is asked for, in bounded memory")
    func millionRows() throws {
        let folder = try TemporaryFolder()
        let data = folder.path + "/data"
        let common = ["--data", data, "--config", OutsideProgram.configuration]
        let made = try run([
            builtProgram("journal-maker"), "--data", data, "--events", "\(Self.people)", "--people", "\(Self.people)",
        ])
        try #require(made.status == 0, "\(made.errors)")
        #expect(try tremolo(["rebuild"] + common).status == 0)
        let list = folder.path + "/list.csv"
        var text = "id,name,email,city\n"
        for row in 0..<Self.rows { text += "\(row),\"Person, \(row)\",Recipient\(row)@mail.example.com,Amsterdam\n" }
        try Data(text.utf8).write(to: URL(fileURLWithPath: list))
        var listed = 0
        for (flag, words) in [("--clicked", "clicked"), ("--opened", "opened"), ("--neither", "did neither")] {
            let start = ContinuousClock.now
            let result = try tremolo(["people", "--sec", "8781202", "--recipients", list, flag] + common)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            print("people \(flag): \(Self.rows) rows in \(seconds) s")
            #expect(result.status == 0 && result.errors.contains(" of \(Self.rows) rows \(words)"), "\(result.errors)")
            #expect(seconds < Self.boundSeconds, "\(flag)")
            listed += result.output.utf8.count { $0 == UInt8(ascii: "\n") } - 1
        }
        // Everybody has one event: a click, an open or, in no list but the last, a machine's.
        #expect(listed == Self.rows)
        let limited = try run(
            [
                "/bin/sh", "-c", "ulimit -v \(Self.memoryBoundKiB); exec \"$@\"", "sh", tremoloBinary(), "people",
                "--sec",
                "8781202", "--recipients", list, "--neither",
            ] + common)
        #expect(limited.status == 0, "\(limited.errors)")
    }
}
