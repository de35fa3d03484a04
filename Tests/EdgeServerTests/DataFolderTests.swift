import Bytes
import Engagement
import LinuxSystem
import Synchronization
import TestSupport
import Testing

@testable import EdgeServer

/// Writes a file's bytes.
func write(_ text: String, to path: String) throws {
    try Files.replaceDurably(path, contents: Array(text.utf8).span, permissions: 0o600)
}

@Suite("A data folder has one owner and one name")
struct DataFolderTests {
    @Test("A new folder gets a node and keeps it")
    func node() throws {
        let temporary = try TemporaryFolder()
        let folder = DataFolder(path: temporary.path + "/a/data")
        let first = try OwnedDataFolder(folder).node
        #expect(try OwnedDataFolder(folder).node == first)
        #expect(try NodeFile.read(folder.node) == first)
        #expect(try Files.status(folder.journal).kind == .folder)
        #expect(try OwnedDataFolder(DataFolder(path: temporary.path + "/b")).node != first)
    }

    @Test("The names are those that scripts rely on")
    func names() {
        let folder = DataFolder(path: "d")
        #expect(
            [folder.node, folder.journal, folder.store, folder.controlSocket, folder.addressKeys]
                == ["d/node.json", "d/journal", "d/campaigns.sqlite", "d/control.sock", "d/address-keys"])
    }

    @Test("A second owner is refused while the first lives, and told who it is")
    func secondOwner() throws {
        let temporary = try TemporaryFolder()
        let folder = DataFolder(path: temporary.path)
        do {
            let first = try OwnedDataFolder(folder)
            #expect(throws: EdgeError.folderInUse(path: temporary.path, processID: Host.processID)) {
                _ = try OwnedDataFolder(folder).node
            }
            #expect(try NodeFile.read(folder.node) == first.node)
        }
        _ = try OwnedDataFolder(folder).node
    }

    @Test(
        "A damaged node.json is refused, never replaced",
        arguments: [
            "", "{", "{}", "[]", "{\"node\":\"0123456789abcdef\"}", "{\"node\":\"0123\",\"format\":1}",
            "{\"node\":\"0123456789abcdeg\",\"format\":1}", "{\"node\":\"+123456789abcdef\",\"format\":1}",
            "{\"node\":81985529216486895,\"format\":1}", "{\"node\":\"0123456789abcdef\",\"format\":\"1\"}",
        ])
    func damagedNode(_ text: String) throws {
        let temporary = try TemporaryFolder()
        let folder = DataFolder(path: temporary.path)
        try write(text, to: folder.node)
        do throws(EdgeError) {
            _ = try OwnedDataFolder(folder).node
            Issue.record("it was taken")
        } catch {
            guard case .damagedNode(let path, _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(path == folder.node)
        }
        #expect(try Files.readAll(folder.node, limitBytes: 4_096) == Array(text.utf8))
    }

    @Test("A folder of a newer version is refused by its number")
    func newer() throws {
        let temporary = try TemporaryFolder()
        let folder = DataFolder(path: temporary.path)
        try write("{\"node\":\"0123456789abcdef\",\"format\":2,\"more\":true}", to: folder.node)
        #expect(throws: EdgeError.newerFormat(path: folder.node, found: 2)) { try NodeFile.read(folder.node) }
    }

    @Test("A path that can't be a folder is said with its name")
    func noFolder() throws {
        let temporary = try TemporaryFolder()
        try write("x", to: temporary.path + "/file")
        for path in [temporary.path + "/file", temporary.path + "/file/data"] {
            #expect(throws: EdgeError.noFolder(path: path)) { _ = try OwnedDataFolder(DataFolder(path: path)).node }
            #expect(throws: EdgeError.missingFolder(path: path)) { try DataFolder(path: path).requireThere() }
        }
    }
}

@Suite("Keys are made once, kept from others, and never made anew beside a journal")
struct KeyFolderTests {
    @Test("Modes are 0600 in a folder of 0700, whatever the folder had")
    func modes() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        try Files.makeDirectory(folder, permissions: 0o755)
        _ = try KeyFolder.readOrMake(folder, journalIsEmpty: true)
        #expect(try Files.status(folder).permissions == 0o700)
        let names = try Files.list(folder).sorted()
        #expect(names == ["event-1.key", "root.key"])
        for name in names { #expect(try Files.status("\(folder)/\(name)").permissions == 0o600) }
    }

    @Test("The second start reads the keys of the first")
    func readAgain() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        let section = Array("1".utf8)
        let identifier = Array("j@m.example".utf8)
        let first = try KeyFolder.readOrMake(folder, journalIsEmpty: true)
        let second = try KeyFolder.readOrMake(folder, journalIsEmpty: false)
        let other = try KeyFolder.readOrMake(temporary.path + "/others", journalIsEmpty: true)
        let subjects = [first, second, other].map { keys in
            keys.currentEventKey.subject(of: keys.personKey(section: section.span).person(of: identifier.span))
        }
        #expect(subjects[0] == subjects[1] && subjects[0] != subjects[2])
    }

    @Test("Beside a journal missing keys are refused, and nothing is made", arguments: ["", "root.key", "event-1.key"])
    func missing(_ kept: String) throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        if !kept.isEmpty {
            _ = try KeyFolder.readOrMake(folder, journalIsEmpty: true)
            for name in try Files.list(folder) where name != kept { try Files.remove("\(folder)/\(name)") }
        }
        #expect(throws: EdgeError.missingKeys(folder: folder)) {
            _ = try KeyFolder.readOrMake(folder, journalIsEmpty: false)
        }
        #expect((try? Files.list(folder)) ?? [] == (kept.isEmpty ? [] : [kept]))
    }

    @Test("An interrupted first start is finished by the next")
    func interrupted() throws {
        let temporary = try TemporaryFolder()
        let root = try KeyFolder.make(.root, id: 0, in: temporary.path + "/keys")
        _ = try KeyFolder.readOrMake(temporary.path + "/keys", journalIsEmpty: true)
        #expect(try KeyFolder.keyFiles(in: temporary.path + "/keys").contains(root))
    }

    @Test("A maker that comes second takes the first one's key, and nothing is left beside it")
    func secondMaker() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        let first = try KeyFolder.make(.root, id: 0, in: folder)
        #expect(try KeyFolder.make(.root, id: 0, in: folder) == first)
        #expect(try KeyFolder.keyFiles(in: folder) == [first])
        #expect(try Files.list(folder) == ["root.key"])
    }

    @Test("Nodes that start at once on a fresh folder have the same keys")
    func manyMakers() throws {
        for _ in 0..<40 {
            let temporary = try TemporaryFolder()
            let folder = temporary.path + "/keys"
            let subjects = Mutex<[EventSubject]>([])
            let troubles = Mutex<[EdgeError]>([])
            let threads = try (0..<4).map { number in
                try SystemThread.start(name: "node-\(number)") {
                    do throws(EdgeError) {
                        let keys = try KeyFolder.readOrMake(folder, journalIsEmpty: true)
                        let person = keys.personKey(section: "1".utf8.span).person(of: "j@m.example".utf8.span)
                        subjects.withLock { $0.append(keys.currentEventKey.subject(of: person)) }
                    } catch {
                        troubles.withLock { $0.append(error) }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(troubles.withLock { $0 } == [])
            let made = subjects.withLock { $0 }
            #expect(made.count == 4 && made.allSatisfy { $0 == made[0] })
            #expect(try Files.list(folder) == ["event-1.key", "root.key"])
        }
    }

    @Test("A damaged key file is refused by its name", arguments: ["root.key", "event-1.key"])
    func damaged(_ name: String) throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        _ = try KeyFolder.readOrMake(folder, journalIsEmpty: true)
        let path = "\(folder)/\(name)"
        let good = try Files.readAll(path, limitBytes: 4_096)
        for damage in [good.dropLast(1), good.dropLast(good.count), [UInt8](repeating: 0x30, count: 10)[...]] {
            try Files.replaceDurably(path, contents: Array(damage).span, permissions: 0o600)
            do throws(EdgeError) {
                _ = try KeyFolder.readOrMake(folder, journalIsEmpty: true)
                Issue.record("it was taken")
            } catch {
                guard case .key(path, _) = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
        let digit = try #require(good.firstRange(of: Array("secret ".utf8))).upperBound
        var flipped = good
        flipped[digit] = flipped[digit] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        try Files.replaceDurably(path, contents: flipped.span, permissions: 0o600)
        #expect(throws: EdgeError.self) { _ = try KeyFolder.read(folder) }
    }

    @Test("Other files in the folder are left alone")
    func others() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        _ = try KeyFolder.readOrMake(folder, journalIsEmpty: true)
        try write("notes", to: folder + "/README")
        _ = try KeyFolder.readOrMake(folder, journalIsEmpty: false)
        #expect(try Files.list(folder).contains("README"))
    }
}

@Suite("Addresses are hashed under a key that lives a day and is destroyed a day later")
struct AddressKeyRingTests {
    private static let day: UInt64 = 86_400_000_000_000
    private static let noon: UInt64 = 20_780 * day + day / 2

    @Test("One key a day, the day before's kept, older ones destroyed")
    func days() throws {
        let temporary = try TemporaryFolder()
        let ring = AddressKeyRing(folder: temporary.path + "/address-keys")
        #expect(ring.key() == nil)
        var versions: [UInt32] = [ring.version]
        for day in 0..<4 {
            try ring.renew(nowNanoseconds: Self.noon + UInt64(day) * Self.day)
            #expect(ring.key()?.day == UInt16(20_780 + day))
            versions.append(ring.version)
            let kept = (max(0, day - 1)...day).map { "address-\(20_780 + $0).key" }
            #expect(try Files.list(temporary.path + "/address-keys").sorted() == kept)
        }
        #expect(Set(versions).count == 5)
    }

    @Test("The key is the same all day, and after a restart")
    func sameDay() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/address-keys"
        let address = NetworkAddress(networkBytes: [192, 0, 2, 7].span)
        let client = try #require(address)
        func hash(_ ring: AddressKeyRing) throws -> AddressHash {
            let key = try #require(ring.key())
            return AddressHash(of: client, keyDay: key.day, key: key.key)
        }
        let ring = AddressKeyRing(folder: folder)
        try ring.renew(nowNanoseconds: Self.noon)
        let first = try hash(ring)
        let version = ring.version
        try ring.renew(nowNanoseconds: Self.noon + Self.day / 4)
        #expect(try hash(ring) == first && ring.version == version)
        let restarted = AddressKeyRing(folder: folder)
        try restarted.renew(nowNanoseconds: Self.noon)
        #expect(try hash(restarted) == first)
        try restarted.renew(nowNanoseconds: Self.noon + Self.day)
        #expect(try hash(restarted) != first)
    }

    @Test("Modes are those of the other keys")
    func modes() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/address-keys"
        try AddressKeyRing(folder: folder).renew(nowNanoseconds: Self.noon)
        #expect(try Files.status(folder).permissions == 0o700)
        #expect(try Files.status(folder + "/address-20780.key").permissions == 0o600)
    }

    @Test("Old keys and those of days to come are destroyed, however damaged, and today's is made")
    func damagedOthers() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/address-keys"
        try Files.makeDirectory(folder, permissions: 0o700)
        let gone = ["address-7.key", "address-20778.key", "address-20781.key", "address-30000.key"]
        let kept = [
            "README", "address-.key", "address-020777.key", "address-20779.key", "address-x.key", "other-7.key",
        ]
        for name in gone + kept { try write("no key", to: "\(folder)/\(name)") }
        let left = "address-20000.key.0123456789abcdef.new"
        try write("left by a crash", to: "\(folder)/\(left)")
        let ring = AddressKeyRing(folder: folder)
        try ring.renew(nowNanoseconds: Self.noon)
        #expect(ring.key()?.day == 20_780)
        #expect(
            try Files.list(folder)
                == (kept + ["address-20780.key"]).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    @Test("A damaged key of today is said in words, with what to do")
    func damagedToday() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/address-keys"
        try Files.makeDirectory(folder, permissions: 0o700)
        let path = folder + "/address-20780.key"
        try write("no key", to: path)
        let ring = AddressKeyRing(folder: folder)
        do throws(EdgeError) {
            try ring.renew(nowNanoseconds: Self.noon)
            Issue.record("it was taken")
        } catch {
            #expect(
                "\(error)"
                    == "\(path): it is no key file of this version: remove it, and another key of the day is made; "
                    + "hashes of addresses from before then stand alone")
        }
        #expect(ring.key() == nil)
        try Files.remove(path)
        try ring.renew(nowNanoseconds: Self.noon)
        #expect(ring.key()?.day == 20_780)
    }

    @Test("A key that can't be destroyed is an error that is tried again, and today's is used all the same")
    func stubborn() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/address-keys"
        // A folder of that name can't be removed as a file.
        try Files.makeDirectories(folder + "/address-7.key")
        let ring = AddressKeyRing(folder: folder)
        for _ in 0..<2 {
            #expect(throws: EdgeError.self) { try ring.renew(nowNanoseconds: Self.noon) }
            #expect(ring.key()?.day == 20_780)
        }
        try Files.removeDirectory(folder + "/address-7.key")
        try ring.renew(nowNanoseconds: Self.noon)
    }

    @Test("A key that can't be made is an error, and the day goes on without a hash")
    func noKey() throws {
        let temporary = try TemporaryFolder()
        try write("x", to: temporary.path + "/file")
        let ring = AddressKeyRing(folder: temporary.path + "/file/address-keys")
        #expect(throws: EdgeError.self) { try ring.renew(nowNanoseconds: Self.noon) }
        #expect(ring.key() == nil)
    }
}
