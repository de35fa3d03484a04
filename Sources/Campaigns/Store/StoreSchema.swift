/// The tables of the embedded store, format 1.
///
/// Words, placements (who sent), routes (how the variation was chosen) and traits (what the request was like) have
/// numbers of the store; figures are kept by numbers. `rollup`, `trait_count`, `leaf` and `member` are closed figures;
/// the tables with `_open` behind their names hold those of open windows and are replaced whole by each commit.
enum StoreSchema {
    /// The format that this program reads and writes: `PRAGMA user_version`.
    static let version: Int64 = 1

    /// Makes an empty store. Times are nanoseconds unless a name says otherwise; 64-bit identities are stored by their
    /// bits.
    static let statements = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE shard (
            node INTEGER, epoch INTEGER, shard INTEGER, next_sequence INTEGER, segment_first INTEGER,
            last_read_offset INTEGER, counted INTEGER, pending INTEGER, damaged INTEGER, lost INTEGER, expired INTEGER,
            PRIMARY KEY (node, epoch, shard)) WITHOUT ROWID;
        CREATE TABLE watermark (node INTEGER PRIMARY KEY, nanoseconds INTEGER);
        CREATE TABLE term (id INTEGER PRIMARY KEY, text BLOB NOT NULL);
        CREATE UNIQUE INDEX term_text ON term (text) WHERE id > 0;
        INSERT INTO term VALUES (0, x''), (1, x''), (2, CAST('(other)' AS BLOB)), (3, CAST('(unknown)' AS BLOB));
        CREATE TABLE placement (
            id INTEGER PRIMARY KEY, node INTEGER, section INTEGER, experience INTEGER, version INTEGER,
            variation INTEGER, UNIQUE (section, experience, version, variation, node));
        CREATE TABLE route (id INTEGER PRIMARY KEY, mech INTEGER, smech INTEGER, UNIQUE (mech, smech));
        CREATE TABLE traits (
            id INTEGER PRIMARY KEY, client INTEGER, device INTEGER, country INTEGER, host INTEGER, repairs INTEGER,
            UNIQUE (client, device, country, host, repairs));
        \(figures(suffix: ""))
        \(figures(suffix: "_open"))
        CREATE TABLE person_chunk (
            section INTEGER, chunk INTEGER, hashes BLOB, PRIMARY KEY (section, chunk)) WITHOUT ROWID;
        CREATE TABLE sends (
            node INTEGER, epoch INTEGER, shard INTEGER, sequence INTEGER, section INTEGER, experience INTEGER,
            version INTEGER, variation INTEGER, sent_nanoseconds INTEGER, sent INTEGER, delivered INTEGER,
            PRIMARY KEY (node, epoch, shard, sequence)) WITHOUT ROWID;
        CREATE TABLE name (
            level INTEGER, section INTEGER, experience INTEGER, version INTEGER, variation INTEGER, text TEXT,
            recorded INTEGER, PRIMARY KEY (level, section, experience, version, variation)) WITHOUT ROWID;
        PRAGMA user_version = \(version);
        """

    /// The tables of figures. A member's rowid is its leaf, a bit for the set (0 people, 1 others), the container's
    /// number.
    private static func figures(suffix: String) -> String {
        """
        CREATE TABLE rollup\(suffix) (
            placement INTEGER, day INTEGER, hour_seconds INTEGER, offset_seconds INTEGER, route INTEGER, link INTEGER,
            kind INTEGER, class INTEGER, total INTEGER, asked INTEGER, refused INTEGER,
            PRIMARY KEY (placement, day, hour_seconds, route, link, kind, class)) WITHOUT ROWID;
        CREATE TABLE trait_count\(suffix) (
            placement INTEGER, day INTEGER, traits INTEGER, kind INTEGER, class INTEGER, outcome INTEGER,
            total INTEGER, asked INTEGER, refused INTEGER, first_seen INTEGER, last_seen INTEGER, sample INTEGER,
            PRIMARY KEY (placement, day, traits, kind, class, outcome)) WITHOUT ROWID;
        CREATE TABLE leaf\(suffix) (
            id INTEGER PRIMARY KEY, placement INTEGER, link INTEGER, day INTEGER, kind INTEGER,
            UNIQUE (placement, day, kind, link));
        CREATE TABLE member\(suffix) (id INTEGER PRIMARY KEY, people BLOB);
        CREATE TABLE capped\(suffix) (
            node INTEGER, section INTEGER, day INTEGER, PRIMARY KEY (section, day, node)) WITHOUT ROWID;
        """
    }
}
