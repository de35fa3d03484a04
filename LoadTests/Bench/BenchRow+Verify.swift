import Foundation
import LinuxSystem

/// Every record of a journal checked, beside the files merely read.
extension BenchRow {
    private static func name(_ program: String, isCold: Bool) -> String {
        "\(program), \(isCold ? "from the disk" : "in the page cache")"
    }

    static let verify = BenchRow(
        name: "verify", title: "Checking every record",
        about: "`tremolo verify` as a whole process, over a journal by `journal-maker` without a store: each record's "
            + "checksum and every field of each event. `cat` of the same files into /dev/null is what reading alone "
            + "costs. Before a round from the disk the files are dropped from the page cache. Both may use every "
            + "processor; verify reads with two threads each, up to eight, at niceness 10.",
        columns: [
            Column(figure: "bytesPerSecond", heading: "a second", unit: .mebibytes, hasEnds: true),
            Column(figure: "wallMilliseconds", heading: "took", unit: .milliseconds),
            Column(figure: "cpuSeconds", heading: "CPU seconds", unit: .decimal),
            Column(figure: "peakBytes", heading: "memory", unit: .mebibytes),
        ],
        goals: [
            Goal(
                text: "Speed from the disk, verify / cat",
                source: .ratio(
                    "bytesPerSecond", of: name("verify", isCold: true), to: name("cat", isCold: true)),
                bound: .atLeast(0.7)),
            Goal(
                text: "Speed in the page cache, verify / cat",
                source: .ratio(
                    "bytesPerSecond", of: name("verify", isCold: false), to: name("cat", isCold: false))),
        ]
    ) { bench in
        let millions = bench.isQuick ? 3 : 10
        let run = try AggregatorRun(
            bench, events: millions * 1_000_000, people: millions * 300_000, days: millions, campaigns: 20 * millions)
        let files = try JournalFiles(of: run.data)
        return try bench.interleave(
            [true, false].flatMap { isCold in
                ["cat", "verify"].map { program in
                    (
                        name(program, isCold: isCold),
                        {
                            if isCold { try files.dropFromCache() }
                            var figures = program == "cat" ? try run.cat(files.paths) : try run.verify()
                            figures["bytesPerSecond"] = figures["wallMilliseconds"].map {
                                Double(files.bytes) / $0 * 1e3
                            }
                            return figures
                        }
                    )
                }
            })
    }
}

/// The files of a journal.
private struct JournalFiles {
    let paths: [String]
    let bytes: UInt64

    init(of data: String) throws {
        let folder = data + "/journal"
        paths = try FileManager.default.subpathsOfDirectory(atPath: folder).map { folder + "/" + $0 }
            .filter { try Files.status($0).kind == .file }.sorted()
        bytes = try paths.reduce(0) { $0 + (try Files.status($1)).sizeBytes }
    }

    /// Lets the kernel forget what it has of them in memory: pages on the medium alone are forgotten, posix_fadvise(2).
    func dropFromCache() throws {
        for path in paths {
            let file = try FileDescriptor.open(path, .read)
            try file.synchronize()
            posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_DONTNEED)
        }
    }
}
