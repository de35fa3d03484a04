package import Bytes
package import Journal
import LinuxSystem

/// What an import came to: its numbers, and why it ended where it could not go on.
package struct ImportOutcome: Equatable, Sendable {
    /// How it ended.
    package enum End: String, Equatable, Sendable {
        /// Everything was looked at.
        case done
        /// The folder is not there, is none, or holds no segment.
        case noInput
        /// Somebody may not read the folder, or not write to the journal.
        case noPermission
        /// Reading the folder, or writing the journal, failed, or there is no room.
        case inputOutput
        /// It was called off, or the server is stopping.
        case stopped
    }

    /// The numbers; also of an import that did not come to its end.
    package var tally = ImportTally()
    /// How it ended.
    package var end = End.done
    /// Why it did not come to its end: what, why, and what to do; else empty.
    package var reason = ""

    /// An outcome.
    package init(tally: ImportTally = ImportTally(), end: End = .done, reason: String = "") {
        self.tally = tally
        self.end = end
        self.reason = reason
    }

    /// The outcome of an import that ended early.
    init(tally: ImportTally, after error: ImportError) {
        self.tally = tally
        switch error {
        case .unreadable(let error, let path):
            end = error.isNoPermission ? .noPermission : error.isInputOutput ? .inputOutput : .noInput
            let whatToDo =
                error.isNoPermission
                ? "let the account that runs the server read it"
                : "give a data folder, its journal, or a folder above, as the server sees it"
            reason = "\(path): \(error.reason): \(whatToDo)"
        case .noSegment(let folder):
            end = .noInput
            reason = "\(folder): there is no segment in it: give a data folder, its journal, or a folder above"
        case .journal(.system(let error, let path)):
            end = error.isNoPermission ? .noPermission : .inputOutput
            let whatToDo =
                error.isNoSpace
                ? "free some space and import again" : "check the disk and the folder's owner, and import again"
            reason = "\(path): \(error.reason): \(whatToDo): what was taken stays"
        case .journal(let error):
            end = .inputOutput
            reason = "\(error)"
        case .noRoom(let path, let bytes):
            end = .inputOutput
            reason =
                "\(path): \(bytes) bytes of it would leave less of the disk free than journal.minimumFree: free some "
                + "space, or lower that, and import again: what was taken stays"
        case .stopped:
            end = .stopped
            reason = "import: it was stopped: import again: what was taken stays"
        }
    }

    private static let numbers: [(String, any WritableKeyPath<ImportTally, UInt64> & Sendable)] = [
        ("takenSegments", \.takenSegments), ("takenRecords", \.takenRecords), ("takenEvents", \.takenEvents),
        ("takenBytes", \.takenBytes), ("damagedRecords", \.damagedRecords), ("here", \.hereSegments),
        ("open", \.openSegments), ("waiting", \.waitingSegments), ("refused", \.refusedSegments),
        ("unreadable", \.unreadableItems), ("forbidden", \.forbiddenItems), ("passedOver", \.passedOverItems),
    ]

    /// Reads the object that `write` writes; nil when a member is missing.
    init?(_ value: JSON5Value) {
        guard let end = value["end"]?.string.flatMap(End.init), let reason = value["reason"]?.string else { return nil }
        self.end = end
        self.reason = reason
        for (name, path) in Self.numbers {
            guard let number: UInt64 = value[name]?.integer() else { return nil }
            tally[keyPath: path] = number
        }
    }

    /// Writes an object of numbers, `end` and `reason`.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, path) in Self.numbers {
            writer.key(name)
            writer.number(tally[keyPath: path])
        }
        writer.key("end")
        writer.string(end.rawValue)
        writer.key("reason")
        writer.string(reason)
        writer.endObject()
    }
}
