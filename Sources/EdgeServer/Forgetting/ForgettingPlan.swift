import Bytes
import Engagement
import Journal

/// What is changed where when a person is forgotten, decided as a whole before the first change: whoever carries it out
/// after a kill does the same.
///
/// It holds pseudonyms and tokens, and words in which an identifier was masked, never the identifier.
struct ForgettingPlan: Equatable, Sendable {
    /// What becomes of a record.
    struct Change: Equatable, Sendable {
        /// The record's sequence.
        var sequence: UInt64
        /// True for one of the person's; false for another's whose verdict is kept.
        var isForgotten: Bool
        /// The place of the verdict in `verdicts`.
        var verdict: Int
        /// What is left of fields in which an address or the person's identifier stood.
        var words: [ForgottenEvent.Word] = []
    }

    /// A segment that is rewritten.
    struct Segment: Equatable, Sendable {
        /// Its shard.
        var shard: ShardIdentity
        /// The sequence of its first record.
        var firstSequence: UInt64
        /// What changes in it, by ascending sequence; nothing where no more than remains of records is erased.
        var changes: [Change] = []
    }

    /// A pseudonym of the person, and what stands in its place.
    struct Token: Equatable, Sendable {
        /// What events hold, and stores in part.
        var subject: EventSubject
        /// Random.
        var token: Bytes16
    }

    /// Every pseudonym that the person has in the section: one under each event key, also one that is not there any
    /// more where events tell it.
    var tokens: [Token]
    /// The verdicts that changes name.
    var verdicts: [FrozenVerdict] = []
    /// The segments.
    var segments: [Segment] = []
    /// Words that figures are kept by lose an address or an identifier: the figures are made anew.
    var needsRebuild = false
    /// What is recorded for the other nodes of a fleet once all is done; nil where nobody is told.
    var told: ForgettingRecord?
    /// What it comes to, as far as it is known before.
    var receipt: ForgettingReceipt

    /// The hashes that people are counted by: the new one by the old one.
    var hashes: [UInt64: UInt64] {
        Dictionary(
            tokens.map { ($0.subject.hash64, EventSubject(keyID: 0, pseudonym: $0.token).hash64) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The pseudonyms as bytes.
    var patterns: Set<[UInt8]> { Set(tokens.map { $0.subject.pseudonym.withSpan { $0.toArray() } }) }
}

// The form of the file: one JSON object, written and read by one version or a later one.

extension ForgettingPlan {
    private static let format = 1

    /// The file's contents.
    var contents: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("format")
        writer.number(Self.format)
        writer.key("receipt")
        receipt.write(to: &writer)
        writer.key("rebuild")
        writer.bool(needsRebuild)
        writer.member("told", told.map { Hexadecimal.string(of: $0.payload.span) })
        writer.key("tokens")
        writer.beginArray()
        for token in tokens {
            writer.beginArray()
            writer.number(token.subject.keyID)
            writer.string(token.subject.pseudonym.hex)
            writer.string(token.token.hex)
            writer.endArray()
        }
        writer.endArray()
        writer.key("verdicts")
        writer.beginArray()
        for verdict in verdicts { Self.write(verdict, to: &writer) }
        writer.endArray()
        writer.key("segments")
        writer.beginArray()
        for segment in segments { Self.write(segment, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func write(_ verdict: FrozenVerdict, to writer: inout JSONWriter) {
        writer.beginArray()
        writer.string(verdict.engagementClass.name)
        for word in [verdict.reason, verdict.rules, verdict.client, verdict.device] { writer.string(word) }
        if let country = verdict.country { writer.string(country) } else { writer.null() }
        writer.endArray()
    }

    private static func write(_ segment: Segment, to writer: inout JSONWriter) {
        writer.beginArray()
        writer.string(segment.shard.epochFolderName)
        writer.string(segment.shard.shardFolderName)
        writer.number(segment.firstSequence)
        writer.beginArray()
        for change in segment.changes {
            writer.number(change.sequence)
            writer.bool(change.isForgotten)
            writer.number(change.verdict)
        }
        writer.endArray()
        writer.beginArray()
        for change in segment.changes {
            for word in change.words {
                writer.number(change.sequence)
                writer.number(word.field.rawValue)
                writer.bool(word.isCut)
                writer.string(Hexadecimal.string(of: word.text.span))
            }
        }
        writer.endArray()
        writer.endArray()
    }

    /// Reads a file; nil for what this version did not write.
    init?(_ contents: [UInt8]) {
        guard let value = try? JSON5.parse(contents.span, dialect: .json), value["format"]?.integer() == Self.format,
            let receipt = value["receipt"].flatMap({ ForgettingReceipt($0) }),
            let needsRebuild = value["rebuild"]?.bool,
            let tokens = value["tokens"]?.array, let verdicts = value["verdicts"]?.array,
            let segments = value["segments"]?.array
        else { return nil }
        self.receipt = receipt
        self.needsRebuild = needsRebuild
        if let digits = value["told"]?.string {
            guard let payload = Hexadecimal.decode(Array(digits.utf8).span),
                let record = try? ForgettingRecord(payload.span)
            else { return nil }
            told = record
        }
        self.tokens = []
        for token in tokens {
            guard let token = Self.token(token) else { return nil }
            self.tokens.append(token)
        }
        for verdict in verdicts {
            guard let verdict = Self.verdict(verdict) else { return nil }
            self.verdicts.append(verdict)
        }
        for segment in segments {
            guard let segment = Self.segment(segment, verdictCount: verdicts.count) else { return nil }
            self.segments.append(segment)
        }
    }

    private static func token(_ value: JSON5Value) -> Token? {
        guard let parts = value.array, parts.count == 3, let keyID: UInt8 = parts[0].integer(),
            let subject = bytes16(parts[1]), let token = bytes16(parts[2])
        else { return nil }
        return Token(subject: EventSubject(keyID: keyID, pseudonym: subject), token: token)
    }

    private static func bytes16(_ value: JSON5Value) -> Bytes16? {
        value.string.flatMap { Bytes16(hexadecimal: Array($0.utf8).span) }
    }

    private static func verdict(_ value: JSON5Value) -> FrozenVerdict? {
        guard let parts = value.array, parts.count == 6,
            let engagementClass = parts[0].string.flatMap(EngagementClass.init(name:))
        else { return nil }
        let words = parts[1...4].compactMap(\.string)
        guard words.count == 4 else { return nil }
        return FrozenVerdict(
            engagementClass: engagementClass, reason: words[0], rules: words[1], client: words[2], device: words[3],
            country: parts[5].string)
    }

    private static func segment(_ value: JSON5Value, verdictCount: Int) -> Segment? {
        guard let parts = value.array, 4...5 ~= parts.count, let epoch = parts[0].string, let number = parts[1].string,
            let shard = ShardIdentity(epochFolderName: epoch, shardFolderName: number),
            let first: UInt64 = parts[2].integer(), let numbers = parts[3].array, numbers.count % 3 == 0
        else { return nil }
        // A plan of an earlier version has none.
        guard let words = words(parts.count == 5 ? parts[4].array : []) else { return nil }
        var segment = Segment(shard: shard, firstSequence: first)
        for place in stride(from: 0, to: numbers.count, by: 3) {
            guard let sequence: UInt64 = numbers[place].integer(), let isForgotten = numbers[place + 1].bool,
                let verdict: Int = numbers[place + 2].integer(), verdict >= 0, verdict < verdictCount
            else { return nil }
            segment.changes.append(
                Change(
                    sequence: sequence, isForgotten: isForgotten, verdict: verdict, words: words[sequence] ?? []))
        }
        return segment
    }

    /// The words of a segment's changes, by the record's sequence.
    private static func words(_ parts: [JSON5Value]?) -> [UInt64: [ForgottenEvent.Word]]? {
        guard let parts, parts.count % 4 == 0 else { return nil }
        var words: [UInt64: [ForgottenEvent.Word]] = [:]
        for place in stride(from: 0, to: parts.count, by: 4) {
            guard let sequence: UInt64 = parts[place].integer(), let tag: UInt8 = parts[place + 1].integer(),
                let field = EventField(rawValue: tag), let isCut = parts[place + 2].bool,
                let digits = parts[place + 3].string.map({ Array($0.utf8) }),
                let text = Hexadecimal.decode(digits.span)
            else { return nil }
            words[sequence, default: []].append(ForgottenEvent.Word(field: field, text: text, isCut: isCut))
        }
        return words
    }
}
