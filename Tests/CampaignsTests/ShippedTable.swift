import Bytes
import ClickHouse
import Engagement
import Journal
import Simulation
import TestSupport
import TrackingLinks

@testable import Campaigns

/// The table `events` as a server would have it: of rows with one identity the one of the greatest generation, of two
/// of one generation the later.
struct ShippedTable {
    struct Row: Equatable {
        var generation: UInt64
        var day: UInt16
        var fact: RowFact
    }

    /// What a row says, beside its key.
    struct RowFact: Equatable {
        var timeNanoseconds: UInt64
        var localDay: UInt16
        var localHour: UInt32
        var utcOffset: Int32
        var kind: UInt8
        var outcome: UInt8
        var engagementClass: UInt8
        var repairs: UInt32
        var person: UInt8
        var subject: [UInt8]
        var words: [String]
        var link: String?
        var traits: [String?]
        var sample: String
    }

    private(set) var rows: [RecordIdentity: Row] = [:]
    /// How many rows came, those that were there among them.
    private(set) var received = 0

    /// Takes the first rows of an insert, or all.
    mutating func insert(_ rows: borrowing RowBinaryWriter, atMost count: Int = .max) throws {
        let bytes = rows.withSpan { $0.toArray() }
        var reader = RowBinaryReader(bytes)
        var taken = 0
        while !reader.isAtEnd, taken < count {
            let (identity, row) = try Self.row(&reader)
            taken += 1
            if let known = self.rows[identity], known.generation > row.generation { continue }
            self.rows[identity] = row
        }
        received += taken
    }

    private static func row(_ reader: inout RowBinaryReader) throws -> (RecordIdentity, Row) {
        let day: UInt16 = try reader.number()
        let shard = ShardIdentity(node: try reader.number(), epoch: try reader.number(), shard: try reader.number())
        let identity = RecordIdentity(shard: shard, sequence: try reader.number())
        let generation: UInt64 = try reader.number()
        let fact = RowFact(
            timeNanoseconds: try reader.number(), localDay: try reader.number(), localHour: try reader.number(),
            utcOffset: try reader.number(), kind: try reader.number(), outcome: try reader.number(),
            engagementClass: try reader.number(), repairs: try reader.number(), person: try reader.number(),
            subject: try reader.fixed(16), words: try (0..<6).map { _ in try text(&reader) },
            link: try optional(&reader), traits: try (0..<4).map { _ in try optional(&reader) },
            sample: try text(&reader))
        return (identity, Row(generation: generation, day: day, fact: fact))
    }

    private static func text(_ reader: inout RowBinaryReader) throws -> String {
        String(decoding: try reader.text(), as: UTF8.self)
    }

    private static func optional(_ reader: inout RowBinaryReader) throws -> String? {
        let isNull: UInt8 = try reader.number()
        return isNull == 1 ? nil : try text(&reader)
    }

    /// A plain list of what the rows say; the people whom they don't count left out.
    func model(_ sections: SectionDirectory) throws -> PlainModel {
        var model = PlainModel(sections: sections)
        for row in rows.values { model.events.append(try row.fact.eventFact()) }
        return model
    }
}

extension ShippedTable.RowFact {
    fileprivate func eventFact() throws -> EventFact {
        guard let kind = TrackingResource(rawValue: kind), let outcome = Outcome(rawValue: outcome),
            let engagementClass = EngagementClass(rawValue: engagementClass)
        else { throw UnmetCondition(what: "a row whose kind, outcome and class are known") }
        var fact = EventFact(
            timeNanoseconds: timeNanoseconds, kind: kind, outcome: outcome, engagementClass: engagementClass,
            section: words[0])
        for (column, word) in zip([ReportColumn.expId, .expVer, .va, .mech, .smech], words.dropFirst()) {
            fact.words[column] = word
        }
        fact.link = link
        fact.words[.client] = traits[0]
        fact.words[.device] = traits[1]
        fact.country = traits[2]
        fact.host = traits[3]
        fact.target = traits[3] == nil ? nil : sample
        fact.repairs = LinkRepair(rawValue: repairs).names
        if person == FleetEventRows.Person.counted.rawValue {
            fact.person = subject.span.littleEndian(UInt64.self, at: 0)
        }
        return fact
    }
}
