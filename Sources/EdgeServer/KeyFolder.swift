import Bytes
package import Engagement
import LinuxSystem

/// The folder of the keys that people and events are made with: read at the start, made once.
///
/// Files have the mode 0600 in a folder of mode 0700, and are synced with their folder before a key is used: an event
/// must not outlive the key that it was written under. Nodes of a fleet share one folder and may start at once: whoever
/// makes a key first has made it for all.
package enum KeyFolder {
    /// Reads the keys.
    ///
    /// - Throws: `EdgeError.key` for a file that is damaged, `.missingKeys` when there are none.
    package static func read(_ folder: String) throws(EdgeError) -> KeySet {
        let files = try keyFiles(in: folder)
        do throws(EngagementError) {
            return try KeySet(files)
        } catch {
            throw .key(path: folder, reason: reason(for: error))
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
        if !hasEvent { try make(.event, id: UInt32(firstEventKeyID), in: folder) }
        return try read(folder)
    }

    /// Makes a key at random and stores it durably, unless there is one of that purpose and id: then that one stays.
    ///
    /// - Returns: the key that is in the folder now.
    @discardableResult
    package static func make(_ purpose: KeyPurpose, id: UInt32, in folder: String) throws(EdgeError) -> KeyFile {
        let made = try create(purpose, id: id, section: nil, in: folder)
        return made.isNew ? made.file : try keyFile("\(folder)/\(made.file.fileName)")
    }

    /// Makes a key at random and stores it durably, unless there is one of that purpose and id.
    ///
    /// - Returns: the key that was made, and whether it is the one that is in the folder now.
    static func create(
        _ purpose: KeyPurpose, id: UInt32, section: String?, in folder: String
    ) throws(EdgeError) -> (file: KeyFile, isNew: Bool) {
        do throws(SystemError) {
            try Files.makeDirectoriesDurably(folder, permissions: 0o700)
            try Files.setPermissions(folder, 0o700)
            let secret = try SystemRandom.bytes(purpose.secretBytes)
            guard
                let file = KeyFile(
                    purpose: purpose, id: id, createdNanoseconds: SystemClock.realtimeNanoseconds(), section: section,
                    secret: secret)
            else { preconditionFailure("a key was asked for that its purpose does not have") }
            let path = "\(folder)/\(file.fileName)"
            return (file, try Files.createDurably(path, contents: file.contents.span, permissions: 0o600))
        } catch {
            throw .file(path: folder, error)
        }
    }

    /// Every key file of a folder; none for a folder that is not there.
    package static func keyFiles(in folder: String) throws(EdgeError) -> [KeyFile] {
        var files: [KeyFile] = []
        for name in try keyFileNames(in: folder).sorted() {
            do throws(EdgeError) {
                files.append(try keyFile("\(folder)/\(name)"))
            } catch {
                // A node that shares the folder destroyed it since the names were read.
                guard case .file(_, let reason) = error, reason.isNotFound else { throw error }
            }
        }
        return files
    }

    /// The names of a folder's key files, in no order; none for a folder that is not there.
    static func keyFileNames(in folder: String) throws(EdgeError) -> [String] {
        do throws(SystemError) {
            return try Files.list(folder).filter { $0.hasSuffix(".key") }
        } catch {
            if error.isNotFound { return [] }
            throw .file(path: folder, error)
        }
    }

    /// Reads one key file.
    static func keyFile(_ path: String) throws(EdgeError) -> KeyFile {
        let contents: [UInt8]
        do throws(SystemError) {
            contents = try Files.readAll(path, limitBytes: 4_096)
        } catch {
            throw .file(path: path, error)
        }
        do throws(EngagementError) {
            return try KeyFile(contents: contents)
        } catch {
            throw .key(path: path, reason: reason(for: error))
        }
    }

    private static func reason(for error: EngagementError) -> String {
        switch error {
        case .keyFile(.unknownForm): "it is no key file of this version"
        case .keyFile(.badLine(let line)): "line \(line) is not what stands there in a key file"
        case .keyFile(.wrongCheck): "its secret is not the one that it was written with"
        case .missingKey(let purpose): "the \(purpose.rawValue) key is missing"
        case .repeatedKey(let purpose, let id): "two files hold the \(purpose.rawValue) key \(id)"
        default: "\(error)"
        }
    }
}
