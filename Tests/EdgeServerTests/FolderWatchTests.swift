import Foundation
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("What is removed of the data folder beside a running server is made again, or said")
struct FolderWatchTests {
    private let folder: TemporaryFolder
    private let data: DataFolder
    private let health = EdgeHealth()

    init() throws {
        folder = try TemporaryFolder()
        data = DataFolder(path: folder.path + "/data")
    }

    private func watch() throws -> FolderWatch {
        _ = try KeyFolder.readOrMake(data.path + "/keys", journalIsEmpty: true)
        return try FolderWatch(
            data, keyFiles: { [data] in ["root", "event-1"].map { data.path + "/keys/\($0).key" } },
            answer: { _, _, reply in reply(.refused(reason: "a test", nil)) }, health: health, log: ServerLog())
    }

    private var trouble: String { health.reasons.first { $0.part == .folder }?.trouble ?? "" }

    /// What a command gets to hear.
    private func ask() -> EdgeError? {
        do throws(EdgeError) {
            _ = try ControlClient(data).ask(.flush, timeoutMilliseconds: 60_000)
            return nil
        } catch {
            return error
        }
    }

    @Test("All of it is removed: lock, name and control socket are there again, and the keys are asked for")
    func everything() throws {
        var owned = try OwnedDataFolder(data)
        let node = owned.node
        var watch = try watch()
        #expect(watch.look(&owned) == nil && trouble == "")
        let keys = folder.path + "/keys"
        try Files.rename(data.path + "/keys", to: keys)
        try FileManager.default.removeItem(atPath: data.path)

        #expect(watch.look(&owned) == nil)
        #expect(try NodeFile.read(data.node) == node)
        #expect(ask() == .refused(reason: "a test", nil))
        #expect(throws: EdgeError.folderInUse(path: data.path, processID: Host.processID)) {
            _ = try OwnedDataFolder(data)
        }
        #expect(trouble.contains("keys/root.key: it is missing") && trouble.contains("keys/event-1.key"))

        try Files.rename(keys, to: data.path + "/keys")
        #expect(watch.look(&owned) == nil && trouble == "")
        watch.close()
    }

    @Test("Another process that has taken the folder keeps it, and nobody counts into its store")
    func taken() throws {
        var owned = try OwnedDataFolder(data)
        var watch = try watch()
        try Files.remove(data.lock)
        do {
            let other = try OwnedDataFolder(data)
            #expect(other.node == owned.node)
            try Files.remove(data.controlSocket)
            #expect(watch.look(&owned) == .folderInUse(path: data.path, processID: Host.processID))
            #expect(trouble.contains("another process owns this data folder"))
            #expect(!Files.exists(data.controlSocket), "it is the other one's to make")
            try write("the other one's", to: data.controlSocket)
            watch.close()
            #expect(Files.exists(data.controlSocket), "it is the other one's to remove")
        }
        #expect(watch.look(&owned) == nil && trouble == "")
    }

    @Test("A folder of another node in its place is not counted into")
    func anotherNode() throws {
        var owned = try OwnedDataFolder(data)
        var watch = try watch()
        let node = owned.node
        let text = try String(contentsOfFile: data.node, encoding: .utf8)
        try NodeFile.write(node ^ 1, to: data.node)
        let refusal = watch.look(&owned)
        let error = try #require(refusal)
        #expect("\(error)".contains("it names another node than the one that runs") && trouble == "\(error)")
        try write(text, to: data.node)
        #expect(watch.look(&owned) == nil && trouble == "")
        watch.close()
    }
}
