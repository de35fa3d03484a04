package import Campaigns
import Journal

/// What the store is, as `tremolo verify` finds it.
package enum StoreCondition: Equatable, Sendable {
    /// There is none yet.
    case none
    /// Nothing is wrong with it.
    case whole
    /// What is wrong with it, a line each: a rebuild makes it again.
    case damaged([String])
    /// It can't be read now, or not by this user.
    case unreadable(StoreError)

    /// True when a rebuild is needed.
    package var isDamaged: Bool {
        switch self {
        case .damaged: true
        case .unreadable(let error): error.isDamage
        case .none, .whole: false
        }
    }

    /// One word for programs.
    package var name: String {
        switch self {
        case .none: "none"
        case .whole: "whole"
        case .damaged: "damaged"
        case .unreadable: isDamaged ? "damaged" : "unreadable"
        }
    }

    /// What a person should know, a line each.
    package var notes: [String] {
        switch self {
        case .none, .whole: []
        case .damaged(let problems): problems.map { "the store is damaged (\($0)): run tremolo rebuild" }
        case .unreadable(let error): ["\(error)"]
        }
    }

    /// Looks at all of it, and reads how far it is with each shard; nil where it can't be asked.
    ///
    /// - Parameter expiry: what had expired before this is called: a store has counted all of it.
    static func look(
        at folder: StoreFolder, expiry: [ShardIdentity: ShardExpiry]
    ) -> (StoreCondition, [ShardIdentity: ShardCheckpoint]?) {
        do throws(StoreError) {
            let store = try folder.openForReading()
            let checkpoints = try store.checkpoints()
            var problems = try store.problems()
            let counted = Dictionary(checkpoints.map { ($0.shard, $0) }, uniquingKeysWith: { $1 })
            let behind = expiry.values.count { counted[$0.shard]?.position.nextSequence ?? 0 < $0.nextSequence }
            if behind > 0 {
                problems.append("it is an older copy: of \(behind) shards it lacks events that have expired since")
            }
            return (problems.isEmpty ? .whole : .damaged(problems), counted)
        } catch {
            if case .missing = error { return (.none, nil) }
            return (.unreadable(error), nil)
        }
    }
}
