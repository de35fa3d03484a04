/// The schema of a fleet's database: its tables and their version.
package enum FleetSchema {
    /// The version that this program makes and needs.
    package static let version: UInt32 = 1
    /// The least version whose programs may go on with these tables: rows name their columns, so that tables which only
    /// have more of them serve older programs, too.
    static let leastVersion: UInt32 = 1

    /// Every table, the one that says the version last: who reads the version finds the others.
    package static let tables = [events, nodes, facts, factEnds, pieces, schema]

    /// One row an event of a closed window, judged and worded as its node's own store counts it.
    ///
    /// The key comes from the record alone: `day` is the day in UTC of its time. What else a row says may be sent again
    /// with a greater `generation`, a number that the node's checkpoint keeps. `link` and the four behind it are null
    /// where the event has none. `person` says whether unique people count the subject.
    package static let events = FleetTable(
        name: "events",
        columns: [
            FleetTable.Column("day", "Date"),
            FleetTable.Column("node", "UInt64"),
            FleetTable.Column("epoch", "UInt64"),
            FleetTable.Column("shard", "UInt16"),
            FleetTable.Column("sequence", "UInt64"),
            FleetTable.Column("generation", "UInt64"),
            FleetTable.Column("timeNanoseconds", "UInt64"),
            FleetTable.Column("localDay", "Date"),
            FleetTable.Column("localHour", "DateTime('UTC')"),
            FleetTable.Column("utcOffset", "Int32"),
            FleetTable.Column("kind", "Enum8('click' = 1, 'open' = 2)"),
            FleetTable.Column(
                "outcome", "Enum8('redirected' = 1, 'asked' = 2, 'fallback' = 3, 'refused' = 4, 'pixel' = 5)"),
            FleetTable.Column(
                "class", "Enum8('human' = 1, 'proxy' = 2, 'prefetch' = 3, 'machine' = 4, 'unknown' = 5)"),
            FleetTable.Column("repairs", "UInt32"),
            FleetTable.Column("person", "Enum8('none' = 0, 'counted' = 1, 'capped' = 2)"),
            FleetTable.Column("subject", "FixedString(16)"),
            FleetTable.Column("sec", "String"),
            FleetTable.Column("expId", "String"),
            FleetTable.Column("expVer", "String"),
            FleetTable.Column("va", "String"),
            FleetTable.Column("mech", "String"),
            FleetTable.Column("smech", "String"),
            FleetTable.Column("link", "Nullable(String)"),
            FleetTable.Column("client", "Nullable(String)"),
            FleetTable.Column("device", "Nullable(String)"),
            FleetTable.Column("country", "Nullable(String)"),
            FleetTable.Column("host", "Nullable(String)"),
            FleetTable.Column("sample", "String"),
        ],
        versionColumn: "generation", partition: "toYYYYMM(day)", key: ["day", "node", "epoch", "shard", "sequence"])

    /// One row a node: how far it has shipped, and its accounts of everything up to there.
    package static let nodes = FleetTable(
        name: "nodes",
        columns: [
            FleetTable.Column("node", "UInt64"),
            FleetTable.Column("revision", "UInt64"),
            FleetTable.Column("asOfNanoseconds", "UInt64"),
            FleetTable.Column("counted", "UInt64"),
            FleetTable.Column("pending", "UInt64"),
            FleetTable.Column("damaged", "UInt64"),
            FleetTable.Column("lost", "UInt64"),
            FleetTable.Column("expired", "UInt64"),
            FleetTable.Column("crowded", "UInt64"),
            FleetTable.Column("rules", "String"),
        ],
        versionColumn: "revision", partition: nil, key: ["node"])

    /// One row a record of an `admin` shard, byte for byte. `follows` is the sequence of the record before it in its
    /// shard plus one, 0 for the first: a reader sees whether one is missing.
    package static let facts = FleetTable(
        name: "facts",
        columns: [
            FleetTable.Column("node", "UInt64"),
            FleetTable.Column("epoch", "UInt64"),
            FleetTable.Column("shard", "UInt16"),
            FleetTable.Column("sequence", "UInt64"),
            FleetTable.Column("follows", "UInt64"),
            FleetTable.Column("kind", "UInt8"),
            FleetTable.Column("recordVersion", "UInt8"),
            FleetTable.Column("payload", "String"),
        ],
        versionColumn: "sequence", partition: nil, key: ["node", "epoch", "shard", "sequence"])

    /// One row an `admin` shard: the sequence behind its last record in `facts`, written when that one is there. It is
    /// what the nodes ask for each second, however many facts there are.
    package static let factEnds = FleetTable(
        name: "factEnds",
        columns: [
            FleetTable.Column("node", "UInt64"),
            FleetTable.Column("epoch", "UInt64"),
            FleetTable.Column("shard", "UInt16"),
            FleetTable.Column("next", "UInt64"),
        ],
        versionColumn: "next", partition: nil, key: ["node", "epoch", "shard"])

    /// The bytes of lists that facts name by their digest, in pieces: piece `number` of `count`.
    package static let pieces = FleetTable(
        name: "pieces",
        columns: [
            FleetTable.Column("digest", "FixedString(16)"),
            FleetTable.Column("number", "UInt32"),
            FleetTable.Column("count", "UInt32"),
            FleetTable.Column("bytes", "String"),
        ],
        versionColumn: "number", partition: nil, key: ["digest", "number"])

    /// Which versions of the schema were made; the greatest is the one that stands.
    static let schema = FleetTable(
        name: "schema",
        columns: [FleetTable.Column("version", "UInt32"), FleetTable.Column("leastVersion", "UInt32")],
        versionColumn: "version", partition: nil, key: ["version"])
}
