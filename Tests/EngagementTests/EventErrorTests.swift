import Bytes
import Engagement
import Testing

@Suite("A payload that isn't as the format says is an error with its place")
struct EventErrorTests {
    struct Damage: CustomTestStringConvertible {
        let testDescription: String
        let damage: @Sendable (inout [UInt8]) -> Void
        let error: EngagementError
    }

    /// A click without any part: 32 bytes of head, then `sec` (tag 1, length 7).
    @Test(arguments: [
        Damage(testDescription: "no bytes", damage: { $0 = [] }, error: .truncated(byteOffset: 32)),
        Damage(testDescription: "half a head", damage: { $0.removeLast(30) }, error: .truncated(byteOffset: 32)),
        Damage(testDescription: "kind 0", damage: { $0[8] = 0 }, error: .unknownValue(byteOffset: 8, value: 0)),
        Damage(testDescription: "kind 3", damage: { $0[8] = 3 }, error: .unknownValue(byteOffset: 8, value: 3)),
        Damage(testDescription: "outcome 6", damage: { $0[9] = 6 }, error: .unknownValue(byteOffset: 9, value: 6)),
        Damage(testDescription: "a click with a pixel", damage: { $0[9] = 5 }, error: .contradiction(byteOffset: 9)),
        Damage(testDescription: "an open with a redirect", damage: { $0[8] = 2 }, error: .contradiction(byteOffset: 9)),
        Damage(testDescription: "method 4", damage: { $0[11] = 4 }, error: .unknownValue(byteOffset: 11, value: 4)),
        Damage(testDescription: "HTTP 2", damage: { $0[12] = 20 }, error: .unknownValue(byteOffset: 12, value: 20)),
        Damage(testDescription: "class 6", damage: { $0[13] = 6 }, error: .unknownValue(byteOffset: 13, value: 6)),
        Damage(testDescription: "an unknown part", damage: { $0[14] = 0x10 }, error: .unknownPart(flags: 0x10)),
        Damage(
            testDescription: "anonymous with a subject",
            damage: {
                $0[14] = 2; $0[15] = 2
            },
            error: .contradiction(byteOffset: 14)),
        Damage(
            testDescription: "forgotten with an address",
            damage: {
                $0[14] = 4; $0[15] = 4
            },
            error: .contradiction(byteOffset: 14)),
        Damage(
            testDescription: "a subject that isn't there", damage: { $0[14] = 2 }, error: .truncated(byteOffset: 49)),
        Damage(
            testDescription: "a token without the flag",
            damage: {
                $0[14] = 2; $0.insert(contentsOf: [UInt8](repeating: 0, count: 17), at: 32)
            },
            error: .contradiction(byteOffset: 32)),
        Damage(
            testDescription: "an address of family 5",
            damage: {
                $0[14] = 4; $0.insert(contentsOf: [5, 0], at: 32)
            },
            error: .unknownValue(byteOffset: 32, value: 5)),
        Damage(
            testDescription: "a prefix of 33 bits",
            damage: {
                $0[14] = 4; $0.insert(contentsOf: [4, 33], at: 32)
            },
            error: .badAddress(byteOffset: 32)),
        Damage(
            testDescription: "a bit behind the prefix",
            damage: {
                $0[14] = 4; $0.insert(contentsOf: [4, 7, 0xFF], at: 32)
            }, error: .badAddress(byteOffset: 32)),
        Damage(testDescription: "tag 0", damage: { $0[32] = 0 }, error: .fieldOrder(byteOffset: 32, tag: 0)),
        Damage(
            testDescription: "a field twice", damage: { $0 += [1, 0] }, error: .fieldOrder(byteOffset: 41, tag: 1)),
        Damage(testDescription: "a tag alone", damage: { $0 += [2] }, error: .fieldOverrun(byteOffset: 41)),
        Damage(testDescription: "a long value", damage: { $0[33] = 8 }, error: .fieldOverrun(byteOffset: 32)),
        Damage(
            testDescription: "a length that is longer than needed", damage: { $0 += [2, 0x80, 0] },
            error: .fieldLength(byteOffset: 41)),
        Damage(
            testDescription: "a length of five bytes", damage: { $0 += [2, 0x80, 0x80, 0x80, 0x80, 1] },
            error: .fieldLength(byteOffset: 41)),
        Damage(
            testDescription: "an identifier without raw identity", damage: { $0 += [15, 0] },
            error: .contradiction(byteOffset: 14)),
        Damage(
            testDescription: "longer than any event", damage: { $0 += [UInt8](repeating: 0, count: 20_000) },
            error: .tooLong(bytes: 20_041)),
    ])
    func isRefused(_ row: Damage) {
        var payload = SampleEvent().payload
        row.damage(&payload)
        #expect(throws: row.error) { try EventView(payload.span) }
    }

    @Test func aNewerVersionIsNamed() {
        let payload = SampleEvent().payload
        #expect(throws: EngagementError.unsupportedVersion(2)) { try EventView(payload.span, version: 2) }
        #expect(throws: EngagementError.unsupportedVersion(3)) { try SendsRecord(payload.span, version: 3) }
        #expect(throws: EngagementError.unsupportedVersion(4)) { try NameRecord(payload.span, version: 4) }
    }

    @Test func whatLaterVersionsMayAddIsPassedOver() throws {
        var payload = SampleEvent().payload
        payload[15] = 0b1111_0000
        payload[22] = 7
        payload[10] = 250
        payload[19] = 0x80
        payload += [60, 2, 1, 2, 127, 0]
        let view = try EventView(payload.span)
        let event = Event(view, in: payload.span)
        #expect(event.texts == [.sec: "8781202"])
        #expect(event.reason == "reason-250")
        #expect(event.repairs == ["repair-31"])
    }

    @Test func adminRecordsNeedTheirIDs() throws {
        let section = CampaignSelection(sec: "8781202")
        let experience = CampaignSelection(sec: "8781202", expId: "17")
        #expect(NameRecord(recordedNanoseconds: 0, level: .experience, selection: section, name: "x") == nil)
        #expect(NameRecord(recordedNanoseconds: 0, level: .version, selection: experience, name: "x") == nil)
        #expect(NameRecord(recordedNanoseconds: 0, level: .variation, selection: experience, name: "x") == nil)
        let tooLong = String(repeating: "x", count: 257)
        #expect(NameRecord(recordedNanoseconds: 0, level: .section, selection: section, name: tooLong) == nil)

        var name = try fixtureBytes("engagement/name-v1.bin")
        name[8] = 3
        #expect(throws: EngagementError.missingField(.expVer)) { try NameRecord(name.span) }
        name[8] = 5
        #expect(throws: EngagementError.unknownValue(byteOffset: 8, value: 5)) { try NameRecord(name.span) }
        var sends = try fixtureBytes("engagement/sends-v1.bin")
        sends[36] = 2
        #expect(throws: EngagementError.unknownValue(byteOffset: 36, value: 2)) { try SendsRecord(sends.span) }
        sends[36] = 1
        #expect(throws: EngagementError.missingField(.sec)) { try SendsRecord(Array(sends[..<40]).span) }
    }
}
