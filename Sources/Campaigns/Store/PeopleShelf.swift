import Bytes

/// The people of a store: each section's dictionary, and the sets of people by leaf and container.
struct PeopleShelf {
    private let database: SQLiteDatabase
    private var dictionaries: [Int64: PersonDictionary] = [:]

    /// The sets that a leaf has.
    enum Membership: Int64 {
        /// People with a human or proxy event.
        case people = 0
        /// People with an event of another class.
        case others = 1
    }

    /// Bits of a member's rowid below its leaf: one for the set, sixteen for the container.
    private static let leafShift: Int64 = 17

    init(_ database: SQLiteDatabase) {
        self.database = database
    }

    /// The dictionary of a section, read from the store when it is asked for first. O(people) then.
    mutating func dictionary(of section: Int64) throws(StoreError) -> PersonDictionary {
        if let known = dictionaries[section] { return known }
        let dictionary = PersonDictionary()
        let select = try database.statement(
            "SELECT hashes FROM person_chunk WHERE section = ? ORDER BY chunk", during: .read)
        select.bind(1, section)
        defer { select.reset() }
        while try select.step() {
            let hashes = select.withBlob(0) { bytes in
                stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map {
                    bytes.littleEndian(UInt64.self, at: $0)
                }
            }
            guard dictionary.load(hashes) else {
                throw .damaged(file: database.file, what: "a person stands twice in section \(section)")
            }
        }
        dictionaries[section] = dictionary
        return dictionary
    }

    /// Adds people to a set of a leaf, rewriting only containers that grow.
    func add(_ people: PersonSet, to leaf: Int64, _ membership: Membership, suffix: String) throws(StoreError) {
        for (key, container) in zip(people.keys, people.containers) {
            let id = leaf << Self.leafShift | membership.rawValue << 16 | Int64(key)
            var grown = container
            if let stored = try self.container(id, suffix: suffix) {
                grown.formUnion(stored)
                if grown == stored { continue }
            }
            var bytes: [UInt8] = []
            grown.encode(into: &bytes)
            let write = try database.statement("INSERT OR REPLACE INTO member\(suffix) VALUES (?, ?)", during: .commit)
            write.bind(1, id).bind(2, bytes.span)
            try write.run()
        }
    }

    /// Unites the sets of a leaf into others.
    func unite(
        leaf: Int64, suffix: String, people: inout PersonSet, others: inout PersonSet
    ) throws(StoreError) {
        let select = try database.statement(
            "SELECT id, people FROM member\(suffix) WHERE id BETWEEN ? AND ?", during: .read)
        select.bind(1, leaf << Self.leafShift).bind(2, (leaf + 1) << Self.leafShift - 1)
        defer { select.reset() }
        while try select.step() {
            let id = select.integer(0)
            guard let container = select.withBlob(1, { PersonContainer(encoded: $0) }) else {
                throw .damaged(file: database.file, what: "member \(id) is no set of people")
            }
            let key = UInt16(truncatingIfNeeded: id)
            if id >> 16 & 1 == Membership.people.rawValue {
                people.formUnion(container: container, key: key)
            } else {
                others.formUnion(container: container, key: key)
            }
        }
    }

    /// Writes the people that were numbered since the last commit.
    func saveDictionaries() throws(StoreError) {
        for (section, dictionary) in dictionaries where !dictionary.unsaved.isEmpty {
            var chunk = dictionary.unsavedStart / PersonDictionary.chunkCount
            var rest = dictionary.unsaved[...]
            while !rest.isEmpty {
                let hashes = rest.prefix(PersonDictionary.chunkCount)
                rest = rest.dropFirst(PersonDictionary.chunkCount)
                var bytes = ByteBuffer(capacity: hashes.count * 8)
                for hash in hashes { bytes.appendLittleEndian(hash) }
                let write = try database.statement(
                    "INSERT OR REPLACE INTO person_chunk VALUES (?, ?, ?)", during: .commit)
                write.bind(1, section).bind(2, Int64(chunk))
                bytes.withSpan { _ = write.bind(3, $0) }
                try write.run()
                chunk += 1
            }
        }
    }

    /// The transaction that saved them is done: what was written is not written again.
    func markSaved() {
        for dictionary in dictionaries.values { dictionary.markSaved() }
    }

    private func container(_ id: Int64, suffix: String) throws(StoreError) -> PersonContainer? {
        let select = try database.statement("SELECT people FROM member\(suffix) WHERE id = ?", during: .commit)
        select.bind(1, id)
        defer { select.reset() }
        guard try select.step() else { return nil }
        guard let container = select.withBlob(0, { PersonContainer(encoded: $0) }) else {
            throw .damaged(file: database.file, what: "member \(id) is no set of people")
        }
        return container
    }
}
