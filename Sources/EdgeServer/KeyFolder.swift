import Bytes
package import Engagement
import LinuxSystem

/// The folder of the keys that people and events are made with: read at the start, made once.
///
/// Files have the mode 0600 in a folder of mode 0700, and are synced with their folder before a key is used: an event
/// must not outlive the key that it was written under.
package enum KeyFolder {
    /// Reads the keys.
    ///
    /// - Throws: `EdgeError.key` for a file that is damaged, `.missingKeys` when there are none.
    package static func read(_ folder: String) throws(EdgeError) -> KeySet {
        let files = try keyFiles(in: folder)
        do throws(EngagementError) {
            return try KeySet(files)
        } catch {
            throw .key(path: folder, reason: "\(error)")
        }
    }

    /// Reads the keys, or makes a root and a first event key where there are none yet.
    ///
    /// - Parameter journalIsEmpty: false forbids making keys: what is in the journal was written with others.
    package static func readOrMake(_ folder: String, journalIsEmpty: Bool) throws(EdgeError) -> KeySet {
        let files = try keyFiles(in: folder)
        let hasRoot = files.contains { $0.purpose == .root }
        let hasEvent = files.contains { $0.purpose == .event }
        if hasRoot && hasEvent { return try read(folder) }
        // One without the other was interrupted while it was made, or lost. Nobody can tell which, once there are
        // events.
        guard journalIsEmpty else { throw .missingKeys(folder: folder) }
        if !hasRoot { try make(.root, id: 0, in: folder) }
        if !hasEvent { try make(.event, id: 1, in: folder) }
        return try read(folder)
    }

    /// Makes a key at random and stores it durably.
    @discardableResult
    package static func make(_ purpose: KeyPurpose, id: UInt32, in folder: String) throws(EdgeError) -> KeyFile {
        let path = folder
        do throws(SystemError) {
            try Files.makeDirectories(folder, permissions: 0o700)
            try Files.setPermissions(folder, 0o700)
            let secret = try SystemRandom.bytes(purpose.secretBytes)
            guard
                let file = KeyFile(
                    purpose: purpose, id: id, createdNanoseconds: SystemClock.realtimeNanoseconds(), secret: secret)
            else { preconditionFailure("a key was asked for under an id that its purpose does not have") }
            try Files.replaceDurably("\(folder)/\(file.fileName)", contents: file.contents.span, permissions: 0o600)
            try Files.synchronizeDirectory(Files.parent(of: folder))
            return file
        } catch {
            throw .file(path: path, error)
        }
    }

    /// Every key file of a folder; none for a folder that is not there.
    package static func keyFiles(in folder: String) throws(EdgeError) -> [KeyFile] {
        let names: [String]
        do throws(SystemError) {
            names = try Files.list(folder)
        } catch {
            if error.isNotFound { return [] }
            throw .file(path: folder, error)
        }
        var files: [KeyFile] = []
        for name in names.sorted() where name.hasSuffix(".key") {
            let path = "\(folder)/\(name)"
            do {
                files.append(try KeyFile(contents: try Files.readAll(path, limitBytes: 4_096)))
            } catch let error as SystemError {
                throw .file(path: path, error)
            } catch {
                throw .key(path: path, reason: "\(error)")
            }
        }
        return files
    }
}
