import Bytes
import Engagement
import TestSupport
import Testing
import TrackingLinks

@Suite("The writer keeps what fits, hides addresses and allocates nothing")
struct EventWriterTests {
    struct CutCase: CustomTestStringConvertible {
        let testDescription: String
        let value: [UInt8]
        let kept: [UInt8]
        let isCut: Bool

        init(_ name: String, _ value: [UInt8], kept: [UInt8], isCut: Bool) {
            testDescription = name
            self.value = value
            self.kept = kept
            self.isCut = isCut
        }
    }

    static let letters = [UInt8](repeating: UInt8(ascii: "x"), count: 300)

    @Test(arguments: [
        CutCase("shorter than the limit", Array(letters[..<255]), kept: Array(letters[..<255]), isCut: false),
        CutCase("exactly the limit", Array(letters[..<256]), kept: Array(letters[..<256]), isCut: false),
        CutCase("one longer", Array(letters[..<257]), kept: Array(letters[..<256]), isCut: true),
        CutCase(
            "a scalar of two bytes across the limit", letters[..<255] + [0xC3, 0xA9], kept: Array(letters[..<255]),
            isCut: true),
        CutCase(
            "a scalar of four bytes across the limit", letters[..<253] + [0xF0, 0x9F, 0x8D, 0x8B],
            kept: Array(letters[..<253]), isCut: true),
        CutCase(
            "a scalar of four bytes that ends at the limit", letters[..<252] + [0xF0, 0x9F, 0x8D, 0x8B] + [0x78],
            kept: letters[..<252] + [0xF0, 0x9F, 0x8D, 0x8B], isCut: true),
        CutCase(
            "stray continuation bytes stay", letters[..<252] + [0x80, 0x80, 0x80, 0x80, 0x80],
            kept: letters[..<252] + [0x80, 0x80, 0x80, 0x80], isCut: true),
        CutCase("nothing", [], kept: [], isCut: false),
    ])
    func aValueIsCutAtItsLimit(_ row: CutCase) throws {
        var sample = SampleEvent()
        sample.fields[.network] = row.value
        let payload = sample.payload
        let view = try EventView(payload.span)
        let range = try #require(view.range(of: .network))
        #expect(Array(payload[range.offsets]) == row.kept)
        #expect(view.isCut(.network) == row.isCut)
    }

    @Test func theLargestEventFits() throws {
        var sample = SampleEvent()
        sample.facts.flags = .rawIdentity
        sample.facts.lateOrderTimeNanoseconds = .max
        sample.facts.subject = EventSubject(keyID: 255, pseudonym: .zero)
        let address = try networkAddress([UInt8](repeating: 0xFF, count: 16))
        sample.facts.address = address.cut(ipv4Prefix: 32, ipv6Prefix: 128)
        sample.facts.addressHash = AddressHash(of: address, keyDay: .max, key: SipHashKey(bytes: .zero))
        for field in EventField.allCases { sample.fields[field] = [UInt8](repeating: 0x78, count: 20_000) }
        let payload = sample.payload
        #expect(payload.count <= EventFormat.eventBytesMax)
        let view = try EventView(payload.span)
        for field in EventField.allCases { #expect(view.isCut(field)) }
    }

    @Test func emptyIsNotMissing() throws {
        let event = try SampleEvent().with(.va, "").event()
        #expect(event.texts[.va]?.isEmpty == true)
        #expect(event.texts[.smech] == nil)
    }

    struct MaskCase: CustomTestStringConvertible {
        let testDescription: String
        let value: String
        var isCut = false
        let stored: String
    }

    @Test(arguments: [
        MaskCase(testDescription: "an address", value: "john@mail.example", stored: "(email)"),
        MaskCase(testDescription: "an encoded address", value: "/u/john%40mail.example/x", stored: "/u/(email)/x"),
        MaskCase(testDescription: "encoded twice", value: "/u/john%2540mail.example/x", stored: "/u/(email)/x"),
        MaskCase(
            testDescription: "an address behind a long text", value: "ein langer Text: a@b.cd",
            stored: "ein langer Text: (email)"),
        MaskCase(testDescription: "no address", value: "100% @home", stored: "100% @home"),
        MaskCase(
            testDescription: "an address whose domain was cut off", value: "x?q=john.doe@mai", isCut: true,
            stored: "x?q=(email)"),
        MaskCase(
            testDescription: "an address that lost all of its domain", value: "x?q=john.doe@", isCut: true,
            stored: "x?q=(email)"),
        MaskCase(
            testDescription: "a text that was cut elsewhere", value: "a@b.cd and more", isCut: true,
            stored: "(email) and more"),
        MaskCase(testDescription: "quoted-printable", value: "ann=40secret.example", stored: "(email)"),
        MaskCase(testDescription: "a character reference", value: "a ann&commat;secret.example", stored: "a (email)"),
        MaskCase(testDescription: "a sign in full width", value: "ann＠secret.example", stored: "(email)"),
    ])
    func addressesAreMasked(_ row: MaskCase) throws {
        var sample = SampleEvent().with(.target, row.value)
        if row.isCut { sample.cutFields = [.target] }
        let event = try sample.event()
        #expect(event.texts[.target] == row.stored)
        #expect(event.view.isCut(.target) == row.isCut)

        sample.facts.flags = .rawIdentity
        #expect(try sample.event().texts[.target] == row.value)
    }

    @Test(arguments: [
        "%", "%4", "%2", "%25", "%254", "%2525", "@%4", "@@", "=", "=4", "=40", "%3", "%3D", "%3D4", "&", "&com",
        "&commat",
        "&#", "&#6", "&#64", "&#x", "&#x04", "&#x40", "%26", "%26%23", "%E", "%EF", "%EF%", "%EF%BC", "%EF%BC%A",
        "%25EF%25B9%25A", "＠", "＠secret", "=40secret", "@secret=", "@secret=2", "@secret..", "@192.0.2", "@[", "@[192",
    ])
    func noLocalPartIsLeftBeforeWhatBeginsAnAtSign(_ end: String) throws {
        for (before, local) in [("", "ann"), ("/some/path/", "ann.doe"), ("q=", "\"ann doe\"")] {
            var sample = SampleEvent().with(.target, before + local + end)
            sample.cutFields = [.target]
            #expect(try sample.event().texts[.target] == before + "(email)", "\(local)\(end)")
        }
    }

    @Test(arguments: [
        (" \"ann", " (email)"), ("x \"ann secret", "x (email)"), ("\"a\" \"ann secret", "\"a\" (email)"),
        ("/u/%22ann%20secret", "/u/(email)"), ("a@b.cd \"ann", "(email) (email)"),
        ("x \"" + String(repeating: "y", count: 64), "x (email)"),
        ("x \"" + String(repeating: "y", count: 65), "x \"" + String(repeating: "y", count: 65)),
        ("/some/path", "/some/path"), ("/some/", "/some/"), ("some words", "some words"), ("100%20", "100%20"),
        ("/a%6", "/a%6"), ("/caf%C3", "/caf%C3"), ("a 19\"-monitor", "a 19\"-monitor"), ("\"ann\"", "\"ann\""),
        ("x \"", "x \""), ("/%4", "/%4"), ("?a=b&c=5", "?a=b&c=5"), ("a &copy", "a &copy"), ("", ""),
    ])
    func onlyWhatMayNameSomebodyIsMaskedWhereATextIsCut(_ value: String, _ stored: String) throws {
        var sample = SampleEvent().with(.target, value)
        sample.cutFields = [.target]
        #expect(try sample.event().texts[.target] == stored)
    }

    @Test func anAtSignOfSeveralBytesIsMaskedWhereverAHugeValueIsCut() throws {
        for sign in ["%40", "＠", "%EF%BC%A0", "&commat;", "=40", "%2540"] {
            let unit = "somebody.with.a.long.name\(sign)mail.example "
            let value = String(repeating: unit, count: 400)
            for shift in 0..<unit.utf8.count {
                let event = try SampleEvent().with(.userAgent, String(repeating: "x", count: shift) + " " + value)
                    .event()
                let kept = event.texts[.userAgent] ?? ""
                #expect(!kept.contains("name\(sign.prefix(1))"), "\(sign) \(shift)")
            }
        }
    }

    @Test func everyFieldIsMaskedAndNoPartOfAnAddressIsLeftAtTheLimit() throws {
        for field in EventField.allCases where field != .cuid {
            for before in (field.limitBytes - 30)..<(field.limitBytes + 10) {
                let value = String(repeating: "y", count: before - 1) + " john.doe@mail.example"
                let event = try SampleEvent().with(field, value).event()
                #expect(event.texts[field]?.contains("john") == false, "\(field) behind \(before) bytes")
            }
        }
    }

    @Test func manyAddressesInAHugeValueLeaveNoPartOfOne() throws {
        let value = String(repeating: "somebody.with.a.long.name@mail.example ", count: 400)
        for shift in 0..<40 {
            let event = try SampleEvent().with(.userAgent, String(value.dropFirst(shift))).event()
            let kept = event.texts[.userAgent] ?? ""
            // A text that begins with an at sign has lost the name before it: that is no address.
            #expect(!kept.dropFirst().contains("@"))
            #expect(event.view.isCut(.userAgent))
        }
    }

    @Test func writingAllocatesNothing() throws {
        var writer = EventWriter()
        var buffer = ByteBuffer(capacity: 1 << 20)
        let address = try networkAddress([192, 0, 2, 77])
        let key = SipHashKey(bytes: .zero)
        let agent = Array("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0".utf8)
        let target = Array("https://www.mywebsite.com/u/john%40mail.example/sale".utf8)
        let spelled = Array("ann=40secret.example, ann&#64;secret。example, ann＠192.0.2.77, \"ann doe".utf8)
        let identifier = Array(" John.Doe@mail.com ".utf8)
        let root = try KeyFile(contents: fixtureBytes("engagement/root.key"))
        let keys = try KeySet([root, KeyFile(contents: fixtureBytes("engagement/event-7.key"))])
        let sectionKey = keys.personKey(section: "8781202".utf8.span)
        let eventKey = keys.currentEventKey

        func write(_ times: Int) {
            for _ in 0..<times {
                let start = buffer.count
                var facts = EventFacts(timeNanoseconds: 1, kind: .click, outcome: .redirected, reason: 2)
                if let range = Identifier.normalise(identifier.span, as: .email, into: &buffer) {
                    let person = buffer.withSpan(of: range) { sectionKey.person(of: $0) }
                    facts.subject = eventKey.subject(of: person)
                }
                buffer.truncate(to: start)
                facts.address = address.cut(ipv4Prefix: 24, ipv6Prefix: 48)
                facts.addressHash = AddressHash(of: address, keyDay: 20_000, key: key)
                writer.begin(facts, into: &buffer)
                writer.append(.sec, "8781202".utf8.span, into: &buffer)
                writer.append(.target, target.span, into: &buffer)
                writer.append(.link, spelled.span, isCut: true, into: &buffer)
                writer.append(.userAgent, agent.span, into: &buffer)
            }
        }
        write(1)
        let allocations = allocationCount { write(100) }
        #expect(allocations == 0)
        let written = buffer.count
        #expect(written > 100 * 32)
    }

    @Test func readingAndJudgingAllocateNothing() throws {
        let rules = try shippedRules()
        let classifier = Classifier(rules: rules)
        let payload = try fixtureBytes("engagement/event-v1-click.bin")
        var classes = 0
        func judge(_ times: Int) {
            for _ in 0..<times {
                guard let view = try? EventView(payload.span) else { continue }
                let judgement = classifier.judge(view, in: payload.span)
                let verdict = rules.verdict(on: RequestEvidence(kind: .open, method: .get), in: payload.span)
                if judgement.engagementClass == .human, verdict.engagementClass == .machine { classes += 1 }
            }
        }
        judge(1)
        let allocations = allocationCount { judge(100) }
        #expect(allocations == 0)
        #expect(classes == 101)
    }
}
