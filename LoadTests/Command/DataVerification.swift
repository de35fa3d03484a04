import Bytes
import Foundation
import LinuxSystem
import LoadEngine
import Settings

/// Asks a data folder, through the program `tremolo`, what became of the requests that were sent.
///
/// `tremolo events` gives the journal, line by line as it comes: memory doesn't grow with it. `tremolo report` gives
/// the store's totals; while the server runs it lets the server count first. The totals are those of the whole folder,
/// so nobody else may send meanwhile.
struct DataVerification {
    private let folder: String
    private let tremolo: String
    private let ledgers: [RequestLedger]
    private let salt: UInt64

    init(folder: String, tremolo: String, ledgers: [RequestLedger], salt: UInt64) {
        self.folder = folder
        self.tremolo = tremolo
        self.ledgers = ledgers
        self.salt = salt
    }

    /// Asks once for nothing, so that a folder or a program that can't be asked costs no run.
    func requireAskable() throws(LoadFailure) {
        try child(["report", "--format", "json", "--by", "sec", "--data", folder]) { _ in }
    }

    func run() throws(LoadFailure) -> Verification {
        var check = JournalCheck(ledgers, salt: salt)
        var lines = LineReader()
        try child(["events", "--format", "ndjson", "--data", folder]) { chunk in
            lines.take(chunk) { check.take($0) }
        }
        lines.finish { check.take($0) }
        guard check.unreadable == 0 else {
            throw failure("events", why: "\(check.unreadable) lines are no events")
        }
        var result = check.finish()
        var report: [UInt8] = []
        try child(["report", "--format", "json", "--by", "sec", "--data", folder]) { report += $0 }
        guard let totals = StoreTotals(report.span) else { throw failure("report", why: "its answer is no report") }
        result.storeClicks = totals.clicks
        result.storeOpens = totals.opens
        result.storePending = totals.pending
        return result
    }

    /// Runs the program and hands over what it writes as it comes.
    private func child(_ arguments: [String], _ take: ([UInt8]) -> Void) throws(LoadFailure) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tremolo.contains("/") ? tremolo : "/usr/bin/env")
        process.arguments = tremolo.contains("/") ? arguments : [tremolo] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw LoadFailure(
                .noInput, Message(tremolo, why: "it can't be run", whatToDo: "build it, or name it with --tremolo"))
        }
        while true {
            let chunk = pipe.fileHandleForReading.availableData
            if chunk.isEmpty { break }
            take(Array(chunk))
        }
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw failure(arguments[0], why: "it ended with status \(process.terminationStatus)")
        }
    }

    private func failure(_ command: String, why: String) -> LoadFailure {
        LoadFailure(.inputOutput, Message("\(tremolo) \(command)", why: why, whatToDo: "run it by hand to see more"))
    }
}

/// Cuts bytes that come in pieces into lines.
struct LineReader {
    private var rest: [UInt8] = []

    mutating func take(_ chunk: [UInt8], _ body: (Span<UInt8>) -> Void) {
        var start = 0
        let bytes = chunk.span
        while let end = bytes.firstOffset(of: UInt8(ascii: "\n"), from: start) {
            if rest.isEmpty {
                body(bytes.extracting(start..<end))
            } else {
                rest += chunk[start..<end]
                let line = rest
                body(line.span)
                rest.removeAll(keepingCapacity: true)
            }
            start = end + 1
        }
        rest += chunk[start...]
    }

    /// Hands over what no line feed ended.
    mutating func finish(_ body: (Span<UInt8>) -> Void) {
        let line = rest
        if !line.isEmpty { body(line.span) }
        rest = []
    }
}

/// The sums of a report's rows.
struct StoreTotals: Equatable {
    let clicks: UInt64
    let opens: UInt64
    /// Events that are in the journal and not in the rows yet.
    let pending: UInt64

    /// Nil when the bytes are no report.
    init?(_ json: Span<UInt8>) {
        guard let value = try? JSON5.parse(json, dialect: .json), let rows = value["rows"]?.array else { return nil }
        var clicks: UInt64 = 0
        var opens: UInt64 = 0
        for row in rows {
            guard let click = row["clicks"]?["total"], let open = row["opens"]?["total"] else { return nil }
            // A click that got the page with status 404 is recorded, and stands beside the total.
            clicks += (click.integer(UInt64.self) ?? 0) + (row["clicks"]?["refused"]?.integer(UInt64.self) ?? 0)
            opens += open.integer(UInt64.self) ?? 0
        }
        self.clicks = clicks
        self.opens = opens
        pending = value["accounting"]?["pending"]?.integer(UInt64.self) ?? 0
    }
}
