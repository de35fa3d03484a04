import Bytes
import ClickHouse
import Engagement
import Journal
import TrackingLinks

/// Rows of the table `events`, made of folded events.
///
/// The words that stand together in a tuple of the vocabulary are put together once, and copied for each event.
struct FleetEventRows: ~Copyable {
    /// Whether unique people count the subject of an event.
    enum Person: UInt8 {
        /// It has none, or was refused.
        case none = 0
        /// They do.
        case counted = 1
        /// The cap on people of its section and day was reached before it.
        case capped = 2
    }

    /// The rows so far.
    private(set) var writer: RowBinaryWriter
    private let generation: UInt64
    private var vocabularyGeneration: UInt64 = 0
    private var placements = WordRows()
    private var routes = WordRows()
    private var traits = WordRows()

    /// Most bytes of a row: its words come from fields of bounded length.
    static let rowBytesMax = 65_536

    /// Makes room for some bytes of rows of one generation.
    init(capacityBytes: Int, generation: UInt64) {
        precondition(capacityBytes >= Self.rowBytesMax, "a row fits")
        writer = RowBinaryWriter(capacityBytes: capacityBytes)
        self.generation = generation
    }

    /// False when the next row may have no room.
    var hasRoom: Bool { writer.freeBytes >= Self.rowBytesMax }

    /// Forgets all rows.
    mutating func removeAll() { writer.removeAll() }

    /// Appends the row of an event. There is room for it.
    mutating func append(
        _ event: FoldedEvent, _ identity: RecordIdentity, person: Person, _ vocabulary: FigureVocabulary
    ) {
        if vocabulary.generation != vocabularyGeneration {
            vocabularyGeneration = vocabulary.generation
            placements.removeAll()
            routes.removeAll()
            traits.removeAll()
        }
        writer.append(Self.day(event.timeNanoseconds))
        writer.append(identity.shard.node)
        writer.append(identity.shard.epoch)
        writer.append(identity.shard.shard)
        writer.append(identity.sequence)
        writer.append(generation)
        writer.append(event.timeNanoseconds)
        writer.append(UInt16(clamping: event.dayNumber))
        writer.append(UInt32(clamping: event.hourStartSeconds))
        writer.append(event.offsetSeconds)
        writer.append(event.kind.rawValue)
        writer.append(event.outcome.rawValue)
        writer.append(event.engagementClass.rawValue)
        writer.append(vocabulary.traits[event.traits].repairs)
        writer.append(person.rawValue)
        writer.append(event.hasPerson ? event.person : 0)
        writer.append(event.hasPerson ? event.personRest : 0)
        placements.append(event.placement, to: &writer) { row in
            let place = vocabulary.placements[event.placement]
            for word in [place.section, place.experience, place.version, place.variation] {
                row.append(word, vocabulary.terms)
            }
        }
        routes.append(event.route, to: &writer) { row in
            let route = vocabulary.routes[event.route]
            for word in [route.mech, route.smech] { row.append(word, vocabulary.terms) }
        }
        writer.append(optional: event.link, vocabulary.terms)
        traits.append(event.traits, to: &writer) { row in
            let traits = vocabulary.traits[event.traits]
            for word in [traits.client, traits.device, traits.country, traits.host] {
                row.append(optional: word, vocabulary.terms)
            }
        }
        writer.append(event.sample, vocabulary.terms)
        writer.endRow()
    }

    /// Reads a row and gives it anew: one generation later, and with a token where it has a pseudonym.
    static func newer(
        _ row: inout RowBinaryReader, _ tokens: [(subject: Bytes16, token: Bytes16)]
    ) throws(RowBinaryReader.Cut) -> [UInt8] {
        // Every column up to the subject has a fixed width.
        var bytes = try row.fixed(generationOffset)
        let generation: UInt64 = try row.number()
        let between = try row.fixed(subjectOffset - generationOffset - 8)
        let held = try row.fixed(16)
        let subject = Bytes16(in: held.span, at: 0)
        var rest = RowBinaryWriter(capacityBytes: rowBytesMax)
        rest.append(generation + 1)
        rest.append(fixed: between.span)
        let token = tokens.first { $0.subject == subject }?.token ?? subject
        let newer = token.withSpan { $0.toArray() }
        rest.append(fixed: newer.span)
        for column in FleetSchema.events.columns where ["String", "Nullable(String)"].contains(column.type) {
            if column.type != "String" {
                let isNull: UInt8 = try row.number()
                rest.append(isNull)
                if isNull == 1 { continue }
            }
            let text = try row.text()
            rest.append(text: text.span)
        }
        rest.withSpan { bytes += $0.toArray() }
        return bytes
    }

    /// Where the generation and the subject stand in a row.
    private static let (generationOffset, subjectOffset) = (28, 62)

    /// The day in UTC of a time, as `Date` has it: days since 1970-01-01.
    static func day(_ timeNanoseconds: UInt64) -> UInt16 {
        UInt16(clamping: timeNanoseconds / 86_400_000_000_000)
    }
}

/// Pieces of rows by the number of a tuple.
private struct WordRows: ~Copyable {
    private var pieces: [UInt32: [UInt8]] = [:]

    mutating func removeAll() { pieces.removeAll() }

    /// Appends the piece of a tuple, which is made when it is new.
    mutating func append(
        _ number: UInt32, to writer: inout RowBinaryWriter, _ make: (inout RowBinaryWriter) -> Void
    ) {
        if let known = pieces[number] { return writer.append(fixed: known.span) }
        var piece = RowBinaryWriter(capacityBytes: 32_768)
        make(&piece)
        let bytes = piece.withSpan { $0.toArray() }
        pieces[number] = bytes
        writer.append(fixed: bytes.span)
    }
}

extension RowBinaryWriter {
    /// Appends a word; empty where there is none.
    fileprivate mutating func append(_ word: UInt32, _ terms: TermTable) {
        terms.withBytes(word) { append(text: $0) }
    }

    /// Appends a word; null where there is none.
    fileprivate mutating func append(optional word: UInt32, _ terms: TermTable) {
        append(UInt8(word == TermTable.none ? 1 : 0))
        if word != TermTable.none { append(word, terms) }
    }
}
