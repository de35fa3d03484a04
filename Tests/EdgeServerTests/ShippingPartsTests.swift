import Bytes
import Campaigns
import Engagement
import Foundation
import Journal
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

@Suite("What the shipper is told is heard in its order, and what it notes is not forgotten")
struct ShippingPartsTests {
    private static func figures() -> ShippingFeed.Figures {
        ShippingFeed.Figures(
            rules: .builtIn, sections: SectionDirectory([:]), countries: nil, limits: FigureLimits())
    }

    private static func counted(_ watermark: UInt64) -> CountedJournal {
        CountedJournal(watermarks: [7: watermark])
    }

    @Test("Each regime is kept with how far it came, until it is shipped; a store that is made anew leaves the others")
    func regimes() {
        let rings = Mutex(0)
        let feed = ShippingFeed { rings.withLock { $0 += 1 } }
        #expect(feed.first == nil)
        let (one, two, three) = (Self.figures(), Self.figures(), Self.figures())
        feed.publish(one, Self.counted(1)) { "store 1" }
        feed.publish(one, Self.counted(1)) { "asked for once" }
        #expect(rings.withLock { $0 } == 1, "nothing new is no news")
        feed.publish(one, Self.counted(2)) { "asked for once" }
        feed.publish(two, Self.counted(3)) { "store 1" }
        #expect(feed.first?.figures === one && feed.first?.counted == Self.counted(2))
        #expect(feed.first?.identity == "store 1" && rings.withLock { $0 } == 3)
        #expect(!feed.leave(two), "it is not the first")
        #expect(feed.leave(one) && feed.first?.figures === two)
        #expect(!feed.leave(two), "the last one stays")
        feed.publish(three, Self.counted(4)) { "store 2" }
        feed.leaveAllButLast()
        #expect(feed.first?.figures === three && feed.first?.identity == "store 2")
        for number in 0..<40 { feed.publish(Self.figures(), Self.counted(UInt64(number))) { "\(number)" } }
        #expect(feed.first?.identity == "24", "of more than sixteen the oldest go")
    }

    @Test("Who is to be forgotten is noted durably, once each, until it is done; a damaged file is told")
    func forgotten() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/forgotten"
        let note = ShippingForgotten(path: path)
        #expect(try note.people().isEmpty)
        try note.add(ShippingForgotten.Person(subjects: [], tokens: []))
        #expect(!Files.exists(path))
        let words = (0..<6).map { Bytes16(littleEndian: $0, 9) }
        let one = ShippingForgotten.Person(subjects: [words[0], words[1]], tokens: [words[2], words[3]])
        let two = ShippingForgotten.Person(subjects: [words[4]], tokens: [words[5]])
        for person in [one, two, one] { try note.add(person) }
        #expect(try ShippingForgotten(path: path).people() == [one, two])
        #expect(one.pairs.map(\.subject) == one.subjects && one.pairs.map(\.token) == one.tokens)
        #expect(try Files.status(path).permissions == 0o600)
        try note.remove([one])
        #expect(try note.people() == [two])
        try note.remove([two])
        #expect(!Files.exists(path), "nothing leads from a token to a person")
        let cut = Array("00ff 12\n".utf8)
        try Files.replaceDurably(path, contents: cut.span)
        #expect(throws: EdgeError.damagedForgotten(path: path)) { try note.people() }
    }

    @Test("A bell that rang while nobody listened is heard; one that did not is waited for")
    func bell() throws {
        let bell = try ShippingBell()
        let heard = bell.count
        bell.ring()
        bell.pause(1, isOver: { false })
        // It would wait for an hour.
        bell.wait(since: heard, atMostNanoseconds: 3_600_000_000_000)
        let now = bell.count
        #expect(now == heard + 1)
        let ringer = try SystemThread.start(name: "ringer") { bell.ring() }
        bell.wait(since: now, atMostNanoseconds: 60_000_000_000)
        ringer.join()
        bell.pause(.max / 4, isOver: { true })
    }
}
