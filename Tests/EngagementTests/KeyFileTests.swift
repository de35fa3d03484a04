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

    @Test func aSigningKeyMayBelongToASection() throws {
        let secret = [UInt8](repeating: 0xA5, count: 32)
        let file = try #require(
            KeyFile(purpose: .signing, id: 3, createdNanoseconds: 1, section: "8781202", secret: secret))
        let contents = String(decoding: file.contents, as: UTF8.self)
        #expect(contents.hasPrefix("tremolo key 2\npurpose signing\nid 3\ncreated 1\nsection 8781202\nsecret a5a5"))
        #expect(try KeyFile(contents: file.contents) == file)
        // Neither is the file of a key of every section once its first line or its section is gone.
        let others = [
            contents.replacing("tremolo key 2", with: "tremolo key 1"),
            contents.replacing("section 8781202\n", with: ""), contents.replacing("8781202", with: "8781203"),
            contents.replacing("8781202", with: ""), contents.replacing("8781202", with: "a b"),
            contents.replacing("purpose signing", with: "purpose root"),
        ]
        for other in others {
            #expect(throws: EngagementError.self, "\(other)") { try KeyFile(contents: Array(other.utf8)) }
        }
        for purpose in [KeyPurpose.root, .event, .address] {
            #expect(
                KeyFile(
                    purpose: purpose, id: purpose.ids.lowerBound, createdNanoseconds: 1, section: "a",
                    secret: [UInt8](repeating: 0, count: purpose.secretBytes)) == nil)
        }
    }

    @Test(arguments: ["engagement/event-7.key", "signatures/keys/signing-2.key"])
    func everyDamageIsFound(_ name: String) throws {
        let contents = try fixtureBytes(name)
        let whole = try KeyFile(contents: contents)
        for count in contents.indices {
            let cut = Array(contents[..<count])
            #expect(throws: EngagementError.self) { try KeyFile(contents: cut) }
        }
        for offset in contents.indices {
            var damaged = contents
            damaged[offset] ^= 1
            // The time of creation is information alone: a digit of it that changed is another time.
            let read = try? KeyFile(contents: damaged)
            #expect(read == nil || read?.secret == whole.secret, "offset \(offset)")
            #expect(read == nil || read?.id == whole.id, "offset \(offset)")
            #expect(read == nil || read?.section == whole.section, "offset \(offset)")
        }
    }

    @Test func aNewerFormIsNamed() {
        #expect(throws: EngagementError.keyFile(.unknownForm)) { try KeyFile(contents: Array("tremolo key 3\n".utf8)) }
        #expect(throws: EngagementError.keyFile(.unknownForm)) { try KeyFile(contents: []) }
    }
}
