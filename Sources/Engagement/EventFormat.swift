/// The numbers that `FORMAT.md` fixes for the payloads of this room.
package enum EventFormat {
    /// The journal's kind for a click or an open.
    package static let eventRecordKind: UInt8 = 1
    /// The version of the event's payload that is written.
    package static let eventVersion: UInt8 = 1
    /// The journal's kind for numbers of messages sent.
    package static let sendsRecordKind: UInt8 = 3
    /// The version of the sends' payload that is written.
    package static let sendsVersion: UInt8 = 1
    /// The journal's kind for a name.
    package static let nameRecordKind: UInt8 = 4
    /// The version of the name's payload that is written.
    package static let nameVersion: UInt8 = 1
    /// The journal's kind for a change of consent.
    package static let consentRecordKind: UInt8 = 5
    /// The version of the consent's payload that is written.
    package static let consentVersion: UInt8 = 1
    /// The version of the key change's payload that is written.
    package static let keyChangeVersion: UInt8 = 1
    /// The version of the forgetting's payload that is written.
    package static let forgettingVersion: UInt8 = 1
    /// Bytes of an event's fixed head.
    static let headBytes = 32
    /// The most bytes that one event takes, parts and every field at its limit included.
    package static let eventBytesMax = 16_384
}
