import Foundation

/// The files of a store that nobody is writing to at the moment: the database and its log.
enum SimulatedStoreFile {
    private static let suffixes = ["", "-wal"]

    /// Copies a store; what stands at the new path is replaced.
    static func copy(_ path: String, to newPath: String) {
        remove(newPath)
        for suffix in suffixes where FileManager.default.fileExists(atPath: path + suffix) {
            // A copy that fails shows at once: the store that is opened there is another one.
            try? FileManager.default.copyItem(atPath: path + suffix, toPath: newPath + suffix)
        }
    }

    /// Removes a store.
    static func remove(_ path: String) {
        for suffix in suffixes + ["-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
