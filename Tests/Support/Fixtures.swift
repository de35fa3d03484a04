import Foundation

/// The path of a file under `Tests/Fixtures`.
package func fixture(_ name: String) -> String {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return tests.appendingPathComponent("Fixtures").appendingPathComponent(name).path
}

/// A folder of its own for one test, removed with everything in it when the value goes away.
package final class TemporaryFolder {
    /// Its path, without a trailing slash.
    package let path: String

    /// Makes an empty folder in the system's place for temporary files.
    ///
    /// - Parameter inMemory: in a file system without a disk, where there is one: what was answered while a disk hung
    ///   is lost with its process, and a disk that many share may hang for a moment in the midst of any test.
    package init(inMemory: Bool = false) throws {
        let memory = "/dev/shm"
        let place =
            inMemory && FileManager.default.isWritableFile(atPath: memory)
            ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
        let folder = place.appendingPathComponent("tremolo-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        path = folder.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
