import Campaigns
import Foundation
import LinuxSystem
import Settings
import TestSupport
import Testing

@testable import EdgeServer

@Suite("The store is a link, and a rebuilt one takes its place in one step")
struct StoreFolderTests {
    private let temporary: TemporaryFolder
    private let store: StoreFolder
    private let link: String

    init() throws {
        temporary = try TemporaryFolder()
        let folder = DataFolder(path: temporary.path)
        store = StoreFolder(folder)
        link = folder.store
    }

    private func stores() throws -> [String] {
        try Files.list(temporary.path).filter { $0.hasPrefix("campaigns") }.sorted()
    }

    @Test("The first is made and found again")
    func first() throws {
        let path = try store.current()
        #expect(path == temporary.path + "/campaigns-1.sqlite")
        #expect(try Files.targetOfLink(link) == "campaigns-1.sqlite")
        _ = try StoreFolder.open(path)
        #expect(try store.current() == path)
        _ = try store.openForReading()
    }

    @Test("Without a store there is nothing to read, and nothing is made by reading")
    func none() throws {
        #expect(throws: StoreError.missing(file: link)) { _ = try store.openForReading() }
        #expect(store.storedWatermarks() == nil)
        #expect(try stores().isEmpty)
    }

    @Test("A damaged store is condemned as it stands, a good one and a missing one are not")
    func condemned() throws {
        #expect(store.condemned() == nil)
        let path = try store.current()
        // The link leads to nothing, as in the midst of a removal.
        #expect(store.condemned() == nil)
        let writing = try StoreFolder.open(path)
        #expect(store.condemned() == nil)
        withExtendedLifetime(writing) {}
        try Data("no store at all, and longer than the head of one is".utf8).write(to: URL(fileURLWithPath: path))
        let found = try #require(store.condemned())
        #expect(found.trouble.contains("campaigns.sqlite"))
        #expect(found.stamp == store.stamp())
        try Files.remove(path)
        #expect(store.condemned() == nil)
    }

    @Test("A rebuilt store takes the place of the old one, which goes with its side files")
    func swap() throws {
        let old = try store.current()
        let writing = try StoreFolder.open(old)
        let reading = try store.openForReading()
        let next = try store.prepareNext()
        #expect(next == temporary.path + "/campaigns-2.sqlite")
        #expect(try Files.targetOfLink(link) == "campaigns-1.sqlite")
        let rebuilt = try StoreFolder.open(next)
        try store.adopt(next, open: rebuilt)
        #expect(try Files.targetOfLink(link) == "campaigns-2.sqlite")
        #expect(try stores().allSatisfy { $0 == "campaigns.sqlite" || $0.hasPrefix("campaigns-2.sqlite") })
        #expect(try store.current() == next)
        // Who read the old one goes on reading it.
        _ = try reading.watermarks()
        #expect(try store.prepareNext() == temporary.path + "/campaigns-3.sqlite")
        withExtendedLifetime((writing, rebuilt)) {}
    }

    @Test("What an interrupted rebuild left is removed, and the old figures stay")
    func interrupted() throws {
        let old = try store.current()
        _ = try StoreFolder.open(old)
        let half = try store.prepareNext()
        _ = try StoreFolder.open(half)
        try write("x", to: half + "-wal")
        try Files.symbolicLink(to: "campaigns-2.sqlite", at: link + ".new")
        #expect(try store.current() == old)
        #expect(try stores().contains { $0.hasPrefix("campaigns-2") } == false)
        let next = try store.prepareNext()
        #expect(next == half)
        _ = try StoreFolder.open(next)
        try store.adopt(next, open: nil)
        #expect(try Files.targetOfLink(link) == "campaigns-2.sqlite")
        #expect(Files.exists(link + ".new") == false)
    }

    @Test("A link whose file is gone begins anew")
    func brokenLink() throws {
        try Files.symbolicLink(to: "campaigns-7.sqlite", at: link)
        #expect(try store.current() == temporary.path + "/campaigns-1.sqlite")
        #expect(try Files.targetOfLink(link) == "campaigns-1.sqlite")
    }

    @Test("A link to a place of somebody else's is not followed", arguments: ["/etc/passwd", "../x.sqlite", "x"])
    func foreignLink(_ target: String) throws {
        try Files.symbolicLink(to: target, at: link)
        #expect(try store.current() == temporary.path + "/campaigns-1.sqlite")
    }

    @Test("What is no file is not followed, and not waited for: a folder stays, a pipe goes", arguments: [true, false])
    func noFile(_ isFolder: Bool) throws {
        let path = try store.current()
        if isFolder { try Files.makeDirectory(path) } else { #expect(unsafe mkfifo(path, 0o600) == 0) }
        #expect(throws: StoreError.notAFile(file: link, kind: isFolder ? .folder : .other)) {
            _ = try store.openForReading()
        }
        #expect(store.identity() == nil)
        let next = try store.current()
        #expect(next == temporary.path + "/campaigns-\(isFolder ? 2 : 1).sqlite")
        #expect(Files.exists(path) == isFolder)
        _ = try StoreFolder.open(next)
        _ = try store.openForReading()
        #expect(try store.prepareNext() == temporary.path + "/campaigns-\(isFolder ? 3 : 2).sqlite")
    }

    @Test("A folder where the link must stand is said as that, and left alone")
    func folderAsLink() throws {
        try Files.makeDirectory(link)
        let expected = EdgeError.store(reason: "\(StoreError.notAFile(file: link, kind: .folder))")
        #expect(throws: expected) { _ = try store.current() }
        #expect(try Files.list(temporary.path) == ["campaigns.sqlite"])
    }

    @Test("A file of the store that is another one, or no index of a log, is not the one that was opened")
    func identity() throws {
        let path = try store.current()
        let open = try StoreFolder.open(path)
        let identity = try #require(store.identity())
        #expect(identity.count == 3 && store.identity() == identity)
        for suffix in ["-wal", "-shm", ""] {
            try Files.rename(path + suffix, to: path + ".away")
            #expect(store.identity() == nil)
            try write(String(repeating: "x", count: 32_768), to: path + suffix)
            #expect(store.identity() != identity)
            try Files.rename(path + ".away", to: path + suffix)
            #expect(store.identity() == identity)
        }
        try write("short", to: path + "-shm")
        #expect(store.identity() == nil)
        withExtendedLifetime(open) {}
    }

    @Test("Other files of the folder are not touched")
    func otherFiles() throws {
        let names = [
            "campaigns.sqlite.bak", "campaigns-x.sqlite", "campaigns-1.sqlite.old", "campaigns-07.sqlite",
            "campaigns-+7.sqlite", "campaigns--7.sqlite", "node.json",
        ]
        for name in names { try write("x", to: temporary.path + "/" + name) }
        _ = try StoreFolder.open(try store.current())
        let next = try store.prepareNext()
        _ = try StoreFolder.open(next)
        try store.adopt(next, open: nil)
        for name in names { #expect(Files.exists(temporary.path + "/" + name)) }
    }
}

@Suite("A time zone is a name in the system's data and nothing else")
struct ZoneFilesTests {
    @Test(arguments: ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
    func known(_ name: String) throws {
        _ = try ZoneFiles.rules(of: name)
    }

    @Test(
        "A name that leads elsewhere is none",
        arguments: [
            "", "/", "..", ".", "../passwd", "../../../etc/passwd", "Europe/../../../../etc/passwd", "Europe/.",
            "/etc/localtime", "Europe//Berlin", "Europe/", "Europe/Ber lin", "Europe/Berlin\u{0}", "Europe/B\u{E9}rlin",
            "Europe\\Berlin",
        ])
    func notAName(_ name: String) {
        #expect(throws: ZoneError.badName(name)) { try ZoneFiles.rules(of: name) }
    }

    @Test(arguments: ["Europe/Atlantis", "utc2"])
    func unknown(_ name: String) {
        #expect(throws: ZoneError.unknown(name)) { try ZoneFiles.rules(of: name) }
    }

    @Test("A file that is no zone is said with its path")
    func noZone() {
        #expect(throws: ZoneError.malformed(path: "/usr/share/zoneinfo/tzdata.zi")) {
            try ZoneFiles.rules(of: "tzdata.zi")
        }
    }

    @Test("A folder of zones is no zone")
    func folder() {
        #expect(throws: ZoneError.self) { try ZoneFiles.rules(of: "Europe") }
    }

    @Test("Through the configuration a bad zone names its section")
    func directory() throws {
        var configuration = try #require(readConfiguration("{ sections: { a: { timezone: \"Asia/Kolkata\" } } }"))
        _ = try SectionDirectory(configuration)
        configuration.sections[0].timezone = "Asia/Nowhere"
        #expect(
            throws: EdgeError.configuration(
                place: "sections.a.timezone", reason: "\(ZoneError.unknown("Asia/Nowhere"))")
        ) { _ = try SectionDirectory(configuration) }
    }
}
