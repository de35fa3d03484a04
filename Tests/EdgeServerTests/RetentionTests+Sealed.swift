import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import Campaigns
@testable import EdgeServer

// The sealed figures: lost, damaged, older, another node's.

extension RetentionTests {
    @Test("Without the sealed store that there was, nothing more is deleted, and it says why")
    func sealedGone() throws {
        let all = try segments()
        other.next.withLock { $0 = all[2] }
        try run(try runner(), until: "two segments go, and what was in them has expired") {
            try segments().first == all[2] && (try answer().accounting.expired) > 0
        }
        for suffix in ["", "-wal", "-shm"] where Files.exists(data.sealed + suffix) {
            try Files.rename(data.sealed + suffix, to: data.path + "/kept" + suffix)
        }
        other.next.withLock { $0 = nil }
        try run(try runner(), until: "readiness names the sealed figures") { trouble(.retention) != nil }
        let text = try #require(trouble(.retention))
        #expect(
            text.contains("sealed.sqlite: the sealed figures are missing, and \(all[2]) events stand nowhere else"),
            "\(text)")
        #expect(try segments().first == all[2] && !Files.exists(data.sealed))
        // The events still stand in the store in use.
        #expect(try answer().accounting.journaled == UInt64(Self.eventCount))
        for suffix in ["", "-wal", "-shm"] where Files.exists(data.path + "/kept" + suffix) {
            try Files.rename(data.path + "/kept" + suffix, to: data.sealed + suffix)
        }
        try expireAll()
        #expect(trouble(.retention) == nil)
        #expect(try answer().accounting.journaled == UInt64(Self.eventCount))
    }

    @Test("A sealed store that can't be read keeps nobody from being counted, and nothing is deleted")
    func sealedBroken() throws {
        try expireAll()
        let before = try answer()
        for suffix in ["-wal", "-shm"] where Files.exists(data.sealed + suffix) {
            try Files.remove(data.sealed + suffix)
        }
        try write("this is a text, and long enough to be looked at as a database", to: data.sealed)
        let runner = try runner()
        try runner.start()
        try flush(runner, until: "readiness names the sealed figures") { trouble(.retention) != nil }
        runner.stop()
        #expect(try #require(trouble(.retention)).contains("sealed.sqlite"))
        #expect(trouble(.store) == nil)
        #expect(try answer().rows == before.rows && answer().accounting.journaled == UInt64(Self.eventCount))
        // A rebuild would lose what has expired, and is refused.
        let again = try self.runner()
        try again.start()
        #expect(throws: EdgeError.self) { try again.rebuild() }
        again.stop()
        #expect(try answer().rows == before.rows && answer().accounting.journaled == UInt64(Self.eventCount))
    }

    /// What may become of the file of sealed figures.
    enum SealedFault: CaseIterable {
        case removed, text, older, otherNode, altered
    }

    private func spoil(_ fault: SealedFault, older: String) throws {
        switch fault {
        case .removed: try Files.remove(data.sealed)
        case .text: try write("this is a text, and long enough to be looked at as a database", to: data.sealed)
        case .older: try Files.rename(older, to: data.sealed)
        case .otherNode:
            try Files.remove(data.sealed)
            let other = try SQLiteCampaignStore.sealed(data.sealed)
            try other.claim(by: EdgeRig.node + 1)
            try other.record(ShardExpiry(shard: shard, nextSequence: UInt64(Self.eventCount), events: 400))
        case .altered:
            // What the figures of one row add up to is one more.
            let store = try SQLiteDatabase(file: data.sealed, access: .readWrite)
            try store.execute(
                "UPDATE rollup SET total = total + 1 WHERE total = (SELECT max(total) FROM rollup)", during: .commit)
        }
        for suffix in ["-wal", "-shm"] where Files.exists(data.sealed + suffix) {
            try Files.remove(data.sealed + suffix)
        }
    }

    private func name(_ fault: SealedFault) -> String {
        switch fault {
        case .removed: "missing"
        case .text, .altered: "damaged"
        case .older: "older"
        case .otherNode: "other node's"
        }
    }

    @Test(
        "Sealed figures that can't be trusted are told, and no figure is given up for them",
        arguments: SealedFault.allCases)
    func untrusted(_ fault: SealedFault) throws {
        let all = try segments()
        other.next.withLock { $0 = all[2] }
        try run(try runner(), until: "two segments go, and what was in them has expired") {
            try segments().first == all[2] && (try answer().accounting.expired) > 0
        }
        let older = data.path + "/older"
        try SQLiteCampaignStore(reading: data.sealed).copy(to: older)
        other.next.withLock { $0 = nil }
        try expireAll()
        let before = try answer()
        let kept = try segments()
        try spoil(fault, older: older)

        // Verify says it, and what is in the journal all the same.
        var check = try JournalCheck(data).run(onTrouble: { _ in })
        #expect(check.sealed?.name == name(fault) && !check.isWhole)
        #expect(check.totals.events == UInt64(Self.eventCount) - kept[0])
        // The server goes on, says it in readiness, deletes nothing, and rebuilds nothing.
        let runner = try runner()
        try runner.start()
        try flush(runner, until: "readiness names the sealed figures") { trouble(.retention) != nil }
        #expect(try #require(trouble(.retention)).contains("sealed.sqlite: the sealed figures"))
        #expect(throws: EdgeError.self) { try runner.rebuild() }
        #expect(trouble(.store) == nil)
        #expect(try answer().rows == before.rows && answer().accounting == before.accounting)
        #expect(try segments() == kept)

        // Whoever gives them up gets what the journal holds, and what is sealed from then on is trusted.
        let told = Mutex<[String]>([])
        try runner.rebuild(RebuildWatch(withoutSealed: true, onLoss: { line in told.withLock { $0.append(line) } }))
        #expect(fault == .removed || told.withLock { $0[0].contains("sealed.sqlite.aside") })
        #expect(Files.exists(data.sealed + ".aside") == (fault != .removed))
        #expect(try answer().accounting.counted == UInt64(Self.eventCount) - kept[0])
        try flush(runner, until: "nothing is wrong with retention") { trouble(.retention) == nil }
        runner.stop()
        check = try JournalCheck(data).run(onTrouble: { _ in })
        #expect(check.sealed == nil)
    }

    @Test("A store from before is set aside, not removed, when it is made anew from the sealed figures")
    func behind() throws {
        let (empty, old) = (data.path + "/empty", data.path + "/old")
        try SQLiteCampaignStore(writing: empty).copy(to: old)
        try expireAll()
        let after = try answer()
        let used = data.path + "/" + (try Files.targetOfLink(data.store))
        for suffix in ["-wal", "-shm"] where Files.exists(used + suffix) { try Files.remove(used + suffix) }
        try Files.rename(old, to: used)
        let check = try JournalCheck(data).run(onTrouble: { _ in })
        #expect(!check.isWhole && check.store.notes.contains { $0.contains("an older copy") })

        let runner = try runner()
        try runner.start()
        try runner.flush()
        runner.stop()
        #expect(try answer().rows == after.rows && answer().accounting == after.accounting)
        #expect(Files.exists(used + ".behind") && !Files.exists(used))
    }
}
