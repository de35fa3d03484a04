import Bytes
package import Campaigns
package import Engagement
package import TestSupport
import TrackingLinks

/// Random events of a few campaigns, as payloads and as facts.
package struct RandomEvents {
    package var random: SeededGenerator
    let sections: SectionDirectory
    /// People that there are.
    package var people = 40
    /// Values that each of the words may have.
    package var wordCount = 3
    /// Bytes that a client sends as its user agent; empty for none.
    package var hostile: [UInt8] = []
    private let buffer = PayloadBuffer()

    package init(seed: UInt64, sections: SectionDirectory) {
        random = SeededGenerator(seed: seed)
        self.sections = sections
    }

    /// One event at `time`; late ones were written under `floor`.
    package mutating func next(time: UInt64, lateUnder floor: UInt64?) -> (payload: [UInt8], fact: EventFact) {
        let kind: TrackingResource = Bool.random(using: &random) ? .click : .open
        let outcome: Outcome = kind == .open ? .pixel : pick([.redirected, .redirected, .asked, .fallback, .refused])
        var facts = EventFacts(timeNanoseconds: time, kind: kind, outcome: outcome, reason: 1)
        facts.lateOrderTimeNanoseconds = floor
        facts.method = .get
        let engagementClass = pick(EngagementClass.allCases)
        facts.frozenClass = engagementClass
        let repairs: LinkRepair = pick([[], [], .brokenEscape, [.brokenEscape, .gluedTail], .nestedLink])
        facts.repairs = repairs.rawValue
        let section = pick(["berlin", "york", "utc", "nobody's"])
        var fact = EventFact(
            timeNanoseconds: time, kind: kind, outcome: outcome, engagementClass: engagementClass,
            section: sections.sections[section] == nil ? "(unknown)" : section)
        if Int.random(in: 0..<5, using: &random) > 0 {
            // Pseudonyms are keyed by section: whoever is 7 in one section is somebody else in another.
            let person = UInt64.random(in: 0..<UInt64(people), using: &random) &* 0x9E37_79B9_7F4A_7C15
            facts.subject = EventSubject(keyID: 1, pseudonym: Bytes16(littleEndian: person, 99))
            fact.person = person
        }
        fact.repairs = repairs.names
        let fields = fields(section: section, kind: kind, into: &fact)
        return (buffer.write(facts, fields, userAgent: hostile), fact)
    }

    private mutating func fields(
        section: String, kind: TrackingResource, into fact: inout EventFact
    ) -> [(EventField, String)] {
        var fields: [(EventField, String)] = [(.sec, section)]
        for (column, field) in [
            (ReportColumn.expId, EventField.expId), (.expVer, .expVer), (.mech, .mech), (.smech, .smech), (.va, .va),
        ] {
            guard let word = word() else { continue }
            fields.append((field, word))
            fact.words[column] = word
        }
        if kind == .click, Int.random(in: 0..<8, using: &random) > 0 {
            let host = pick(["www.example.com", "example.net:8443", "[2001:db8::1]"])
            let target = "https://\(host)/" + pick(["", "sale", "cart?x=1"])
            let label = Int.random(in: 0..<4, using: &random) == 0 ? "hero" : nil
            if let label { fields.append((.label, label)) }
            fields.append((.target, target))
            var link = target
            if Int.random(in: 0..<4, using: &random) == 0 {
                link = "https://www.example.com/fallback"
                fields.append((.link, link))
            }
            fact.link = label.map { "\(link) [\($0)]" } ?? link
            fact.host = host
            fact.target = target
        }
        let client = pick(["Firefox", "Outlook"])
        let device = pick(["desktop", "phone"])
        fields += [(.frozenClient, client), (.frozenDevice, device)]
        fact.words[.client] = client
        fact.words[.device] = device
        if Bool.random(using: &random) {
            fact.country = pick(["DE", "US"])
            fields.append((.frozenCountry, fact.country ?? ""))
        }
        return fields
    }

    /// One of few words; nil for a field that is missing.
    private mutating func word() -> String? {
        let number = Int.random(in: 0...wordCount, using: &random)
        return number == 0 ? nil : number == 1 ? "" : "w\(number)"
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
}

/// Room to write payloads in.
package final class PayloadBuffer {
    private var writer = EventWriter()
    private var buffer = ByteBuffer(capacity: EventFormat.eventBytesMax)

    package init() {}

    package func write(
        _ facts: EventFacts, _ fields: [(EventField, String)], userAgent: [UInt8] = []
    ) -> [UInt8] {
        buffer.removeAll()
        writer.begin(facts, into: &buffer)
        var rest = userAgent
        for (field, text) in fields {
            if !rest.isEmpty, field.rawValue > EventField.userAgent.rawValue {
                writer.append(.userAgent, rest.span, into: &buffer)
                rest = []
            }
            let bytes = Array(text.utf8)
            writer.append(field, bytes.span, into: &buffer)
        }
        return buffer.toArray()
    }
}
