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
    package init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tremolo-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        path = folder.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
