import Campaigns
import Journal
import LinuxSystem

// The store of sealed figures beside the one in use: what a store begins with, and what it must hold.

extension StoreFolder {
    /// Begins a store that is not there yet: with a copy of the sealed figures, where there are any, to which the rest
    /// of the journal is added. Without them the store begins empty.
    func begin(_ file: String) throws(EdgeError) {
        guard !Files.exists(file), Files.exists(folder.sealed) else { return }
        let copy = folder.sealed + ".copy"
        try Self.files(copy) { () throws(SystemError) in
            // An earlier one may have been killed here.
            for suffix in ["", "-journal"] where Files.exists(copy + suffix) { try Files.remove(copy + suffix) }
        }
        do throws(StoreError) {
            try SQLiteCampaignStore(reading: folder.sealed).copy(to: copy)
        } catch {
            throw .store(reason: "\(error)")
        }
        try Self.files(file) { () throws(SystemError) in
            try Files.rename(copy, to: file)
            try Files.synchronizeDirectory(folder.path)
        }
    }

    private static func files(_ path: String, _ body: () throws(SystemError) -> Void) throws(EdgeError) {
        do throws(SystemError) {
            try body()
        } catch {
            throw .file(path: path, error)
        }
    }

    /// True when a store has counted everything that has expired.
    static func holds(_ expiry: [ShardExpiry], _ store: SQLiteCampaignStore) throws(EdgeError) -> Bool {
        do throws(StoreError) {
            var counted: [ShardIdentity: UInt64] = [:]
            for checkpoint in try store.checkpoints() { counted[checkpoint.shard] = checkpoint.position.nextSequence }
            return expiry.allSatisfy { $0.nextSequence <= counted[$0.shard] ?? 0 }
        } catch {
            throw .store(reason: "\(error)")
        }
    }

    /// What retention has deleted, as the sealed store says it; nothing where there is none.
    func expiry() throws(EdgeError) -> [ShardExpiry] {
        guard Files.exists(folder.sealed) else { return [] }
        do throws(StoreError) {
            return try SQLiteCampaignStore(reading: folder.sealed).expiry()
        } catch {
            throw .store(reason: "\(error)")
        }
    }

    /// Up to where a node's windows are closed, as the store in use and the sealed one have it, as far as they can be
    /// read.
    func knownWatermarks(of node: UInt64) -> [UInt64] {
        let sealed = try? SQLiteCampaignStore(reading: folder.sealed).watermarks()
        return [storedWatermarks()?[node], sealed?[node]].compactMap { $0 }
    }

    /// Opens the store in use, and reads what has expired. A store that has not counted all of that, because it is an
    /// older copy, is made anew from the sealed figures: no journal holds what it lacks. Where the sealed store can't
    /// be read, counting goes on without it.
    func openWhole(
        _ path: String, _ log: ServerLog
    ) throws(EdgeError) -> (store: SQLiteCampaignStore, expiry: [ShardExpiry]) {
        var known: [ShardExpiry] = []
        do throws(EdgeError) {
            known = try expiry()
        } catch {
            log.write(.error, "sealed-store", ("reason", "\(error)"))
        }
        do {
            let store = try Self.open(path)
            if try Self.holds(known, store) { return (store, known) }
        }
        log.write(
            .warning, "store-behind",
            ("what", "the store lacks events that have expired since; it is made anew from the sealed figures"))
        let next = try prepareNext()
        try begin(next)
        let store = try Self.open(next)
        try adopt(next, open: store)
        return (store, known)
    }
}
