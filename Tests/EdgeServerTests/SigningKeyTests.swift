import Dispatch
import Engagement
import LinuxSystem
import Settings
import Synchronization
import TestSupport
import Testing
import TrackingLinks

@testable import EdgeServer

@Suite("Signing keys lie in the key folder, each made once")
struct SigningKeyTests {
    @Test("Ids count up, files are for the owner alone, and the other keys stay as they are")
    func making() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/a/keys"
        #expect(try KeyFolder.signingKeys(folder) == [])
        let first = try KeyFolder.makeSigningKey(section: nil, in: folder)
        let second = try KeyFolder.makeSigningKey(section: "8781202", in: folder)
        _ = try KeyFolder.readOrMake(folder, journalIsEmpty: true)
        #expect(first.id == 1 && second.id == 2 && second.section == "8781202" && first.secret != second.secret)
        #expect(try KeyFolder.signingKeys(folder) == [first, second])
        #expect(try Files.status(folder + "/signing-2.key").permissions & 0o777 == 0o600)
        #expect(try Files.status(folder).permissions & 0o777 == 0o700)
        let names = try Files.list(folder)
        #expect(names == ["event-1.key", "root.key", "signing-1.key", "signing-2.key"])
        // The highest there is counts, not how many there are.
        try Files.remove(folder + "/signing-1.key")
        #expect(try KeyFolder.makeSigningKey(section: nil, in: folder).id == 3)
    }

    @Test("Makers at once get an id each, and each key is whole")
    func atOnce() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        let made = Mutex<[KeyFile]>([])
        DispatchQueue.concurrentPerform(iterations: 16) { _ in
            guard let file = try? KeyFolder.makeSigningKey(section: nil, in: folder) else { return }
            made.withLock { $0.append(file) }
        }
        let files = made.withLock { $0.sorted { $0.id < $1.id } }
        #expect(files.map(\.id) == Array(1...16))
        #expect(try KeyFolder.signingKeys(folder) == files)
        #expect(Set(files.map(\.secret)).count == 16)
        #expect(try Files.list(folder).count == 16)
    }

    @Test("A file that is damaged or named as another is refused by name; what a crash left is not looked at")
    func damage() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        let key = try KeyFolder.makeSigningKey(section: nil, in: folder)
        try write("half", to: folder + "/signing-2.key.af09.new")
        #expect(try KeyFolder.signingKeys(folder) == [key])
        try write(String(decoding: key.contents, as: UTF8.self), to: folder + "/signing-2.key")
        #expect(
            throws: EdgeError.key(path: folder + "/signing-2.key", reason: "it holds the key of signing-1.key")
        ) { try KeyFolder.signingKeys(folder) }
        try write("tremolo key 9\n", to: folder + "/signing-2.key")
        #expect(
            throws: EdgeError.key(path: folder + "/signing-2.key", reason: "it is no key file of this version")
        ) { try KeyFolder.signingKeys(folder) }
    }

    @Test("The last id is the last")
    func lastID() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/keys"
        try KeyFolder.make(.signing, id: .max, in: folder)
        #expect(throws: EdgeError.self) { try KeyFolder.makeSigningKey(section: nil, in: folder) }
    }

    @Test("A section's policy and keys reach whoever decides, and a section without a key is warned of")
    func sections() throws {
        let temporary = try TemporaryFolder()
        let keys = try KeyFolder.readOrMake(temporary.path, journalIsEmpty: true)
        let text = """
            { keys: "\(temporary.path)",
              sections: { a: { signatures: "require" }, b: { signatures: "accept" }, c: {},
                          d: { signatures: "require" } } }
            """
        let configuration = try #require(
            ConfigurationReader(checks: .complete).read(Array(text.utf8).span, fileName: "t.json5").configuration)
        let files = [try KeyFolder.makeSigningKey(section: "d", in: temporary.path)]
        let warnings = KeyFolder.warnings(files, configuration)
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("sections.a.signatures: it is \"require\"") == true)
        #expect(
            KeyFolder.warnings([try KeyFolder.makeSigningKey(section: nil, in: temporary.path)], configuration) == [])

        let sections = try EdgeSections(
            configuration, keys: keys, signingKeys: try KeyFolder.signingKeys(temporary.path))
        let policies = ["a", "b", "c", "e"].map { id in
            let bytes = Array(id.utf8)
            return sections.table.policy(of: sections.table.number(of: bytes.span)).signatures
        }
        #expect(policies == [.require, .accept, .off, .off])
        #expect(sections.table.signingKeys.keys.map(\.id) == [1, 2])
        #expect(sections.table.signingKeys.key(id: 1)?.section == "d")
        #expect(sections.table.signingKeys.key(id: 3) == nil)
    }
}
