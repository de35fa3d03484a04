import Bytes
import Engagement
import Testing
import TrackingLinks

@Suite("An event is printed with always the same keys")
struct EventJSONTests {
    static let keys = [
        "time", "id", "kind", "outcome", "reason", "repairs", "sec", "expId", "expVer", "expVisitId", "mech", "smech",
        "va", "parent", "cuidType", "subject", "target", "link", "location", "method", "userAgent", "address",
        "network", "class", "classReason", "rules", "client", "device", "platform", "country", "final", "lossy",
    ]

    @Test func aClick() throws {
        let payload = try fixtureBytes("engagement/event-v1-click.bin")
        let classifier = Classifier(rules: try shippedRules())
        let rules = classifier.rules.version
        let pseudonym = try #require(try EventView(payload.span).subject?.pseudonym.hex)
        #expect(
            try print(payload, classifier) == """
                {"time":"2025-08-01T00:00:00.123456Z","id":"n/e/0/1","kind":"click","outcome":"redirected",\
                "reason":"listed","repairs":["rawNonASCII"],"sec":"8781202","expId":"17","expVer":"2",\
                "expVisitId":"-3913585306572009774","mech":"1","smech":"null","va":"[10596091]",\
                "parent":{"expId":"0","expVer":"0","expVisitId":"","mech":"0","smech":"","va":""},"cuidType":"ihe",\
                "subject":"\(pseudonym)","target":"https://www.mywebsite.com/sale",\
                "link":"https://www.mywebsite.com/new/sale [hero]","location":"https://www.mywebsite.com/new/sale",\
                "method":"GET",\
                "userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",\
                "address":"192.0.2.0/24","network":"office","class":"human","classReason":"default",\
                "rules":"\(rules)","client":"Firefox","device":"desktop","platform":"Linux","country":null,\
                "final":true,"lossy":[]}
                """)
    }

    @Test func whatIsNotThereIsNull() throws {
        var sample = SampleEvent.open(userAgent: nil)
        sample.fields = [:]
        let classifier = Classifier(rules: .builtIn)
        let object = try JSON5.parse(print(sample.payload, classifier, isFinal: false).utf8.span)
        #expect(object.members?.map(\.key) == Self.keys)
        let nulls = (object.members ?? []).filter { $0.value.isNull }.map(\.key)
        #expect(
            nulls == [
                "sec", "expId", "expVer", "expVisitId", "mech", "smech", "va", "parent", "cuidType", "subject",
                "target",
                "link", "location", "userAgent", "address", "network", "country",
            ])
        #expect(object["final"]?.bool == false)
        #expect(object["client"]?.string == "unknown")
        #expect(object["rules"]?.string == "built-in-2")
    }

    @Test func textThatIsNotUTF8IsRepairedAndNamed() throws {
        var sample = SampleEvent()
        sample.fields[.expId] = [0x61, 0xFF]
        sample.fields[.label] = [0xC3]
        let object = try JSON5.parse(print(sample.payload, Classifier(rules: .builtIn)).utf8.span)
        #expect(object["expId"]?.string == "a\u{FFFD}")
        #expect(object["link"]?.string == " [\u{FFFD}]")
        #expect(object["lossy"]?.array?.map(\.string) == ["expId", "tlink"])
    }

    @Test func rawIdentityPrintsTheIdentifier() throws {
        var sample = SampleEvent().with(.cuid, "john@mail.example")
        sample.facts.flags = .rawIdentity
        sample.facts.subject = EventSubject(keyID: 1, pseudonym: .zero)
        let classifier = Classifier(rules: .builtIn)
        let raw = try JSON5.parse(print(sample.payload, classifier).utf8.span)
        #expect(raw["subject"]?.string == "john@mail.example")
        sample.fields[.cuid] = nil
        let none = try JSON5.parse(print(sample.payload, classifier).utf8.span)
        #expect(none["subject"]?.isNull == true)
    }

    @Test func aForgottenPersonsEventSaysWhatWasKept() throws {
        let payload = try fixtureBytes("engagement/event-v1-forgotten.bin")
        let object = try JSON5.parse(print(payload, Classifier(rules: .builtIn)).utf8.span)
        #expect(object["class"]?.string == "prefetch")
        #expect(object["classReason"]?.string == "apple-mpp")
        #expect(object["rules"]?.string == "0123456789abcdef")
        #expect(object["country"]?.string == "CH")
        #expect(object["client"]?.string == "Apple Mail")
        #expect(object["method"]?.isNull == true)
    }

    struct Place: CustomTestStringConvertible {
        let outcome: Outcome
        let location: String?
        let printed: String?
        var testDescription: String { "\(outcome.name), \(location ?? "none stored")" }
    }

    @Test(arguments: [
        Place(outcome: .redirected, location: nil, printed: "https://a.example/"),
        Place(outcome: .redirected, location: "https://b.example/", printed: "https://b.example/"),
        Place(outcome: .fallback, location: "https://b.example/", printed: "https://b.example/"),
        Place(outcome: .fallback, location: nil, printed: nil),
        Place(outcome: .asked, location: nil, printed: nil),
        Place(outcome: .refused, location: nil, printed: nil),
    ])
    func theLocationIsWhereTheRecipientWent(_ row: Place) throws {
        var sample = SampleEvent().with(.target, "https://a.example/")
        sample.facts.outcome = row.outcome
        if let location = row.location { sample = sample.with(.location, location) }
        let payload = sample.payload
        let view = try EventView(payload.span)
        let range = view.locationRange
        let stored = range.map { String(decoding: payload[$0.offsets], as: UTF8.self) }
        #expect(stored == row.printed)
        #expect(Event(view, in: payload.span).location == row.printed)
    }

    @Test func theLinkKeyIsTheSameInBothForms() throws {
        for (target, label) in [("https://a.example/", nil), ("https://a.example/", "hero"), (nil, "hero"), (nil, nil)]
            + [("https://a.example/", "")] as [(String?, String?)]
        {
            var sample = SampleEvent()
            if let target { sample = sample.with(.target, target) }
            if let label { sample = sample.with(.label, label) }
            let payload = sample.payload
            let view = try EventView(payload.span)
            var buffer = ByteBuffer(capacity: LinkKey.bytesMax)
            let isThere = LinkKey.append(view, in: payload.span, to: &buffer)
            let text = buffer.withSpan { $0.toString() }
            let link = Event(view, in: payload.span).link
            #expect(isThere == (link != nil))
            #expect(text == link ?? "")
        }
    }

    private func print(_ payload: [UInt8], _ classifier: Classifier, isFinal: Bool = true) throws -> String {
        let view = try EventView(payload.span)
        let judgement = classifier.judge(view, in: payload.span)
        var writer = JSONWriter()
        EventJSON.write(
            Event(view, in: payload.span),
            EventJSON.Context(identity: "n/e/0/1", judgement: judgement, isFinal: isFinal), classifier: classifier,
            into: &writer)
        return writer.text
    }
}
