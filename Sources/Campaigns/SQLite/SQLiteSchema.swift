import CSQLite

/// The tables of the embedded store, and how a connection treats the file.
///
/// Closed figures and those of open windows are twins: a table and its `_open` twin have the same columns, and a report
/// reads both. Whatever is 64 unsigned bits (nodes, epochs, hashes) stands as the signed integer of the same bits.
enum SQLiteSchema {
    /// What `PRAGMA user_version` says.
    static let version: Int64 = 4
    /// The first version that has tables of what expired and was sealed.
    private static let expiryVersion: Int64 = 2
    /// The first version that knows from where on windows look, and when sends were recorded.
    private static let windowsVersion: Int64 = 3
    /// The first version that seals people, and leaves nothing of what it deletes in the file.
    private static let peopleVersion: Int64 = 4
    /// What `PRAGMA application_id` says: "TRMO".
    private static let applicationID = 0x5452_4D4F

    /// Makes a writer's connection ready: the tables exist, and it logs ahead.
    ///
    /// `synchronous=NORMAL` syncs at checkpoints of the log only. A power cut may take back the last commits, figures
    /// and checkpoints together, and what they held is then counted again from the journal.
    ///
    /// - Parameter isNew: there was no file, or nothing in it.
    static func prepareWriter(_ database: SQLiteDatabase, isNew: Bool) throws(StoreError) {
        let found = try version(of: database, isNew: isNew)
        if found == 0 { try database.execute("PRAGMA page_size=8192", during: .open) }
        try database.execute(
            """
            PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=8000;
            PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;
            PRAGMA secure_delete=ON
            """, during: .open)
        database.keepLogFiles()
        guard found < version else { return }
        try database.writeTransaction(during: .migrate) { () throws(StoreError) in
            if found == 0 {
                try database.execute(tables, during: .migrate)
                for twin in ["", "_open"] { try database.execute(figureTables(twin), during: .migrate) }
            }
            if found < expiryVersion { try database.execute(expiryTables, during: .migrate) }
            if found < windowsVersion { try database.execute(windowColumns, during: .migrate) }
            if found < peopleVersion { try database.execute(peopleTables, during: .migrate) }
            if found == 0 { try database.execute(SQLitePeopleState.clean.settingSQL, during: .migrate) }
            try database.execute(
                "PRAGMA application_id=\(applicationID); PRAGMA user_version=\(version)", during: .migrate)
        }
    }

    /// False in a file of a version that knew no expiry, which no writer has opened since.
    static func holdsExpiry(_ database: SQLiteDatabase) throws(StoreError) -> Bool {
        try database.number("PRAGMA user_version", during: .read) >= expiryVersion
    }

    /// False in a file of a version that knew no windows, which no writer has opened since.
    static func holdsWindows(_ database: SQLiteDatabase) throws(StoreError) -> Bool {
        try database.number("PRAGMA user_version", during: .read) >= windowsVersion
    }

    /// False in a file of a version that sealed no people, which no writer has opened since.
    static func holdsPeopleSeals(_ database: SQLiteDatabase) throws(StoreError) -> Bool {
        try database.number("PRAGMA user_version", during: .read) >= peopleVersion
    }

    /// Makes a reader's connection ready, and refuses files that this version cannot read.
    static func prepareReader(_ database: SQLiteDatabase) throws(StoreError) {
        guard try version(of: database, isNew: false) != 0 else { throw .missing(file: database.file) }
        try database.execute("PRAGMA cache_size=-8000; PRAGMA temp_store=MEMORY", during: .open)
    }

    /// The version of the tables; 0 where there are none yet.
    private static func version(of database: SQLiteDatabase, isNew: Bool) throws(StoreError) -> Int64 {
        if !isNew { try database.requireHead() }
        let found = try database.number("PRAGMA user_version", during: .open)
        guard found <= version else { throw .newerFormat(file: database.file, version: found) }
        let isOwn = try database.number("PRAGMA application_id", during: .open) == applicationID
        // A process that died as it made the file leaves a database without anything in it.
        let tableCount = isOwn ? 0 : try database.number("SELECT count(*) FROM sqlite_schema", during: .open)
        guard isOwn || (found == 0 && tableCount == 0) else {
            throw .damaged(file: database.file, what: "it is the database of another program")
        }
        return found
    }

    /// `term` holds every word once; 1 is the empty word, 2 and 3 the folded keys. `person` holds the people of a
    /// section in the order of their numbers, `PersonDictionary.chunkCount` hashes a row, at section << 20 | chunk. A
    /// `leaf` is a day of a placement and a link, whose people stand in `members`.
    private static let tables = """
        CREATE TABLE term (id INTEGER PRIMARY KEY, text BLOB NOT NULL UNIQUE);
        INSERT INTO term VALUES (1, x''), (2, CAST('(other)' AS BLOB)), (3, CAST('(unknown)' AS BLOB));
        CREATE TABLE placement (id INTEGER PRIMARY KEY, section INTEGER NOT NULL, node INTEGER NOT NULL,
            experience INTEGER NOT NULL, version INTEGER NOT NULL, variation INTEGER NOT NULL,
            UNIQUE (section, node, experience, version, variation));
        CREATE TABLE route (id INTEGER PRIMARY KEY, mech INTEGER NOT NULL, smech INTEGER NOT NULL,
            UNIQUE (mech, smech));
        CREATE TABLE leaf (id INTEGER PRIMARY KEY, placement INTEGER NOT NULL, day INTEGER NOT NULL,
            kind INTEGER NOT NULL, link INTEGER NOT NULL, UNIQUE (placement, day, kind, link));
        CREATE TABLE person (id INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
        CREATE TABLE checkpoint (node INTEGER NOT NULL, epoch INTEGER NOT NULL, shard INTEGER NOT NULL,
            next_sequence INTEGER NOT NULL, segment_first INTEGER NOT NULL, last_read_offset INTEGER NOT NULL,
            counted INTEGER NOT NULL,
            pending INTEGER NOT NULL, damaged INTEGER NOT NULL, lost INTEGER NOT NULL, expired INTEGER NOT NULL,
            PRIMARY KEY (node, epoch, shard)) WITHOUT ROWID;
        CREATE TABLE watermark (node INTEGER PRIMARY KEY, time INTEGER NOT NULL);
        CREATE TABLE state (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
        CREATE TABLE send (node INTEGER NOT NULL, epoch INTEGER NOT NULL, shard INTEGER NOT NULL,
            sequence INTEGER NOT NULL, time INTEGER NOT NULL, sent INTEGER NOT NULL, delivered INTEGER,
            links INTEGER, section INTEGER NOT NULL, experience INTEGER NOT NULL, version INTEGER NOT NULL,
            variation INTEGER NOT NULL, PRIMARY KEY (node, epoch, shard, sequence)) WITHOUT ROWID;
        CREATE TABLE name (level INTEGER NOT NULL, section INTEGER NOT NULL, experience INTEGER NOT NULL,
            version INTEGER NOT NULL, variation INTEGER NOT NULL, name BLOB NOT NULL, recorded INTEGER NOT NULL,
            node INTEGER NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
            PRIMARY KEY (level, section, experience, version, variation)) WITHOUT ROWID;
        """

    /// What retention has deleted, and what its figures were sealed under. The store of sealed figures says it; in a
    /// store that was made from that one it is what was true then.
    private static let expiryTables = """
        CREATE TABLE expiry (node INTEGER NOT NULL, epoch INTEGER NOT NULL, shard INTEGER NOT NULL,
            next_sequence INTEGER NOT NULL, events INTEGER NOT NULL, damaged INTEGER NOT NULL, lost INTEGER NOT NULL,
            PRIMARY KEY (node, epoch, shard)) WITHOUT ROWID;
        CREATE TABLE sealed_basis (basis TEXT PRIMARY KEY, rules TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
        """

    /// From where on windows look at records that are counted (before that version all of them were closed at once),
    /// and when sends were recorded.
    private static let windowColumns = """
        ALTER TABLE checkpoint ADD COLUMN context_sequence INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE checkpoint ADD COLUMN context_segment_first INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE checkpoint ADD COLUMN context_read_offset INTEGER NOT NULL DEFAULT 0;
        UPDATE checkpoint SET context_sequence=next_sequence, context_segment_first=segment_first,
            context_read_offset=last_read_offset;
        ALTER TABLE send ADD COLUMN recorded INTEGER NOT NULL DEFAULT 0;
        """

    /// What people of sealed months came to.
    ///
    /// A `people_seal` is one moment at which months were sealed, and `people_seal_position` below which sequence each
    /// shard was counted then. A `people_month` is a calendar month of a section, from `first_day` to `last_day`: its
    /// counts begin in it and reach to `reach_day` at the most; `stage` is 1 while they are made, and 2 when they take
    /// the place of its sets. A `people_count` is unique people of a group of placements and links over one day, or
    /// from a month's first day to the end of a month that had any; a word of -1 is any word. `people_late` says which
    /// leaf got events after how many seals.
    private static let peopleTables = """
        CREATE TABLE people_seal (id INTEGER PRIMARY KEY, made INTEGER NOT NULL);
        CREATE TABLE people_seal_position (seal INTEGER NOT NULL, node INTEGER NOT NULL, epoch INTEGER NOT NULL,
            shard INTEGER NOT NULL, next_sequence INTEGER NOT NULL,
            PRIMARY KEY (seal, node, epoch, shard)) WITHOUT ROWID;
        CREATE TABLE people_month (section INTEGER NOT NULL, first_day INTEGER NOT NULL, last_day INTEGER NOT NULL,
            reach_day INTEGER NOT NULL, seal INTEGER NOT NULL, stage INTEGER NOT NULL,
            PRIMARY KEY (section, first_day)) WITHOUT ROWID;
        CREATE TABLE people_count (section INTEGER NOT NULL, grouping INTEGER NOT NULL, first_day INTEGER NOT NULL,
            last_day INTEGER NOT NULL, kind INTEGER NOT NULL, experience INTEGER NOT NULL, version INTEGER NOT NULL,
            variation INTEGER NOT NULL, link INTEGER NOT NULL, people INTEGER NOT NULL, uniques INTEGER NOT NULL,
            PRIMARY KEY (section, grouping, first_day, last_day, kind, experience, version, variation, link))
            WITHOUT ROWID;
        CREATE TABLE people_late (placement INTEGER NOT NULL, day INTEGER NOT NULL, kind INTEGER NOT NULL,
            link INTEGER NOT NULL, seals INTEGER NOT NULL, PRIMARY KEY (placement, day, kind, link)) WITHOUT ROWID;
        """

    /// In `members`, a row is a container of 65,536 numbers at leaf << 17 | set << 16 | container: set 0 holds people
    /// with a human or proxy event, set 1 those with an event of another class.
    private static func figureTables(_ twin: String) -> String {
        """
        CREATE TABLE rollup\(twin) (placement INTEGER NOT NULL, day INTEGER NOT NULL, hour INTEGER NOT NULL,
            route INTEGER NOT NULL, link INTEGER NOT NULL, kind INTEGER NOT NULL, class INTEGER NOT NULL,
            utc_offset INTEGER NOT NULL, total INTEGER NOT NULL, asked INTEGER NOT NULL, refused INTEGER NOT NULL,
            PRIMARY KEY (placement, day, hour, route, link, kind, class)) WITHOUT ROWID;
        CREATE TABLE facet\(twin) (placement INTEGER NOT NULL, facet INTEGER NOT NULL, day INTEGER NOT NULL,
            value INTEGER NOT NULL, kind INTEGER NOT NULL, class INTEGER NOT NULL, total INTEGER NOT NULL,
            asked INTEGER NOT NULL, refused INTEGER NOT NULL, first_seen INTEGER, last_seen INTEGER, sample INTEGER,
            PRIMARY KEY (placement, facet, day, value, kind, class)) WITHOUT ROWID;
        CREATE TABLE members\(twin) (id INTEGER PRIMARY KEY, members BLOB NOT NULL);
        CREATE TABLE capped\(twin) (section INTEGER NOT NULL, day INTEGER NOT NULL,
            PRIMARY KEY (section, day)) WITHOUT ROWID;
        """
    }
}

/// What a row of `facet` counts by. Raw values stand in the store.
enum StoredFacet: Int64, CaseIterable {
    case client = 1
    case device = 2
    case country = 3
    case repair = 4
    case host = 5
    case outcome = 6

    /// The facet of a report's column; nil for the other columns.
    init?(_ column: ReportColumn) {
        switch column {
        case .client: self = .client
        case .device: self = .device
        case .country: self = .country
        case .repair: self = .repair
        case .host: self = .host
        case .outcome: self = .outcome
        default: return nil
        }
    }
}
