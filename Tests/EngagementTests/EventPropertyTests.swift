import Bytes
import Engagement
import TestSupport
import Testing
import TrackingLinks

@Suite("What is written is read back, and nothing else traps")
struct EventPropertyTests {
    static let seed: UInt64 = 0x7265_6D6F_6C6F

    @Test func whatIsWrittenIsReadBack() throws {
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<1_000 {
            let sample = Self.randomEvent(using: &random)
            let payload = sample.payload
            let view = try EventView(payload.span)
            let comment: Comment = "seed \(Self.seed), round \(round)"
            #expect(view.timeNanoseconds == sample.facts.timeNanoseconds, comment)
            #expect(
                view.orderTimeNanoseconds == sample.facts.lateOrderTimeNanoseconds ?? sample.facts.timeNanoseconds,
                comment)
            #expect(view.kind == sample.facts.kind, comment)
            #expect(view.outcome == sample.facts.outcome, comment)
            #expect(view.reason == sample.facts.reason, comment)
            #expect(view.method == sample.facts.method, comment)
            #expect(view.frozenClass == sample.facts.frozenClass, comment)
            #expect(view.repairs == sample.facts.repairs, comment)
            #expect(view.headerPresence == sample.facts.headerPresence, comment)
            #expect(view.headerOrderHash == sample.facts.headerOrderHash, comment)
            #expect(view.subject == sample.facts.subject, comment)
            #expect(view.address == sample.facts.address, comment)
            #expect(view.addressHash == sample.facts.addressHash, comment)
            for field in EventField.allCases {
                let read = view.range(of: field).map { Array(payload[$0.offsets]) }
                #expect(read == sample.fields[field], "\(field), seed \(Self.seed), round \(round)")
            }
            Self.expectStretches(view, payload, comment)
        }
    }

    /// A stretch holds its fields with their heads, and nothing else.
    private static func expectStretches(_ view: EventView, _ payload: [UInt8], _ comment: Comment) {
        let stretches: [(range: ByteRange, fields: [EventField])] = [
            (view.stretches.campaign, [.sec, .expId, .expVer]), (view.stretches.variation, [.mech, .smech, .va]),
            (view.stretches.target, [.label, .target, .link]),
            (view.stretches.evidence, [.userAgent, .secPurpose, .purpose, .xMoz, .xPurpose]),
        ]
        for (range, fields) in stretches {
            let there = fields.compactMap { view.range(of: $0) }
            let heads = there.map { $0.count < 128 ? 2 : $0.count < 16_384 ? 3 : 4 }
            #expect(Int(range.count) == there.reduce(0) { $0 + Int($1.count) } + heads.reduce(0, +), comment)
            #expect(there.last.map(\.end) ?? range.start == range.end, comment)
            for field in EventField.allCases where !fields.contains(field) {
                guard let other = view.range(of: field) else { continue }
                #expect(other.end <= range.start || other.start > range.end, comment)
            }
        }
        let isFrozen = view.frozenClass != nil || view.flags.keepsNobody
        #expect((view.stretches.evidenceBits == nil) == isFrozen, comment)
        let frozen = [EventField.frozenReason, .frozenRules, .frozenClient, .frozenDevice, .frozenCountry]
        #expect(view.stretches.hasFrozenFields == frozen.contains { view.range(of: $0) != nil }, comment)
    }

    @Test(arguments: ["event-v1-click", "event-v1-open-late", "event-v1-forgotten"])
    func everyTruncationIsAnErrorOrAnEventWithFewerFields(_ name: String) throws {
        let payload = try fixtureBytes("engagement/\(name).bin")
        let whole = try EventView(payload.span)
        for count in 0..<payload.count {
            let cut = Array(payload[..<count])
            guard let view = try? EventView(cut.span) else { continue }
            #expect(count >= 32)
            for field in EventField.allCases {
                guard let range = view.range(of: field) else { continue }
                #expect(whole.range(of: field) == range)
            }
        }
    }

    @Test(arguments: ["event-v1-click", "event-v1-open-late", "event-v1-forgotten"])
    func everyFlippedBitIsAnErrorOrAnEvent(_ name: String) throws {
        let payload = try fixtureBytes("engagement/\(name).bin")
        let classifier = Classifier(rules: .builtIn)
        for offset in payload.indices {
            for bit in 0..<8 {
                var damaged = payload
                damaged[offset] ^= 1 << UInt8(bit)
                Self.useEverything(damaged, classifier, isPrinted: bit == offset & 7)
            }
        }
    }

    @Test func randomBytesNeverTrap() throws {
        var random = SeededGenerator(seed: Self.seed)
        let classifier = Classifier(rules: .builtIn)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            // Half of them get a head that is read, so that what stands behind it is looked at too.
            if bytes.count > 32, Bool.random(using: &random) {
                bytes.replaceSubrange(8..<14, with: [1, 1, 2, 1, 11, 0])
                bytes[14] &= 0b1111
                bytes[15] = 1
            }
            Self.useEverything(bytes, classifier)
        }
    }

    /// Reads a payload and whatever can be asked of it, for every kind of record.
    private static func useEverything(_ payload: [UInt8], _ classifier: Classifier, isPrinted: Bool = true) {
        _ = try? SendsRecord(payload.span)
        _ = try? NameRecord(payload.span)
        guard let view = try? EventView(payload.span) else { return }
        let judgement = classifier.judge(view, in: payload.span)
        guard isPrinted else { return }
        var writer = JSONWriter()
        EventJSON.write(
            Event(view, in: payload.span),
            EventJSON.Context(identity: "n/e/0/1", judgement: judgement, isFinal: true), classifier: classifier,
            into: &writer)
        var buffer = ByteBuffer(capacity: EventFormat.eventBytesMax)
        _ = LinkKey.append(view, in: payload.span, to: &buffer)
    }

    private static func randomEvent(using random: inout SeededGenerator) -> SampleEvent {
        var sample = SampleEvent()
        let isOpen = Bool.random(using: &random)
        let outcomes = Outcome.allCases.filter { ($0 == .pixel) == isOpen }
        sample.facts = EventFacts(
            timeNanoseconds: random.next(), kind: isOpen ? .open : .click,
            outcome: outcomes.randomElement(using: &random) ?? .pixel, reason: UInt8.random(in: 0...255, using: &random)
        )
        if Bool.random(using: &random) { sample.facts.lateOrderTimeNanoseconds = random.next() }
        sample.facts.method = RequestMethod.allCases.randomElement(using: &random) ?? .get
        sample.facts.httpVersion = [0, 10, 11].randomElement(using: &random) ?? 0
        sample.facts.frozenClass =
            Bool.random(using: &random) ? EngagementClass.allCases.randomElement(using: &random) : nil
        sample.facts.flags = .rawIdentity
        sample.facts.repairs = UInt32(truncatingIfNeeded: random.next())
        sample.facts.headerPresence = HeaderPresence(rawValue: UInt16(truncatingIfNeeded: random.next()))
        sample.facts.headerOrderHash = random.next()
        if Bool.random(using: &random) {
            sample.facts.subject = EventSubject(
                keyID: UInt8.random(in: 1...255, using: &random),
                pseudonym: Bytes16(littleEndian: random.next(), random.next()))
        }
        let bytes = (0..<(Bool.random(using: &random) ? 4 : 16)).map { _ in UInt8.random(in: 0...255, using: &random) }
        if let address = NetworkAddress(networkBytes: bytes.span) {
            if Bool.random(using: &random) {
                sample.facts.address = address.cut(
                    ipv4Prefix: Int.random(in: 0...32, using: &random),
                    ipv6Prefix: Int.random(in: 0...128, using: &random))
            }
            if Bool.random(using: &random) {
                let key = SipHashKey(bytes: Bytes16(littleEndian: random.next(), random.next()))
                sample.facts.addressHash = AddressHash(of: address, keyDay: 20_000, key: key)
            }
        }
        sample.fields = [:]
        for field in EventField.allCases where Bool.random(using: &random) {
            let longest = Bool.random(using: &random) ? 8 : field.limitBytes
            let count = Int.random(in: 0...longest, using: &random)
            sample.fields[field] = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        return sample
    }
}
