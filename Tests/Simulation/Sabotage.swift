/// A bug that is put into the world on purpose, so that a test can see that the simulation finds its kind.
package enum Sabotage: String, CaseIterable, Sendable {
    /// Answers leave before their events are written.
    case answersFirst
    /// A write says that it worked, and nothing has landed.
    case writesVanish
    /// A sync says that it worked, and nothing is on the medium.
    case syncsPretend
    /// A process begins without a recovery.
    case noRecovery
    /// A process takes the epoch of the one before it.
    case epochAgain
    /// Figures are kept and the checkpoints that belong to them are not.
    case checkpointsForgotten
    /// Who goes on for a worker that the disk holds records again what waits in the call.
    case heldEventsAgain
    /// Who goes on for a worker that the disk holds writes the same shard.
    case heldShardShared
    /// A damaged record takes those behind it along.
    case damageSpreads
    /// A half copy brings a hole in.
    case importsHoles
    /// What was imported is taken once more, under another name.
    case importsTwice
    /// Segments are deleted before their figures are sealed.
    case deletesUnsealed
    /// Segments are deleted before the store has counted them.
    case deletesUncounted
    /// Segments are deleted while a power cut may still take back that the store has counted them.
    case storeNotSynced
    /// A process forgets what the ones before it counted as damaged.
    case damageForgotten
    /// A process forgets what gaps said was lost.
    case lossesForgotten
    /// Damage is told at a place where it is not.
    case damageMisplaced
    /// Only one copy of a segment's header can be read.
    case secondHeaderIgnored
    /// Figures are those of another commit than the checkpoints that stand with them.
    case figuresBehind
    /// A person is forgotten in the journal, and stores go on counting by what they were.
    case storesRemember
    /// Counting goes on while a person is half forgotten.
    case forgetsBesideCounting
    /// A rebuild does not begin with the sealed figures.
    case rebuildUnsealed
}
