import Bytes
import Journal
import LinuxSystem

/// The names of everything in a data folder. The contract with users and scripts is INTERFACES' "Data folder": these
/// names don't change.
package struct DataFolder: Equatable, Sendable {
    /// The folder, relative to the working directory or absolute.
    package let path: String

    /// Names the parts of `path`; touches nothing.
    package init(path: String) {
        self.path = path
    }

    /// This node's id and the folder's format.
    package var node: String { path + "/node.json" }
    /// The journal.
    package var journal: String { path + "/journal" }
    /// The embedded store: a symbolic link to the file in use.
    package var store: String { path + "/campaigns.sqlite" }
    /// The store of sealed figures: what retention deletes records of stands here.
    package var sealed: String { path + "/sealed.sqlite" }
    /// How commands reach the running server.
    package var controlSocket: String { path + "/control.sock" }
    /// The subscriber lists in force, as keyed pseudonyms.
    package var consent: String { path + "/consent" }
    /// What is still to be done where somebody is being forgotten.
    package var forgetting: String { path + "/forgetting" }
    /// How far events are shipped to ClickHouse.
    package var shipping: String { path + "/clickhouse.checkpoint" }
    /// Pseudonyms of forgotten people that ClickHouse still has.
    package var shippingForgotten: String { path + "/clickhouse.forgotten" }
    /// How far this node's facts have travelled to the fleet, and what others' asked for was done.
    var facts: String { path + "/clickhouse.facts" }
    /// This node's keys of the day.
    package var addressKeys: String { path + "/address-keys" }
    /// The file whose lock makes a process the owner.
    package var lock: String { path + "/lock" }

    /// Refuses a folder that no server has made: a mistyped name must not become a new world.
    ///
    /// - Throws: `EdgeError.missingFolder`; `.file` where this user may not look.
    package func requireThere() throws(EdgeError) {
        do throws(SystemError) {
            _ = try Files.status(journal)
        } catch {
            if error.isNotFound || error.isBehindNoFolder { throw .missingFolder(path: path) }
            throw .file(path: path, error)
        }
    }
}

/// A data folder that this process owns: the lock is held until the value goes away, and the node has its name.
package struct OwnedDataFolder: ~Copyable {
    /// The names.
    package let folder: DataFolder
    /// This node's id.
    package let node: UInt64
    private var lock: FileLock

    /// The folder format that this version reads and writes.
    package static let format = 1

    /// Takes the folder, making it where there is none.
    ///
    /// - Throws: `EdgeError.folderInUse` when another process has it, `.noFolder` where it is a file,
    ///   `.damagedNode`, `.newerFormat`, `.file`.
    package init(_ folder: DataFolder) throws(EdgeError) {
        do throws(SystemError) {
            try Files.makeDirectoriesDurably(folder.path)
            try Files.makeDirectoriesDurably(folder.journal)
        } catch {
            if error.isAlreadyThere || error.isBehindNoFolder { throw .noFolder(path: folder.path) }
            throw .file(path: folder.path, error)
        }
        let lock = try Self.lock(folder)
        if !Files.exists(folder.node), !Self.isEmpty(folder.journal) || Files.exists(folder.sealed) {
            throw .damagedNode(path: folder.node, reason: "it is missing, but there is a journal")
        }
        let node = try NodeFile.readOrMake(folder.node)
        self.folder = folder
        self.node = node
        self.lock = lock
    }

    /// Sees to it that the folder is still this process's, and makes again what somebody removed of what says so: the
    /// lock and the node's name.
    ///
    /// - Returns: the paths of what was made again.
    /// - Throws: `EdgeError.folderInUse` when another process has taken the folder, `.damagedNode` when it is another
    ///   node's, `.file` when something can't be made.
    package mutating func keep() throws(EdgeError) -> [String] {
        var made: [String] = []
        let isLocked: Bool
        do throws(SystemError) {
            isLocked = try lock.stands(at: folder.lock)
            if !isLocked { try Files.makeDirectoriesDurably(folder.journal) }
        } catch {
            throw .file(path: folder.lock, error)
        }
        if !isLocked {
            lock = try Self.lock(folder)
            made.append(folder.lock)
        }
        if let found = try NodeFile.read(folder.node) {
            guard found == node else {
                throw .damagedNode(path: folder.node, reason: "it names another node than the one that runs")
            }
        } else {
            try NodeFile.write(node, to: folder.node)
            made.append(folder.node)
        }
        return made
    }

    /// True when nobody has written to a journal. What can't be listed is not taken for empty.
    private static func isEmpty(_ journal: String) -> Bool {
        do throws(SystemError) {
            return try Files.list(journal).isEmpty
        } catch {
            return false
        }
    }

    private static func lock(_ folder: DataFolder) throws(EdgeError) -> FileLock {
        let processID: Int32?
        do throws(SystemError) {
            switch try FileLock.take(folder.lock) {
            case .locked(let lock): return lock
            case .heldBy(let holder): processID = holder
            }
        } catch {
            throw .file(path: folder.lock, error)
        }
        throw .folderInUse(path: folder.path, processID: processID)
    }
}

/// `node.json`: who this node is. It is written once and never changes, because every event's identity begins with it.
package enum NodeFile {
    /// The node's id, or nil when the folder has no `node.json` yet.
    package static func read(_ path: String) throws(EdgeError) -> UInt64? {
        guard Files.exists(path) else { return nil }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limitBytes: 4_096)
        } catch {
            throw .file(path: path, error)
        }
        let value: JSON5Value
        do throws(JSON5Error) {
            value = try JSON5.parse(bytes.span, dialect: .json)
        } catch {
            throw .damagedNode(path: path, reason: "\(error)")
        }
        guard let format = value["format"]?.integer(Int.self) else {
            throw .damagedNode(path: path, reason: "it names no format")
        }
        guard format == OwnedDataFolder.format else { throw .newerFormat(path: path, found: format) }
        // A number's initialiser takes a sign too, and what this program writes has none.
        guard let text = value["node"]?.string, let node = UInt64(text, radix: 16), hexadecimal16(node) == text else {
            throw .damagedNode(path: path, reason: "the node's id is not 16 hex digits")
        }
        return node
    }

    static func readOrMake(_ path: String) throws(EdgeError) -> UInt64 {
        if let node = try read(path) { return node }
        let node: UInt64
        do throws(SystemError) {
            node = try SystemRandom.uint64()
        } catch {
            throw .file(path: path, error)
        }
        try write(node, to: path)
        return node
    }

    /// Writes it anew, durably.
    static func write(_ node: UInt64, to path: String) throws(EdgeError) {
        do throws(SystemError) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("node")
            writer.string(hexadecimal16(node))
            writer.key("format")
            writer.number(OwnedDataFolder.format)
            writer.endObject()
            let contents = writer.bytes + [UInt8(ascii: "\n")]
            try Files.replaceDurably(path, contents: contents.span, permissions: 0o644)
        } catch {
            throw .file(path: path, error)
        }
    }
}
