import Bytes
import Engagement
import LinuxSystem

/// The files of subscriber lists: keyed pseudonyms alone, named by what they hold. FORMAT.md has their form.
///
/// A list is written whole before a record of the journal names it, and nobody changes a file that has its name. What
/// no record names is left over from an import that was interrupted.
struct ConsentListFile {
    /// The folder of the files.
    let folder: String

    /// The path of a list.
    func path(_ digest: Bytes16) -> String { "\(folder)/\(digest)\(Self.suffix)" }

    private static let suffix = ".list"
    static let newSuffix = ".new"

    /// Writes a list durably.
    ///
    /// - Parameters:
    ///   - people: ascending, nobody twice.
    ///   - keyMark: of the section's key.
    /// - Returns: the digest that names it.
    func write(_ people: Span<ConsentKey>, keyMark: UInt64) throws(EdgeError) -> Bytes16 {
        do throws(SystemError) {
            try Files.makeDirectoriesDurably(folder, permissions: 0o700)
            try Files.setOwner(folder, asOf: Files.parent(of: folder))
            let beside = "\(folder)/\(String(try SystemRandom.uint64(), radix: 16))\(Self.newSuffix)"
            do throws(SystemError) {
                let digest = try write(people, keyMark: keyMark, to: beside)
                try Files.setOwner(beside, asOf: folder)
                try Files.rename(beside, to: path(digest))
                try Files.synchronizeDirectory(folder)
                return digest
            } catch {
                // A full disk must not keep the half of a file; what went wrong first is what is told.
                try? Files.remove(beside)
                throw error
            }
        } catch {
            throw .file(path: folder, error)
        }
    }

    /// Writes a list that comes from elsewhere durably, under the name that it must have.
    ///
    /// - Parameter next: gives its bytes, one part behind the other; nil behind the last.
    /// - Returns: false, and nothing is written, when the bytes are not those of the name.
    func write(
        _ digest: Bytes16, from next: () throws(EdgeError) -> [UInt8]?
    ) throws(EdgeError) -> Bool {
        let beside = "\(folder)/\(digest)\(Self.newSuffix)"
        do throws(EdgeError) {
            guard try fill(beside, from: next) == digest else {
                try? Files.remove(beside)
                return false
            }
        } catch {
            // A full disk must not keep the half of a file; what went wrong first is what is told.
            try? Files.remove(beside)
            throw error
        }
        do throws(SystemError) {
            try Files.setOwner(beside, asOf: folder)
            try Files.rename(beside, to: path(digest))
            try Files.synchronizeDirectory(folder)
            return true
        } catch {
            throw .file(path: beside, error)
        }
    }

    /// - Returns: the digest of what was written, which is synced.
    private func fill(_ path: String, from next: () throws(EdgeError) -> [UInt8]?) throws(EdgeError) -> Bytes16 {
        let file = try create(path)
        var hash = SHA256()
        var offset: UInt64 = 0
        while let bytes = try next() {
            do throws(SystemError) {
                try file.writeAll(bytes.span, at: offset)
            } catch {
                throw .file(path: path, error)
            }
            hash.update(bytes.span)
            offset += UInt64(bytes.count)
        }
        do throws(SystemError) {
            try file.synchronize()
        } catch {
            throw .file(path: path, error)
        }
        return hash.finalize().prefix16
    }

    private func create(_ path: String) throws(EdgeError) -> FileDescriptor {
        do throws(SystemError) {
            try Files.makeDirectoriesDurably(folder, permissions: 0o700)
            try Files.setOwner(folder, asOf: Files.parent(of: folder))
            if Files.exists(path) { try Files.remove(path) }
            return try FileDescriptor.open(path, .createNew, permissions: 0o600)
        } catch {
            throw .file(path: path, error)
        }
    }

    private func write(
        _ people: Span<ConsentKey>, keyMark: UInt64, to path: String
    ) throws(SystemError) -> Bytes16 {
        let file = try FileDescriptor.open(path, .createNew, permissions: 0o600)
        var hash = SHA256()
        var piece = ByteBuffer(capacity: Self.pieceBytes)
        var offset: UInt64 = 0
        ConsentListHead(people: UInt64(people.count), keyMark: keyMark).append(to: &piece)
        for index in people.indices {
            people[index].append(to: &piece)
            guard piece.freeCapacity < ConsentListHead.bytesPerPerson else { continue }
            try piece.withSpan { bytes throws(SystemError) in try file.writeAll(bytes, at: offset) }
            piece.withSpan { hash.update($0) }
            offset += UInt64(piece.count)
            piece.removeAll()
        }
        try piece.withSpan { bytes throws(SystemError) in try file.writeAll(bytes, at: offset) }
        piece.withSpan { hash.update($0) }
        try file.synchronize()
        return hash.finalize().prefix16
    }

    /// Reads a list into a table: everybody in it is opted in, everybody else opted out.
    ///
    /// - Parameters:
    ///   - further: people there has to be room for beside those of the list.
    ///   - keyMark: of the section's key.
    /// - Throws: `EdgeError.consentList` for what is not the list of that name or was made with another key.
    func table(_ digest: Bytes16, keyMark: UInt64, further: Int) throws(EdgeError) -> ConsentTable {
        let path = path(digest)
        let reading: Reading
        do throws(SystemError) {
            reading = try read(path, digest, keyMark: keyMark, further: further)
        } catch {
            throw .file(path: path, error)
        }
        switch reading {
        case .table(let table): return table
        case .unusable(let reason): throw .consentList(path: path, reason: reason)
        }
    }

    private enum Reading {
        case table(ConsentTable)
        case unusable(reason: String)
    }

    private func read(
        _ path: String, _ digest: Bytes16, keyMark: UInt64, further: Int
    ) throws(SystemError) -> Reading {
        let file = try FileDescriptor.open(path, .read)
        var hash = SHA256()
        var piece = ByteBuffer(capacity: Self.pieceBytes)
        try Self.fill(&piece, from: file)
        guard let head = piece.withSpan({ ConsentListHead($0) }) else {
            return .unusable(reason: "it is no list of people")
        }
        guard head.keyMark == keyMark else {
            return .unusable(reason: "its people were made with another key than this one")
        }
        guard let people = Int(exactly: head.people), people <= Self.peopleMax else {
            return .unusable(reason: "it is damaged")
        }
        let table = ConsentTable(people: people + further, unnamed: .optedOut)
        var offset = ConsentListHead.byteCount
        var isSound = true
        while piece.count > 0 {
            piece.withSpan { bytes in
                hash.update(bytes)
                while isSound, offset < bytes.count {
                    isSound = Self.add(bytes, at: offset, to: table)
                    offset += ConsentListHead.bytesPerPerson
                }
            }
            offset = 0
            piece.removeAll()
            try Self.fill(&piece, from: file)
        }
        guard isSound, table.count == people, hash.finalize().prefix16 == digest else {
            return .unusable(reason: "it is damaged")
        }
        return .table(table)
    }

    private static func add(_ bytes: Span<UInt8>, at offset: Int, to table: ConsentTable) -> Bool {
        guard bytes.count - offset >= ConsentListHead.bytesPerPerson, let key = ConsentKey(in: bytes, at: offset)
        else { return false }
        return table.set(key, to: .optedIn)
    }

    /// Why the file of a list can't be used; nil where it can, as far as can be told without its key.
    func trouble(with digest: Bytes16) -> EdgeError? {
        let path = path(digest)
        do throws(SystemError) {
            let file = try FileDescriptor.open(path, .read)
            var hash = SHA256()
            var piece = ByteBuffer(capacity: Self.pieceBytes)
            repeat {
                piece.removeAll()
                try Self.fill(&piece, from: file)
                piece.withSpan { hash.update($0) }
            } while !piece.isEmpty
            return hash.finalize().prefix16 == digest ? nil : .consentList(path: path, reason: "it is damaged")
        } catch {
            return .file(path: path, error)
        }
    }

    /// The statuses of a section: those of its list, and over them what people said since.
    func table(of section: ConsentHistory.Section, keyMark: UInt64) throws(EdgeError) -> ConsentTable {
        let statements = section.standing
        guard let list = section.list else { return ConsentTable(people: statements.count).with(statements) }
        return try table(list.digest, keyMark: keyMark, further: statements.count).with(statements)
    }

    /// Removes lists that nobody names any more, and what interrupted imports left. Call it while no other import runs.
    func removeOthers(than digests: Set<Bytes16>) throws(EdgeError) {
        let kept = Set(digests.map { "\($0)\(Self.suffix)" })
        do throws(SystemError) {
            for name in try Files.list(folder)
            where !kept.contains(name) && (name.hasSuffix(Self.suffix) || name.hasSuffix(Self.newSuffix)) {
                try Files.remove("\(folder)/\(name)")
            }
        } catch {
            if !error.isNotFound { throw .file(path: folder, error) }
        }
    }

    /// Removes a list that nobody names any more; what can't be removed is left for the next import.
    func remove(_ digest: Bytes16) {
        try? Files.remove(path(digest))
    }

    /// Reads until the buffer is full or the file ends.
    static func fill(
        _ buffer: inout ByteBuffer, from file: borrowing FileDescriptor
    ) throws(SystemError) {
        while buffer.freeCapacity > 0, try file.read(into: &buffer) > 0 {}
    }

    /// A whole number of people, and of the hash's blocks.
    static let pieceBytes = 1 << 20
    /// No section has more people; it bounds the memory that a damaged head can ask for.
    static let peopleMax = 1 << 28
}

extension ConsentTable {
    /// This table with what people said over it, or a larger one where it has no room.
    func with(_ statements: ArraySlice<ConsentHistory.Statement>) -> ConsentTable {
        statements.reduce(self) { $0.setting($1.person, to: $1.status) }
    }

    /// This table with a person's status in it, or a larger one where it has no room.
    func setting(_ person: ConsentKey, to status: ConsentStatus) -> ConsentTable {
        if set(person, to: status) { return self }
        let larger = grown()
        let isSet = larger.set(person, to: status)
        precondition(isSet, "a table that has just grown has room")
        return larger
    }
}
