import Bytes
import Engagement
import Testing

@Suite("Persons and pseudonyms are bound to their section and key")
struct PersonKeyTests {
    static func keys(eventIDs: [UInt32] = [1, 2]) throws -> KeySet {
        var files = [try file(.root, id: 0, filler: 9)]
        for id in eventIDs { files.append(try file(.event, id: id, filler: UInt8(truncatingIfNeeded: id))) }
        return try KeySet(files.reversed())
    }

    static func file(_ purpose: KeyPurpose, id: UInt32, filler: UInt8) throws -> KeyFile {
        let secret = [UInt8](repeating: filler, count: purpose.secretBytes)
        return try #require(KeyFile(purpose: purpose, id: id, createdNanoseconds: 1, secret: secret))
    }

    @Test func sectionsShareNobody() throws {
        let keys = try Self.keys()
        let persons = ["1", "2", "", "1/2"].map { section in
            keys.personKey(section: section.utf8.span).person(of: "john".utf8.span)
        }
        #expect(Set(persons).count == 4)
    }

    @Test func theHighestEventKeyIsTheCurrentOne() throws {
        let keys = try Self.keys(eventIDs: [3, 255, 4])
        #expect(keys.currentEventKey.id == 255)
        #expect(keys.eventKeys.map(\.id) == [3, 4, 255])
        #expect(keys.eventKey(id: 4)?.id == 4)
        #expect(keys.eventKey(id: 5) == nil)
    }

    @Test func aRotationChangesTheSubjectAndNotThePerson() throws {
        let before = try Self.keys(eventIDs: [1])
        let after = try Self.keys(eventIDs: [1, 2])
        let person = before.personKey(section: "1".utf8.span).person(of: "john".utf8.span)
        #expect(after.personKey(section: "1".utf8.span).person(of: "john".utf8.span) == person)
        let old = before.currentEventKey.subject(of: person)
        let new = after.currentEventKey.subject(of: person)
        #expect(old.keyID == 1)
        #expect(new.keyID == 2)
        #expect(old.pseudonym != new.pseudonym)
        #expect(after.eventKey(id: 1)?.subject(of: person) == old)
    }

    @Test func missingAndRepeatedKeysAreErrors() throws {
        let root = try Self.file(.root, id: 0, filler: 9)
        let event = try Self.file(.event, id: 1, filler: 1)
        #expect(throws: EngagementError.missingKey(.root)) { try KeySet([event]) }
        #expect(throws: EngagementError.missingKey(.event)) { try KeySet([root]) }
        #expect(throws: EngagementError.repeatedKey(.root, id: 0)) { try KeySet([root, event, root]) }
        #expect(throws: EngagementError.repeatedKey(.event, id: 1)) { try KeySet([root, event, event]) }
    }
}
