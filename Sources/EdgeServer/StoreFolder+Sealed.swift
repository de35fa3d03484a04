import Campaigns
import Journal
import LinuxSystem

// The store of sealed figures beside the one in use: what a store begins with, and what it must hold.

extension StoreFolder {
    /// Begins a store that is not there yet: with a copy of the sealed figures, where there are any, to which the rest
    /// of the journal is added. Without them the store begins empty.
    ///
    /// - Parameter before: what the store had counted that this one takes the place of, where there is one.
    /// - Throws: `EdgeError.sealed` when the sealed figures can't be trusted.
    func begin(_ file: String, before: [ShardCheckpoint] = [], node: UInt64) throws(EdgeError) {
        guard !Files.exists(file) else { return }
        if let trouble = sealedTrouble(counted: before, node: node, thoroughly: true) {
            throw .sealed(trouble, path: folder.sealed)
        }
        guard Files.exists(folder.sealed) else { return }
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

    /// Why the sealed figures can't be trusted; nil when they can, and when there are none and nothing has expired.
    ///
    /// - Parameters:
    ///   - counted: how far the store in use is, read before this is called.
    ///   - node: this node; nil when it is not known.
    ///   - thoroughly: looks at every page, and whether the figures add up, which takes a second for some gigabytes.
    func sealedTrouble(counted: [ShardCheckpoint], node: UInt64?, thoroughly: Bool) -> SealedTrouble? {
        let expired = counted.reduce(0) { $0 + $1.expired }
        guard Files.exists(folder.sealed) else { return expired > 0 ? .missing(events: expired) : nil }
        do throws(StoreError) {
            let sealed = try SQLiteCampaignStore(reading: folder.sealed)
            if let node, let other = try sealed.sealedNode(), other != node { return .otherNode }
            if thoroughly, let problem = try sealed.problems().first { return .damaged(problem) }
            let known = Dictionary(try sealed.expiry().map { ($0.shard, $0.events) }, uniquingKeysWith: { $1 })
            let lacking = counted.reduce(0) { $0 + ($1.expired - min($1.expired, known[$1.shard] ?? 0)) }
            return lacking > 0 ? .older(events: lacking) : nil
        } catch {
            // Whoever made the file died before anything was in it.
            if case .missing = error { return expired > 0 ? .missing(events: expired) : nil }
            return .unreadable(error)
        }
    }

    /// What the file of sealed figures is told from others by; nil when there is none.
    func sealedStamp() -> [UInt64]? {
        let status = try? Files.status(folder.sealed)
        return status.map { [$0.inode, $0.sizeBytes, $0.modifiedNanoseconds] }
    }

    /// Moves the sealed figures out of the way, for a store that was made without them.
    ///
    /// - Returns: where they are; nil when there are none.
    func setSealedAside() throws(EdgeError) -> String? {
        guard Files.exists(folder.sealed) else { return nil }
        return try moveAside(folder.sealed, as: "aside")
    }

    /// What whoever gave the sealed figures up is told.
    static func sentence(aside path: String) -> String {
        "the sealed figures are at \(path) now: what had expired is counted no more"
    }

    /// Moves a store that nobody has open out of the way, under its name with an extension. Its log goes first: a log
    /// that stays behind could be taken for that of the next file of the name.
    ///
    /// - Returns: where it is.
    private func moveAside(_ file: String, as kind: String) throws(EdgeError) -> String {
        let aside = free(for: "\(file).\(kind)")
        try Self.files(file) { () throws(SystemError) in
            for suffix in ["-wal", ""] where Files.exists(file + suffix) {
                try Files.rename(file + suffix, to: aside + suffix)
            }
            if Files.exists(file + "-shm") { try Files.remove(file + "-shm") }
            try Files.synchronizeDirectory(folder.path)
        }
        return aside
    }

    private func free(for path: String) -> String {
        var (candidate, number) = (path, 1)
        while (try? Files.statusOfLink(candidate)) != nil {
            number += 1
            candidate = "\(path)-\(number)"
        }
        return candidate
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
        var counted: [ShardIdentity: UInt64] = [:]
        for checkpoint in try checkpoints(of: store) { counted[checkpoint.shard] = checkpoint.position.nextSequence }
        return expiry.allSatisfy { $0.nextSequence <= counted[$0.shard] ?? 0 }
    }

    /// What retention has deleted, as the sealed store says it; nothing where there is none.
    func expiry() throws(EdgeError) -> [ShardExpiry] {
        guard Files.exists(folder.sealed) else { return [] }
        do throws(StoreError) {
            return try SQLiteCampaignStore(reading: folder.sealed).expiry()
        } catch {
            if case .missing = error { return [] }
            throw .sealed(.unreadable(error), path: folder.sealed)
        }
    }

    /// Up to where a node's windows are closed, as the store in use and the sealed one have it, as far as they can be
    /// read.
    func knownWatermarks(of node: UInt64) -> [UInt64] {
        let sealed = try? SQLiteCampaignStore(reading: folder.sealed).watermarks()
        return [storedWatermarks()?[node], sealed?[node]].compactMap { $0 }
    }

    /// Opens the store in use, and reads what has expired. A store that has not counted all of that, because it is an
    /// older copy, is made anew from the sealed figures: no journal holds what it lacks. Where the sealed figures can't
    /// be trusted, counting goes on without them.
    func openWhole(
        _ path: String, node: UInt64, _ log: ServerLog
    ) throws(EdgeError) -> (store: SQLiteCampaignStore, expiry: [ShardExpiry]) {
        do {
            let store = try Self.open(path)
            if let trouble = sealedTrouble(counted: try Self.checkpoints(of: store), node: node, thoroughly: false) {
                log.write(.error, "sealed-store", ("reason", trouble.sentence(folder.sealed)))
                return (store, [])
            }
            let known = try expiry()
            if try Self.holds(known, store) { return (store, known) }
        }
        // The figures that take its place are looked at as a whole first.
        let next = try prepareNext()
        try begin(next, node: node)
        let store = try Self.open(next)
        let aside = try moveAside(path, as: "behind")
        try adopt(next, open: store)
        log.write(
            .warning, "store-behind", ("aside", aside),
            ("what", "the store lacked events that have expired since; it is made anew from the sealed figures"))
        return (store, try expiry())
    }

    private static func checkpoints(of store: SQLiteCampaignStore) throws(EdgeError) -> [ShardCheckpoint] {
        do throws(StoreError) {
            return try store.checkpoints()
        } catch {
            throw .store(reason: "\(error)")
        }
    }
}
