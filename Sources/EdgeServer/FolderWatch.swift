import Engagement
import LinuxSystem

/// Looks whether what the server has of its data folder is still there, makes again what it can, and says the rest in
/// the log and in readiness. Segments are looked after by the journal itself, the store by the aggregator.
struct FolderWatch {
    private let folder: DataFolder
    private let keyFiles: () -> [String]
    private let answer: ControlAnswer
    private let health: EdgeHealth
    private let log: ServerLog
    private var control: ControlSocket
    /// Another process has the folder, and the name of the socket in it.
    private var isForeign = false
    /// What the log has.
    private var told = ""

    /// Begins to listen for commands.
    ///
    /// - Parameter keyFiles: the paths of the keys without which the next start would not name people as this one does.
    init(
        _ folder: DataFolder, keyFiles: @escaping () -> [String], answer: @escaping ControlAnswer, health: EdgeHealth,
        log: ServerLog
    ) throws(EdgeError) {
        self.folder = folder
        self.answer = answer
        self.health = health
        self.log = log
        self.keyFiles = keyFiles
        control = try ControlSocket(folder, answer: answer)
    }

    /// Looks once.
    ///
    /// - Returns: why nobody may count into the folder's store any more; nil while it is this process's.
    mutating func look(_ owned: inout OwnedDataFolder) -> EdgeError? {
        var troubles: [String] = []
        var foreign: EdgeError?
        do throws(EdgeError) {
            for path in try owned.keep() { tellMade(path) }
        } catch {
            troubles.append("\(error)")
            switch error {
            case .folderInUse, .damagedNode: foreign = error
            default: break
            }
        }
        // What another process has made its own is left alone.
        isForeign = foreign != nil
        if !isForeign, !Files.exists(folder.controlSocket) {
            do throws(EdgeError) {
                let again = try ControlSocket(folder, answer: answer)
                control.abandon()
                control = again
                tellMade(folder.controlSocket)
            } catch {
                troubles.append("\(error)")
            }
        }
        for key in keyFiles() where !Files.exists(key) {
            troubles.append(
                "\(key): it is missing, and this server goes on with what it read: put it back before the next start")
        }
        tell(troubles.joined(separator: "; "))
        return foreign
    }

    /// Ends listening for commands.
    func close() {
        if isForeign { control.abandon() } else { control.close() }
    }

    private func tellMade(_ path: String) {
        log.write(.warning, "made-again", ("path", path), ("what", "somebody removed it"))
    }

    private mutating func tell(_ trouble: String) {
        health.set(.folder, trouble.isEmpty ? nil : trouble)
        guard trouble != told else { return }
        told = trouble
        log.write(trouble.isEmpty ? .info : .error, "folder", ("trouble", trouble.isEmpty ? "none any more" : trouble))
    }
}
