import Bytes
import Engagement
import Testing
import TrackingLinks

/// The files were written by `make_golden.py` from FORMAT.md alone: they hold this reader, and every later one, to it.
@Suite("What version 1 wrote is read for ever")
struct EventGoldenTests {
    @Test func aClickKeepsEveryPart() throws {
        let payload = try fixtureBytes("engagement/event-v1-click.bin")
        let view = try EventView(payload.span)
        #expect(view.timeNanoseconds == 1_754_006_400_123_456_789)
        #expect(view.orderTimeNanoseconds == view.timeNanoseconds)
        #expect(view.kind == .click)
        #expect(view.outcome == .redirected)
        #expect(view.reason == DecisionReason.listed.rawValue)
        #expect(view.method == .get)
        #expect(view.httpVersion == 11)
        #expect(view.frozenClass == nil)
        #expect(view.flags == [.subject, .address, .addressHash, .identifierGiven])
        #expect(view.repairs == LinkRepair.rawNonASCII.rawValue)
        #expect(view.headerPresence.contains([.host, .userAgent, .secCHUA]))
        #expect(view.headerOrderHash == 0x0123_4567_89AB_CDEF)
        #expect(view.subject?.keyID == 7)
        #expect(view.address?.description == "192.0.2.0/24")
        #expect(view.addressHash?.keyDay == 20_301)

        let event = Event(view, in: payload.span)
        #expect(event.texts[.va] == "[10596091]")
        #expect(event.texts[.pExpVisitId]?.isEmpty == true)
        #expect(event.texts[.location] == nil)
        #expect(event.link == "https://www.mywebsite.com/new/sale [hero]")
        #expect(event.location == "https://www.mywebsite.com/new/sale")
        #expect(event.lossyFields.isEmpty)
    }

    @Test func theSubjectAndTheHashAreWhatTheKeysMake() throws {
        let payload = try fixtureBytes("engagement/event-v1-click.bin")
        let view = try EventView(payload.span)
        let keys = try KeySet([
            KeyFile(contents: fixtureBytes("engagement/root.key")),
            KeyFile(contents: fixtureBytes("engagement/event-7.key")),
        ])
        var buffer = ByteBuffer(capacity: 1_024)
        let cuid = Array(" John.Doe@mail.com".utf8)
        let normalised = Identifier.normalise(cuid.span, as: .email, into: &buffer)
        let range = try #require(normalised)
        let sectionKey = keys.personKey(section: "8781202".utf8.span)
        let person = buffer.withSpan(of: range) { sectionKey.person(of: $0) }
        #expect(keys.currentEventKey.subject(of: person) == view.subject)

        let secret = Array(UInt8(200)...UInt8(215))
        let key = SipHashKey(bytes: Bytes16(in: secret.span, at: 0))
        let address = try networkAddress([192, 0, 2, 77])
        #expect(AddressHash(of: address, keyDay: 20_301, key: key) == view.addressHash)
        #expect(address.cut(ipv4Prefix: 24, ipv6Prefix: 48) == view.address)
    }

    @Test func aLateOpenStandsAtItsFloor() throws {
        let payload = try fixtureBytes("engagement/event-v1-open-late.bin")
        let view = try EventView(payload.span)
        #expect(view.kind == .open)
        #expect(view.outcome == .pixel)
        #expect(view.flags.contains(.late))
        #expect(view.orderTimeNanoseconds == view.timeNanoseconds + 5_000_000_000)
        #expect(view.address?.description == "2001:db8:1::/48")
        #expect(view.isCut(.userAgent))
        #expect(!view.isCut(.sec))
        #expect(view.range(of: .userAgent)?.count == 511)
        #expect(view.linkRange == nil)
    }

    @Test func aForgottenPersonKeepsATokenAndAVerdict() throws {
        let payload = try fixtureBytes("engagement/event-v1-forgotten.bin")
        let view = try EventView(payload.span)
        #expect(view.frozenClass == .prefetch)
        #expect(view.subject?.keyID == 0)
        #expect(view.flags.keepsNobody)
        let event = Event(view, in: payload.span)
        #expect(event.location == "https://www.mywebsite.com/")
        #expect(event.link == nil)
        #expect(event.repairs == ["unfilledMergeTag"])
    }

    @Test(arguments: ["event-v1-click", "event-v1-open-late", "event-v1-forgotten"])
    func theWriterWritesTheSameBytes(_ name: String) throws {
        let payload = try fixtureBytes("engagement/\(name).bin")
        let view = try EventView(payload.span)
        var sample = SampleEvent()
        sample.facts = EventFacts(
            timeNanoseconds: view.timeNanoseconds, kind: view.kind, outcome: view.outcome, reason: view.reason)
        if view.flags.contains(.late) { sample.facts.lateOrderTimeNanoseconds = view.orderTimeNanoseconds }
        sample.facts.method = view.method
        sample.facts.httpVersion = view.httpVersion
        sample.facts.frozenClass = view.frozenClass
        sample.facts.flags = view.flags
        sample.facts.repairs = view.repairs
        sample.facts.headerPresence = view.headerPresence
        sample.facts.headerOrderHash = view.headerOrderHash
        sample.facts.subject = view.subject
        sample.facts.address = view.address
        sample.facts.addressHash = view.addressHash
        sample.fields = [:]
        for field in EventField.allCases {
            sample.fields[field] = view.range(of: field).map { Array(payload[$0.offsets]) }
            if view.isCut(field) { sample.cutFields.insert(field) }
        }
        #expect(sample.payload == payload)
    }

    @Test func sendsAndNames() throws {
        let sends = try fixtureBytes("engagement/sends-v1.bin")
        let read = try SendsRecord(sends.span)
        #expect(
            read
                == SendsRecord(
                    recordedNanoseconds: 1_754_006_400_123_456_789, sentNanoseconds: 1_754_006_400_123_456_788,
                    sent: 1_000, delivered: 998, linksInMessage: 12,
                    selection: CampaignSelection(sec: "8781202", expId: "17", va: "[10596091]")))
        var buffer = ByteBuffer(capacity: SendsRecord.bytesMax)
        read.append(to: &buffer)
        #expect(buffer.toArray() == sends)

        let name = try fixtureBytes("engagement/name-v1.bin")
        let readName = try NameRecord(name.span)
        #expect(readName.level == .experience)
        #expect(readName.name == "Sömmer sale")
        #expect(readName.selection == CampaignSelection(sec: "8781202", expId: "17"))
        var nameBuffer = ByteBuffer(capacity: NameRecord.bytesMax)
        readName.append(to: &nameBuffer)
        #expect(nameBuffer.toArray() == name)
    }
}
