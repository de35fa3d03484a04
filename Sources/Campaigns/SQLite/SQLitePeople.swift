import Bytes

/// The people in the store: a dictionary for each section, and the containers of the leaves.
///
/// Dictionaries are read when a section's first person comes, and stay in memory. Numbers that a failed transaction
/// gave stay given and are stored by the next one: a number without a member counts nothing.
struct SQLitePeople {
    private let database: SQLiteDatabase
    private var dictionaries: [Int64: PersonDictionary] = [:]
    /// While it is looked who stands in no set any more: by section everybody who was put into one since.
    private var arrivals: [Int64: PersonNumbers]?

    init(database: SQLiteDatabase) {
        self.database = database
    }

    /// Bytes of memory that the dictionaries take.
    var memoryBytes: Int { dictionaries.values.reduce(0) { $0 + $1.memoryBytes } }

    /// The dictionary of a section, by the section's word.
    mutating func dictionary(ofSection section: Int64) throws(StoreError) -> PersonDictionary {
        if let known = dictionaries[section] { return known }
        let read = try database.statement(
            "SELECT hashes, id & 1048575 FROM person WHERE id >= ? AND id < ? ORDER BY id", during: .read)
        defer { read.reset() }
        read.bind(1, section << 20).bind(2, (section + 1) << 20)
        let dictionary = PersonDictionary()
        while try read.step() {
            let hashes = read.withBlob(0) { bytes in
                stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map {
                    bytes.littleEndian(UInt64.self, at: $0)
                }
            }
            let first = Int(read.integer(1)) * PersonDictionary.chunkCount
            guard dictionary.load(hashes, from: first) else {
                throw .damaged(file: database.file, what: "a person stands twice")
            }
        }
        dictionaries[section] = dictionary
        return dictionary
    }

    /// Stores the people that are new since the last commit. Call `didCommit` when the transaction has succeeded.
    func storeNewPeople() throws(StoreError) {
        let write = try database.statement("INSERT OR REPLACE INTO person (id, hashes) VALUES (?,?)", during: .commit)
        for (section, dictionary) in dictionaries where dictionary.hasUnsaved {
            let unsaved = dictionary.unsaved
            for start in stride(from: 0, to: unsaved.count, by: PersonDictionary.chunkCount) {
                let chunk = unsaved[start..<min(start + PersonDictionary.chunkCount, unsaved.count)]
                let bytes = littleEndianBytes(of: chunk)
                let number = Int64((dictionary.unsavedStart + start) / PersonDictionary.chunkCount)
                try write.bind(1, section << 20 | number).bind(2, bytes.span).run()
            }
        }
    }

    /// Tells the dictionaries that what `storeNewPeople` stored is there to stay.
    func didCommit() {
        for dictionary in dictionaries.values { dictionary.markSaved() }
    }

    /// Notes from now on who is put into a set.
    mutating func beginArrivals() {
        arrivals = [:]
    }

    /// Who of a section was put into a set since `beginArrivals`.
    func arrived(inSection section: Int64) -> PersonNumbers { arrivals?[section] ?? PersonNumbers() }

    /// Notes no more who is put into a set.
    mutating func endArrivals() {
        arrivals = nil
    }

    /// Forgets people whose holes the store holds.
    func forget(_ people: [(hash: UInt64, number: UInt32)], ofSection section: Int64) {
        guard let dictionary = dictionaries[section] else { return }
        for person in people { dictionary.forget(person.hash, number: person.number) }
    }

    /// Adds people to a leaf.
    ///
    /// - Parameters:
    ///   - set: 0 for people with a human or proxy event, 1 for those with an event of another class.
    ///   - table: `members` or its twin.
    mutating func add(
        _ hashes: [UInt64], toLeaf leaf: Int64, set: Int64, ofSection section: Int64, table: String
    ) throws(StoreError) {
        guard !hashes.isEmpty else { return }
        let members = PersonSet(try dictionary(ofSection: section).intern(hashes))
        arrivals?[section, default: PersonNumbers()].add(members)
        let read = try database.statement("SELECT members FROM \(table) WHERE id=?", during: .commit)
        let write = try database.statement(
            "INSERT OR REPLACE INTO \(table) (id, members) VALUES (?,?)", during: .commit)
        var bytes: [UInt8] = []
        for (key, added) in zip(members.keys, members.containers) {
            let id = leaf << 17 | set << 16 | Int64(key)
            var container = added
            read.bind(1, id)
            if try read.step() {
                container = try Self.container(read, column: 0, file: database.file)
                read.reset()
                let before = container.count
                container.formUnion(added)
                if container.count == before { continue }
            }
            read.reset()
            bytes.removeAll(keepingCapacity: true)
            container.encode(into: &bytes)
            try write.bind(1, id).bind(2, bytes.span).run()
        }
    }

    /// The container in a column of the present row.
    static func container(
        _ statement: SQLiteStatement, column: Int32, file: String
    ) throws(StoreError) -> PersonContainer {
        guard let container = statement.withBlob(column, { PersonContainer(encoded: $0) }) else {
            throw .damaged(file: file, what: "a set of people")
        }
        return container
    }
}
