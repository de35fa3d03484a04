import Engagement
import Testing

@Suite("A key file is whole, or it is no key file")
struct KeyFileTests {
    @Test func isReadBack() throws {
        for purpose in KeyPurpose.allCases {
            let secret = (0..<purpose.secretBytes).map { UInt8($0) }
            let file = try #require(
                KeyFile(purpose: purpose, id: purpose.ids.upperBound, createdNanoseconds: .max, secret: secret))
            #expect(try KeyFile(contents: file.contents) == file)
        }
    }

    @Test func hasTheFormThatFormatSays() throws {
        let contents = try fixtureBytes("engagement/root.key")
        let file = try KeyFile(contents: contents)
        #expect(file.purpose == .root)
        #expect(file.fileName == "root.key")
        #expect(file.contents == contents)
        #expect(try KeyFile(contents: fixtureBytes("engagement/event-7.key")).fileName == "event-7.key")
    }

    @Test func idsAndLengthsBelongToThePurpose() {
        #expect(KeyFile(purpose: .event, id: 0, createdNanoseconds: 0, secret: [UInt8](repeating: 0, count: 16)) == nil)
        #expect(
            KeyFile(purpose: .event, id: 256, createdNanoseconds: 0, secret: [UInt8](repeating: 0, count: 16)) == nil)
        #expect(KeyFile(purpose: .event, id: 1, createdNanoseconds: 0, secret: [UInt8](repeating: 0, count: 15)) == nil)
        #expect(KeyFile(purpose: .root, id: 1, createdNanoseconds: 0, secret: [UInt8](repeating: 0, count: 32)) == nil)
    }

    @Test func everyDamageIsFound() throws {
        let contents = try fixtureBytes("engagement/event-7.key")
        for count in contents.indices {
            let cut = Array(contents[..<count])
            #expect(throws: EngagementError.self) { try KeyFile(contents: cut) }
        }
        for offset in contents.indices {
            var damaged = contents
            damaged[offset] ^= 1
            // The time of creation is information alone: a digit of it that changed is another time.
            let read = try? KeyFile(contents: damaged)
            #expect(read == nil || read?.secret == Array(UInt8(100)...UInt8(115)), "offset \(offset)")
            #expect(read == nil || read?.id == 7, "offset \(offset)")
        }
    }

    @Test func aNewerFormIsNamed() {
        #expect(throws: EngagementError.keyFile(.unknownForm)) { try KeyFile(contents: Array("tremolo key 2\n".utf8)) }
        #expect(throws: EngagementError.keyFile(.unknownForm)) { try KeyFile(contents: []) }
    }
}
