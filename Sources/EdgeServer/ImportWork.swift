import Campaigns
import Engagement
import Journal
import LinuxSystem
import Settings

/// One import into a data folder that this process owns.
struct ImportWork {
    /// The data folder.
    let folder: DataFolder
    /// The keys that its events are written with.
    let keyFolder: String
    /// How much of the disk is to stay free: what is imported must not push out what was recorded here.
    let minimumFree: ByteSize
    /// True for a shard that this process writes.
    let writes: (ShardIdentity) -> Bool

    /// Imports, and says what there is to say.
    ///
    /// - Parameters:
    ///   - source: the absolute path of a folder.
    ///   - onNote: told what was not taken and why, a line each.
    ///   - progress: told so many bytes of so many.
    ///   - isStopped: asked often; true ends it.
    func run(
        _ source: String, options: JournalImport.Options, onNote: @escaping (String) -> Void,
        progress: @escaping (UInt64, UInt64) -> Void, isStopped: @escaping () -> Bool
    ) -> ImportOutcome {
        let expired: ExpiredRecords
        do throws(EdgeError) {
            expired = try ExpiredRecords(folder, onTrouble: onNote)
        } catch {
            return ImportOutcome(end: .inputOutput, reason: "\(error)")
        }
        let work = JournalImport(
            into: folder.journal, options: options, writes: writes, expiredBelow: expired.below,
            observer: JournalImport.Observer(
                onRemark: { onNote("\($0)") }, onProgress: progress, isStopped: isStopped, roomBytes: roomBytes,
                isSame: { ForgottenEvent.isSame($0, $1) }))
        do throws(ImportError) {
            let tally = try work.run(from: source)
            for other in work.dataFolders {
                if let difference = KeyFolder.difference(between: keyFolder, and: other + "/keys") {
                    onNote(difference)
                }
            }
            return ImportOutcome(tally: tally)
        } catch {
            return ImportOutcome(tally: work.tally, after: error)
        }
    }

    /// What is free above the floor of retention. Where there is none, or the disk can't be asked, it shows what it has
    /// when it is written to.
    private func roomBytes() -> UInt64 {
        guard minimumFree.bytes > 0, let space = try? Files.diskSpace(folder.journal) else { return .max }
        let floor = RetentionLimits(retentionNanoseconds: .max, minimumFreeBytes: minimumFree.bytes)
            .floorBytes(of: space)
        return space.freeBytes - min(floor, space.freeBytes)
    }
}
