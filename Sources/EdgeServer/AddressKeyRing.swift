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
    /// The day on which every other day's key was destroyed that had to be.
    private let sweptDay = Mutex<UInt16?>(nil)
    /// The day of `current` plus one; 0 before there is one.
    private let generation = Atomic<UInt32>(0)

    /// Names the folder; `renew` reads it.
    init(folder: String) {
        self.folder = folder
    }

    /// Destroys the keys of the days before yesterday, and those of days to come that a clock which was ahead left,
    /// then makes the key of today where it is missing.
    ///
    /// Called at the start and then now and then. Without a key of the day (a full disk), events carry no hash. A key
    /// that can't be destroyed keeps nobody from using today's; it is tried again at the next call.
    func renew(nowNanoseconds: UInt64) throws(EdgeError) {
        let today = Self.day(nowNanoseconds)
        let isSwept = sweptDay.withLock { $0 } == today
        let hasKey = current.withLock { $0?.day } == today
        if isSwept && hasKey { return }
        let kept = isSwept ? nil : destroyOthers(than: today)
        if !hasKey { try use(today) }
        if let kept { throw kept }
        sweptDay.withLock { $0 = today }
    }

    /// Removes the files of other days by their names, so that one that can't be read goes, too.
    ///
    /// - Returns: why one of them is still there.
    private func destroyOthers(than today: UInt16) -> EdgeError? {
        var trouble: EdgeError?
        do throws(SystemError) {
            for name in try Files.list(folder) {
                guard let file = DayFile(name), file.isLeftover || file.day + 1 < today || file.day > today else {
                    continue
                }
                do throws(SystemError) {
                    try Files.remove("\(folder)/\(name)")
                } catch {
                    trouble = .file(path: "\(folder)/\(name)", error)
                }
            }
        } catch {
            if !error.isNotFound { trouble = .file(path: folder, error) }
        }
        return trouble
    }

    private func use(_ today: UInt16) throws(EdgeError) {
        let path = "\(folder)/\(DayFile.name(of: today))"
        let file: KeyFile
        do throws(EdgeError) {
            // A key that is there is read: making it once more would need room on a disk that may be full.
            file =
                Files.exists(path)
                ? try KeyFolder.keyFile(path) : try KeyFolder.make(.address, id: UInt32(today), in: folder)
        } catch {
            guard case .key(_, let reason) = error else { throw error }
            throw .addressKey(path: path, reason: reason)
        }
        guard file.purpose == .address, file.id == UInt32(today), let key = file.sipHashKey else {
            throw .addressKey(path: path, reason: "it holds another key than its name says")
        }
        current.withLock { $0 = DayKey(day: today, key: key) }
        generation.store(UInt32(today) + 1, ordering: .releasing)
    }

    /// Changes whenever there is a new key: compare before asking for it.
    var version: UInt32 { generation.load(ordering: .acquiring) }

    /// The key of today, if there is one.
    func key() -> DayKey? { current.withLock { $0 } }

    /// What the name of a file in the folder says.
    private struct DayFile {
        let day: Int
        /// True for what a crash left of making a key.
        let isLeftover: Bool

        static func name(of day: UInt16) -> String { "address-\(day).key" }

        /// Reads a name; nil for one that is not this program's.
        init?(_ name: String) {
            guard name.hasPrefix("address-") else { return nil }
            let digits = name.dropFirst(8).prefix { $0.isNumber }
            guard let day = UInt16(digits), name.hasPrefix(Self.name(of: day)) else { return nil }
            let rest = name.dropFirst(Self.name(of: day).count)
            guard rest.isEmpty || rest.hasPrefix(".") && rest.hasSuffix(".new") else { return nil }
            self.day = Int(day)
            isLeftover = !rest.isEmpty
        }
    }

    private static func day(_ nanoseconds: UInt64) -> UInt16 {
        UInt16(truncatingIfNeeded: nanoseconds / 86_400_000_000_000)
    }
}
