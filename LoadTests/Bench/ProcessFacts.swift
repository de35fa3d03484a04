import Foundation

/// What proc(5) says of a process beside what `ProcessSample` takes.
enum ProcessFacts {
    /// Memory in use now (VmRSS), in bytes.
    static func residentBytes(_ id: Int32) -> UInt64? { kibibytes("VmRSS:", of: id).map { $0 * 1_024 } }

    /// The most memory that was ever in use (VmHWM), in bytes.
    static func peakBytes(_ id: Int32) -> UInt64? { kibibytes("VmHWM:", of: id).map { $0 * 1_024 } }

    /// Processes that its first thread started.
    static func children(of id: Int32) -> [Int32] {
        words("/proc/\(id)/task/\(id)/children").compactMap { Int32($0) }
    }

    /// Threads of a process by what they call themselves.
    static func threads(of id: Int32) -> [(name: String, id: Int32)] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? []
        return tasks.compactMap { task in
            Int32(task).map { (words("/proc/\(id)/task/\(task)/comm").joined(separator: " "), $0) }
        }
    }

    private static func kibibytes(_ key: String, of id: Int32) -> UInt64? {
        let words = words("/proc/\(id)/status")
        guard let index = words.firstIndex(of: key), index + 1 < words.count else { return nil }
        return UInt64(words[index + 1])
    }

    /// The words of a file; none when it can't be read.
    static func words(_ path: String) -> [String] {
        text(path).split { " \t\n".contains($0) }.map(String.init)
    }

    /// A file as text; empty when it can't be read.
    static func text(_ path: String) -> String {
        // Files of proc(5) have no size: FileManager's readers stop at the one that they are told.
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? file.close() }
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
