import Bytes
import Engagement
import TestSupport
import Testing
import TrackingLinks

@Suite("What forgetting leaves of an event is what is listed, and a kept verdict changes nothing but the verdict")
struct ForgottenEventTests {
    private static let verdict = FrozenVerdict(
        engagementClass: .machine, reason: "link-burst", rules: "v1", client: "Firefox", device: "desktop",
        country: "DE")
    private static let kept: Set<EventField> = [
        .sec, .expId, .expVer, .mech, .smech, .va, .pExpId, .pExpVer, .pMech, .pSmech, .pVa, .label, .target, .link,
        .location,
    ]

    private static func forgotten(_ payload: [UInt8], token: Bytes16? = .zero) throws -> [UInt8] {
        var writer = ForgottenEvent()
        var buffer = ByteBuffer(capacity: EventFormat.eventBytesMax)
        writer.append(
            try EventView(payload.span), in: payload.span, token: token, verdict: verdict, into: &buffer)
        return buffer.toArray()
    }

    private static func keeping(_ payload: [UInt8]) throws -> [UInt8] {
        var buffer = ByteBuffer(capacity: 2 * EventFormat.eventBytesMax)
        let isKept = ForgottenEvent.appendKeeping(
            verdict, of: try EventView(payload.span), in: payload.span, into: &buffer)
        try #require(isKept)
        return buffer.toArray()
    }

    private static func random(_ random: inout SeededGenerator) -> SampleEvent {
        var sample = SampleEvent()
        let isOpen = Bool.random(using: &random)
        sample.facts = EventFacts(
            timeNanoseconds: random.next(), kind: isOpen ? .open : .click,
            outcome: isOpen ? .pixel : .redirected, reason: UInt8.random(in: 0...255, using: &random))
        if Bool.random(using: &random) { sample.facts.lateOrderTimeNanoseconds = random.next() }
        sample.facts.method = .get
        sample.facts.httpVersion = 11
        sample.facts.repairs = UInt32.random(in: 0...UInt32.max, using: &random)
        sample.facts.headerOrderHash = random.next()
        sample.facts.headerPresence = HeaderPresence(rawValue: 0xFFFF)
        sample.facts.flags = .identifierGiven
        sample.facts.subject = EventSubject(keyID: 3, pseudonym: Bytes16(littleEndian: random.next(), random.next()))
        sample.facts.addressHash = AddressHash(keyDay: 20_000, value: random.next())
        for field in EventField.allCases
        where field != .cuid && field.rawValue < EventField.frozenReason.rawValue && Bool.random(using: &random) {
            let count = Int.random(in: 0...300, using: &random)
            sample.fields[field] = (0..<count).map { _ in UInt8.random(in: 0x61...0x7A, using: &random) }
        }
        return sample
    }

    @Test("Every field, flag and part is listed or gone, whatever the event was")
    func property() throws {
        var random = SeededGenerator(seed: 0xF0_46_E7)
        let token = Bytes16(littleEndian: 5, 6)
        for round in 0..<500 {
            let sample = Self.random(&random)
            let payload = sample.payload
            let before = try EventView(payload.span)
            let left = try Self.forgotten(payload, token: token)
            let view = try EventView(left.span)
            let comment: Comment = "round \(round)"
            #expect(view.timeNanoseconds == before.timeNanoseconds && view.kind == before.kind, comment)
            #expect(view.orderTimeNanoseconds == before.orderTimeNanoseconds, comment)
            #expect(view.outcome == before.outcome && view.reason == before.reason, comment)
            #expect(view.repairs == before.repairs && view.frozenClass == .machine, comment)
            #expect(view.subject == EventSubject(keyID: 0, pseudonym: token), comment)
            #expect(view.flags.subtracting([.subject, .late]) == .forgotten, comment)
            #expect(view.method == .notKept && view.httpVersion == 0 && view.headerOrderHash == 0, comment)
            #expect(view.headerPresence == [] && view.address == nil && view.addressHash == nil, comment)
            for field in EventField.allCases {
                let after = view.range(of: field).map { Array(left[$0.offsets]) }
                let was = before.range(of: field).map { Array(payload[$0.offsets]) }
                if Self.kept.contains(field) {
                    #expect(after == was && view.isCut(field) == before.isCut(field), "\(field), round \(round)")
                } else if field.rawValue < EventField.frozenReason.rawValue {
                    #expect(after == nil, "\(field), round \(round)")
                }
            }
            // Forgotten once more it is the same but for the token, which nobody gives it again.
            #expect(try Self.forgotten(left, token: token) == left, comment)
            let isSame = ForgottenEvent.isSame(payload.span, left.span)
            let words = ForgottenEvent.changedWords(of: before, payload.span, in: left.span)
            #expect(isSame && words.isEmpty, comment)
        }
    }

    @Test("An email address in a raw event's words and link is masked, and the identifier is gone")
    func raw() throws {
        var sample = SampleEvent.click(userAgent: "agent")
        sample.facts.flags = [.rawIdentity, .identifierGiven]
        for (field, text) in [
            (EventField.va, "ann@mail.example"), (.cuid, "ann@mail.example"), (.pVa, "x ann%40mail.example y"),
            (.target, "https://shop.example/u/ann@mail.example"), (.label, "hero"),
        ] {
            sample.fields[field] = Array(text.utf8)
        }
        let payload = sample.payload
        let left = try Self.forgotten(payload, token: nil)
        let event = Event(try EventView(left.span), in: left.span)
        #expect(event.texts[.va] == "(email)" && event.texts[.target] == "https://shop.example/u/(email)")
        #expect(event.texts[.pVa] == "x (email) y" && event.texts[.label] == "hero" && event.texts[.cuid] == nil)
        #expect(event.subjectText == nil)
        let words = ForgottenEvent.changedWords(of: try EventView(payload.span), payload.span, in: left.span)
        #expect(words.map(\.field) == [.va, .pVa, .target])
    }

    @Test("The person's identifier is masked in every form that is known, and what is left is written down")
    func identifiers() throws {
        let hash = SHA256Digest.hash("ann@mail.example".utf8.span).description
        var sample = SampleEvent.click(userAgent: "agent")
        for (field, text) in [
            (EventField.sec, "customer-7"), (.expId, "customer-7"), (.va, "[\(hash)]"), (.label, "customer-71"),
            (.target, "https://shop.example/u/\(hash.uppercased())/x"), (.pVa, "\(hash.prefix(20))"),
        ] {
            sample.fields[field] = Array(text.utf8)
        }
        sample.cutFields = [.pVa]
        let payload = sample.payload
        let event = try EventView(payload.span)
        var writer = ForgottenEvent()
        var buffer = ByteBuffer(capacity: EventFormat.eventBytesMax)
        let forms = ["customer-7", hash].map { Array($0.utf8) }
        writer.append(event, in: payload.span, token: .zero, verdict: Self.verdict, masking: forms, into: &buffer)
        let left = buffer.toArray()
        let view = try EventView(left.span)
        let texts = Event(view, in: left.span).texts
        #expect(texts[.sec] == "customer-7" && texts[.expId] == "(email)" && texts[.va] == "[(email)]")
        #expect(texts[.target] == "https://shop.example/u/(email)/x" && texts[.label] == "customer-71")
        #expect(texts[.pVa] == "(email)" && view.isCut(.pVa))
        // Who carries it out knows the words and not the identifier.
        let words = ForgottenEvent.changedWords(of: event, payload.span, in: left.span)
        #expect(
            words.map(\.field) == [.expId, .va, .pVa, .target] && words.map(\.isCut) == [false, false, true, false])
        buffer.removeAll()
        writer.append(event, in: payload.span, token: .zero, verdict: Self.verdict, words: words, into: &buffer)
        #expect(buffer.toArray() == left)
    }

    @Test("A kept verdict stands beside everything else, judges by itself, and comes off again")
    func keptVerdict() throws {
        var random = SeededGenerator(seed: 7)
        let classifier = Classifier(rules: .builtIn)
        for _ in 0..<200 {
            let payload = Self.random(&random).payload
            let kept = try Self.keeping(payload)
            let (before, view) = (try EventView(payload.span), try EventView(kept.span))
            let restored = view.withoutKeptVerdict(kept.span)
            #expect(restored == payload)
            #expect(view.keptClass == .machine && before.keptClass == nil)
            #expect(view.stretches.evidenceBits == before.stretches.evidenceBits)
            let judged = classifier.judge(view, in: kept.span)
            #expect(judged.engagementClass == .machine && classifier.reason(of: judged) == "link-burst")
            let alone = classifier.judge(before, in: payload.span)
            let evidence = classifier.judgeEvidence(of: view, in: kept.span)
            #expect(evidence == alone)
            #expect(judged.clientNumber == alone.clientNumber && judged.networkNumber == alone.networkNumber)
            let isSame = ForgottenEvent.isSame(kept.span, payload.span)
            #expect(isSame)
        }
    }

    @Test("Two events are one only where what stays is the same")
    func same() throws {
        let payload = SampleEvent.click(userAgent: "agent").payload
        var later = SampleEvent.click(userAgent: "agent")
        later.facts.timeNanoseconds += 1
        let another = SampleEvent.click(userAgent: "another").payload
        let rows: [(one: [UInt8], other: [UInt8])] = [
            (try Self.forgotten(payload), later.payload), (payload, another), (payload, [1, 2, 3]),
        ]
        for row in rows {
            let isSame = ForgottenEvent.isSame(row.one.span, row.other.span)
            #expect(!isSame)
        }
    }
}
