import Bytes
import Campaigns
import Engagement
import Journal
import LinuxSystem
import Settings

/// Carries out what was decided of a person who is to be forgotten, in a data folder whose store nobody has open.
///
/// **Problem.** Records of several segments and hashes in several stores change together, and whoever is killed in
/// between must leave what the next one can finish, with figures that are the same.
///
/// **Shape.** The plan is a file, durable before the first change and removed behind the last one. Each step looks
/// whether it was done already, so that all of them may be done again from the beginning. Nothing is counted into a
/// store while there is a plan: a store would take the person and the token for two people.
struct ForgettingWork {
    private let folder: DataFolder
    private let storage: any JournalStorage

    init(_ folder: DataFolder, storage: any JournalStorage = LinuxStorage()) {
        self.folder = folder
        self.storage = storage
    }

    private var path: String { folder.forgetting + "/plan" }
    private static let planBytesMax = 1 << 30

    // MARK: The plan

    /// Writes the plan down. From here on it is carried out, whatever happens. Nobody imports or rewrites anything
    /// meanwhile: what a killed process has left of that goes.
    func begin(_ plan: ForgettingPlan) throws(EdgeError) {
        do throws(SystemError) {
            for name in [JournalPath.importingName, JournalPath.rewritingName] {
                let left = folder.journal + "/" + name
                if Files.exists(left) { try Files.remove(left) }
            }
            try Files.makeDirectoriesDurably(folder.forgetting, permissions: 0o700)
            try Files.replaceDurably(path, contents: plan.contents.span, permissions: 0o600)
        } catch {
            throw .file(path: path, error)
        }
    }

    /// The plan that is to be carried out; nil where there is none.
    func unfinished() throws(EdgeError) -> ForgettingPlan? {
        let contents: [UInt8]
        do throws(SystemError) {
            contents = try Files.readAll(path, limitBytes: Self.planBytesMax)
        } catch {
            if error.isNotFound || error.isBehindNoFolder { return nil }
            throw .file(path: path, error)
        }
        guard let plan = ForgettingPlan(contents) else { throw .damagedPlan(path: path) }
        return plan
    }

    /// Says that everything is done.
    func end() throws(EdgeError) {
        do throws(SystemError) {
            try Files.remove(path)
            try Files.synchronizeDirectory(folder.forgetting)
        } catch {
            throw .file(path: path, error)
        }
    }

    /// Refuses a plan that the disk has no room for: a rewrite needs that of one segment more.
    func requireRoom(_ plan: ForgettingPlan, minimumFree: ByteSize) throws(EdgeError) {
        var largest: UInt64 = 0
        for segment in plan.segments {
            let path = folder.journal + "/" + segment.shard.folder + "/"
            let size = try? Files.status(path + JournalPath.segmentName(firstSequence: segment.firstSequence)).sizeBytes
            largest = max(largest, size ?? 0)
        }
        guard minimumFree.bytes > 0, let space = try? Files.diskSpace(folder.journal) else { return }
        let floor = RetentionLimits(retentionNanoseconds: .max, minimumFreeBytes: minimumFree.bytes)
            .floorBytes(of: space)
        guard space.freeBytes < floor + largest else { return }
        throw .noRoomToForget(needed: largest, free: space.freeBytes, floor: floor)
    }

    // MARK: Carrying out

    /// Does everything that is still to be done of the plan, which stays until `end`.
    ///
    /// - Parameter progress: told so many segments of so many.
    /// - Returns: what it came to.
    func carryOut(
        _ plan: ForgettingPlan, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(EdgeError) -> ForgettingReceipt {
        var receipt = plan.receipt
        do throws(JournalError) {
            for (place, segment) in plan.segments.enumerated() {
                try rewrite(segment, plan)
                progress(UInt64(place + 1), UInt64(plan.segments.count))
            }
        } catch {
            throw EdgeError(error)
        }
        receipt.notes += try changeStores(plan)
        receipt.notes += filesBeside(holding: plan.patterns).map { path in
            "\(path): it is no segment, nobody reads it, and it holds the person: remove it"
        }
        return receipt
    }

    /// Files in the folders of shards that are no segments and hold any of the patterns: copies of what somebody
    /// replaced.
    private func filesBeside(holding patterns: Set<[UInt8]>) -> [String] {
        var found: [String] = []
        for shard in (try? JournalDirectory.scan(folder.journal, storage: storage)) ?? [] {
            for name in (try? storage.list(shard.path)) ?? []
            where JournalPath.firstSequence(ofSegmentNamed: name) == nil {
                let sweep = SegmentSweep(path: shard.path + "/" + name, endSequence: nil, storage: storage)
                if let whole = try? sweep.whole(), (try? sweep.holds(patterns, in: whole)) ?? false {
                    found.append(shard.path + "/" + name)
                }
            }
        }
        return found
    }

    private func rewrite(_ segment: ForgettingPlan.Segment, _ plan: ForgettingPlan) throws(JournalError) {
        let shard = folder.journal + "/" + segment.shard.folder
        let names: [String]
        do throws(SystemError) {
            names = try storage.list(shard)
        } catch {
            // Retention has deleted it.
            if error.isNotFound { return }
            throw .system(error, path: shard)
        }
        let segments = names.compactMap(JournalPath.firstSequence(ofSegmentNamed:))
        guard segments.contains(segment.firstSequence) else { return }
        let rewrite = SegmentRewrite(
            journalFolder: folder.journal,
            path: shard + "/" + JournalPath.segmentName(firstSequence: segment.firstSequence),
            endSequence: segments.first { $0 > segment.firstSequence }, erasing: plan.patterns, storage: storage)
        let tokens = Dictionary(plan.tokens.map { ($0.subject, $0.token) }, uniquingKeysWith: { first, _ in first })
        var writer = ForgottenEvent()
        var place = 0
        _ = try rewrite.run { record, payload, buffer in
            while place < segment.changes.count, segment.changes[place].sequence < record.sequence { place += 1 }
            guard place < segment.changes.count, segment.changes[place].sequence == record.sequence,
                record.kind == .event, let event = try? EventView(payload, version: record.version)
            else { return false }
            let change = segment.changes[place]
            let verdict = plan.verdicts[change.verdict]
            guard change.isForgotten else {
                guard event.frozenClass == nil, !event.flags.keepsNobody else { return false }
                return ForgottenEvent.appendKeeping(verdict, of: event, in: payload, into: &buffer)
            }
            guard !event.flags.contains(.forgotten) else { return false }
            writer.append(
                event, in: payload, token: event.subject.flatMap { tokens[$0] }, verdict: verdict,
                words: change.words, into: &buffer)
            return true
        }
    }

    // MARK: Stores

    /// Changes every store in the folder, those that were set aside too.
    ///
    /// - Returns: what could not be looked into, a line each.
    private func changeStores(_ plan: ForgettingPlan) throws(EdgeError) -> [String] {
        var notes: [String] = []
        for name in try storeNames() {
            let file = folder.path + "/" + name
            do throws(StoreError) {
                try SQLiteForgetting(file).replace(plan.hashes)
            } catch {
                if case .missing = error { continue }
                guard error.isDamage else { throw .store(reason: "\(error)") }
                notes.append(
                    "\(file): it is damaged and may still hold the person: rebuild it (tremolo rebuild), or remove "
                        + "what was set aside")
            }
        }
        return notes
    }

    private func storeNames() throws(EdgeError) -> [String] {
        do throws(SystemError) {
            // What a killed process has left of a copy is made anew by the next one.
            for suffix in ["", "-journal"] where Files.exists(folder.sealed + ".copy" + suffix) {
                try Files.remove(folder.sealed + ".copy" + suffix)
            }
        } catch {
            throw .file(path: folder.path, error)
        }
        return try folder.storeNames()
    }
}
