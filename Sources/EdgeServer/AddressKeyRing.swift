import Bytes
import Engagement
import LinuxSystem
import Synchronization

/// The keys that addresses are hashed under: one a day (UTC), made the day it begins and destroyed when the next day
/// ends.
///
/// Workers have copies and look once a turn whether the day has changed; only then do they take the lock.
final class AddressKeyRing: Sendable {
    /// The key of one day.
    struct DayKey: Sendable {
        /// Days since 1970-01-01 UTC.
        let day: UInt16
        /// The key.
        let key: SipHashKey
    }

    private let folder: String
    private let current = Mutex<DayKey?>(nil)
    /// The day of `current` plus one; 0 before there is one.
    private let generation = Atomic<UInt32>(0)

    /// Names the folder; `renew` reads it.
    init(folder: String) {
        self.folder = folder
    }

    /// Makes the key of today where it is missing and destroys those of the days before yesterday.
    ///
    /// Called at the start and then now and then. Without a key of the day (a full disk), events carry no hash.
    func renew(nowNanoseconds: UInt64) throws(EdgeError) {
        let today = Self.day(nowNanoseconds)
        if current.withLock({ $0?.day }) == today { return }
        let files = try KeyFolder.keyFiles(in: folder)
        for file in files where file.purpose == .address && file.id + 1 < UInt32(today) {
            do throws(SystemError) {
                try Files.remove("\(folder)/\(file.fileName)")
            } catch {
                throw .file(path: "\(folder)/\(file.fileName)", error)
            }
        }
        let mine: KeyFile
        if let there = files.first(where: { $0.purpose == .address && $0.id == UInt32(today) }) {
            mine = there
        } else {
            mine = try KeyFolder.make(.address, id: UInt32(today), in: folder)
        }
        guard let key = mine.sipHashKey else { return }
        current.withLock { $0 = DayKey(day: today, key: key) }
        generation.store(UInt32(today) + 1, ordering: .releasing)
    }

    /// Changes whenever there is a new key: compare before asking for it.
    var version: UInt32 { generation.load(ordering: .acquiring) }

    /// The key of today, if there is one.
    func key() -> DayKey? { current.withLock { $0 } }

    private static func day(_ nanoseconds: UInt64) -> UInt16 {
        UInt16(truncatingIfNeeded: nanoseconds / 86_400_000_000_000)
    }
}
