package import Campaigns
package import Journal

/// What retention has deleted, for whoever reads the journal beside a running server or without one.
///
/// The sealed store says it. It is asked anew for each shard that a reader begins, and where records are missing: the
/// server may delete while somebody reads.
package final class ExpiredRecords {
    private let folder: DataFolder
    private let onTrouble: (String) -> Void
    private var store: SQLiteCampaignStore?
    private var isGivenUp = false

    /// Opens the sealed store, where there is one.
    ///
    /// - Parameter onTrouble: told when it can't be asked later on.
    /// - Throws: `EdgeError.sealed` when it can't be read: what has expired could not be told from what is missing.
    package init(_ folder: DataFolder, onTrouble: @escaping (String) -> Void) throws(EdgeError) {
        self.folder = folder
        self.onTrouble = onTrouble
        do throws(StoreError) {
            try open()
        } catch {
            throw .sealed(.unreadable(error), path: folder.sealed)
        }
    }

    /// The same for whoever reads on all the same: where it can't be read, nothing is known to have expired, and what
    /// has is told as missing.
    init(trying folder: DataFolder, onTrouble: @escaping (String) -> Void) {
        self.folder = folder
        self.onTrouble = onTrouble
        do throws(StoreError) {
            try open()
        } catch {
            isGivenUp = true
            onTrouble(SealedTrouble.unreadable(error).sentence(folder.sealed))
        }
    }

    /// Below which sequence the records of a shard are deleted.
    package func below(_ shard: ShardIdentity) -> UInt64 { expiry(of: shard).nextSequence }

    /// What has expired of a shard now.
    package func expiry(of shard: ShardIdentity) -> ShardExpiry {
        if isGivenUp { return ShardExpiry(shard: shard) }
        do throws(StoreError) {
            if store == nil { try open() }
            return try store?.expiry(of: shard) ?? ShardExpiry(shard: shard)
        } catch {
            onTrouble("\(error)")
            return ShardExpiry(shard: shard)
        }
    }

    /// What has expired now, of all shards.
    package func all() throws(EdgeError) -> [ShardExpiry] {
        if isGivenUp { return [] }
        do throws(StoreError) {
            if store == nil { try open() }
            return try store?.expiry() ?? []
        } catch {
            throw .sealed(.unreadable(error), path: folder.sealed)
        }
    }

    /// What has expired now, by shard.
    static func table(of folder: DataFolder) throws(EdgeError) -> [ShardIdentity: ShardExpiry] {
        var table: [ShardIdentity: ShardExpiry] = [:]
        for expiry in try StoreFolder(folder).expiry() { table[expiry.shard] = expiry }
        return table
    }

    /// Below which sequence the records of a shard are deleted, asked by a thread of its own. A sealed store that can't
    /// be read any more says nothing: what has expired since is told as missing then.
    static func below(_ shard: ShardIdentity, in folder: DataFolder) -> UInt64 {
        do throws(StoreError) {
            return try SQLiteCampaignStore(reading: folder.sealed).expiry(of: shard).nextSequence
        } catch {
            return 0
        }
    }

    private func open() throws(StoreError) {
        do throws(StoreError) {
            store = try SQLiteCampaignStore(reading: folder.sealed)
        } catch {
            // Nothing was ever sealed.
            guard case .missing = error else { throw error }
        }
    }
}
