import Bytes
import Engagement
import Foundation
import TestSupport
import Testing
import TrackingLinks

/// An event to be written: what tests build and compare.
struct SampleEvent {
    var facts = EventFacts(timeNanoseconds: 1_754_006_400_123_456_789, kind: .click, outcome: .redirected, reason: 2)
    var fields: [EventField: [UInt8]] = [.sec: Array("8781202".utf8)]
    var cutFields: Set<EventField> = []

    static func click(userAgent: String?, method: RequestMethod = .get) -> SampleEvent {
        var event = SampleEvent()
        event.facts.method = method
        event.facts.httpVersion = 11
        event.fields[.userAgent] = userAgent.map { Array($0.utf8) }
        return event
    }

    static func open(userAgent: String?, method: RequestMethod = .get) -> SampleEvent {
        var event = click(userAgent: userAgent, method: method)
        event.facts.kind = .open
        event.facts.outcome = .pixel
        event.facts.reason = 1
        return event
    }

    func with(_ field: EventField, _ text: String) -> SampleEvent {
        var event = self
        event.fields[field] = Array(text.utf8)
        return event
    }

    func withHeaders(_ presence: HeaderPresence) -> SampleEvent {
        var event = self
        event.facts.headerPresence = presence
        return event
    }

    /// The payload as the hot path writes it.
    var payload: [UInt8] {
        var writer = EventWriter()
        var buffer = ByteBuffer(capacity: EventFormat.eventBytesMax)
        writer.begin(facts, into: &buffer)
        for field in EventField.allCases {
            guard let value = fields[field] else { continue }
            writer.append(field, value.span, isCut: cutFields.contains(field), into: &buffer)
        }
        return buffer.toArray()
    }

    /// What the decoder makes of the payload.
    func event() throws -> Event {
        let payload = payload
        return Event(try EventView(payload.span), in: payload.span)
    }
}

/// The bytes of a file under `Tests/Fixtures`.
func fixtureBytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: fixture(name))))
}

/// The rule files as they are shipped.
func shippedRuleFiles() throws -> [RuleFile] {
    let folder = URL(fileURLWithPath: fixture("../../Config/rules")).standardizedFileURL
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        .filter { $0.pathExtension == "json5" }
        .map { RuleFile(name: $0.lastPathComponent, bytes: Array(try Data(contentsOf: $0))) }
}

/// The rule set that ships, read once.
func shippedRules() throws -> RuleSet { try shipped.get() }

private let shipped = Result { try RuleSet(files: shippedRuleFiles()) }

/// The address of 4 or 16 bytes.
func networkAddress(_ bytes: [UInt8]) throws -> NetworkAddress {
    let address = NetworkAddress(networkBytes: bytes.span)
    return try #require(address)
}
