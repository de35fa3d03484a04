package import Bytes

/// Why a payload, a key file or a rules file can't be read.
package enum EngagementError: Error, Equatable, Sendable {
    /// The record was written by a newer Tremolo: use that version, or a later one, to read this journal.
    case unsupportedVersion(UInt8)
    /// The payload ends inside its fixed part, which would have ended at this byte offset.
    case truncated(byteOffset: Int)
    /// The payload is longer than any of its version can be.
    case tooLong(bytes: Int)
    /// The byte at this offset holds a number that has no meaning there.
    case unknownValue(byteOffset: Int, value: UInt8)
    /// A flag announces a part that this version doesn't know.
    case unknownPart(flags: UInt16)
    /// Two facts of one event exclude each other.
    case contradiction(byteOffset: Int)
    /// An address part with a prefix too long for its family, or with set bits behind the prefix.
    case badAddress(byteOffset: Int)
    /// The field at this offset doesn't have a tag that is greater than the one before.
    case fieldOrder(byteOffset: Int, tag: UInt8)
    /// The length of the field at this offset isn't in its shortest form, or has more than four bytes.
    case fieldLength(byteOffset: Int)
    /// The field at this offset reaches past the payload's end.
    case fieldOverrun(byteOffset: Int)
    /// A field that the record can't do without is missing.
    case missingField(EventField)
    /// A name record holds no name.
    case missingName
    /// The rules file is not JSON5.
    case rulesSyntax(file: String, JSON5Error)
    /// A rules file says something at this place that no rule can.
    case rules(file: String, at: TextPlace, RulesProblem)
    /// A key file is damaged, incomplete or of a newer form; nothing of its secret stands here.
    case keyFile(KeyFileProblem)
    /// The key folder lacks a key that is needed. Restore it from a backup: a new one would make new people of all.
    case missingKey(KeyPurpose)
    /// Two files hold a key of this purpose and id.
    case repeatedKey(KeyPurpose, id: UInt32)
}
