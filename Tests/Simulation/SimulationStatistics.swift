/// What a simulation tried, for whoever wants to know how hard it looked.
package struct SimulationStatistics: Equatable, Sendable {
    package var schedules = 0
    package var steps = 0
    package var events = 0
    package var starts = 0
    package var failedStarts = 0
    package var kills = 0
    package var powerCuts = 0
    package var restores = 0
    package var damages = 0
    /// Those of them in the last record of a shard.
    package var lastDamages = 0
    package var headerDamages = 0
    /// Damages that were told at the byte that the model knows.
    package var placedDamages = 0
    /// Checks of the journal, figures and accounting while a schedule went on.
    package var checks = 0
    /// Those that compared the figures of the store as it stood.
    package var checkedStandings = 0
    /// Those that let the next process count on.
    package var checkedStores = 0
    /// Those that rebuilt.
    package var checkedRebuilds = 0
    /// Events that gaps told of.
    package var lost = 0
    package var faults = 0
    package var hangs = 0
    package var flushes = 0
    package var imports = 0
    package var failedImports = 0
    package var importedSegments = 0
    package var waitingSegments = 0
    package var expiredSegments = 0
    /// People who were forgotten.
    package var forgettings = 0
    /// Lines that aggregators told the operator.
    package var troubles = 0

    package init() {}

    /// Adds another's.
    package mutating func add(_ other: SimulationStatistics) {
        schedules += other.schedules
        steps += other.steps
        events += other.events
        starts += other.starts
        failedStarts += other.failedStarts
        kills += other.kills
        powerCuts += other.powerCuts
        restores += other.restores
        damages += other.damages
        lastDamages += other.lastDamages
        headerDamages += other.headerDamages
        placedDamages += other.placedDamages
        checks += other.checks
        checkedStandings += other.checkedStandings
        checkedStores += other.checkedStores
        checkedRebuilds += other.checkedRebuilds
        lost += other.lost
        faults += other.faults
        hangs += other.hangs
        flushes += other.flushes
        imports += other.imports
        failedImports += other.failedImports
        importedSegments += other.importedSegments
        waitingSegments += other.waitingSegments
        expiredSegments += other.expiredSegments
        forgettings += other.forgettings
        troubles += other.troubles
    }

    /// Such as `312 schedules, 47,000 steps, …`.
    package var text: String {
        "\(schedules) schedules, \(steps) steps, \(events) events, \(starts) starts (\(failedStarts) failed), "
            + "\(kills) kills, \(powerCuts) power cuts, \(restores) older copies, \(damages) damaged records, "
            + "\(headerDamages) damaged headers, \(lost) events that found no room, \(checks) checks in between, "
            + "\(faults) failed calls, \(hangs) that hung, \(flushes) flushes, "
            + "\(imports) imports (\(failedImports) failed) of "
            + "\(importedSegments) segments (\(waitingSegments) half copied)"
            + "; \(expiredSegments) segments expired, \(forgettings) people forgotten"
    }
}
