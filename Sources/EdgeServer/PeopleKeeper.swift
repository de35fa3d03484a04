import Campaigns
import LinuxSystem

/// Has the people of months that are older than `peopleRetention` sealed, in the store in use first, then in the sealed
/// figures: on the aggregator's thread, in the time that flushes leave, a bounded step at a time.
struct PeopleKeeper {
    /// The last day whose people are counts, as days since 1970-01-01; nil where there is none.
    private(set) var sealedThrough: Int32?
    private let folder: DataFolder
    private let node: UInt64
    private let retentionMonths: Int?
    private let log: ServerLog
    private var sections: SectionDirectory
    private var sealing: PeopleSealing?
    /// The store that `sealing` works on. It is closed by whoever has it in use, before a file of its name is opened.
    private weak var store: SQLiteCampaignStore?
    /// The sealed figures while something is done to them.
    private var sealed: (store: SQLiteCampaignStore, sealing: PeopleSealing)?
    /// The sealed figures as they were when they held all that the store in use had sealed.
    private var settled: [UInt64]?
    /// When to look again, by the monotonic clock.
    private var nextLook: UInt64 = 0

    private static let lookIntervalNanoseconds: UInt64 = 5_000_000_000

    init(_ folder: DataFolder, node: UInt64, sections: SectionDirectory, retentionMonths: Int?, log: ServerLog) {
        self.folder = folder
        self.node = node
        self.sections = sections
        self.retentionMonths = retentionMonths
        self.log = log
    }

    /// Lets go of the stores: what is begun begins again.
    mutating func rest() {
        sealing = nil
        store = nil
        sealed = nil
        settled = nil
        nextLook = 0
    }

    /// Goes by these sections' clocks from now on.
    mutating func use(_ sections: SectionDirectory) {
        rest()
        self.sections = sections
    }

    /// Looks, or does the next step of what was found. Nobody else may have the sealed figures open for writing.
    ///
    /// - Returns: true when there is more to do at once.
    mutating func work(_ inUse: RetentionKeeper.StoreInUse) throws(EdgeError) -> Bool {
        if store !== inUse.store { rest() }
        let isBusy = sealed != nil || sealing?.isBusy ?? false
        let now = SystemClock.monotonicNanoseconds()
        guard isBusy || now >= nextLook else { return false }
        do throws(StoreError) {
            if try workOnSealed() { return true }
            if try sealInUse(inUse) { return true }
            if try beginSealed(inUse) { return true }
            sealedThrough = try inUse.store.peopleSealedThrough()
        } catch {
            rest()
            nextLook = now + Self.lookIntervalNanoseconds
            throw .store(reason: "\(error)")
        }
        // What is in the way of a busy one goes, too.
        nextLook = now + Self.lookIntervalNanoseconds
        return false
    }

    // MARK: The store in use

    private mutating func sealInUse(_ inUse: RetentionKeeper.StoreInUse) throws(StoreError) -> Bool {
        let current = sealing ?? PeopleSealing(sections: sections, retentionMonths: retentionMonths)
        (sealing, store) = (current, inUse.store)
        // A clock that reads less than what is counted was set back.
        let closed = min(inUse.aggregator.closedNanoseconds, SystemClock.realtimeNanoseconds())
        let step = try current.step(inUse.store, nowNanoseconds: closed)
        if step.hasBegun { try tell(inUse.aggregator) }
        if step.sealedMonths > 0 {
            settled = nil
            sealedThrough = try inUse.store.peopleSealedThrough()
            log.write(
                .info, "people-sealed", ("months", "\(step.sealedMonths)"),
                ("through", Self.text(ofDay: sealedThrough) ?? "none"))
        }
        if step.hasRemoved { log.write(.info, "people-removed", ("store", "campaigns")) }
        return step.hasMore
    }

    private func tell(_ aggregator: Aggregator<SQLiteCampaignStore>) throws(StoreError) {
        do throws(AggregatorError) {
            try aggregator.takePeopleSeals()
        } catch {
            if case .store(let error) = error { throw error }
        }
    }

    // MARK: The sealed figures

    /// Begins with the sealed figures where they may lack what the store in use has sealed.
    private mutating func beginSealed(_ inUse: RetentionKeeper.StoreInUse) throws(StoreError) -> Bool {
        let files = StoreFolder(folder)
        guard sealed == nil, let stamp = files.sealedStamp(), stamp != settled else { return false }
        let counted = try inUse.store.checkpoints()
        // What can't be trusted is told by retention, and left as it is.
        guard files.sealedTrouble(counted: counted, node: node, thoroughly: false) == nil else { return false }
        guard try SQLiteCampaignStore(reading: folder.sealed).lacksSealedMonths(of: inUse.store) else {
            settled = stamp
            return false
        }
        guard files.sealedTrouble(counted: counted, node: node, thoroughly: true) == nil else { return false }
        sealed = (
            try SQLiteCampaignStore.sealed(folder.sealed), PeopleSealing(sections: sections, retentionMonths: nil)
        )
        return true
    }

    private mutating func workOnSealed() throws(StoreError) -> Bool {
        guard let sealed, let store else {
            sealed = nil
            return false
        }
        if !sealed.sealing.isBusy, try sealed.store.takeSealedMonth(from: store) { return true }
        let step = try sealed.sealing.step(sealed.store, nowNanoseconds: 0)
        if step.hasRemoved { log.write(.info, "people-removed", ("store", "sealed")) }
        if step.hasMore { return true }
        // Somebody may be reading it: then the next look goes on.
        if !sealed.sealing.isBusy {
            self.sealed = nil
            settled = StoreFolder(folder).sealedStamp()
        }
        return false
    }

    /// True while the sealed figures are open here.
    var hasSealedOpen: Bool { sealed != nil }

    private static func text(ofDay day: Int32?) -> String? {
        day.map { RetentionStanding.text(ofDay: $0) }
    }
}
