import Bytes
import Engagement
import HTTPEngine
import Journal
import LinuxSystem
import Settings
import TestSupport
import Testing

@testable import EdgeServer

@Suite("A selection of events is exact in time, section and person")
struct EventSelectionTests {
    private let rig: EdgeRig
    private let configuration: Configuration
    private let start: UInt64

    /// Four opens a second apart: of the person j in section 1 (twice, once by the hash), of j in section 2, of nobody.
    init() throws {
        rig = try EdgeRig()
        start = rig.time.realtimeNanoseconds
        var configuration = try #require(readConfiguration(EdgeRig.sections))
        configuration.data = rig.folder.path
        self.configuration = configuration
        let client = try rig.connect()
        let hash = SHA256Digest.hash(Array("j@m.example".utf8).span)
        for fields in ["cuid=J%40m.example&sec=1", "cuid=\(hash)&sec=1", "cuid=j%40m.example&sec=2", "sec=1"] {
            _ = try rig.exchange(client, browserRequest("/tremop?" + fields))
            rig.pass(seconds: 1)
        }
    }

    private func chosen(
        since: UInt64? = nil, until: UInt64? = nil, section: String? = nil, identifier: String? = nil
    ) throws -> [Int] {
        let selection = try EventSelection(
            configuration, since: since, until: until, section: section, identifier: identifier)
        let stream = EventStream(DataFolder(path: configuration.data)) { Issue.record("\($0)") }
        try stream.lookForShards()
        var numbers: [Int] = []
        var number = 0
        while let item = try stream.next() {
            if selection.contains(item) { numbers.append(number) }
            number += 1
        }
        #expect(number == 4)
        return numbers
    }

    @Test func everything() throws {
        #expect(try chosen() == [0, 1, 2, 3])
    }

    @Test("The first time is meant, the last is not")
    func times() throws {
        let second: UInt64 = 1_000_000_000
        #expect(try chosen(since: start + second) == [1, 2, 3])
        #expect(try chosen(since: start + second + 1) == [2, 3])
        #expect(try chosen(until: start + 2 * second) == [0, 1])
        #expect(try chosen(since: start + second, until: start + 3 * second) == [1, 2])
        #expect(try chosen(since: start + second, until: start) == [])
    }

    @Test("A section is its id, whole")
    func sections() throws {
        #expect(try chosen(section: "1") == [0, 1, 3])
        #expect(try chosen(section: "2") == [2])
        #expect(try chosen(section: "") == [])
        #expect(try chosen(section: "11") == [])
    }

    @Test("A person is found by any form of the identifier, in every section or one")
    func people() throws {
        #expect(try chosen(identifier: "j@m.example") == [0, 1, 2])
        #expect(try chosen(identifier: " J@M.example ") == [0, 1, 2])
        #expect(try chosen(section: "1", identifier: "j@m.example") == [0, 1])
        #expect(try chosen(section: "2", identifier: "j@m.example") == [2])
        #expect(try chosen(identifier: "k@m.example") == [])
        #expect(try chosen(identifier: "") == [])
    }

    @Test("Without keys a person can't be asked for, and all else can")
    func noKeys() throws {
        for name in try Files.list(configuration.keyFolder) { try Files.remove("\(configuration.keyFolder)/\(name)") }
        #expect(throws: EdgeError.self) { try chosen(identifier: "j@m.example") }
        #expect(try chosen(section: "2") == [2])
    }
}
