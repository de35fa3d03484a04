package import Engagement
import LinuxSystem
package import Settings

// The keys that make the pseudonyms of events. One is in use; those before it find what was recorded under them, until
// they are destroyed.

extension KeyFolder {
    /// One event key of a folder.
    package struct EventKeyStanding: Equatable, Sendable {
        /// Its number, 1 to 255.
        package var id: UInt32
        /// When it was made, nanoseconds since 1970 UTC.
        package var createdNanoseconds: UInt64
        /// When the next key was made, nanoseconds since 1970 UTC; nil for the one in use.
        package var supersededNanoseconds: UInt64?

        /// When it is to be destroyed, nanoseconds since 1970 UTC; nil for never.
        ///
        /// - Parameter retentionNanoseconds: for how long behind its use it is kept.
        package func endNanoseconds(retentionNanoseconds: UInt64) -> UInt64? {
            guard let supersededNanoseconds else { return nil }
            let (end, overflows) = supersededNanoseconds.addingReportingOverflow(retentionNanoseconds)
            return overflows ? nil : end
        }
    }

    /// The id of the first one that a folder has.
    package static let firstEventKeyID: UInt8 = 1

    /// The event keys of a folder, by ascending id; none for a folder that is not there.
    package static func eventKeys(in folder: String) throws(EdgeError) -> [EventKeyStanding] {
        let files = try keyFiles(in: folder).filter { $0.purpose == .event }.sorted { $0.id < $1.id }
        return files.indices.map { index in
            EventKeyStanding(
                id: files[index].id, createdNanoseconds: files[index].createdNanoseconds,
                supersededNanoseconds: index + 1 < files.count ? files[index + 1].createdNanoseconds : nil)
        }
    }

    /// Makes the event key behind the newest one and stores it durably: whoever reads the folder from then on writes
    /// events under it. Of any number of makers at once each makes one.
    ///
    /// - Throws: `EdgeError.missingKeys` for a folder without an event key, `.key` where no id is left.
    package static func makeNextEventKey(in folder: String) throws(EdgeError) -> KeyFile {
        while true {
            guard let last = try eventKeys(in: folder).last else { throw .missingKeys(folder: folder) }
            guard last.id < KeyPurpose.event.ids.upperBound else {
                throw .key(path: "\(folder)/event-\(last.id).key", reason: "no id is left behind it")
            }
            let made = try create(.event, id: last.id + 1, section: nil, in: folder)
            if made.isNew { return made.file }
        }
    }

    /// Destroys the event keys that have not been in use for so long, and what crashes left of making them: pseudonyms
    /// under them lead nowhere from then on. The newest one stays.
    ///
    /// - Returns: their ids.
    package static func destroyEventKeys(
        in folder: String, retentionNanoseconds: UInt64, nowNanoseconds: UInt64
    ) throws(EdgeError) -> [UInt32] {
        var destroyed: [UInt32] = []
        let keys = try eventKeys(in: folder)
        for key in keys {
            guard let end = key.endNanoseconds(retentionNanoseconds: retentionNanoseconds), end <= nowNanoseconds
            else { continue }
            // Nobody may find half a key where a key is to be: it has another name before it is written over.
            let path = "\(folder)/event-\(key.id).key"
            try changing(path) { () throws(SystemError) in
                try Files.rename(path, to: path + destroyedSuffix)
                try Files.synchronizeDirectory(folder)
            }
            destroyed.append(key.id)
        }
        try sweep(folder, current: keys.last?.id ?? 0)
        return destroyed
    }

    /// Destroys what was left of keys that are gone: by whoever died while it made or destroyed them.
    private static func sweep(_ folder: String, current: UInt32) throws(EdgeError) {
        var names: [String] = []
        try changing(folder) { () throws(SystemError) in names = try Files.list(folder) }
        var isChanged = false
        for name in names where name.hasPrefix("event-") {
            let parts = name.dropFirst(6).split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count > 2, parts[1] == "key", let id = UInt32(parts[0]) else { continue }
            // Of the key in use, and of one to come, somebody may be making a file.
            guard name.hasSuffix(destroyedSuffix) || (name.hasSuffix(".new") && id < current) else { continue }
            try changing("\(folder)/\(name)") { () throws(SystemError) in try Files.destroy("\(folder)/\(name)") }
            isChanged = true
        }
        if isChanged { try changing(folder) { () throws(SystemError) in try Files.synchronizeDirectory(folder) } }
    }

    private static let destroyedSuffix = ".destroyed"

    /// Changes a file; one that is gone was changed by another node that shares the folder.
    private static func changing(_ path: String, _ change: () throws(SystemError) -> Void) throws(EdgeError) {
        do throws(SystemError) {
            try change()
        } catch {
            if !error.isNotFound { throw .file(path: path, error) }
        }
    }
}

/// Changes the event key for a command: through the server that owns the folder, or in the key folder alone when none
/// runs, which the next start finds.
package struct EventKeyRotation: Sendable {
    private let configuration: Configuration

    /// Uses the data folder and the keys of a configuration.
    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Makes the next key. Keys that have had their time are destroyed.
    ///
    /// - Returns: how; with a running server the key is in use on every worker.
    package func run() throws(EdgeError) -> CampaignFacts.Way {
        let folder = DataFolder(path: configuration.data)
        try folder.requireThere()
        let standing = try ControlClient(folder).ask(.rotateKey, timeoutMilliseconds: Self.answerMilliseconds)
        if standing != nil { return .runningServer }
        // No server may begin with the old key meanwhile.
        let owned = try OwnedDataFolder(folder)
        _ = try KeyFolder.makeNextEventKey(in: configuration.keyFolder)
        _ = try KeyFolder.destroyEventKeys(
            in: configuration.keyFolder, retentionNanoseconds: configuration.identityRetention.nanoseconds,
            nowNanoseconds: SystemClock.realtimeNanoseconds())
        _ = owned.node
        return .folder
    }

    private static let answerMilliseconds: Int32 = 30_000
}
