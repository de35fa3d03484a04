import LinuxSystem
import TestSupport

/// How the disk is today.
///
/// One thread uses it.
final class SimulatedFaults: @unchecked Sendable {
    enum Mood: CaseIterable {
        /// Everything works.
        case none
        /// There is no room.
        case full
        /// Writes fail, some of them half-way.
        case failing
        /// Writes take less than they were given.
        case short
        /// Syncs fail.
        case unsynced
        /// Signals break any call off.
        case interrupted
        /// Anything fails now and then.
        case erratic
    }

    var mood = Mood.none
    var sabotage: Sabotage?
    var random = SeededGenerator(seed: 0)
    private(set) var count = 0

    /// Makes the calls of a disk fail in this way.
    func rule(_ disk: SimulatedDisk) {
        disk.plan { [self] _, call in next(call) }
        disk.planReading { [self] call in next(call) }
    }

    /// The disk gets another mood.
    func change(_ random: inout SeededGenerator) {
        mood = Mood.allCases[Int.random(in: 0..<Mood.allCases.count, using: &random)]
    }

    /// What becomes of a call.
    func next(_ call: SimulatedDisk.Call) -> SimulatedDisk.Fault? {
        if sabotage == .writesVanish, call == .write, oneIn(8) { return .pretended }
        if sabotage == .syncsPretend, call == .synchronize { return .pretended }
        guard mood != .none else { return nil }
        let fault = fault(call)
        if fault != nil { count += 1 }
        return fault
    }

    private func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    private func fault(_ call: SimulatedDisk.Call) -> SimulatedDisk.Fault? {
        switch (mood, call) {
        case (.full, .write): oneIn(4) ? .torn(.noSpace(in: .pwrite)) : .error(.noSpace(in: .pwrite))
        case (.full, .create), (.full, .makeFolders): oneIn(3) ? .error(.noSpace(in: .open)) : nil
        case (.failing, .write):
            oneIn(2) ? nil : oneIn(2) ? .torn(.inputOutput(in: .pwrite)) : .error(.inputOutput(in: .pwrite))
        case (.failing, .truncate): oneIn(3) ? .error(.inputOutput(in: .ftruncate)) : nil
        case (.short, .write): oneIn(3) ? nil : .short
        case (.unsynced, .synchronize): oneIn(2) ? .error(.inputOutput(in: .fdatasync)) : nil
        case (.unsynced, .synchronizeFolder): oneIn(3) ? .error(.inputOutput(in: .fsync)) : nil
        case (.interrupted, .write): oneIn(6) ? .torn(.interrupted(in: .pwrite)) : nil
        case (.interrupted, _): oneIn(6) ? .error(.interrupted(in: .open)) : nil
        case (.erratic, _): oneIn(12) ? .error(.inputOutput(in: .open)) : nil
        default: nil
        }
    }
}
